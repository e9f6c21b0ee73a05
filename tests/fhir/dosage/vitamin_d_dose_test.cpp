// Promises: IU from amounts and strengths that fit each other; what does not fit is a reason, never
// a number.
#include <gtest/gtest.h>

#include "fhir/dosage/daily_dose.hpp"

namespace cofactor::fhir {
namespace {

using In = ProductStrength::In;
using Per = ProductStrength::Per;

DoseReading dose(double amount, AmountUnit unit, double per_day = 1) {
  DoseReading reading;
  reading.amount = amount;
  reading.unit = unit;
  reading.doses_per_day = per_day;
  return reading;
}
ProductStrength holds(double amount, Per per = Per::dose_unit, In in = In::iu) {
  return {.amount = amount, .in = in, .per = per, .basis = "display-strength"};
}
VitaminDDose iu(const DoseReading& reading, const std::optional<ProductStrength>& strength,
                Issues* named = nullptr) {
  Issues issues;
  const json::ElementPath order{nullptr, "MedicationRequest"};
  const VitaminDDose result = vitamin_d_dose(reading, strength, 40, order, issues);
  if (named != nullptr) *named = issues;
  return result;
}

TEST(VitaminDDose, UnitsTimesStrength) {
  const VitaminDDose weekly = iu(dose(1, AmountUnit::dose_unit, 1.0 / 7), holds(50000));
  EXPECT_DOUBLE_EQ(*weekly.iu_per_dose, 50000);
  EXPECT_NEAR(*weekly.iu_per_day, 7142.857, 0.001);
  EXPECT_EQ(weekly.basis.back(), "display-strength");
  EXPECT_DOUBLE_EQ(*iu(dose(2, AmountUnit::dose_unit), holds(2000)).iu_per_day, 4000);
  EXPECT_DOUBLE_EQ(
      *iu(dose(1, AmountUnit::dose_unit), holds(1250, Per::dose_unit, In::microgram)).iu_per_dose,
      50000);
}

TEST(VitaminDDose, ActivityAndMassNeedNoStrengthAndAreNotMultiplied) {
  EXPECT_DOUBLE_EQ(*iu(dose(5000, AmountUnit::iu), std::nullopt).iu_per_day, 5000);
  EXPECT_DOUBLE_EQ(*iu(dose(50000, AmountUnit::iu), holds(50000)).iu_per_dose, 50000);
  EXPECT_DOUBLE_EQ(
      *iu(dose(1250, AmountUnit::microgram), holds(1250, Per::dose_unit, In::microgram))
           .iu_per_dose,
      50000);
  EXPECT_DOUBLE_EQ(*iu(dose(125, AmountUnit::microgram), std::nullopt).iu_per_day, 5000);
}

TEST(VitaminDDose, VolumesDropsAndGrams) {
  EXPECT_DOUBLE_EQ(*iu(dose(0.25, AmountUnit::millilitre), holds(8000, Per::millilitre)).iu_per_day,
                   2000);
  EXPECT_DOUBLE_EQ(*iu(dose(2, AmountUnit::drop), holds(1000, Per::drop)).iu_per_day, 2000);
  const VitaminDDose drops = iu(dose(20, AmountUnit::drop), holds(8000, Per::millilitre));
  EXPECT_DOUBLE_EQ(*drops.iu_per_day, 8000);
  EXPECT_EQ(drops.basis.back(), "drop-of-0.05-ml");
  EXPECT_DOUBLE_EQ(*iu(dose(0.5, AmountUnit::gram_of_product), holds(100000, Per::gram)).iu_per_day,
                   50000);
}

TEST(VitaminDDose, UnitsThatDoNotFitAreReasons) {
  EXPECT_EQ(iu(dose(1, AmountUnit::dose_unit), std::nullopt).unknown, "strength-unknown");
  EXPECT_EQ(iu(dose(1, AmountUnit::dose_unit), holds(8000, Per::millilitre)).unknown,
            "strength-per-volume-unknown");
  EXPECT_EQ(iu(dose(1, AmountUnit::dose_unit), holds(400, Per::drop)).unknown,
            "strength-per-volume-unknown");
  EXPECT_EQ(iu(dose(1, AmountUnit::millilitre), holds(800)).unknown, "strength-per-volume-unknown");
  EXPECT_EQ(iu(dose(1, AmountUnit::millilitre), holds(400, Per::drop)).unknown,
            "strength-per-volume-unknown");
  EXPECT_EQ(iu(dose(1, AmountUnit::drop), holds(800)).unknown, "strength-per-drop-unknown");
  EXPECT_EQ(iu(dose(1, AmountUnit::gram_of_product), holds(800)).unknown,
            "strength-per-gram-unknown");
  EXPECT_FALSE(iu(dose(1, AmountUnit::drop), holds(800)).iu_per_dose);
}

TEST(VitaminDDose, MassOfACombinationIsNotVitaminD) {
  ProductStrength combination = holds(2500);
  combination.combination = true;
  EXPECT_EQ(iu(dose(1000, AmountUnit::microgram), combination).unknown, "mass-of-combination");
  Issues issues;
  const json::ElementPath order{nullptr, "MedicationRequest"};
  EXPECT_EQ(vitamin_d_dose(dose(70000, AmountUnit::microgram), std::nullopt, 40, order, issues, true).unknown,
            "mass-of-combination");
  EXPECT_DOUBLE_EQ(*iu(dose(1, AmountUnit::dose_unit), combination).iu_per_day, 2500);
}

TEST(VitaminDDose, FiguresNobodyMeansAreReasons) {
  EXPECT_EQ(iu(dose(1, AmountUnit::iu), holds(1000)).unknown, "unit-ambiguous");  // "1 unit"
  EXPECT_EQ(iu(dose(39, AmountUnit::iu), std::nullopt).unknown, "unit-ambiguous");
  EXPECT_EQ(iu(dose(40, AmountUnit::iu), std::nullopt).unknown, "");
  EXPECT_EQ(iu(dose(1.25e6, AmountUnit::microgram), std::nullopt).unknown,
            "amount-absurd");  // 1,250 mg
  EXPECT_EQ(iu(dose(10'000'000, AmountUnit::iu), std::nullopt).unknown, "");
  EXPECT_EQ(iu(dose(10'000'001, AmountUnit::iu), std::nullopt).unknown, "amount-absurd");
}

TEST(VitaminDDose, OneTimeDosesHaveNoDailyFigure) {
  DoseReading once = dose(6, AmountUnit::dose_unit);
  once.schedule = Schedule::one_time;
  once.doses_per_day.reset();
  const VitaminDDose bolus = iu(once, holds(50000));
  EXPECT_DOUBLE_EQ(*bolus.iu_per_dose, 300000);
  EXPECT_FALSE(bolus.iu_per_day);
}

TEST(VitaminDDose, UnknownFrequencyStillTellsTheDose) {
  DoseReading reading = dose(1, AmountUnit::dose_unit);
  reading.doses_per_day.reset();
  reading.unknown = "as-directed";
  const VitaminDDose d = iu(reading, holds(50000));
  EXPECT_EQ(d.unknown, "as-directed");
  EXPECT_DOUBLE_EQ(*d.iu_per_dose, 50000);
  EXPECT_FALSE(d.iu_per_day);
}

TEST(VitaminDDose, StrengthInBracketsServesWhereNoneIsKnown) {
  DoseReading reading = dose(1, AmountUnit::dose_unit, 1.0 / 7);
  reading.stated_iu = 50000;
  EXPECT_DOUBLE_EQ(*iu(reading, std::nullopt).iu_per_dose, 50000);
  reading.amount = 2;  // one or both? the higher, and said so
  Issues issues;
  EXPECT_DOUBLE_EQ(*iu(reading, std::nullopt, &issues).iu_per_dose, 100000);
  ASSERT_EQ(issues.size(), 1u);
  EXPECT_EQ(issues[0].code, "ambiguous-instructions");
}

TEST(VitaminDDose, BracketsThatContradictTheProductAreNamed) {
  DoseReading reading = dose(1, AmountUnit::dose_unit);
  reading.stated_iu = 5000;
  Issues issues;
  EXPECT_DOUBLE_EQ(*iu(reading, holds(50000), &issues).iu_per_dose, 50000);
  ASSERT_EQ(issues.size(), 1u);
  EXPECT_EQ(issues[0].code, "text-contradicts-strength");
  reading.stated_iu = 100000;  // "2 capsules (100,000 units)"
  reading.amount = 2;
  iu(reading, holds(50000), &issues);
  EXPECT_TRUE(issues.empty());
}

TEST(VitaminDDose, LargestOfSeveralDosesIsTheSingleDose) {
  DoseReading reading = dose(1.5, AmountUnit::dose_unit, 2);
  reading.largest_amount = 2;
  const VitaminDDose d = iu(reading, holds(1000));
  EXPECT_DOUBLE_EQ(*d.iu_per_dose, 2000);
  EXPECT_DOUBLE_EQ(*d.iu_per_day, 3000);
}

}  // namespace
}  // namespace cofactor::fhir
