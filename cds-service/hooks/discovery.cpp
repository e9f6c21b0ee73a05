// Promises: the discovery document and its prefetch templates (discovery.hpp).
#include "cds-service/hooks/discovery.hpp"

#include <initializer_list>

#include "cds-service/hooks/hook_request.hpp"
#include "fhir/json/writer.hpp"

namespace cofactor::service::hooks {
namespace {

using cards::LabGroup;

/// Newest first and enough of them that the newest is on the first page even after a long stay in hospital.
std::string observations(const cards::Knowledge& knowledge, std::initializer_list<LabGroup> groups) {
  std::string codes;
  for (const LabGroup group : groups)
    for (const std::string_view loinc : knowledge.loincs(group)) {
      if (!codes.empty()) codes += ',';
      codes.append("http://loinc.org|").append(loinc);
    }
  return "Observation?patient={{context.patientId}}&code=" + codes + "&_sort=-date&_count=50";
}

void write_service(json::Writer& out, std::string_view hook, std::string_view id, std::string_view title,
                   std::string_view description, const std::vector<std::pair<std::string, std::string>>& prefetch,
                   bool announce_version) {
  out.begin_object();
  out.field("hook", hook).field("id", id).field("title", title).field("description", description);
  out.field("usageRequirements",
            "Needs only the context. What is neither prefetched nor sent is named on a card instead of being taken "
            "for a normal finding; send every prefetch key for a complete check.");
  out.key("prefetch").begin_object();
  for (const auto& [key, query] : prefetch) out.field(key, query);
  out.end_object();
  if (announce_version) out.field("version", "2.0.1");
  out.end_object();
}

}  // namespace

std::string_view hook_of_service(std::string_view service_id) {
  if (service_id == order_sign_id) return order_sign;
  if (service_id == order_select_id) return order_select;
  return {};
}

std::vector<std::pair<std::string, std::string>> prefetch_templates(const cards::Knowledge& knowledge) {
  return {
      {"patient", "Patient/{{context.patientId}}"},
      {"medications",
       "MedicationRequest?patient={{context.patientId}}&status=active&_include=MedicationRequest:medication&_count=100"},
      {"statements",
       "MedicationStatement?patient={{context.patientId}}&status=active&_include=MedicationStatement:medication&"
       "_count=100"},
      {"magnesium", observations(knowledge, {LabGroup::magnesium_serum, LabGroup::magnesium_ionized,
                                             LabGroup::magnesium_blood, LabGroup::magnesium_rbc})},
      {"vitaminD", observations(knowledge, {LabGroup::vitamin_d_25oh, LabGroup::vitamin_d_25oh_d3})},
      {"calciumRenal",
       observations(knowledge, {LabGroup::calcium_total, LabGroup::calcium_corrected, LabGroup::calcium_ionized,
                                LabGroup::albumin, LabGroup::creatinine, LabGroup::egfr, LabGroup::pth,
                                LabGroup::phosphate, LabGroup::potassium})},
      {"conditions", "Condition?patient={{context.patientId}}&clinical-status=active&_count=200"},
      {"serviceRequests", "ServiceRequest?patient={{context.patientId}}&status=active&_sort=-authored&_count=100"},
      {"encounter", "Encounter/{{context.encounterId}}"},
  };
}

std::string discovery_json(const cards::Knowledge& knowledge, bool announce_version) {
  const auto prefetch = prefetch_templates(knowledge);
  json::Writer out;
  out.begin_object().key("services").begin_array();
  write_service(out, order_sign, order_sign_id, "Vitamin D and magnesium safety at signing",
                "Checks the orders being signed for high-dose vitamin D without a magnesium assessment, or together "
                "with medicines that lower magnesium, and says what could not be checked.",
                prefetch, announce_version);
  write_service(out, order_select, order_select_id, "Vitamin D and magnesium safety while ordering",
                "Gives the same advice about the selected orders while they are still being written.", prefetch,
                announce_version);
  out.end_array().end_object();
  return out.take();
}

}  // namespace cofactor::service::hooks
