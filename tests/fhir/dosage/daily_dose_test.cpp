// Promises: structure before text, contradictions named and marked, several instructions of one
// order added or taken in sequence, and nothing guessed: read_dose on whole Dosage elements.
#include "fhir/dosage/daily_dose.hpp"

#include <gtest/gtest.h>

#include "fhir/json/reader.hpp"

namespace cofactor::fhir {
namespace {

struct Read {
  DoseReading dose;
  Issues issues;
  bool has(std::string_view code) const {
    for (const Issue& issue : issues)
      if (issue.code == code) return true;
    return false;
  }
  std::string path(std::string_view code) const {
    for (const Issue& issue : issues)
      if (issue.code == code) return issue.path;
    return "";
  }
};

/// `json` is an array of Dosage elements.
Read read(const std::string& json) {
  const auto document = json::parse(json);
  EXPECT_TRUE(document.has_value()) << json;
  Read result;
  const json::ElementPath order{nullptr, "MedicationRequest"};
  std::vector<Dosage> dosages;
  int index = 0;
  for (const json::Value& element : document->root().items())
    dosages.push_back(read_dosage(element, json::ElementPath{&order, "dosageInstruction", index++},
                                  result.issues));
  result.dose = read_dose(dosages, order, result.issues);
  return result;
}

const std::string kWeekly = R"("timing":{"repeat":{"frequency":1,"period":1,"periodUnit":"wk"}})";
const std::string kDaily = R"("timing":{"repeat":{"frequency":1,"period":1,"periodUnit":"d"}})";
std::string quantity(const std::string& value, const std::string& unit, const std::string& code) {
  return R"("doseAndRate":[{"doseQuantity":{"value":)" + value + R"(,"unit":")" + unit +
         R"(","system":"http://unitsofmeasure.org","code":")" + code + R"("}}])";
}

TEST(ReadDose, NoInstructionsAreUnknown) {
  const Read r = read("[]");
  EXPECT_EQ(r.dose.unknown, "no-dosage");
  EXPECT_FALSE(r.dose.doses_per_day);
}

TEST(ReadDose, StructureWithItsBasis) {
  const Read r = read("[{" + kWeekly + "," + quantity("1", "capsule", "{capsule}") + "}]");
  EXPECT_NEAR(*r.dose.doses_per_day, 1.0 / 7, 1e-12);
  EXPECT_EQ(*r.dose.amount, 1);
  EXPECT_EQ(r.dose.basis, (std::vector<std::string>{"timing.repeat", "dose-quantity"}));
  EXPECT_TRUE(r.issues.empty());
}

TEST(ReadDose, AmountThatIsNotSaidIsOneAndSaidSo) {
  const Read r = read("[{" + kDaily + "}]");
  EXPECT_EQ(*r.dose.amount, 1);
  EXPECT_EQ(r.dose.basis.back(), "assumed-one-unit");
}

TEST(ReadDose, TextFillsWhatStructureLacks) {
  const Read amount = read("[{" + kWeekly + R"(,"text":"Take 2 capsules by mouth weekly"}])");
  EXPECT_EQ(*amount.dose.amount, 2);
  EXPECT_EQ(amount.dose.basis, (std::vector<std::string>{"timing.repeat", "sig-text"}));
  const Read frequency = read("[{" + quantity("1", "", "{capsule}") +
                              R"(,"text":"1 capsule every 7 days for 8 weeks"}])");
  EXPECT_NEAR(*frequency.dose.doses_per_day, 1.0 / 7, 1e-12);
  EXPECT_EQ(*frequency.dose.course->days, 56);
  EXPECT_EQ(frequency.dose.basis, (std::vector<std::string>{"sig-text", "dose-quantity"}));
}

TEST(ReadDose, TextThatContradictsIsAnIssueAndStructureStays) {
  const Read r = read("[{" + kDaily + R"(,"text":"Take 1 capsule once a week"}])");
  EXPECT_DOUBLE_EQ(*r.dose.doses_per_day, 1);
  EXPECT_TRUE(r.has("text-contradicts-structure"));
  EXPECT_EQ(r.path("text-contradicts-structure"), "MedicationRequest.dosageInstruction[0].text");
  const Read amount = read("[{" + kDaily + "," + quantity("1", "", "{tbl}") +
                           R"(,"text":"Take 2 tablets daily"}])");
  EXPECT_EQ(*amount.dose.amount, 1);
  EXPECT_TRUE(amount.has("text-contradicts-structure"));
  const Read forbidden = read("[{" + kDaily + R"(,"text":"Do NOT take daily"}])");
  EXPECT_TRUE(forbidden.has("text-contradicts-structure"));
}

