// Promises: see fhir_authorization.hpp.
#include "cds-service/hooks/fhir_authorization.hpp"

#include <algorithm>
#include <functional>

namespace cofactor::service::hooks {
namespace {

constexpr std::size_t longest_token = 8u << 10;

bool is_plain(std::string_view token) {
  return !token.empty() && token.size() <= longest_token &&
         std::ranges::all_of(token, [](char c) { return c > 0x20 && c < 0x7f; });
}

bool is_bearer(std::string_view type) {
  constexpr std::string_view bearer = "bearer";  // the type is compared without case (RFC 6749, 7.1)
  return std::ranges::equal(type, bearer, {}, [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
}

std::string_view fault_of(const json::Value& given) {
  for (const std::string_view name : {"access_token", "token_type", "scope", "subject"})
    if (!given[name].is_string() || given[name].string().empty()) return "token-incomplete";
  if (!given["expires_in"].is_number()) return "token-incomplete";
  if (!is_bearer(given["token_type"].string())) return "token-not-bearer";
  if (given["expires_in"].number().value_or(0) <= 0) return "token-expired";
  if (!is_plain(given["access_token"].string())) return "token-malformed";
  if (const json::Value* patient = given.find("patient"); patient != nullptr && !patient->is_null() && !patient->is_string()) return "token-malformed";
  return {};
}

/// Overwrites a member of `inner`, itself a member of `root`, as it was written: a text is read in place and becomes shorter
/// where it has escapes, so that its written end stays behind what was read. All between this name and the next one is the
/// value and punctuation. After the last name of all it ends with the document, which the reader lets zero bytes follow; no
/// two of them stand together before.
void wipe_value(const json::Value& root, const json::Value& inner, std::string_view name) {
  const char* begin = nullptr;
  for (const json::Member& each : inner.members())
    if (each.name == name) begin = each.name.data() + each.name.size() + 1;
  if (begin == nullptr) return;
  const char* next = nullptr;
  for (const json::Value* object : {&inner, &root})
    for (const json::Member& each : object->members())
      if (std::less<>()(begin, each.name.data()) && (next == nullptr || std::less<>()(each.name.data(), next))) next = each.name.data();
  const char* end = begin;
  if (next != nullptr)
    end = next - 1;
  else
    while (end[0] != '\0' || end[1] != '\0') ++end;
  // The characters belong to the document, which was read from a buffer of our own.
  fhir::client::wipe(const_cast<char*>(begin), static_cast<std::size_t>(end - begin));
}

}  // namespace

FhirAuthorization take_fhir_authorization(const json::Value& request) {
  FhirAuthorization out;
  const json::Value* given = request.find("fhirAuthorization");
  if (given == nullptr || given->is_null()) return out;
  out.sent = true;
  out.why_not = fault_of(*given);
  const std::string_view token = (*given)["access_token"].string();
  if (out.why_not.empty()) out.token = std::make_shared<const fhir::client::SecretText>(token);
  out.patient = (*given)["patient"].string();
  if (out.patient.starts_with("Patient/")) out.patient.erase(0, 8);
  if (given->is_object())
    wipe_value(request, *given, "access_token");
  else
    wipe_value(request, request, "fhirAuthorization");  // a token may be in there all the same
  return out;
}

}  // namespace cofactor::service::hooks
