// Promises: what claims.hpp says.
#include "cds-service/security/claims.hpp"

#include "cds-service/security/base64url.hpp"
#include "cds-service/security/jws.hpp"
#include "fhir/json/reader.hpp"

namespace cofactor::service::security {
namespace {

constexpr double kLatest = 253402300799.0;  // the last second of 9999

bool read_text(const json::Value& object, std::string_view name, std::size_t most, std::optional<std::string>& into) {
  const auto* member = object.find(name);
  if (member == nullptr) return true;
  if (!member->is_string() || member->string().size() > most) return false;
  into = std::string(member->string());
  return true;
}

bool read_time(const json::Value& object, std::string_view name, std::optional<double>& into) {
  const auto* member = object.find(name);
  if (member == nullptr) return true;
  const auto seconds = member->number();
  if (!seconds || !(*seconds >= 0.0 && *seconds <= kLatest)) return false;
  into = *seconds;
  return true;
}

bool read_audiences(const json::Value& object, std::vector<std::string>& into) {
  const auto* member = object.find("aud");
  if (member == nullptr) return true;
  if (member->is_string()) {
    into.emplace_back(member->string());
    return true;
  }
  if (!member->is_array()) return false;
  for (const auto& item : member->items()) {
    if (!item.is_string()) return false;
    into.emplace_back(item.string());
  }
  return true;
}

}  // namespace

ClaimsRead read_claims(std::string_view encoded) {
  ClaimsRead read;
  auto text = base64url_decoded(encoded);
  if (!text) {
    read.fault = Reason::token_malformed;
    return read;
  }
  const auto document = json::parse(std::move(*text), {.bytes = kMostTokenBytes, .depth = 16, .values = 4000});
  if (!document || !document->root().is_object()) {
    read.fault = Reason::claims_malformed;
    return read;
  }
  const json::Value& object = document->root();
  Claims& claims = read.claims;
  bool good = read_text(object, "iss", kMostIssuerBytes, claims.issuer);
  good &= read_text(object, "sub", kMostClaimBytes, claims.subject);
  good &= read_text(object, "tenant", kMostClaimBytes, claims.tenant);
  good &= read_text(object, "jti", kMostClaimBytes, claims.token_id);
  good &= read_audiences(object, claims.audiences);
  good &= read_time(object, "exp", claims.expires);
  good &= read_time(object, "iat", claims.issued);
  good &= read_time(object, "nbf", claims.not_before);
  if (!good) read.fault = Reason::claims_malformed;
  return read;
}

Reason fault_of_times(const Claims& claims, std::int64_t now, std::chrono::seconds skew,
                      std::chrono::seconds longest_lifetime) {
  if (!claims.expires) return Reason::expiry_missing;
  if (!claims.issued) return Reason::issue_time_missing;
  const double at = static_cast<double>(now), leeway = static_cast<double>(skew.count());
  if (*claims.expires <= *claims.issued) return Reason::expires_before_issued;
  if (*claims.expires - *claims.issued > static_cast<double>(longest_lifetime.count()))
    return Reason::lifetime_too_long;
  if (at > *claims.expires + leeway) return Reason::expired;
  if (*claims.issued > at + leeway) return Reason::not_yet_valid;
  if (claims.not_before && *claims.not_before > at + leeway) return Reason::not_yet_valid;
  return Reason::none;
}

}  // namespace cofactor::service::security