TEST(ReadDose, SameIntentInOtherWordsIsNoContradiction) {
  for (const char* text : {"Take 1 capsule every 7 days", "1 cap weekly on Sundays", "as directed",
                           "take with food", "Take 1 capsule once a week. Do NOT take daily."})
    EXPECT_TRUE(read("[{" + kWeekly + R"(,"text":")" + text + "\"}]").issues.empty()) << text;
  const Read month = read(
      R"([{"timing":{"repeat":{"frequency":1,"period":30,"periodUnit":"d"}},"text":"monthly"}])");
  EXPECT_TRUE(month.issues.empty());
}

TEST(ReadDose, AmbiguousTextTakesTheHigherDoseAndSaysSo) {
  const Read r = read(R"([{"text":"1 capsule biweekly"}])");
  EXPECT_NEAR(*r.dose.doses_per_day, 2.0 / 7, 1e-12);
  EXPECT_TRUE(r.dose.ambiguous);
  EXPECT_TRUE(r.has("ambiguous-instructions"));
}

TEST(ReadDose, InvalidTimingLetsTheTextSpeakAndIsNamed) {
  const Read r = read(
      R"([{"timing":{"repeat":{"frequency":1,"period":0,"periodUnit":"d"}},"text":"once a week"}])");
  EXPECT_NEAR(*r.dose.doses_per_day, 1.0 / 7, 1e-12);
  EXPECT_TRUE(r.has("timing-invalid"));
  EXPECT_EQ(
      read(R"([{"timing":{"repeat":{"frequency":1,"period":0,"periodUnit":"d"}}}])").dose.unknown,
      "period-zero");
}

TEST(ReadDose, ConcurrentInstructionsAdd) {
  const Read same =
      read("[{" + quantity("1", "", "{tbl}") + R"(,"timing":{"repeat":{"when":["MORN"]}}},{)" +
           quantity("1", "", "{tbl}") + R"(,"timing":{"repeat":{"when":["NIGHT"]}}}])");
  EXPECT_DOUBLE_EQ(*same.dose.doses_per_day, 2);
  EXPECT_DOUBLE_EQ(*same.dose.amount, 1);
  const Read other =
      read("[{" + quantity("2", "", "{tbl}") + R"(,"timing":{"repeat":{"when":["MORN"]}}},{)" +
           quantity("1", "", "{tbl}") + R"(,"timing":{"repeat":{"when":["NIGHT"]}}}])");
  EXPECT_DOUBLE_EQ(*other.dose.doses_per_day * *other.dose.amount, 3);
  EXPECT_DOUBLE_EQ(*other.dose.largest_amount, 2);
}

TEST(ReadDose, PartlyUnreadableInstructionsAreNotComplete) {
  const Read r = read("[{" + quantity("1", "", "{tbl}") + "," + kDaily + "},{" +
                      quantity("2", "", "{tbl}") + R"(,"text":"as directed"}])");
  EXPECT_EQ(r.dose.unknown, "as-directed");
  const Read remark =
      read("[{" + quantity("1", "", "{tbl}") + "," + kDaily + R"(},{"text":"take with food"}])");
  EXPECT_EQ(remark.dose.unknown, "");
  EXPECT_DOUBLE_EQ(*remark.dose.doses_per_day, 1);
}

TEST(ReadDose, SingleDosesSideBySideStaySingle) {
  const Read r = read(R"([{"text":"0 g once"},{"text":"0 g once"}])");
  EXPECT_EQ(r.dose.schedule, Schedule::one_time);
  EXPECT_FALSE(r.dose.doses_per_day);
  EXPECT_EQ(r.dose.unknown, "amount-zero");
}

TEST(ReadDose, SequentialInstructionsTakeTheFirstPhase) {
  const Read r = read(
      R"([{"sequence":2,"text":"1 capsule monthly"},{"sequence":1,"text":"1 capsule weekly for 8 weeks"}])");
  EXPECT_NEAR(*r.dose.doses_per_day, 1.0 / 7, 1e-12);
  EXPECT_EQ(r.dose.first_phase_note, "then once a month");
  const Read loading =
      read(R"([{"sequence":1,"text":"4 capsules once"},{"sequence":2,"text":"1 capsule weekly"}])");
  EXPECT_EQ(loading.dose.schedule, Schedule::scheduled);
  EXPECT_NEAR(*loading.dose.doses_per_day, 1.0 / 7, 1e-12);
}

