// Promises: doses per day from Timing.repeat and Timing.event: ranges at their most frequent, never
// a division by zero. dayOfWeek restricts a daily frequency; timeOfDay means every day at those
// times. Where elements allow two readings ("once a day", but two times of day) the more frequent
// one is taken and said so.
#include <algorithm>
#include <bitset>
#include <cmath>

#include "fhir/dosage/frequency.hpp"
#include "fhir/units/ucum.hpp"

namespace cofactor::fhir {
namespace {

std::optional<double> days_in(std::string_view unit) {
  const UnitReading reading = read_unit("", unit, "");
  if (reading.kind != UnitKind::time) return std::nullopt;
  return reading.factor;
}

std::optional<double> higher(const std::optional<Decimal>& a, const std::optional<Decimal>& b) {
  if (!a) return b ? std::optional(b->value) : std::nullopt;
  return b ? std::max(a->value, b->value) : a->value;
}

double count_weekdays(const std::vector<std::string_view>& days) {
  static constexpr std::string_view kNames[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
  std::bitset<7> named;
  for (const std::string_view day : days)
    for (std::size_t i = 0; i < 7; ++i)
      if (day == kNames[i]) named.set(i);
  return static_cast<double>(named.count());
}

bool is_every_meal(std::string_view event) {
  return event == "C" || event == "AC" || event == "PC";
}

/// Events of one day that `when` names; C, AC and PC mean every meal.
double count_when(const std::vector<std::string_view>& when) {
  double events = 0;
  for (const std::string_view event : when) events += is_every_meal(event) ? 3 : 1;
  return events;
}

std::optional<double> quantity_days(const Quantity& quantity) {
  if (!quantity.value || quantity.value->value <= 0) return std::nullopt;
  const UnitReading unit = read_unit(quantity.system, quantity.code, quantity.unit);
  if (unit.kind != UnitKind::time) return std::nullopt;
  return quantity.value->value * unit.factor;
}

void set_days(std::optional<Course>& course, std::optional<double> days) {
  if (!days || !(*days <= 100'000)) return;
  if (!course) course.emplace();
  course->days = std::max(1, static_cast<int>(std::lround(*days)));
}

void read_bounds(const TimingRepeat& repeat, std::optional<Course>& course) {
  if (repeat.bounds_duration) set_days(course, quantity_days(*repeat.bounds_duration));
  if (repeat.bounds_range) {
    const auto& longest = repeat.bounds_range->high ? repeat.bounds_range->high : std::nullopt;
    if (longest) set_days(course, quantity_days(*longest));
  }
  const auto start = PartialDate::read(repeat.bounds_start);
  const auto end = PartialDate::read(repeat.bounds_end);
  if (!end) {
    if (start && course) course->start = start->earliest;
    return;
  }
  if (!course) course.emplace();
  course->end = end->latest;
  if (start) {
    course->start = start->earliest;
    if (*course->start <= *course->end)
      course->days = std::max(1, days_between(*course->start, *course->end));
  }
}

/// How often within whole days, where times or events of the day are listed.
struct DayPattern {
  double times = 0;    ///< listed events a day; 0 when none are
  bool exact = false;  ///< timeOfDay cannot be anything but that many doses
};

Frequency from_repeat(const TimingRepeat& repeat) {
  Frequency result;
  const std::optional<double> frequency = higher(repeat.frequency, repeat.frequency_max);
  if ((repeat.frequency && repeat.frequency->value <= 0) || (frequency && *frequency <= 0)) {
    result.unknown = "frequency-zero";
    return result;
  }
  const double weekdays = count_weekdays(repeat.day_of_week);
  DayPattern day;
  if (!repeat.time_of_day.empty())
    day = {static_cast<double>(repeat.time_of_day.size()), true};
  else if (!repeat.when.empty())
    day = {count_when(repeat.when), false};

  if (!repeat.period) {
    if (repeat.period_max) {
      result.unknown = "no-period";
      return result;
    }
    if (weekdays == 0 && day.times == 0) {
      result.unknown = frequency ? "no-period" : "no-frequency";
      return result;
    }
    // A day is the period where only days and their events are named.
    double times = std::max(1.0, day.times);
    if (frequency && *frequency != times) {
      result.ambiguous = day.times > 0;
      times = std::max(times, *frequency);
    }
    result.per_day = times * (weekdays > 0 ? weekdays / 7 : 1);
    return result;
  }

  double period = repeat.period->value;
  if (repeat.period_max) period = std::min(period, repeat.period_max->value);
  if (period <= 0) {
    result.unknown = "period-zero";
    return result;
  }
  const auto unit_days = days_in(repeat.period_unit);
  if (!unit_days) {
    result.unknown = "period-unit-unknown";
    return result;
  }
  const double days = period * *unit_days;
  double per_day = frequency.value_or(1.0) / days;
  const bool daily_or_oftener = days <= 1.0 + 1e-9;
  // "Twice a day before meals" leaves one meal out.
  const bool some_meals = per_day > 1 && repeat.time_of_day.empty() && !repeat.when.empty() &&
                          std::all_of(repeat.when.begin(), repeat.when.end(), is_every_meal);
  if (day.times > 0 && daily_or_oftener && day.times > per_day + 1e-9 && !some_meals) {
    result.ambiguous = frequency.has_value();
    per_day = day.times;
  }
  if (weekdays > 0 && daily_or_oftener) {
    per_day *= weekdays / 7;
  } else if (weekdays > 0 && *unit_days == 7 && weekdays / days > per_day + 1e-9) {
    result.ambiguous = frequency.has_value();  // "once a week" on two days of the week
    per_day = weekdays / days;
  }
  result.per_day = per_day;
  return result;
}

Frequency from_events(const std::vector<std::string_view>& events) {
  Frequency result;
  std::optional<Day> first, last;
  std::size_t read = 0;
  for (const std::string_view event : events) {
    const auto date = PartialDate::read(event);
    if (!date || !date->whole_day()) continue;
    ++read;
    first = first ? std::min(*first, date->earliest) : date->earliest;
    last = last ? std::max(*last, date->earliest) : date->earliest;
  }
  if (read == 0 || read != events.size()) {
    result.unknown = "event-unreadable";
    return result;
  }
  result.course = Course{.days = {}, .start = first, .end = last, .doses = static_cast<int>(read)};
  if (read == 1) {
    result.one_time = true;
    return result;
  }
  const int span = days_between(*first, *last);
  result.per_day = span == 0 ? static_cast<double>(read)
                             : static_cast<double>(read - 1) / static_cast<double>(span);
  result.course->days = span + 1;
  return result;
}

void apply_count(const TimingRepeat& repeat, Frequency& result) {
  const std::optional<double> count = higher(repeat.count, repeat.count_max);
  if (!count || *count < 1 || *count > 1e6) return;
  const int doses = static_cast<int>(*count);
  if (!result.course) result.course.emplace();
  result.course->doses = doses;
  if (doses == 1 && (repeat.count || repeat.count_max)) {
    result.one_time = true;
    result.per_day.reset();
    result.unknown = {};
    return;
  }
  if (result.per_day && !result.course->days)
    set_days(result.course, static_cast<double>(doses) / *result.per_day);
}

}  // namespace

Frequency read_timing_repeat(const Timing& timing) {
  Frequency result;
  if (timing.repeat) {
    result = from_repeat(*timing.repeat);
    read_bounds(*timing.repeat, result.course);
    apply_count(*timing.repeat, result);
    if (result.known() || result.unknown != "no-frequency") return result;
  }
  if (!timing.events.empty()) return from_events(timing.events);
  result.unknown = "no-frequency";
  return result;
}

const Frequency& more_frequent(const Frequency& a, const Frequency& b) {
  if (!b.known()) return a;
  if (!a.known()) return b;
  if (!a.per_day) return b;  // repeating asks for more than once
  if (!b.per_day) return a;
  return *a.per_day >= *b.per_day ? a : b;
}

bool same_frequency(const Frequency& a, const Frequency& b) {
  if (a.one_time != b.one_time || a.per_day.has_value() != b.per_day.has_value()) return false;
  if (!a.per_day) return true;
  // "Every 30 days" or "every 4 weeks" against "monthly" (9 %) is the same intent said in two ways.
  const double ratio = *a.per_day / *b.per_day;
  return ratio > 0.92 && ratio < 1.09;
}

}  // namespace cofactor::fhir
