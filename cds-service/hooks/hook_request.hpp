// Promises: one CDS Hooks call as views into its parsed body, or a failure whose text names the element that
// is wrong. Only what no answer is possible without is demanded (hook, hookInstance, userId, patientId,
// draftOrders); everything else is read leniently: unknown members are ignored, a prefetch or an extension of
// the wrong kind counts as not sent. The body is parsed once and never copied. The access token is taken out of it and overwritten there.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cards/facts/collect_facts.hpp"
#include "cds-service/hooks/fhir_authorization.hpp"
#include "fhir/json/reader.hpp"
#include "fhir/result.hpp"

namespace cofactor::service::hooks {

inline constexpr std::string_view order_sign = "order-sign";
inline constexpr std::string_view order_select = "order-select";

/// A site's own name for one of our prefetch keys: first theirs, then ours.
using PrefetchKeys = std::vector<std::pair<std::string, std::string>>;

struct HookRequest {
  json::Document document;              ///< owns what the views below point into
  std::string_view hook;
  std::string hook_instance;            ///< a UUID, in lower case
  std::string_view user_id;             ///< "Practitioner/dr-208"
  std::string_view patient_id;          ///< bare
  bool patient_prefix = false;          ///< it came as "Patient/<id>"
  std::string_view encounter_id;        ///< bare; empty when not sent
  std::string_view fhir_server;         ///< empty when not sent or unusable
  const json::Value* draft_orders = nullptr;
  std::optional<std::vector<std::string_view>> selections;  ///< order-select; absent: every draft counts as selected
  cards::Prefetch prefetch;
  bool prefetch_sent = false;           ///< there was a prefetch object, even an empty one
  FhirAuthorization authorization;

  // What a call-back brought.
  std::vector<json::Document> fetched;  ///< own what `prefetch` and `medications_read` point into besides `document`
  std::vector<const json::Value*> medications_read;
  std::map<std::string, std::string, std::less<>> unavailable;  ///< prefetch key -> failure code

  /// What became of a fetched value: it stands in the place of its prefetch key; so, but it is an error; nothing changed,
  /// for the key is unknown, or it is an error where the client sent at least something.
  enum class Supplied : std::uint8_t { taken, error, kept_out };
  Supplied supply(std::string_view key, json::Document value);

  cards::CallInput call_input(fhir::Day as_of) const;
};

/// `advertised` is the hook of the service that was called; empty accepts both hooks. Failure codes: those of
/// json::parse, and request-malformed, element-missing, element-malformed, hook-mismatch.
Result<HookRequest> read_hook_request(std::string body, std::string_view advertised, const PrefetchKeys& keys);

/// 8-4-4-4-12 hexadecimal digits of any version and letter case; the result is in lower case.
std::optional<std::string> read_uuid(std::string_view text);

}  // namespace cofactor::service::hooks