TEST(ReadDose, WhatDoesNotDecideIsKept) {
  for (const char* dosages :
       {R"([{"sequence":1,"text":"300,000 IU once"},{"sequence":2,"text":"1,000 IU daily"}])",
        R"([{"text":"1,000 IU daily"},{"text":"300,000 IU once"}])", R"([{"text":"300,000 IU once, then 1,000 IU daily"}])"}) {
    const Read r = read(dosages);
    EXPECT_DOUBLE_EQ(r.dose.doses_per_day.value_or(0), 1) << dosages;
    EXPECT_DOUBLE_EQ(r.dose.amount.value_or(0), 1000) << dosages;
    ASSERT_EQ(r.dose.others.size(), 1u) << dosages;
    EXPECT_EQ(r.dose.others[0].schedule, Schedule::one_time) << dosages;
    EXPECT_DOUBLE_EQ(r.dose.others[0].amount.value_or(0), 300000) << dosages;
    EXPECT_EQ(r.dose.others[0].unit, AmountUnit::iu) << dosages;
  }
}

TEST(ReadDose, WhatMayRepeatIsNoSingleDose) {
  for (const char* dosages : {R"([{"sequence":1,"text":"300,000 IU once"},{"sequence":2,"text":"1,000 IU"}])",
                              R"([{"text":"300,000 IU once"},{"text":"1,000 IU as directed"}])",
                              R"([{"text":"300,000 IU once, then as directed"}])", R"([{"text":"300,000 IU once, then 1,000 IU as directed"}])",
                              R"([{"text":"300,000 IU once, then 1,000 IU"}])"}) {
    const Read r = read(dosages);
    EXPECT_EQ(r.dose.schedule, Schedule::scheduled) << dosages;
    EXPECT_FALSE(r.dose.doses_per_day) << dosages;
    EXPECT_NE(r.dose.unknown, "") << dosages;
    ASSERT_EQ(r.dose.others.size(), 1u) << dosages;
    EXPECT_DOUBLE_EQ(r.dose.others[0].amount.value_or(0), 300000) << dosages;
    EXPECT_FALSE(r.dose.others[0].doses_per_day) << dosages;
  }
  for (const char* text : {"300,000 IU once, then recheck the level", "300,000 IU once, then stop", "300,000 IU once. Take with food"}) {
    const Read once = read(R"([{"text":")" + std::string(text) + R"("}])");
    EXPECT_EQ(once.dose.schedule, Schedule::one_time) << text;
  }
  const Read remark = read(R"([{"sequence":1,"text":"300,000 IU once"},{"sequence":2,"text":"take with food"}])");
  EXPECT_EQ(remark.dose.schedule, Schedule::one_time);
}

// Ordered as one dose, the words' single dose is that dose: one unit is never assumed because "then as directed" follows.
TEST(ReadDose, WhatIsTimedAsOneDoseIsTheSingleDoseOfTheWords) {
  for (const std::string timing : {R"({"repeat":{"count":1}})", R"({"event":["2026-03-01"]})"}) {
    for (const char* text : {"Take 6 capsules once", "Take 6 capsules once, then as directed", "Take 6 capsules once, then 1 capsule as directed",
                             "Take 6 capsules once, then 1 capsule weekly", "Take 1 capsule once, then 6 capsules as directed"}) {
      const Read r = read(R"([{"timing":)" + timing + R"(,"text":")" + text + R"("}])");
      EXPECT_EQ(r.dose.schedule, Schedule::one_time) << text;
      EXPECT_DOUBLE_EQ(r.dose.amount.value_or(0), 6) << timing << text;
      EXPECT_EQ(r.dose.basis.back(), "sig-text") << text;
    }
    const Read units = read(R"([{"timing":)" + timing + R"(,"text":"600,000 units once, then 1,000 units"}])");
    EXPECT_DOUBLE_EQ(units.dose.amount.value_or(0), 600000);
    EXPECT_TRUE(units.dose.others.empty());
    const Read mixed = read(R"([{"timing":)" + timing + R"(,"text":"1 capsule once, then 600,000 units as directed"}])");
    EXPECT_DOUBLE_EQ(mixed.dose.amount.value_or(0), 1);
    ASSERT_EQ(mixed.dose.others.size(), 1u) << "capsules and units cannot be compared here";
    EXPECT_DOUBLE_EQ(mixed.dose.others[0].amount.value_or(0), 600000);
    const Read quantity = read(R"([{"timing":)" + timing + R"(,"doseAndRate":[{"doseQuantity":{"value":1,"unit":"capsule"}}],"text":"Take 6 capsules once, then as directed"}])");
    EXPECT_DOUBLE_EQ(quantity.dose.amount.value_or(0), 1);
    EXPECT_TRUE(quantity.has("text-contradicts-structure"));
  }
}

