// Promises: reading one CDS Hooks call (hook_request.hpp).
#include "cds-service/hooks/hook_request.hpp"

#include <array>

#include "fhir/resources/bundle.hpp"

namespace cofactor::service::hooks {
namespace {

constexpr std::size_t longest_id = 512;  // FHIR allows 64, published examples have 194
constexpr std::string_view patient_type = "Patient/";
constexpr std::string_view encounter_type = "Encounter/";

struct PrefetchSlot {
  std::string_view key;
  const json::Value* cards::Prefetch::*slot;
};
constexpr std::array<PrefetchSlot, 9> slots{{{"patient", &cards::Prefetch::patient},
                                             {"medications", &cards::Prefetch::medications},
                                             {"statements", &cards::Prefetch::statements},
                                             {"magnesium", &cards::Prefetch::magnesium},
                                             {"vitaminD", &cards::Prefetch::vitamin_d},
                                             {"calciumRenal", &cards::Prefetch::calcium_renal},
                                             {"conditions", &cards::Prefetch::conditions},
                                             {"serviceRequests", &cards::Prefetch::service_requests},
                                             {"encounter", &cards::Prefetch::encounter}}};

bool blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

tl::unexpected<Failure> missing(std::string_view element) {
  return fail("element-missing", "`" + std::string(element) + "` is missing: CDS Hooks requires it");
}
tl::unexpected<Failure> malformed(std::string_view element, std::string_view wanted) {
  return fail("element-malformed", "`" + std::string(element) + "` is not " + std::string(wanted));
}

/// A required string with something in it.
Result<std::string_view> required_text(const json::Value& in, std::string_view name, std::string_view element) {
  const json::Value* value = in.find(name);
  if (!value) return missing(element);
  if (!value->is_string() || blank(value->string())) return malformed(element, "a string with text");
  if (value->size > longest_id) return malformed(element, "a string of at most 512 bytes");
  return value->string();
}

/// Published examples have ids that FHIR does not allow (longer, with an underscore); what would end or leave a path is none.
bool is_bare_id(std::string_view id) {
  if (id.empty() || id.size() > longest_id || id == "." || id == "..") return false;
  for (const char c : id)
    if (std::string_view("/?#%\\").find(c) != std::string_view::npos || static_cast<unsigned char>(c) <= 0x20 || c == 0x7f) return false;
  return true;
}

void read_prefetch(const json::Value& root, const PrefetchKeys& keys, HookRequest& into) {
  const json::Value* sent = root.find("prefetch");
  if (!sent || !sent->is_object()) return;  // data unknown, as if nothing had been sent
  into.prefetch_sent = true;
  for (const json::Member& member : sent->members())
    for (const PrefetchSlot& slot : slots)
      if (member.name == slot.key) into.prefetch.*slot.slot = &member.value;
  for (const auto& [theirs, ours] : keys)
    for (const PrefetchSlot& slot : slots)
      if (slot.key == ours && !(into.prefetch.*slot.slot)) into.prefetch.*slot.slot = sent->find(theirs);
}

Result<void> read_context(const json::Value& context, HookRequest& into) {
  const auto user = required_text(context, "userId", "context.userId");
  if (!user) return tl::unexpected(user.error());
  into.user_id = *user;

  const auto patient = required_text(context, "patientId", "context.patientId");
  if (!patient) return tl::unexpected(patient.error());
  into.patient_id = *patient;
  if (into.patient_id.starts_with(patient_type)) {
    into.patient_id.remove_prefix(patient_type.size());
    into.patient_prefix = true;
  }
  if (!is_bare_id(into.patient_id)) return malformed("context.patientId", "the bare id of one Patient");

  // Optional, and only a reference for the record: what cannot be read is left out.
  into.encounter_id = context["encounterId"].string();
  if (into.encounter_id.starts_with(encounter_type)) into.encounter_id.remove_prefix(encounter_type.size());
  if (!is_bare_id(into.encounter_id)) into.encounter_id = {};

  into.draft_orders = context.find("draftOrders");
  if (!into.draft_orders) return missing("context.draftOrders");
  if (!into.draft_orders->is_object() || (*into.draft_orders)["resourceType"].string() != "Bundle")
    return malformed("context.draftOrders", "a FHIR Bundle");
  const json::Value* entry = into.draft_orders->find("entry");
  if (entry && !entry->is_array() && !entry->is_null())
    return malformed("context.draftOrders.entry", "an array");

  if (into.hook == order_select) {
    const json::Value& selections = context["selections"];
    if (!selections.is_null() && !selections.is_array()) return malformed("context.selections", "an array of references");
    std::vector<std::string_view> chosen;
    for (const json::Value& item : selections.items()) {
      if (!item.is_string()) return malformed("context.selections", "an array of references");
      chosen.push_back(item.string());
    }
    if (!chosen.empty()) into.selections = std::move(chosen);
  }
  return {};
}

}  // namespace

std::optional<std::string> read_uuid(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  std::string lower(text);
  for (std::size_t i = 0; i < lower.size(); ++i) {
    char& c = lower[i];
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    if (dash ? c != '-' : !hex) return std::nullopt;
  }
  return lower;
}

Result<HookRequest> read_hook_request(std::string body, std::string_view advertised, const PrefetchKeys& keys) {
  auto document = json::parse(std::move(body));
  if (!document) return tl::unexpected(document.error());
  HookRequest request;
  request.document = std::move(*document);
  const json::Value& root = request.document.root();
  if (!root.is_object()) return fail("request-malformed", "the body is not a JSON object");

  const auto hook = required_text(root, "hook", "hook");
  if (!hook) return tl::unexpected(hook.error());
  request.hook = *hook;
  if (advertised.empty() ? request.hook != order_sign && request.hook != order_select : request.hook != advertised)
    return fail("hook-mismatch", "`hook` is not one that this service answers: send `" +
                                     std::string(advertised.empty() ? "order-sign` or `order-select" : advertised) + "`");

  const auto instance = required_text(root, "hookInstance", "hookInstance");
  if (!instance) return tl::unexpected(instance.error());
  auto uuid = read_uuid(*instance);
  if (!uuid) return malformed("hookInstance", "a UUID");
  request.hook_instance = std::move(*uuid);

  const json::Value* context = root.find("context");
  if (!context) return missing("context");
  if (!context->is_object()) return malformed("context", "an object");
  if (auto read = read_context(*context, request); !read) return tl::unexpected(read.error());

  request.fhir_server = root["fhirServer"].string();
  while (request.fhir_server.ends_with('/')) request.fhir_server.remove_suffix(1);
  request.authorization = take_fhir_authorization(root);
  read_prefetch(root, keys, request);
  return request;
}

HookRequest::Supplied HookRequest::supply(std::string_view key, json::Document value) {
  for (const PrefetchSlot& each : slots) {
    if (each.key != key) continue;
    Issues ignored;
    const auto state = fhir::read_resources(&value.root(), json::ElementPath{nullptr, key, -1}, ignored).state;
    const bool error = state == fhir::SourceState::error;
    if (error && prefetch.*each.slot != nullptr) return Supplied::kept_out;
    fetched.push_back(std::move(value));
    prefetch.*each.slot = &fetched.back().root();
    return error ? Supplied::error : Supplied::taken;
  }
  return Supplied::kept_out;
}

cards::CallInput HookRequest::call_input(fhir::Day as_of) const {
  cards::CallInput input;
  input.as_of = as_of;
  input.hook = hook;
  input.patient_id = patient_id;
  input.fhir_server = fhir_server;
  input.draft_orders = draft_orders;
  input.selections = selections;
  input.prefetch = prefetch;
  input.medications = medications_read;
  for (const auto& [key, reason] : unavailable) input.unavailable.emplace_back(key, reason);
  return input;
}

}  // namespace cofactor::service::hooks
