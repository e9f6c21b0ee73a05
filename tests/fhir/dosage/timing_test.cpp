// Promises: every Timing of timing.json gives the doses per day, schedule, course or reason that
// stand beside it.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "fhir/dosage/daily_dose.hpp"
#include "fhir/dosage/frequency.hpp"
#include "fhir/json/reader.hpp"

namespace cofactor::fhir {
namespace {

TEST(Timing, GivesWhatStandsBesideIt) {
  std::ifstream file("tests/fhir/dosage/timing.json");
  std::stringstream text;
  text << file.rdbuf();
  const auto document = json::parse(text.str());
  ASSERT_TRUE(document.has_value());
  ASSERT_GE(document->root().items().size(), 130u);
  int index = 0;
  for (const json::Value& row : document->root().items()) {
    SCOPED_TRACE("row " + std::to_string(index++));
    Issues issues;
    const json::ElementPath at{nullptr, "MedicationRequest"};
    const Dosage dosage = read_dosage(row, at, issues);
    const DoseReading dose = read_dose(std::span(&dosage, 1), at, issues);
    const std::string_view unknown = row["unknown"].string();
    EXPECT_EQ(dose.unknown, unknown);
    const std::string_view schedule = row["schedule"].string();
    EXPECT_EQ(name_of(dose.schedule), schedule.empty() ? "scheduled" : schedule);
    if (const auto expected = row["perDay"].number()) {
      ASSERT_TRUE(dose.doses_per_day);
      EXPECT_NEAR(*dose.doses_per_day, *expected, 1.5e-6 * std::max(1.0, *expected));
    } else {
      EXPECT_FALSE(dose.doses_per_day);
    }
    EXPECT_EQ(dose.ambiguous, row["ambiguous"].is_boolean());
    if (const auto days = row["days"].number()) {
      ASSERT_TRUE(dose.course && dose.course->days);
      EXPECT_EQ(*dose.course->days, static_cast<int>(*days));
    }
    if (const auto doses = row["doses"].number()) {
      ASSERT_TRUE(dose.course && dose.course->doses);
      EXPECT_EQ(*dose.course->doses, static_cast<int>(*doses));
    }
  }
}

TEST(Timing, MonthAndYearAreLongRunAverages) {
  Timing timing;
  timing.repeat.emplace();
  timing.repeat->frequency = Decimal{"1", 1};
  timing.repeat->period = Decimal{"1", 1};
  timing.repeat->period_unit = "mo";
  EXPECT_DOUBLE_EQ(*read_timing_repeat(timing).per_day, 12 / 365.25);
  timing.repeat->period_unit = "a";
  EXPECT_DOUBLE_EQ(*read_timing_repeat(timing).per_day, 1 / 365.25);
}

TEST(Timing, WeekdaysCountOnceEach) {
  Timing timing;
  timing.repeat.emplace();
  timing.repeat->day_of_week = {"mon", "mon", "noday"};
  EXPECT_DOUBLE_EQ(*read_timing_repeat(timing).per_day, 1.0 / 7);
}

TEST(FrequencyCode, SpellingIsNotCounted) {
  for (const char* code : {"q12h", "Q12H", "q 12 h", "Q.12.H.", "Q12HRS"}) {
    const Frequency f = read_frequency_code(code, "");
    ASSERT_TRUE(f.per_day) << code;
    EXPECT_DOUBLE_EQ(*f.per_day, 2) << code;
  }
  EXPECT_EQ(read_frequency_code("", "").unknown, "no-frequency");
  EXPECT_EQ(read_frequency_code(std::string(500, 'q'), "").unknown, "timing-code-unknown");
  EXPECT_EQ(read_frequency_code("Q99999999999D", "").unknown, "timing-code-unknown");
}

TEST(FrequencyCode, MinutesOfHl7AreNotMonths) {
  const Frequency hl7 = read_frequency_code("Q1M", "http://terminology.hl7.org/CodeSystem/v2-0335");
  EXPECT_DOUBLE_EQ(*hl7.per_day, 1440);
  EXPECT_FALSE(hl7.ambiguous);
  EXPECT_TRUE(read_frequency_code("Q1M", "urn:example:frequency").ambiguous);
  EXPECT_DOUBLE_EQ(*read_frequency_code("Q1MO", "").per_day, 12 / 365.25);
}

}  // namespace
}  // namespace cofactor::fhir
