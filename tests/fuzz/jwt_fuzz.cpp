// Promises: whatever stands where a token should, splitting and reading it never crashes, and what is taken keeps the
// promises that the rest relies on: one text one meaning, known algorithms only, times within their range. The first
// byte chooses what the rest is: a whole token, the text of a header, the text of claims.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "cds-service/security/base64url.hpp"
#include "cds-service/security/claims.hpp"
#include "cds-service/security/jws.hpp"

namespace {

namespace security = cofactor::service::security;
using security::Reason;

void must(bool good) {
  if (!good) std::abort();
}

void header(std::string_view encoded) {
  const auto read = security::read_header(encoded);
  if (!read) return must(read.error() != Reason::none);
  must(security::algorithm_named(security::facts_of(read->algorithm).name) == read->algorithm);
  const Reason fault = security::fault_of_jwt_header(*read);
  must(fault != Reason::none || (read->kid && !read->kid->empty()));
}

void claims(std::string_view encoded) {
  const auto read = security::read_claims(encoded);
  const auto& claims = read.claims;
  for (const auto& time : {claims.expires, claims.issued, claims.not_before})
    must(!time || (*time >= 0 && *time < 253402300800.0));
  for (const auto& text : {claims.subject, claims.tenant, claims.token_id})
    must(!text || text->size() <= security::kMostClaimBytes);
  constexpr std::int64_t now = 1'800'000'000;
  const Reason fault = security::fault_of_times(claims, now, std::chrono::seconds(60), std::chrono::seconds(3600));
  if (fault == Reason::none)
    must(*claims.expires >= now - 60 && *claims.issued <= now + 60 && *claims.expires > *claims.issued);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 3) {
    case 0: {
      const auto parts = security::split_token(rest);
      if (!parts) break;
      for (const auto part : {parts->header, parts->payload, parts->signature}) {
        const auto bytes = security::base64url_decoded(part);
        must(!bytes || security::base64url(*bytes) == part);
      }
      header(parts->header);
      claims(parts->payload);
      break;
    }
    case 1:
      header(security::base64url(rest));
      break;
    default:
      claims(security::base64url(rest));
  }
  return 0;
}
