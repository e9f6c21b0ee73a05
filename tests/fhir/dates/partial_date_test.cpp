// Proves: every written form of a date is read as the days it can mean, on any host; ages count
// completed time.
#include "fhir/dates/partial_date.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

using namespace cofactor::fhir;

namespace {
struct Form {
  const char* text;
  const char* earliest;  ///< nullptr: refused
  const char* latest;
  bool has_time;
};
const Form forms[] = {
    {"2026-03-01", "2026-03-01", "2026-03-01", false},
    {"2026-03", "2026-03-01", "2026-03-31", false},
    {"2024-02", "2024-02-01", "2024-02-29", false},
    {"2026", "2026-01-01", "2026-12-31", false},
    {"1900", "1900-01-01", "1900-12-31", false},
    {"9999-12-31", "9999-12-31", "9999-12-31", false},
    {"0001-01-01", "0001-01-01", "0001-01-01", false},
    {"2026-03-01T10:00:00Z", "2026-03-01", "2026-03-01", true},
    {"2026-03-01T23:30:00+14:00", "2026-03-01", "2026-03-01", true},
    {"2026-03-01T00:30:00-12:00", "2026-03-01", "2026-03-01", true},
    {"2026-03-01T24:00:00Z", "2026-03-01", "2026-03-01", true},
    {"2016-12-31T23:59:60Z", "2016-12-31", "2016-12-31", true},
    {"2026-03-29T02:30:00+01:00", "2026-03-29", "2026-03-29", true},  // inside a European DST gap
    {"2026-03-01T10:00:00", "2026-03-01", "2026-03-01",
     false},  // no zone: the instant is not known
    {"2026-03-01T10:00", "2026-03-01", "2026-03-01", false},
    {"2026-03-01T10:00:00.123456Z", "2026-03-01", "2026-03-01", true},
    {"2026-03-01 10:00:00Z", "2026-03-01", "2026-03-01", true},
    {"2026-03-01T10:00:00+0100", "2026-03-01", "2026-03-01", true},
    {"2026-02-29", nullptr, nullptr, false},
    {"2026-13", nullptr, nullptr, false},
    {"2026-00-10", nullptr, nullptr, false},
    {"0000", nullptr, nullptr, false},
    {"26-03-01", nullptr, nullptr, false},
    {"2026-3-1", nullptr, nullptr, false},
    {"03/01/2026", nullptr, nullptr, false},
    {"2026-03-01T25:00:00Z", nullptr, nullptr, false},
    {"2026-03-01T24:00:01Z", nullptr, nullptr, false},
    {"2026-03-01T10:60:00Z", nullptr, nullptr, false},
    {"2026-03-01T10:00:61Z", nullptr, nullptr, false},
    {"2026-03-01T10:00:00+15:00", nullptr, nullptr, false},
    {"2026-03-01T10:00:00.Z", nullptr, nullptr, false},
    {"2026-03-01T10", nullptr, nullptr, false},
    {"2026-03-01T", nullptr, nullptr, false},
    {"2026-03-01Z", nullptr, nullptr, false},
    {"2026-03-01x", nullptr, nullptr, false},
    {" 2026-03-01", nullptr, nullptr, false},
    {"", nullptr, nullptr, false},
};
Day day(const char* text) { return *Day::read(text); }
AgeRange age(const char* birth, const char* on) {
  return *age_on(*PartialDate::read(birth), day(on));
}
}  // namespace

TEST(PartialDate, ReadsEveryFormTheSameUnderEveryHostZone) {
  for (const char* zone : {"UTC", "Pacific/Kiritimati", "America/Los_Angeles"}) {
    setenv("TZ", zone, 1);
    tzset();
    for (const Form& form : forms) {
      const auto date = PartialDate::read(form.text);
      ASSERT_EQ(date.has_value(), form.earliest != nullptr) << form.text;
      if (!date) continue;
      EXPECT_EQ(date->earliest.text(), form.earliest) << form.text;
      EXPECT_EQ(date->latest.text(), form.latest) << form.text;
      EXPECT_EQ(date->has_time, form.has_time) << form.text;
    }
  }
  unsetenv("TZ");
  tzset();
}

TEST(PartialDate, InstantsOrderResultsOfOneDay) {
  const auto at = [](const char* text) { return PartialDate::read(text)->instant_ms; };
  EXPECT_EQ(at("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(at("1970-01-02T00:00:00.5Z"), 86'400'500);
  EXPECT_EQ(at("2026-03-01T10:00:00+02:00"), at("2026-03-01T08:00:00Z"));
  EXPECT_EQ(at("2026-03-01T24:00:00Z"), at("2026-03-02T00:00:00Z"));
  EXPECT_LT(at("1900-01-01T00:00:00Z"), 0);
}

TEST(Day, CountsDays) {
  EXPECT_EQ(days_between(day("2024-02-28"), day("2024-03-01")), 2);
  EXPECT_EQ(plus_days(day("2025-12-31"), 1).text(), "2026-01-01");
  EXPECT_EQ(day("1970-01-01").number, 0);
  EXPECT_EQ(Day::read("2026-03"), std::nullopt);
  EXPECT_EQ(Day::from_civil(2025, 2, 29), std::nullopt);
}

TEST(Age, CountsCompletedYearsAndMonths) {
  EXPECT_EQ(age("2007-03-02", "2026-03-01").oldest_years, 18);
  EXPECT_EQ(age("2007-03-01", "2026-03-01").youngest_years, 19);
  EXPECT_EQ(age("2025-11-01", "2026-03-01").youngest_months, 4);
  EXPECT_EQ(age("2024-02-29", "2026-02-28").youngest_years, 1);
  EXPECT_EQ(age("2024-02-29", "2026-03-01").youngest_years, 2);
  EXPECT_EQ(age("2026-03-01", "2026-03-01").oldest_months, 0);
}

TEST(Age, APartialBirthDateGivesARange) {
  const AgeRange year = age("2007", "2026-03-01");
  EXPECT_EQ(year.youngest_years, 18);
  EXPECT_EQ(year.oldest_years, 19);
  const AgeRange this_year = age("2026", "2026-03-01");
  EXPECT_EQ(this_year.youngest_months, 0);
  EXPECT_EQ(this_year.oldest_months, 2);
  EXPECT_FALSE(age_on(*PartialDate::read("2027"), day("2026-03-01")));
}
