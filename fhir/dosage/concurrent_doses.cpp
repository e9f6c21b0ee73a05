// Promises: see concurrent_doses.hpp.
#include "fhir/dosage/concurrent_doses.hpp"

#include <algorithm>
#include <cmath>

#include "fhir/dosage/frequency.hpp"

namespace cofactor::fhir {
namespace {

bool says_something(const DoseReading& reading) {
  return reading.doses_per_day || reading.schedule == Schedule::one_time;
}

/// "Take with food" as an instruction of its own: neither an amount nor a frequency, nothing to
/// miss.
bool is_remark(const Dosage& dosage, const DoseReading& reading) {
  return !says_something(reading) && dosage.doses.empty() && !reading.amount &&
         reading.unknown == "no-frequency";
}

void add(DoseReading& total, const DoseReading& more) {
  if (!says_something(more)) {
    // Part of the order cannot be told: the whole must not look complete.
    if (total.unknown.empty()) total.unknown = more.unknown.empty() ? "no-frequency" : more.unknown;
    return;
  }
  const bool single = total.schedule == Schedule::one_time && more.schedule == Schedule::one_time;
  if (single && (!total.amount || !more.amount || total.unit != more.unit)) {
    total.others.push_back(more);  // each can be told on its own, or not
    return;
  }
  for (const std::string& basis : more.basis)
    if (std::find(total.basis.begin(), total.basis.end(), basis) == total.basis.end())
      total.basis.push_back(basis);
  total.ambiguous = total.ambiguous || more.ambiguous;
  total.others.insert(total.others.end(), more.others.begin(), more.others.end());
  if (more.schedule == Schedule::scheduled && total.schedule == Schedule::as_needed)
    total.schedule = Schedule::scheduled;
  if (total.course && !more.course) total.course.reset();
  if (total.course && more.course && more.course->days.value_or(0) > total.course->days.value_or(0))
    total.course = more.course;
  if (total.unknown.empty()) total.unknown = more.unknown;
  if (!total.amount || !more.amount || total.unit != more.unit) {
    const double sum = total.doses_per_day.value_or(0) + more.doses_per_day.value_or(0);
    if (total.amount && more.amount) total.unknown = "units-differ";
    total.amount.reset();
    if (sum > 0) total.doses_per_day = sum;  // two single doses have no daily figure
    return;
  }
  const double before = total.doses_per_day.value_or(0);
  const double after = more.doses_per_day.value_or(0);
  const double largest = std::max(total.largest_amount.value_or(*total.amount),
                                  more.largest_amount.value_or(*more.amount));
  if (before + after > 0)
    total.amount = (*total.amount * before + *more.amount * after) / (before + after);
  else
    total.amount = *total.amount + *more.amount;
  total.largest_amount = std::max(largest, *total.amount);
  if (before + after > 0) total.doses_per_day = before + after;
}

std::string note_of(const DoseReading& later) {
  if (later.schedule == Schedule::one_time) return "then one dose";
  return later.doses_per_day ? "then " + frequency_words(*later.doses_per_day)
                             : std::string("then as stated");
}

void keep_beside(DoseReading& decides, const std::vector<DoseReading>& others) {
  decides.others.insert(decides.others.end(), others.begin(), others.end());
}

/// All instructions with that sequence, concurrently. Repeating ones decide over single doses
/// beside them.
DoseReading combine_phase(std::span<const Dosage> dosages, const std::vector<DoseReading>& readings,
                          std::optional<int> sequence) {
  const auto belongs = [&](std::size_t i) {
    return !sequence || !dosages[i].sequence || *dosages[i].sequence == *sequence;
  };
  bool repeats = false;
  // What cannot be told to be one dose may repeat: the whole must not look like one dose.
  for (std::size_t i = 0; i < readings.size(); ++i)
    repeats = repeats || (belongs(i) && readings[i].schedule != Schedule::one_time && !is_remark(dosages[i], readings[i]));
  std::optional<DoseReading> total;
  std::vector<DoseReading> left_out;
  const DoseReading* remark = nullptr;
  for (std::size_t i = 0; i < readings.size(); ++i) {
    if (!belongs(i)) continue;
    if (is_remark(dosages[i], readings[i])) {
      remark = &readings[i];
      continue;
    }
    if (repeats && readings[i].schedule == Schedule::one_time) {
      left_out.push_back(readings[i]);
      continue;
    }
    if (!total)
      total = readings[i];
    else
      add(*total, readings[i]);
  }
  if (total) {
    keep_beside(*total, left_out);
    return *total;
  }
  return remark != nullptr ? *remark : readings.front();
}

}  // namespace

std::string frequency_words(double per_day) {
  const auto count = [](double n) {
    const long rounded = std::lround(n);
    if (std::abs(n - static_cast<double>(rounded)) < 0.01) return std::to_string(rounded);
    const std::string tenths = std::to_string(std::lround(n * 10));
    return (tenths.size() > 1 ? tenths.substr(0, tenths.size() - 1) : "0") + "." + tenths.back();
  };
  if (!(per_day > 0)) return "as stated";
  if (std::abs(per_day - 1) < 0.01) return "once a day";
  if (per_day > 1) return count(per_day) + " times a day";
  const double days = 1 / per_day;
  if (std::abs(days - 7) < 0.01) return "once a week";
  if (std::abs(days - kDaysPerMonth) < 0.5) return "once a month";
  if (std::abs(days - kDaysPerYear) < 1) return "once a year";
  if (days < 7 && std::abs(days - std::round(days)) > 0.01)
    return count(per_day * 7) + " times a week";
  const double months = days / kDaysPerMonth;
  if (days > 45 && std::abs(months - std::round(months)) < 0.02)
    return "every " + count(months) + " months";
  if (days >= 14 && std::abs(days / 7 - std::round(days / 7)) < 0.01)
    return "every " + count(days / 7) + " weeks";
  return "every " + count(days) + " days";
}

DoseReading combine_doses(std::span<const Dosage> dosages, std::vector<DoseReading> readings) {
  std::vector<int> sequences;
  for (const Dosage& dosage : dosages)
    if (dosage.sequence) sequences.push_back(*dosage.sequence);
  std::sort(sequences.begin(), sequences.end());
  sequences.erase(std::unique(sequences.begin(), sequences.end()), sequences.end());
  if (sequences.size() < 2) return combine_phase(dosages, readings, std::nullopt);
  DoseReading decides = combine_phase(dosages, readings, sequences[0]);
  DoseReading next = combine_phase(dosages, readings, sequences[1]);
  const auto keep_phases = [&](DoseReading& chosen, std::size_t phase) {
    for (std::size_t i = 0; i < readings.size(); ++i) {
      const auto& sequence = dosages[i].sequence;
      if (sequence && *sequence != sequences[phase] && says_something(readings[i]))
        chosen.others.push_back(readings[i]);
    }
  };
  bool remarks_only = true;  // "take with food" as a phase of its own follows on nothing
  for (std::size_t i = 0; i < readings.size(); ++i)
    if (dosages[i].sequence == sequences[1]) remarks_only = remarks_only && is_remark(dosages[i], readings[i]);
  // A first dose gives way to what follows, also where that cannot be told: the whole must not look like one dose.
  if (decides.schedule == Schedule::one_time && next.schedule != Schedule::one_time && !remarks_only) {
    next.first_phase_note = "after one first dose";
    keep_phases(next, 1);
    return next;
  }
  if (decides.doses_per_day && next.doses_per_day && !decides.course) {
    // Numbered, but the first never ends: "1: 10 units before breakfast, 2: 15 units before lunch".
    DoseReading together = combine_phase(dosages, readings, std::nullopt);
    together.ambiguous = true;
    return together;
  }
  if (decides.first_phase_note.empty()) decides.first_phase_note = note_of(next);
  keep_phases(decides, 0);
  return decides;
}

}  // namespace cofactor::fhir
