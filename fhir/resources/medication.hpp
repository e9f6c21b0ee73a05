// Promises: a Medication resource (contained, in a Bundle, or read) as plain views.
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "fhir/codes/coding.hpp"
#include "fhir/issue.hpp"
#include "fhir/json/element_path.hpp"
#include "fhir/json/value.hpp"
#include "fhir/resources/reference.hpp"
#include "fhir/units/quantity.hpp"

namespace cofactor::fhir {

struct MedicationIngredient {
  CodeableConcept item;
  Reference
      item_reference;  ///< itemReference, R5 item.reference; resolved by read_medication_request
  std::optional<Ratio> strength;  ///< R5 strengthQuantity becomes a numerator alone
};
struct Medication {
  std::string_view id;
  CodeableConcept code;
  CodeableConcept form;
  std::vector<MedicationIngredient> ingredients;
};
Medication read_medication(const json::Value& resource, const json::ElementPath& at,
                           Issues& issues);

}  // namespace cofactor::fhir
