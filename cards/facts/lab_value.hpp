// Promises: a reported quantity in the canonical unit of its laboratory group, or the reason why
// its number cannot be used. A unit is never guessed. Private to cards/facts.
#pragma once
#include <optional>
#include <string_view>

#include "cards/engine/knowledge.hpp"
#include "fhir/units/quantity.hpp"
#include "fhir/units/ucum.hpp"

namespace cofactor::cards {

struct CanonicalValue {
  std::optional<double> value;
  std::string_view
      unreadable;  ///< "unit-ambiguous" (none given), "unit-unknown", "no-number", "not-positive"
};

/// Magnesium mmol/L, 25(OH)D ng/mL, calcium mg/dL, albumin g/dL, creatinine mg/dL, eGFR
/// mL/min/1.73m2, PTH pg/mL, phosphate mg/dL, potassium mmol/L.
CanonicalValue canonical_value(LabGroup group, double value, fhir::LabUnit unit,
                               const Knowledge& knowledge);

/// `fallback`: the unit of the value beside it, for limits that are written without one.
CanonicalValue canonical_value(LabGroup group, const fhir::Quantity& quantity,
                               const fhir::Quantity* fallback, const Knowledge& knowledge);

}  // namespace cofactor::cards
