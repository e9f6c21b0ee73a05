// Promises: see call_back_plan.hpp.
#include "cds-service/hooks/call_back_plan.hpp"

#include <algorithm>
#include <array>

#include "cds-service/hooks/discovery.hpp"
#include "fhir/resources/bundle.hpp"
#include "fhir/resources/medication_request.hpp"
#include "fhir/resources/reference.hpp"

namespace cofactor::service::hooks {
namespace {

/// Reasons that asking again cannot mend: what came is another patient's, or more than is read.
constexpr std::array<std::string_view, 4> not_mended{"other-patient", "subject-unproven", "too-many-resources", "medication-unresolved"};

bool to_be_asked(const cards::Facts& facts, std::string_view key) {
  for (const cards::SourceFact& source : facts.sources)
    if (source.key == key)
      return source.state != "present" && source.state != "none-found" && std::ranges::find(not_mended, source.reason) == not_mended.end();
  return false;
}

/// The template with its id filled in, escaped where a query must be; empty when the id is missing or no id.
std::string filled(std::string_view pattern, const HookRequest& request) {
  const auto open = pattern.find("{{context."), close = pattern.find("}}");
  if (open == std::string_view::npos || close == std::string_view::npos) return {};
  const std::string_view name = pattern.substr(open + 10, close - open - 10);
  const std::string_view id = name == "patientId" ? request.patient_id : name == "encounterId" ? request.encounter_id : std::string_view();
  if (!fhir::client::is_fhir_id(id)) return {};
  std::string out(pattern.substr(0, open));
  out.append(id).append(pattern.substr(close + 2));
  const auto question = out.find('?');
  if (question == std::string::npos) return out;
  std::string escaped = out.substr(0, question + 1);
  for (const char c : std::string_view(out).substr(question + 1)) {
    if (c == '=' || c == '&')
      escaped += c;
    else
      escaped += fhir::client::query_escaped({&c, 1});
  }
  return escaped;
}

fhir::Reference medication_of(const json::Value& order) {
  Issues ignored;
  const json::ElementPath at{nullptr, "medication", -1};
  if (order.find("medicationCodeableConcept") != nullptr) return {};
  if (const json::Value* reference = order.find("medicationReference")) return fhir::read_reference_element(*reference, at, ignored);
  const json::Value& choice = order["medication"];
  if (choice["reference"].is_string()) return fhir::read_reference_element(choice, at, ignored);
  return fhir::read_reference_element(choice["reference"], at, ignored);
}

}  // namespace

std::vector<CallBackQuestion> questions_of(const HookRequest& request, const cards::Facts& facts, const cards::Knowledge& knowledge) {
  std::vector<CallBackQuestion> out;
  for (const auto& [key, pattern] : prefetch_templates(knowledge)) {
    if (!to_be_asked(facts, key)) continue;
    if (std::string relative = filled(pattern, request); !relative.empty()) out.push_back({key, std::move(relative)});
  }
  return out;
}

std::vector<std::string> medications_to_read(const HookRequest& request, const fhir::client::BaseUrl& base) {
  Issues ignored;
  const json::ElementPath at{nullptr, "order", -1};
  std::array<fhir::ResourceList, 3> lists{fhir::read_resources(request.draft_orders, at, ignored),
                                          fhir::read_resources(request.prefetch.medications, at, ignored),
                                          fhir::read_resources(request.prefetch.statements, at, ignored)};
  fhir::MedicationShelf shelf;
  for (const fhir::ResourceList& list : lists) shelf.lists.push_back(&list);
  fhir::ResourceList read;
  for (const json::Value* each : request.medications_read)
    read.entries.push_back({each, {}, (*each)["resourceType"].string(), (*each)["id"].string()});
  shelf.lists.push_back(&read);

  std::vector<std::string> out;
  std::set<std::string_view> chosen;
  for (const fhir::ResourceList& list : lists)
    for (const fhir::BundleEntry& entry : list.entries) {
      if (!fhir::is_medication_order(entry.resource_type)) continue;
      const fhir::Reference reference = medication_of(*entry.resource);
      const bool here = reference.form == fhir::ReferenceForm::relative ||
                        (reference.form == fhir::ReferenceForm::absolute && base.same(reference.base));
      if (!here || reference.type != "Medication" || !fhir::client::is_fhir_id(reference.id)) continue;
      if (shelf.find(reference) != nullptr || !chosen.insert(reference.id).second) continue;
      if (out.size() == most_medications) return out;
      out.emplace_back(reference.id);
    }
  return out;
}

}  // namespace cofactor::service::hooks
