// Promises: see medication.hpp. R4 and R5 placements, and those of STU3 and DSTU2
// (product.ingredient, amount).
#include "fhir/resources/medication.hpp"

#include "fhir/dosage/datatypes.hpp"
#include "fhir/dosage/dosage.hpp"
#include "fhir/json/members.hpp"

namespace cofactor::fhir {
namespace {

using json::ElementPath;
using json::Value;

void read_item(const Value& ingredient, const ElementPath& at, Issues& issues,
               MedicationIngredient& out) {
  if (const Value* concept_item = ingredient.find("itemCodeableConcept"))
    out.item = read_concept(*concept_item, ElementPath{&at, "itemCodeableConcept", -1}, issues);
  out.item_reference = reference_member(ingredient, "itemReference", at, issues);
  const Value* item = json::object_member(ingredient, "item", at, issues);
  if (item == nullptr) return;
  const ElementPath here{&at, "item", -1};
  if ((*item)["reference"].is_string()) {  // DSTU2: a Reference
    out.item_reference = read_reference_element(*item, here, issues);
    return;
  }
  if (const Value* concept_item = item->find("concept"))
    out.item = read_concept(*concept_item, ElementPath{&here, "concept", -1}, issues);
  out.item_reference = reference_member(*item, "reference", here, issues);
}

void read_strength(const Value& ingredient, const ElementPath& at, Issues& issues,
                   MedicationIngredient& out) {
  for (const std::string_view name : {"strength", "strengthRatio", "amount"})
    if (const Value* ratio = ingredient.find(name); ratio != nullptr && !out.strength)
      out.strength = read_ratio(*ratio, ElementPath{&at, name, -1}, issues);
  if (!out.strength)
    if (auto quantity = read_quantity_member(ingredient, "strengthQuantity", at, issues))
      out.strength = Ratio{std::move(quantity), std::nullopt};
}

}  // namespace

Medication read_medication(const Value& resource, const ElementPath& at, Issues& issues) {
  Medication out;
  out.id = json::string_member(resource, "id", at, issues);
  if (const Value* code = resource.find("code"))
    out.code = read_concept(*code, ElementPath{&at, "code", -1}, issues);
  const Value* product = json::object_member(resource, "product", at, issues);
  const Value& details = product != nullptr ? *product : resource;
  for (const std::string_view name : {"form", "doseForm"})
    if (const Value* form = details.find(name); form != nullptr && out.form.empty())
      out.form = read_concept(*form, ElementPath{&at, name, -1}, issues);
  json::each_member(
      details, "ingredient", at, issues, [&](const Value& item, const ElementPath& here) {
        if (!item.is_object()) {
          issues.push_back(
              {Severity::warning, "wrong-type", here.text(), "the value has the wrong JSON type"});
          return;
        }
        MedicationIngredient ingredient;
        read_item(item, here, issues, ingredient);
        read_strength(item, here, issues, ingredient);
        out.ingredients.push_back(std::move(ingredient));
      });
  return out;
}

}  // namespace cofactor::fhir
