// Promises: the token out of the Authorization header (RFC 6750): exactly one header, the scheme in any case, one or
// more spaces. Pure.
#pragma once
#include <span>
#include <string_view>
#include <tl/expected.hpp>

#include "cds-service/security/reasons.hpp"

namespace cofactor::service::security {

/// Reasons: credentials_missing, credentials_repeated, scheme_not_bearer.
tl::expected<std::string_view, Reason> bearer_token(std::span<const std::string_view> authorization);

}  // namespace cofactor::service::security
