// Promises: the unit of a product's strength as formularies and RxNorm write it ("IU", "UNT/ML", "mcg/5 mL", "MG/ACTUAT",
// "mg elemental"), or nothing when it cannot be told. Pure.
#pragma once
#include <optional>
#include <string_view>

#include "fhir/dosage/daily_dose.hpp"

namespace cofactor::cards {

struct StrengthUnit {
  enum class What { iu, microgram, other } what = What::other;  ///< other: mEq, mmol, ...: no rule adds them up
  double factor = 1;               ///< IU or micrograms in one, per one of `per`
  fhir::ProductStrength::Per per = fhir::ProductStrength::Per::dose_unit;
  bool says_per = false;           ///< "/mL" or "/tablet" is written
  bool elemental = false;          ///< counts the element, not its salt
};
std::optional<StrengthUnit> read_strength_unit(std::string_view text);

/// "50000", "50,000", "1.25"; nothing for what is no positive number.
std::optional<double> read_strength_number(std::string_view text);

/// Liquids that are measured out: their strength is nothing without "per what".
bool is_liquid_form(std::string_view form);

}  // namespace cofactor::cards
