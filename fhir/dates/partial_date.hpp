// Promises: FHIR date, dateTime and instant as an interval of days, independent of the host's time
// zone. A day is the day written in the text (the writer's own zone), never converted. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cofactor::fhir {

/// Days since 1970-01-01 in the proleptic Gregorian calendar; years 1 to 9999.
struct Day {
  std::int32_t number = 0;
  static std::optional<Day> from_civil(int year, unsigned month, unsigned day);
  static std::optional<Day> read(std::string_view yyyy_mm_dd);
  std::string text() const;  ///< "2026-03-01"
  auto operator<=>(const Day&) const = default;
};
inline int days_between(Day from, Day to) { return to.number - from.number; }
inline Day plus_days(Day day, int days) { return Day{day.number + days}; }

struct PartialDate {
  Day earliest;
  Day latest;  ///< equal to earliest for a full date
  std::int64_t instant_ms =
      0;  ///< UTC milliseconds when has_time (zone known), for ordering same-day results
  bool has_time = false;

  /// YYYY, YYYY-MM, YYYY-MM-DD, or a dateTime/instant (zone optional; 24:00 and :60 accepted).
  /// nullopt when it is none of these or names no real day.
  static std::optional<PartialDate> read(std::string_view text);
  bool whole_day() const { return earliest == latest; }
};

struct AgeRange {
  int youngest_years = 0, oldest_years = 0;
  int youngest_months = 0, oldest_months = 0;  ///< completed months in total
};
/// Completed age on `on`; a partial birth date gives a range. nullopt when born after `on`.
std::optional<AgeRange> age_on(const PartialDate& birth, Day on);

}  // namespace cofactor::fhir
