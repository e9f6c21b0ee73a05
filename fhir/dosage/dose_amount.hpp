// Promises: doseQuantity and doseRange as one amount with the unit that a product strength can be
// applied to; zero, absurd and unreadable amounts are reason codes. Internal to fhir/dosage.
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "fhir/dosage/daily_dose.hpp"

namespace cofactor::fhir {

struct Amount {
  std::optional<double> value;
  AmountUnit unit = AmountUnit::dose_unit;
  std::string_view unknown;
  bool understood = false;  ///< unknown, but its unit is known: mEq, which no strength is given in
};

/// Refuses what no one takes: nothing, less than nothing, a hundred tablets at once.
Amount checked_amount(double value, AmountUnit unit);
Amount read_amount(const Quantity& quantity);
/// The dose of one instruction: the highest where ordered, calculated or ranged doses differ.
std::optional<Amount> read_amounts(const std::vector<DoseAmount>& doses);

}  // namespace cofactor::fhir