TEST(ReadDose, TheOnlyAmountThatIsNamedIsTakenBesideARepeatingTiming) {
  for (const std::string& timing : {kDaily, std::string(R"("timing":{"repeat":{"frequency":1,"period":1,"periodUnit":"wk"}})")}) {
    const Read r = read("[{" + timing + R"(,"text":"Take 2 capsules once, then as directed"}])");
    EXPECT_TRUE(r.dose.doses_per_day);
    EXPECT_DOUBLE_EQ(r.dose.amount.value_or(0), 2);
    EXPECT_TRUE(r.dose.ambiguous);
    EXPECT_TRUE(r.has("ambiguous-instructions"));
    // With a dose of its own the timing says what repeats; a repeating phase is a different one.
    const Read own = read("[{" + timing + R"(,"doseAndRate":[{"doseQuantity":{"value":1,"unit":"capsule"}}],"text":"Take 2 capsules once, then as directed"}])");
    EXPECT_DOUBLE_EQ(own.dose.amount.value_or(0), 1);
    EXPECT_FALSE(own.dose.ambiguous);
    EXPECT_EQ(own.dose.others.size(), 1u);
    const Read elsewhere = read("[{" + timing + R"(,"text":"Take 2 capsules once, then as directed","patientInstruction":"Follow the plan"}])");
    EXPECT_DOUBLE_EQ(elsewhere.dose.amount.value_or(0), 2);
  }
}

TEST(ReadDose, AMaximumInAnotherUnitIsNoNumberOfDoses) {
  for (const char* text : {"Take 5 drops by mouth OD as needed. Max dose 10,000 units per day", "1 capsule as needed. Max 10,000 units per day"}) {
    const Read r = read(R"([{"text":")" + std::string(text) + R"("}])");
    EXPECT_FALSE(r.dose.doses_per_day) << text;
    EXPECT_NE(r.dose.unknown, "") << text;
  }
  EXPECT_DOUBLE_EQ(read(R"([{"text":"5 drops as needed. Max 20 drops per day"}])").dose.doses_per_day.value_or(0), 4);
}

TEST(ReadDose, BesideATimingWordsAddOnlySingleDoses) {
  const Read loading = read("[{" + kDaily + R"(,"text":"300,000 IU once, then 1,000 IU daily"}])");
  ASSERT_EQ(loading.dose.others.size(), 1u);
  EXPECT_FALSE(loading.dose.others[0].doses_per_day);
  EXPECT_TRUE(read("[{" + kDaily + R"(,"text":"1,000 IU daily for 8 weeks, then 50,000 IU monthly"}])").dose.others.empty());
  // The timing says the single dose itself: it is not told twice.
  EXPECT_TRUE(read(R"([{"timing":{"repeat":{"count":1}},"text":"300,000 IU once, then 1,000 IU daily"}])").dose.others.empty());
}

TEST(ReadDose, NumberedInstructionsOfWhichTheFirstNeverEndsAreAdded) {
  // Numbered, with no end: nobody knows when the second would start, so it may be beside the first.
  const Read r = read(
      R"([{"sequence":1,"text":"10 units before breakfast"},{"sequence":2,"text":"15 units before lunch"}])");
  EXPECT_DOUBLE_EQ(*r.dose.doses_per_day, 2);
  EXPECT_DOUBLE_EQ(*r.dose.amount, 12.5);
  EXPECT_TRUE(r.dose.ambiguous);
  ASSERT_EQ(r.issues.size(), 1u);
  EXPECT_EQ(r.issues[0].code, "ambiguous-instructions");
}

