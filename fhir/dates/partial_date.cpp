// Promises: see partial_date.hpp. Calendar arithmetic only; the host's clock and zone are never
// asked.
#include "fhir/dates/partial_date.hpp"

#include <algorithm>
#include <chrono>

namespace cofactor::fhir {
namespace {

using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr bool digit(char c) { return c >= '0' && c <= '9'; }

/// Takes digits and punctuation off the front of a text.
struct Cursor {
  std::string_view left;

  bool done() const { return left.empty(); }
  bool next_is(char c) const { return !left.empty() && left.front() == c; }
  bool take(char c) {
    if (!next_is(c)) return false;
    left.remove_prefix(1);
    return true;
  }
  /// Exactly `count` digits.
  std::optional<int> number(std::size_t count) {
    if (left.size() < count) return std::nullopt;
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (!digit(left[i])) return std::nullopt;
      value = value * 10 + (left[i] - '0');
    }
    left.remove_prefix(count);
    return value;
  }
};

year_month_day civil(Day day) { return year_month_day(sys_days(std::chrono::days(day.number))); }

struct TimeOfDay {
  std::int64_t milliseconds = 0;  ///< since the written day began
  std::optional<int> zone_minutes;
};

/// hh:mm[:ss[.f...]][Z|+hh:mm|-hh:mm]
std::optional<TimeOfDay> read_time(Cursor in) {
  TimeOfDay time;
  const auto hours = in.number(2);
  if (!hours || *hours > 24 || !in.take(':')) return std::nullopt;
  const auto minutes = in.number(2);
  if (!minutes || *minutes > 59) return std::nullopt;
  int seconds = 0, milliseconds = 0;
  if (in.take(':')) {
    const auto read = in.number(2);
    if (!read || *read > 60) return std::nullopt;
    seconds = *read;
    if (in.take('.')) {
      int scale = 100;
      if (in.done() || !digit(in.left.front())) return std::nullopt;
      while (!in.done() && digit(in.left.front())) {
        milliseconds += (in.left.front() - '0') * scale;
        scale /= 10;
        in.left.remove_prefix(1);
      }
    }
  }
  if (*hours == 24 && (*minutes != 0 || seconds != 0 || milliseconds != 0)) return std::nullopt;
  time.milliseconds = ((*hours * 60LL + *minutes) * 60 + seconds) * 1000 + milliseconds;
  if (in.done()) return time;
  if (in.take('Z') || in.take('z')) {
    time.zone_minutes = 0;
  } else {
    const bool west = in.next_is('-');
    if (!west && !in.next_is('+')) return std::nullopt;
    in.left.remove_prefix(1);
    const auto zone_hours = in.number(2);
    in.take(':');
    const auto zone_minutes = in.number(2);
    if (!zone_hours || !zone_minutes || *zone_hours > 14 || *zone_minutes > 59) return std::nullopt;
    const int offset = *zone_hours * 60 + *zone_minutes;
    time.zone_minutes = west ? -offset : offset;
  }
  return in.done() ? std::optional(time) : std::nullopt;
}

int completed_months(Day birth, Day on) {
  const year_month_day from = civil(birth), to = civil(on);
  int months = (static_cast<int>(to.year()) - static_cast<int>(from.year())) * 12 +
               (static_cast<int>(static_cast<unsigned>(to.month())) -
                static_cast<int>(static_cast<unsigned>(from.month())));
  if (to.day() < from.day()) --months;
  return months;
}

}  // namespace

std::optional<Day> Day::from_civil(int year, unsigned month, unsigned day) {
  if (year < 1 || year > 9999) return std::nullopt;
  const year_month_day date{std::chrono::year(year), std::chrono::month(month),
                            std::chrono::day(day)};
  if (!date.ok()) return std::nullopt;
  return Day{static_cast<std::int32_t>(sys_days(date).time_since_epoch().count())};
}

std::optional<Day> Day::read(std::string_view yyyy_mm_dd) {
  Cursor in{yyyy_mm_dd};
  const auto year = in.number(4);
  if (!year || !in.take('-')) return std::nullopt;
  const auto month = in.number(2);
  if (!month || !in.take('-')) return std::nullopt;
  const auto day = in.number(2);
  if (!day || !in.done()) return std::nullopt;
  return from_civil(*year, static_cast<unsigned>(*month), static_cast<unsigned>(*day));
}

std::string Day::text() const {
  const year_month_day date = civil(*this);
  const auto year = static_cast<unsigned>(static_cast<int>(date.year()));
  const unsigned parts[]{year / 100 % 100, year % 100, static_cast<unsigned>(date.month()),
                         static_cast<unsigned>(date.day())};
  std::string out;
  for (std::size_t i = 0; i < std::size(parts); ++i) {
    if (i > 1) out += '-';
    out += static_cast<char>('0' + parts[i] / 10);
    out += static_cast<char>('0' + parts[i] % 10);
  }
  return out;
}

std::optional<PartialDate> PartialDate::read(std::string_view text) {
  Cursor in{text};
  PartialDate out;
  const auto year = in.number(4);
  if (!year) return std::nullopt;
  std::optional<Day> earliest, latest;
  if (in.done()) {
    earliest = Day::from_civil(*year, 1, 1);
    latest = Day::from_civil(*year, 12, 31);
  } else {
    if (!in.take('-')) return std::nullopt;
    const auto month = in.number(2);
    if (!month) return std::nullopt;
    earliest = Day::from_civil(*year, static_cast<unsigned>(*month), 1);
    if (in.done()) {
      if (!earliest) return std::nullopt;
      const std::chrono::year_month_day_last last{
          std::chrono::year(*year),
          std::chrono::month_day_last(std::chrono::month(static_cast<unsigned>(*month)))};
      latest = Day{static_cast<std::int32_t>(sys_days(last).time_since_epoch().count())};
    } else {
      if (!in.take('-')) return std::nullopt;
      const auto day = in.number(2);
      if (!day) return std::nullopt;
      earliest = latest =
          Day::from_civil(*year, static_cast<unsigned>(*month), static_cast<unsigned>(*day));
      if (!in.done()) {
        if (!earliest || (!in.take('T') && !in.take('t') && !in.take(' '))) return std::nullopt;
        const auto time = read_time(in);
        if (!time) return std::nullopt;
        if (time->zone_minutes) {
          out.has_time = true;
          out.instant_ms =
              earliest->number * 86'400'000LL + time->milliseconds - *time->zone_minutes * 60'000LL;
        }
      }
    }
  }
  if (!earliest || !latest) return std::nullopt;
  out.earliest = *earliest;
  out.latest = *latest;
  return out;
}

std::optional<AgeRange> age_on(const PartialDate& birth, Day on) {
  if (birth.earliest > on) return std::nullopt;
  AgeRange age;
  age.oldest_months = completed_months(birth.earliest, on);
  age.youngest_months = completed_months(std::min(birth.latest, on), on);
  age.oldest_years = age.oldest_months / 12;
  age.youngest_years = age.youngest_months / 12;
  return age;
}

}  // namespace cofactor::fhir
