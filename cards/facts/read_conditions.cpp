// Promises: see read_conditions.hpp.
#include "cards/facts/read_conditions.hpp"

#include <algorithm>
#include <array>

#include "cards/facts/magnesium_words.hpp"

namespace cofactor::cards {
namespace {

template <std::size_t n>
bool among(std::string_view word, const std::array<std::string_view, n>& list) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

std::optional<fhir::Day> earliest_of(std::string_view text) {
  const auto date = fhir::PartialDate::read(text);
  return date ? std::optional(date->earliest) : std::nullopt;
}

std::string reference_of(const fhir::BundleEntry& entry) {
  return std::string(entry.resource_type) + "/" + std::string(entry.id);
}

/// Whose the resource is; a foreign one is noted.
fhir::SamePatient whose(const fhir::Reference& subject, const fhir::ResourceList& beside,
                        const PatientProof& proof, Facts& facts) {
  const fhir::SamePatient same = proof.prove(subject, beside);
  if (same == fhir::SamePatient::no) facts.patient_mismatch = true;
  return same;
}

bool is_blood_magnesium(LabGroup group) {
  return group == LabGroup::magnesium_serum || group == LabGroup::magnesium_ionized ||
         group == LabGroup::magnesium_blood || group == LabGroup::magnesium_rbc;
}

bool orders_magnesium(const fhir::CodeableConcept& code, const Knowledge& knowledge) {
  bool coded = false;
  for (const fhir::Coding& coding : code.codings) {
    const auto group = knowledge.lab_group(coding);
    if (group && is_blood_magnesium(*group)) return true;
    coded = coded || group || coding.known == fhir::CodeSystem::loinc;
  }
  if (coded) return false;  // the code says what it is
  if (names_magnesium_test(code.text)) return true;
  return std::any_of(code.codings.begin(), code.codings.end(), [](const fhir::Coding& coding) {
    return names_magnesium_test(coding.display);
  });
}

}  // namespace

void add_conditions(const fhir::CodeableConcept& code, std::string_view reference,
                    std::optional<fhir::Day> on, const Knowledge& knowledge, Facts& facts) {
  const std::size_t before = facts.conditions.size();
  for (const fhir::Coding& coding : code.codings) {
    for (const ConditionGroup& group : knowledge.condition_groups(coding)) {
      const bool there = std::any_of(
          facts.conditions.begin() + static_cast<std::ptrdiff_t>(before), facts.conditions.end(),
          [&](const ConditionFact& fact) { return fact.group == group; });
      if (!there)
        facts.conditions.push_back({std::string(reference), std::string(coding.code), group, on});
    }
  }
}

std::string_view read_condition_fact(const fhir::BundleEntry& entry, const fhir::ResourceList& beside,
                                     const PatientProof& proof, const Knowledge& knowledge, Facts& facts) {
  constexpr std::array<std::string_view, 4> active{"active", "recurrence", "relapse", ""};
  Issues issues;
  const fhir::Condition read =
      fhir::read_condition(*entry.resource, json::ElementPath{nullptr, "Condition", -1}, issues);
  const fhir::SamePatient same = whose(read.subject, beside, proof, facts);
  if (!among(read.clinical_status, active) || read.verification_status == "refuted" ||
      read.verification_status == "entered-in-error")
    return {};
  if (read.clinical_status.empty() && !read.abatement.empty()) return {};
  if (same != fhir::SamePatient::yes) return not_the_patients(same);
  std::optional<fhir::Day> on = earliest_of(read.onset);
  if (!on) on = earliest_of(read.recorded);
  add_conditions(read.code, reference_of(entry), on, knowledge, facts);
  return {};
}

std::string_view read_procedure_fact(const fhir::BundleEntry& entry, const fhir::ResourceList& beside,
                         const PatientProof& proof, const Knowledge& knowledge, Facts& facts) {
  constexpr std::array<std::string_view, 2> done{"completed", "in-progress"};
  Issues issues;
  const fhir::Procedure read =
      fhir::read_procedure(*entry.resource, json::ElementPath{nullptr, "Procedure", -1}, issues);
  const fhir::SamePatient same = whose(read.subject, beside, proof, facts);
  if (!among(read.status, done)) return {};
  if (same != fhir::SamePatient::yes) return not_the_patients(same);
  add_conditions(read.code, reference_of(entry), earliest_of(read.performed), knowledge, facts);
  return {};
}

std::string_view read_encounter_fact(const fhir::BundleEntry& entry, const fhir::ResourceList& beside,
                         const PatientProof& proof, const Knowledge& knowledge, Facts& facts) {
  Issues issues;
  const fhir::Encounter read =
      fhir::read_encounter(*entry.resource, json::ElementPath{nullptr, "Encounter", -1}, issues);
  if (read.status == "entered-in-error" || read.status == "cancelled") return {};
  if (const auto same = whose(read.subject, beside, proof, facts); same != fhir::SamePatient::yes)
    return not_the_patients(same);
  facts.encounter_class = read.class_code;
  for (const fhir::CodeableConcept& type : read.types)
    add_conditions(type, reference_of(entry), std::nullopt, knowledge, facts);
  return {};
}

bool is_service_order(std::string_view resource_type) {
  constexpr std::array<std::string_view, 4> types{"ServiceRequest", "ProcedureRequest",
                                                  "DiagnosticOrder", "DiagnosticRequest"};
  return among(resource_type, types);
}

std::string_view read_magnesium_order(const fhir::BundleEntry& entry, const fhir::ResourceList& beside,
                          bool draft, const PatientProof& proof, const Knowledge& knowledge,
                          Facts& facts) {
  // The older names of an active order are those of DSTU2's DiagnosticOrder.
  constexpr std::array<std::string_view, 5> active{"active", "requested", "received", "accepted",
                                                   "in-progress"};
  constexpr std::array<std::string_view, 3> drafted{"draft", "proposed", ""};
  const json::ElementPath at{nullptr, entry.resource_type, -1};
  Issues issues;
  const fhir::ServiceRequest read = fhir::read_service_request(*entry.resource, at, issues);
  const bool live = among(read.status, active) || (draft && among(read.status, drafted));
  if (!live || read.do_not_perform) return {};
  if (!draft && (read.intent == "proposal" || read.intent == "option")) return {};
  if (std::none_of(read.codes.begin(), read.codes.end(), [&](const fhir::CodeableConcept& code) {
        return orders_magnesium(code, knowledge);
      }))
    return {};
  const bool nameless =
      read.subject.form == fhir::ReferenceForm::none && !read.subject.has_identifier;
  if (!(draft && nameless))
    if (const auto same = whose(read.subject, beside, proof, facts); same != fhir::SamePatient::yes)
      return not_the_patients(same);
  LabOrderFact fact;
  fact.reference = reference_of(entry);
  fact.draft = draft;
  fact.status = draft && !among(read.status, active) ? "draft" : "active";
  fact.authored = earliest_of(read.authored_on);
  fact.occurrence = earliest_of(read.occurrence);
  // A test drafted now and the same one already on the list are one order.
  const auto same = [&](const LabOrderFact& other) {
    return !entry.id.empty() && other.reference == fact.reference;
  };
  if (std::none_of(facts.magnesium_orders.begin(), facts.magnesium_orders.end(), same))
    facts.magnesium_orders.push_back(std::move(fact));
  return {};
}

}  // namespace cofactor::cards
