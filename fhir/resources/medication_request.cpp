// Promises: see medication_request.hpp. References are followed one step to a Medication and one
// more to what its ingredients name, never further: loops and long chains cannot arise.
#include "fhir/resources/medication_request.hpp"

#include <algorithm>
#include <array>

#include "fhir/dosage/datatypes.hpp"
#include "fhir/json/members.hpp"

namespace cofactor::fhir {
namespace {

using json::ElementPath;
using json::Value;

constexpr std::array<std::string_view, 5> order_types{"MedicationRequest", "MedicationOrder",
                                                      "MedicationPrescription",
                                                      "MedicationStatement", "MedicationUsage"};

/// The contained resource of that id, in the order itself.
const Value* find_contained(const Value& holder, std::string_view id) {
  if (id.empty()) return nullptr;
  for (const Value& item : holder["contained"].items()) {
    std::string_view item_id = item["id"].string();
    if (item_id.starts_with('#')) item_id.remove_prefix(1);  // DSTU2 examples write it so
    if (item_id == id) return &item;
  }
  return nullptr;
}

const Value* resolve(const Reference& reference, const Value& holder,
                     const MedicationShelf& shelf) {
  return reference.form == ReferenceForm::contained ? find_contained(holder, reference.id)
                                                    : shelf.find(reference);
}

void read_medication_choice(const Value& resource, const ElementPath& at, Issues& issues,
                            MedicationRequest& out) {
  if (const Value* code = resource.find("medicationCodeableConcept"))
    out.medication = read_concept(*code, ElementPath{&at, "medicationCodeableConcept", -1}, issues);
  out.medication_reference = reference_member(resource, "medicationReference", at, issues);
  const Value* choice = json::object_member(resource, "medication", at, issues);
  if (choice == nullptr) return;
  const ElementPath here{&at, "medication", -1};
  if ((*choice)["reference"].is_string()) {
    out.medication_reference = read_reference_element(*choice, here, issues);
  } else if (choice->find("coding") != nullptr || choice->find("text") != nullptr) {
    out.medication = read_concept(*choice, here, issues);
  } else {
    if (const Value* code = choice->find("concept"))
      out.medication = read_concept(*code, ElementPath{&here, "concept", -1}, issues);
    out.medication_reference = reference_member(*choice, "reference", here, issues);
  }
}

/// An ingredient that is only a reference gets the code of the Medication or Substance that it
/// leads to.
void resolve_ingredients(Medication& medication, const Value& from, const Value& order,
                         const MedicationShelf& shelf, const ElementPath& at, Issues& issues) {
  constexpr std::size_t most = 32;
  for (std::size_t i = 0; i < std::min(medication.ingredients.size(), most); ++i) {
    MedicationIngredient& ingredient = medication.ingredients[i];
    if (!ingredient.item.empty() || ingredient.item_reference.form == ReferenceForm::none) continue;
    const Value* item = resolve(ingredient.item_reference, order, shelf);
    if (item == nullptr) item = resolve(ingredient.item_reference, from, shelf);
    if (item != nullptr) ingredient.item = read_concept((*item)["code"], at, issues);
    if (ingredient.item.empty()) ingredient.item.text = ingredient.item_reference.display;
  }
}

void resolve_medication(const Value& resource, const MedicationShelf& shelf, const ElementPath& at,
                        Issues& issues, MedicationRequest& out) {
  const Reference& reference = out.medication_reference;
  if (reference.form == ReferenceForm::none) {
    if (out.medication.empty() && reference.display.empty())
      issues.push_back(
          {Severity::warning, "medication-missing", at.text(), "the order names no medication"});
    return;
  }
  const ElementPath here{&at, "medicationReference", -1};
  const Value* found = resolve(reference, resource, shelf);
  if (found == nullptr || (*found)["resourceType"].string() != "Medication") {
    issues.push_back({Severity::warning, "medication-unresolved", here.text(),
                      "the Medication that the order refers to is not in the request"});
    return;
  }
  out.resolved = read_medication(*found, here, issues);
  resolve_ingredients(*out.resolved, *found, resource, shelf, here, issues);
}

/// Statements that say a medicine is not taken, in the words of each FHIR version, count as R4's
/// "not-taken".
bool not_taken(const Value& resource) {
  const std::string_view taken = resource["taken"].string();
  if (taken == "n" || taken == "na" ||
      (resource["wasNotTaken"].is_boolean() && resource["wasNotTaken"].flag) ||
      (resource["wasNotGiven"].is_boolean() && resource["wasNotGiven"].flag))
    return true;
  const Value& codes = resource["adherence"]["code"]["coding"];
  return std::any_of(codes.items().begin(), codes.items().end(), [](const Value& coding) {
    const std::string_view code = coding["code"].string();
    return code.starts_with("not-taking") || code == "stopped" || code.starts_with("stopped-");
  });
}

void read_dosages(const Value& resource, const ElementPath& at, Issues& issues,
                  MedicationRequest& out) {
  const std::string_view name =
      resource.find("dosageInstruction") != nullptr ? "dosageInstruction" : "dosage";
  out.dosages.reserve(resource[name].items().size());
  json::each_member(resource, name, at, issues, [&](const Value& item, const ElementPath& here) {
    out.dosages.push_back(read_dosage(item, here, issues));
  });
  if (!out.dosages.empty()) return;
  if (const std::string_view rendered = resource["renderedDosageInstruction"].string();
      !rendered.empty()) {
    out.dosages.emplace_back();
    out.dosages.back().text = rendered;
  }
}

void read_effective(const Value& resource, const ElementPath& at, Issues& issues,
                    MedicationRequest& out) {
  out.effective_at = json::string_member(resource, "effectiveDateTime", at, issues);
  if (const Value* period = json::object_member(resource, "effectivePeriod", at, issues)) {
    const ElementPath here{&at, "effectivePeriod", -1};
    out.effective_start = json::string_member(*period, "start", here, issues);
    out.effective_end = json::string_member(*period, "end", here, issues);
  }
  if (const Value* request = json::object_member(resource, "dispenseRequest", at, issues))
    out.dispense_validity_start = (*request)["validityPeriod"]["start"].string();
}

void read_reasons(const Value& resource, const ElementPath& at, Issues& issues,
                  MedicationRequest& out) {
  for (const std::string_view name : {"reasonCode", "reason"})
    if (out.reasons.empty()) out.reasons = read_concepts(resource, name, at, issues);
  for (const std::string_view name :
       {"reasonCodeableConcept", "reasonForUseCodeableConcept"})  // DSTU2: one, no list
    if (const Value* reason = resource.find(name); reason != nullptr && out.reasons.empty())
      out.reasons.push_back(read_concept(*reason, ElementPath{&at, name, -1}, issues));
}

}  // namespace

bool is_medication_order(std::string_view resource_type) {
  return std::find(order_types.begin(), order_types.end(), resource_type) != order_types.end();
}

const Value* MedicationShelf::find(const Reference& reference) const {
  if (reference.form == ReferenceForm::none || reference.form == ReferenceForm::contained ||
      reference.form == ReferenceForm::other)
    return nullptr;
  const Value* by_id = nullptr;
  for (const ResourceList* list : lists)
    for (const BundleEntry& entry : list->entries) {
      if (!entry.full_url.empty() && entry.full_url == reference.text) return entry.resource;
      if (by_id != nullptr || reference.id.empty() || entry.id != reference.id ||
          entry.resource_type != reference.type)
        continue;
      const Reference at = read_reference(entry.full_url);
      // The same id on another server is another resource.
      if (reference.form == ReferenceForm::absolute && at.form == ReferenceForm::absolute &&
          at.base != reference.base)
        continue;
      by_id = entry.resource;
    }
  return by_id;
}

MedicationRequest read_medication_request(const Value& resource, const MedicationShelf& shelf,
                                          const ElementPath& at, Issues& issues) {
  MedicationRequest out;
  out.resource = &resource;
  out.resource_type = resource["resourceType"].string();
  out.statement =
      out.resource_type == "MedicationStatement" || out.resource_type == "MedicationUsage";
  out.id = json::string_member(resource, "id", at, issues);
  out.status = out.statement && not_taken(resource)
                   ? "not-taken"
                   : json::string_member(resource, "status", at, issues);
  out.intent = json::string_member(resource, "intent", at, issues);
  out.do_not_perform = json::boolean_member(resource, "doNotPerform", at, issues);
  out.subject = reference_member(
      resource, resource.find("subject") != nullptr ? "subject" : "patient", at, issues);
  for (const std::string_view name : {"authoredOn", "dateWritten", "dateAsserted"})
    if (out.authored_on.empty()) out.authored_on = json::string_member(resource, name, at, issues);
  read_effective(resource, at, issues, out);
  read_medication_choice(resource, at, issues, out);
  resolve_medication(resource, shelf, at, issues, out);
  read_dosages(resource, at, issues, out);
  read_reasons(resource, at, issues, out);
  json::each_member(resource, "basedOn", at, issues,
                    [&](const Value& item, const ElementPath& here) {
                      out.based_on.push_back(read_reference_element(item, here, issues));
                    });
  out.prior_prescription = reference_member(resource, "priorPrescription", at, issues);
  return out;
}

}  // namespace cofactor::fhir
