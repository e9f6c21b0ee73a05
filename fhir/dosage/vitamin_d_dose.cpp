// Promises: IU from an amount and a strength that fit each other; two figures that contradict each
// other are an Issue, units that do not fit are a reason code. A dose that repeats the product
// strength is one unit of it.
#include <algorithm>
#include <cmath>

#include "fhir/dosage/daily_dose.hpp"

namespace cofactor::fhir {
namespace {

constexpr double kMillilitresPerDrop = 0.05;  // UCUM [drp]: 1/20 mL
constexpr double kLeastIu = 40;               // 1 microgram; less is a count of something else
constexpr double kMostIu = 10'000'000;        // ten times the largest bolus ever advised

struct Iu {
  std::optional<double> per_amount;  ///< IU in one of the dose's unit
  std::string_view unknown;
  std::string_view basis;
};

double strength_iu(const ProductStrength& strength, double iu_per_microgram) {
  return strength.in == ProductStrength::In::iu ? strength.amount
                                                : strength.amount * iu_per_microgram;
}

Iu iu_per_unit(AmountUnit unit, const std::optional<ProductStrength>& strength,
               double iu_per_microgram, bool combination) {
  using Per = ProductStrength::Per;
  if (unit == AmountUnit::iu) return {1.0, {}, {}};
  if (unit == AmountUnit::microgram) {
    if (combination || (strength && strength->combination)) return {{}, "mass-of-combination", {}};
    return {iu_per_microgram, {}, {}};
  }
  if (!strength || !(strength->amount > 0)) return {{}, "strength-unknown", {}};
  const double iu = strength_iu(*strength, iu_per_microgram);
  switch (unit) {
    case AmountUnit::dose_unit:
      // "1" of a product of drops is not told to be a drop or a millilitre.
      if (strength->per == Per::dose_unit) return {iu, {}, {}};
      return {
          {},
          strength->per == Per::gram ? "strength-per-gram-unknown" : "strength-per-volume-unknown",
          {}};
    case AmountUnit::drop:
      if (strength->per == Per::drop) return {iu, {}, {}};
      if (strength->per == Per::millilitre)
        return {iu * kMillilitresPerDrop, {}, "drop-of-0.05-ml"};
      return {{}, "strength-per-drop-unknown", {}};
    case AmountUnit::millilitre:
      if (strength->per == Per::millilitre) return {iu, {}, {}};
      return {{}, "strength-per-volume-unknown", {}};
    case AmountUnit::gram_of_product:
      if (strength->per == Per::gram) return {iu, {}, {}};
      return {{}, "strength-per-gram-unknown", {}};
    case AmountUnit::iu:
    case AmountUnit::microgram:
      break;
  }
  return {{}, "unit-unknown", {}};
}

bool near(double a, double b) {
  return std::abs(a - b) <= 0.05 * std::max(std::abs(a), std::abs(b));
}

std::optional<double> stated_iu(const DoseReading& dose, double iu_per_microgram) {
  if (dose.stated_iu) return dose.stated_iu;
  if (dose.stated_micrograms) return *dose.stated_micrograms * iu_per_microgram;
  return std::nullopt;
}

}  // namespace

VitaminDDose vitamin_d_dose(const DoseReading& dose, const std::optional<ProductStrength>& strength,
                            double iu_per_microgram, const json::ElementPath& at, Issues& issues,
                            bool combination) {
  VitaminDDose result;
  result.basis = dose.basis;
  result.unknown = dose.unknown;
  if (!dose.amount) {
    if (result.unknown.empty()) result.unknown = "no-amount";
    return result;
  }
  const auto refuse = [&](std::string_view reason) {
    if (result.unknown.empty()) result.unknown = reason;
    return result;
  };
  const double amount = *dose.amount;
  const double largest = dose.largest_amount.value_or(amount);
  const auto stated =
      dose.unit == AmountUnit::dose_unit ? stated_iu(dose, iu_per_microgram) : std::nullopt;
  Iu iu = iu_per_unit(dose.unit, strength, iu_per_microgram, combination);
  if (!iu.per_amount && stated && iu.unknown != "mass-of-combination") {
    // The brackets hold the only strength there is; beside several units they may mean one or all
    // of them.
    const bool doubtful = !near(largest, 1) && !dose.stated_per_unit;
    if (doubtful)
      issues.push_back({Severity::warning, "ambiguous-instructions", at.text(),
                        "the strength stands only in the directions and may mean one unit or the "
                        "whole dose; the higher is used"});
    iu = {doubtful && largest < 1 ? *stated / largest : *stated, {}, "sig-text"};
  } else if (iu.per_amount && stated && strength) {
    const double one = *iu.per_amount;
    if (!near(*stated, one) && !near(*stated, one * largest) && !near(*stated, one * amount))
      issues.push_back(
          {Severity::warning, "text-contradicts-strength", at.text(),
           "the directions give another strength than the product; the product's is used"});
  }
  if (!iu.per_amount) return refuse(iu.unknown);
  const double per_dose = largest * *iu.per_amount;
  if (per_dose > kMostIu) return refuse("amount-absurd");
  if (per_dose < kLeastIu)
    return refuse(dose.unit == AmountUnit::iu ? "unit-ambiguous" : "amount-absurd");
  if (strength && dose.unit != AmountUnit::iu && dose.unit != AmountUnit::microgram)
    result.basis.emplace_back(strength->basis.empty() ? "product-strength" : strength->basis);
  if (!iu.basis.empty() &&
      std::find(result.basis.begin(), result.basis.end(), iu.basis) == result.basis.end())
    result.basis.emplace_back(iu.basis);
  result.iu_per_dose = per_dose;
  if (dose.doses_per_day && dose.schedule != Schedule::one_time)
    // Divided by the interval, so that 50,000 a week is 50,000 / 7 to the last digit.
    result.iu_per_day = amount * *iu.per_amount / (1 / *dose.doses_per_day);
  return result;
}

}  // namespace cofactor::fhir
