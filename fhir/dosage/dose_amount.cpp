// Promises: see dose_amount.hpp.
#include "fhir/dosage/dose_amount.hpp"

#include "fhir/units/ucum.hpp"

namespace cofactor::fhir {
namespace {

constexpr double kMostUnits = 100;  // tablets at once
constexpr double kMostAmount = 1e9;

Amount unknown_amount(std::string_view reason) {
  return {std::nullopt, AmountUnit::dose_unit, reason};
}

}  // namespace

Amount checked_amount(double value, AmountUnit unit) {
  if (!(value > 0)) return unknown_amount("amount-zero");
  const bool counted = unit == AmountUnit::dose_unit || unit == AmountUnit::drop;
  if (value > (counted ? kMostUnits : kMostAmount)) return unknown_amount("amount-absurd");
  return {value, unit, {}};
}

Amount read_amount(const Quantity& quantity) {
  if (!quantity.value) return unknown_amount("no-amount");
  if (!quantity.comparator.empty()) return unknown_amount("amount-comparator");
  const double value = quantity.value->value;
  if (quantity.unit.empty() && quantity.code.empty()) {
    // A bare count of tablets is common; a bare 50000 could be anything.
    return value < kMostUnits ? checked_amount(value, AmountUnit::dose_unit)
                              : unknown_amount("unit-unknown");
  }
  const UnitReading unit = read_unit(quantity.system, quantity.code, quantity.unit);
  switch (unit.kind) {
    case UnitKind::iu:
      return checked_amount(value * unit.factor, AmountUnit::iu);
    case UnitKind::mass:
      // Grams are how powders are measured out; a dose of active substance is written in mg or
      // less.
      if (unit.factor == 1e6) return checked_amount(value, AmountUnit::gram_of_product);
      return checked_amount(value * unit.factor, AmountUnit::microgram);
    case UnitKind::volume:
      return checked_amount(value * unit.factor, AmountUnit::millilitre);
    case UnitKind::dose_form:
    case UnitKind::spray:
      return checked_amount(value, AmountUnit::dose_unit);
    case UnitKind::drop:
      return checked_amount(value, AmountUnit::drop);
    case UnitKind::ambiguous:
      // Nobody takes a hundred pieces: then `{unit}` counts units of activity.
      return value >= 100 ? checked_amount(value, AmountUnit::iu)
                          : unknown_amount("unit-ambiguous");
    case UnitKind::amount:
    case UnitKind::equivalents:
      return {std::nullopt, AmountUnit::dose_unit, "unit-unknown", true};
    case UnitKind::unknown:
    case UnitKind::time:
      break;
  }
  return unknown_amount("unit-unknown");
}

std::optional<Amount> read_amounts(const std::vector<DoseAmount>& doses) {
  std::optional<Amount> best;
  bool rate_only = false;
  for (const DoseAmount& dose : doses) {
    std::optional<Amount> amount;
    if (dose.range) {
      const auto& end = dose.range->high ? dose.range->high : dose.range->low;
      if (end) amount = read_amount(*end);
    } else if (dose.quantity) {
      amount = read_amount(*dose.quantity);
    }
    if (!amount) {
      rate_only = rate_only || dose.rate_only;
      continue;
    }
    const bool better = !best || (!best->value && amount->value) ||
                        (best->value && amount->value && best->unit == amount->unit &&
                         *amount->value > *best->value);
    if (better) best = amount;
  }
  if (!best && rate_only) return unknown_amount("rate-only");
  return best;
}

}  // namespace cofactor::fhir