TEST(ReadDose, AMeasureOfAnotherKindIsNotReplacedByWordsBesideIt) {
  const Read r = read(
      "[{" + kDaily +
      R"(,"text":"20 mEq in 1 L saline","doseAndRate":[{"doseQuantity":{"value":20,"code":"meq","system":"http://unitsofmeasure.org"}}]}])");
  EXPECT_FALSE(r.dose.amount);
  EXPECT_EQ(r.dose.unknown, "unit-unknown");
}

TEST(ReadDose, RangesTakeTheHighEnd) {
  const Read r = read(
      "[{" + kDaily +
      R"(,"doseAndRate":[{"doseRange":{"low":{"value":1,"unit":"tablet"},"high":{"value":2,"unit":"tablet"}}}]}])");
  EXPECT_EQ(*r.dose.amount, 2);
}

TEST(ReadDose, RatesAloneAreNoDose) {
  const Read r =
      read("[{" + kDaily + R"(,"doseAndRate":[{"rateQuantity":{"value":5,"unit":"mL/h"}}]}])");
  EXPECT_EQ(r.dose.unknown, "rate-only");
}

TEST(ReadDose, AsNeededFromStructureOrText) {
  EXPECT_EQ(read("[{" + kDaily + R"(,"asNeededBoolean":true}])").dose.schedule,
            Schedule::as_needed);
  EXPECT_EQ(read("[{" + kDaily + R"(,"text":"1 tablet daily prn"}])").dose.schedule,
            Schedule::as_needed);
  EXPECT_EQ(read("[{" + kDaily + R"(,"asNeededBoolean":false}])").dose.schedule,
            Schedule::scheduled);
}

TEST(ReadDose, MaximumLimitsWhatIsAsNeeded) {
  const Read r = read(
      "[{" + quantity("1", "", "{tbl}") +
      R"(,"asNeededBoolean":true,"maxDosePerPeriod":)"
      R"({"numerator":{"value":3,"unit":"tablet"},"denominator":{"value":1,"unit":"d","system":"http://unitsofmeasure.org","code":"d"}}}])");
  EXPECT_DOUBLE_EQ(*r.dose.doses_per_day, 3);
}

TEST(ReadDose, AmountsThatCannotBe) {
  const auto unknown = [](const std::string& value, const std::string& unit,
                          const std::string& code) {
    return read("[{" + kDaily + "," + quantity(value, unit, code) + "}]").dose.unknown;
  };
  EXPECT_EQ(unknown("0", "", "{tbl}"), "amount-zero");
  EXPECT_EQ(unknown("-1", "", "{tbl}"), "amount-zero");
  EXPECT_EQ(unknown("5000", "", "{tbl}"), "amount-absurd");
  EXPECT_EQ(unknown("100", "", "{tbl}"), "");
  EXPECT_EQ(unknown("1", "", "mg/kg"), "unit-unknown");
  EXPECT_EQ(unknown("1", "", "{unit}"), "unit-ambiguous");
  EXPECT_EQ(unknown("99", "", "{unit}"), "unit-ambiguous");
  EXPECT_EQ(unknown("100", "", "{unit}"), "");
  EXPECT_EQ(unknown("5", "mcg", "mg"), "unit-unknown");
}

TEST(ReadDose, UnreadableAmountKeepsTheFrequency) {
  const Read r = read("[{" + kDaily + "," + quantity("1", "", "mg/kg") + "}]");
  EXPECT_DOUBLE_EQ(*r.dose.doses_per_day, 1);
  EXPECT_EQ(r.dose.unknown, "unit-unknown");
}

TEST(ReadDose, AdditionalInstructionsWhereTheTextPointsThere) {
  const Read r = read(
      R"([{"text":"See admin instructions","additionalInstruction":[{"text":"Take 1 capsule every 7 days"}]}])");
  EXPECT_NEAR(*r.dose.doses_per_day, 1.0 / 7, 1e-12);
  EXPECT_EQ(
      read(R"([{"text":"Do not take daily","patientInstruction":"Take daily"}])").dose.unknown,
      "negated");
}

TEST(ReadDose, CodeThatContradictsTheRepeatIsNamed) {
  const Read r = read(
      R"([{"timing":{"repeat":{"frequency":1,"period":1,"periodUnit":"wk"},"code":{"text":"QD"}}}])");
  EXPECT_NEAR(*r.dose.doses_per_day, 1.0 / 7, 1e-12);
  EXPECT_TRUE(r.has("code-contradicts-repeat"));
}

}  // namespace
}  // namespace cofactor::fhir
