// Promises: the compact form of RFC 7515 and nothing else: three base64url parts, a header that changes nothing about
// what is signed, an algorithm of algorithm.hpp. Looks at no claim and at no key. Pure.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "cds-service/security/algorithm.hpp"
#include "cds-service/security/reasons.hpp"

namespace cofactor::service::security {

constexpr std::size_t kMostTokenBytes = 8 * 1024;

/// Views of the token; nothing is decoded yet.
struct TokenParts {
  std::string_view header, payload, signature;
  std::string_view signed_bytes;  ///< header and payload with the dot between them
};
/// Reasons: token_too_long, token_malformed (also five parts, an empty header, JSON).
tl::expected<TokenParts, Reason> split_token(std::string_view token);

struct JwsHeader {
  Algorithm algorithm = Algorithm::es384;
  std::optional<std::string> kid, typ, jku;
};
/// Reasons: token_malformed, header_malformed, header_not_allowed, algorithm_not_allowed.
tl::expected<JwsHeader, Reason> read_header(std::string_view encoded);

/// What CDS Hooks asks of the header besides: a `kid`, and JWT as `typ` (a media type: case does not count). Reasons:
/// type_not_jwt, key_id_missing, none.
Reason fault_of_jwt_header(const JwsHeader& header);

}  // namespace cofactor::service::security
