// Promises: the claims of a token (RFC 7519, CDS Hooks "Trusting CDS Clients") as plain values, and the judgement of
// its times. What was read is only what the token says: nobody has proved it yet. Pure.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cds-service/security/reasons.hpp"

namespace cofactor::service::security {

struct Claims {
  std::optional<std::string> issuer, subject, tenant, token_id;
  std::vector<std::string> audiences;                 ///< `aud`, a string or an array of strings
  std::optional<double> expires, issued, not_before;  ///< seconds since 1970, fractions allowed, 0 to the year 9999
};

/// The claims, with the reason claims_malformed (or token_malformed) if one of them is not what it should be; the
/// issuer is then read all the same where it can be, so that the audit can name a client.
struct ClaimsRead {
  Claims claims;
  Reason fault = Reason::none;
};
ClaimsRead read_claims(std::string_view encoded);

/// Longest text of iss, sub, tenant, jti, in bytes; an issuer is a URL and may have 2048.
constexpr std::size_t kMostClaimBytes = 256, kMostIssuerBytes = 2048;

/// Reasons: expiry_missing, issue_time_missing, expires_before_issued, lifetime_too_long, expired (exp + skew lies
/// before now), not_yet_valid (iat or nbf lies after now + skew), none. `now` in whole seconds, so that both bounds are
/// exact.
Reason fault_of_times(const Claims& claims, std::int64_t now, std::chrono::seconds skew,
                      std::chrono::seconds longest_lifetime);

}  // namespace cofactor::service::security
