// Promises: the unit spellings that dose and laboratory quantities use, told apart by kind, with exact
// factors; unknown or ambiguous units are named as such. Facts: docs/clinical-content.md "Units". Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "fhir/units/quantity.hpp"

namespace cofactor::fhir {

enum class UnitKind {
  unknown,
  iu,            ///< factor: IU in one
  mass,          ///< factor: micrograms in one
  volume,        ///< factor: millilitres in one
  dose_form,     ///< tablet, capsule, ...: factor 1
  drop,          ///< factor 1
  spray,         ///< factor 1
  amount,        ///< mmol: factor millimoles; equivalents are marked
  equivalents,   ///< mEq: factor milliequivalents
  time,          ///< factor: days in one
  ambiguous      ///< `{unit}`: IU only when the product text says so
};
struct UnitReading {
  UnitKind kind = UnitKind::unknown;
  double factor = 1;
};
/// A dose unit from UCUM code, other code system, or human words.
UnitReading read_unit(std::string_view system, std::string_view code, std::string_view unit);

enum class LabUnit { unknown, mmol_per_l, umol_per_l, nmol_per_l, pmol_per_l, mg_per_dl, mg_per_l, ug_per_dl, g_per_dl, g_per_l, ng_per_ml,
                     ng_per_dl, ug_per_l, pg_per_ml, meq_per_l, ml_per_min, ml_per_min_173, other };
/// A laboratory unit from UCUM code or words, spelling variants included ("mg/dl", "mEq/L", "mL/min/1.73m2").
LabUnit read_lab_unit(std::string_view system, std::string_view code, std::string_view unit);

}  // namespace cofactor::fhir
