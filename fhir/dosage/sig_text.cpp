// Promises: decides between the phases and parts that sig_scan found; see sig_text.hpp.
#include "fhir/dosage/sig_text.hpp"

#include <algorithm>
#include <cmath>

#include "fhir/dosage/concurrent_doses.hpp"
#include "fhir/dosage/sig_scan.hpp"

namespace cofactor::fhir {
namespace {

struct PartFrequency {
  std::optional<double> per_day;
  bool one_time = false;
  bool doubtful = false;
  bool of_a_day = false;  ///< told only by parts of the day or days of the week: such parts add up
};

double days_in(unsigned mask) { return static_cast<double>(__builtin_popcount(mask & 127u)); }

PartFrequency frequency_of(const SigPart& part) {
  PartFrequency result;
  result.doubtful = part.doubtful;
  const double slots = part.slot_count > 0 ? part.slot_count : (part.meals ? 3 : 0);
  const double listed = days_in(part.weekdays);
  const double kept = 7 - days_in(part.except);
  if (part.share) {
    const double of_a_day = part.rate && *part.rate > 0.999 ? *part.rate : std::max({1.0, part.times, slots});
    result.per_day = of_a_day * *part.share;
    result.doubtful = part.doubtful || listed > 0 || (part.rate && *part.rate < 0.999);
    if (result.doubtful) result.per_day = std::max(*result.per_day, part.rate.value_or(0));
    return result;
  }
  if (part.rate) {
    double rate = *part.rate;
    if (rate == 1 && part.slot_count > 1) {  // "daily, in the morning and at night"
      rate = part.slot_count;
      result.doubtful = true;
    }
    if (rate > 0.999) {
      if (listed > 0) rate *= listed / 7;
      if (part.except != 0) rate *= kept / 7;
    } else if (listed > 0 && rate > 0.999 / 7 && std::abs(rate - listed / 7) > 1e-6) {
      // "weekly on Monday and Thursday"
      if (rate < listed / 7) rate = listed / 7;
      result.doubtful = true;
    }
    result.per_day = rate;
    return result;
  }
  if (listed > 0 || part.except != 0) {
    result.per_day =
        (listed > 0 ? listed : kept) / 7 * std::max({1.0, part.times, slots > 1 ? slots : 1.0});
    result.of_a_day = true;
    return result;
  }
  if (part.times > 1 && slots > 0) {
    result.per_day = std::max(part.times, slots);
    result.doubtful = part.times != slots;
    return result;
  }
  if (slots > 0) {
    result.per_day = slots;
    result.of_a_day = true;
    // "once at bedtime" may be tonight only; "with meals" may be with whichever is eaten.
    result.doubtful =
        result.doubtful || part.once || part.now || (part.meals && part.slot_count == 0);
    return result;
  }
  result.one_time = part.once || part.now;
  return result;
}

struct PhaseReading {
  std::optional<double> per_day;
  bool one_time = false, doubtful = false, vague = false, several = false;
  std::optional<double> amount, largest;
  AmountUnit unit = AmountUnit::dose_unit;
  std::string_view amount_unknown;
  std::optional<double> stated_iu, stated_micrograms;
  bool stated_per_unit = false;
  std::optional<int> days, doses;

  bool known() const { return per_day.has_value() || one_time; }
};

void take_amount(PhaseReading& reading, const SigPart& part) {
  reading.amount = part.amount;
  reading.largest = part.several ? std::optional(part.largest) : part.amount;
  reading.unit = part.unit;
  reading.stated_iu = part.stated_iu;
  reading.stated_micrograms = part.stated_micrograms;
  reading.stated_per_unit = part.stated_per_unit;
  if (!part.amount) reading.amount_unknown = part.amount_unknown;
}

/// Adds a part that has its own frequency to those before it.
void add_part(PhaseReading& reading, const SigPart& part, const PartFrequency& frequency,
              bool adds_up) {
  const double before = reading.per_day.value_or(0), more = frequency.per_day.value_or(0);
  if (!part.amount || !reading.amount) {
    if (!reading.amount) take_amount(reading, part);
    reading.doubtful = reading.doubtful || std::abs(before - more) > 1e-9;
    reading.per_day = std::max(before, more);
    return;
  }
  const bool same = part.unit == reading.unit && *part.amount == *reading.amount;
  if (!adds_up && same && std::abs(before - more) < 0.02 * std::max(before, more))
    return;  // said twice
  if (part.unit != reading.unit) {
    reading.doubtful = true;
    return;
  }
  reading.doubtful = reading.doubtful || frequency.doubtful || !adds_up;
  reading.amount = (*reading.amount * before + *part.amount * more) / (before + more);
  reading.largest = std::max(*reading.largest, part.several ? part.largest : *part.amount);
  reading.per_day = before + more;
}

const SigPart& first_amount(const SigPhase& phase) {
  for (std::size_t i = 0; i < phase.count; ++i)
    if (phase.parts[i].amount) return phase.parts[i];
  return phase.parts[0];
}

/// A single dose beside a repeating one, with no "then" between them: two readings where the repeating one is the larger,
/// nothing that can be told where it is another medicine or less.
void join_single_dose(PhaseReading& repeating, const SigPart& single) {
  if (!single.amount) return;
  repeating.doubtful = true;
  if (!repeating.amount || repeating.unit != single.unit || *repeating.amount < *single.amount)
    repeating.several = true;
}

PhaseReading read_phase(const SigPhase& phase) {
  PhaseReading reading;
  bool adds_up = true;
  std::array<PartFrequency, 6> frequencies;
  const SigPart* silent = nullptr;  // an amount without a frequency
  for (std::size_t i = 0; i < phase.count; ++i) {
    frequencies[i] = frequency_of(phase.parts[i]);
    if (frequencies[i].per_day) adds_up = adds_up && frequencies[i].of_a_day;
  }
  for (std::size_t i = 0; i < phase.count; ++i) {
    const SigPart& part = phase.parts[i];
    const PartFrequency& frequency = frequencies[i];
    if (!frequency.per_day) {
      if (part.amount && !frequency.one_time) silent = &part;
      continue;
    }
    if (reading.per_day) {
      add_part(reading, part, frequency, adds_up);
      continue;
    }
    reading.per_day = frequency.per_day;
    reading.doubtful = frequency.doubtful;
    take_amount(reading, part);
  }
  for (std::size_t i = 0; i < phase.count; ++i) {
    const bool told = frequencies[i].per_day || frequencies[i].one_time;
    reading.vague = reading.vague || phase.parts[i].vague || (phase.parts[i].od && !told);
    // "50,000 units once. Calcium 600 mg daily": which of them is meant?
    if (reading.per_day && frequencies[i].one_time) join_single_dose(reading, phase.parts[i]);
  }
  if (!reading.per_day) {
    for (std::size_t i = 0; i < phase.count; ++i) {
      if (!frequencies[i].one_time) continue;
      reading.one_time = true;
      if (!reading.amount) take_amount(reading, phase.parts[i]);
    }
  }
  if (silent != nullptr) {
    if (!reading.amount) {
      take_amount(reading, *silent);
    } else if (silent->unit == reading.unit && *silent->amount != *reading.amount) {
      reading.doubtful = true;  // two amounts and one frequency: the larger
      if (*silent->amount > *reading.amount) take_amount(reading, *silent);
    }
  } else if (!reading.known()) {
    take_amount(reading, phase.parts[0]);
  }
  reading.doses = phase.doses;
  if (phase.repeat_after && !reading.per_day) {
    reading.per_day = 1 / *phase.repeat_after;
    reading.one_time = false;
    if (!reading.doses) reading.doses = 2;
  }
  if (reading.vague) {
    take_amount(reading, first_amount(phase));
    reading.per_day.reset();
    reading.one_time = false;
  }
  if (phase.days && *phase.days < 100'000)
    reading.days = static_cast<int>(std::lround(*phase.days));
  if (reading.doses == 1) {
    reading.one_time = true;
    reading.per_day.reset();
  }
  if (!reading.known() && reading.doses && reading.amount) {
    // "1 capsule x 8": how often is not said
  } else if (reading.doses && reading.per_day && !reading.days) {
    reading.days = std::max(1, static_cast<int>(std::lround(*reading.doses / *reading.per_day)));
  }
  return reading;
}

/// "then once a month", "then 2 at a time, once a day"
std::string words_of(const PhaseReading& later, const PhaseReading& first) {
  std::string words = "then ";
  const bool other_amount =
      later.amount && (!first.amount || *later.amount != *first.amount || later.unit != first.unit);
  if (other_amount && *later.amount < 1e7) {
    const double rounded = std::round(*later.amount * 100) / 100;
    std::string figure = std::to_string(rounded);
    figure.erase(figure.find_last_not_of('0') + 1);
    if (figure.back() == '.') figure.pop_back();
    constexpr std::string_view kUnits[] = {" at a time", " drops",      " mL",
                                           " IU",        " micrograms", " g"};
    words += figure + std::string(kUnits[static_cast<std::size_t>(later.unit)]) + ", ";
  }
  return words + frequency_words(*later.per_day);
}

void take_phase(SigReading& result, const PhaseReading& phase) {
  result.frequency.per_day = phase.per_day;
  result.frequency.one_time = phase.one_time;
  result.frequency.ambiguous = phase.doubtful;
  if (phase.days || phase.doses) {
    result.frequency.course.emplace();
    result.frequency.course->days = phase.days;
    result.frequency.course->doses = phase.doses;
  }
  result.amount = phase.amount;
  result.largest_amount = phase.largest;
  result.unit = phase.unit;
  result.amount_unknown = phase.amount_unknown;
  result.stated_iu = phase.stated_iu;
  result.stated_micrograms = phase.stated_micrograms;
  result.stated_per_unit = phase.stated_per_unit;
}

/// The doses of phases that "then" joins to the one that decides. An amount that is not stated is not assumed here:
/// "start today, then 1 capsule a week" names one dose.
std::vector<SigOtherDose> other_doses(const SigScan& scan, const std::array<PhaseReading, 4>& phases,
                                      std::size_t decides) {
  std::vector<SigOtherDose> others;
  for (std::size_t i = 0; i < scan.count; ++i) {
    const PhaseReading& phase = phases[i];
    const bool joined = i < decides ? scan.phases[i + 1].follows : scan.phases[i].follows;
    if (i == decides || !joined || !phase.known() || !phase.amount) continue;
    others.push_back({phase.largest.value_or(*phase.amount), phase.unit, phase.per_day, phase.stated_iu,
                      phase.stated_micrograms, phase.stated_per_unit});
  }
  return others;
}

}  // namespace

SigReading read_sig(std::string_view text) {
  SigReading result;
  result.frequency.unknown = "no-frequency";
  if (text.empty()) return result;
  const SigScan scan = scan_sig(text);
  if (scan.too_long || scan.too_complex) {
    result.frequency.unknown = scan.too_long ? "text-too-long" : "several-doses";
    return result;
  }
  result.negated_per_day = scan.negated_rate;
  result.as_directed = scan.as_directed;

  std::array<PhaseReading, 4> phases;
  for (std::size_t i = 0; i < scan.count; ++i) phases[i] = read_phase(scan.phases[i]);
  std::size_t decides = 0;
  while (decides + 1 < scan.count && !phases[decides].known() && !phases[decides].vague) ++decides;
  if (!phases[decides].known() && !phases[decides].vague) decides = 0;
  bool loading = false;
  if (phases[decides].one_time) {  // a loading dose gives way to what repeats, or may: "then as directed", "then 1,000 IU"
    for (std::size_t i = decides + 1; i < scan.count; ++i) {
      const bool may_repeat = scan.phases[i].follows && !phases[i].known() && (phases[i].vague || phases[i].amount || scan.phases[i].as_directed);
      if (!phases[i].per_day && !may_repeat) continue;
      if (!scan.phases[i].follows) join_single_dose(phases[i], first_amount(scan.phases[decides]));
      decides = i;
      loading = true;
      break;
    }
  }
  take_phase(result, phases[decides]);
  result.frequency.as_needed = scan.phases[decides].as_needed;
  for (std::size_t i = decides + 1; i < scan.count && result.later_phase.empty(); ++i)
    if (phases[i].per_day) result.later_phase = words_of(phases[i], phases[decides]);
  if (loading && result.later_phase.empty()) result.later_phase = "after one first dose";
  if (scan.count > 1) result.others = other_doses(scan, phases, decides);

  Frequency& frequency = result.frequency;
  // "5 drops ... at most 10,000 units a day": how many drops that is, the text does not say.
  const bool same_unit = !scan.limit_amount || scan.limit_unit == result.unit;
  if (!frequency.known() && frequency.as_needed && scan.limit_rate && same_unit) {
    // As needed, up to a stated maximum: the maximum is the most that is taken.
    const double doses = scan.limit_amount.value_or(1) / result.amount.value_or(1);
    frequency.per_day = *scan.limit_rate * (doses > 0 ? doses : 1);
  }
  if (phases[decides].several) {
    SigReading several;
    several.frequency.unknown = "several-doses";
    return several;
  }
  if (frequency.known()) {
    frequency.unknown = {};
    // "Daily ... not daily": one of the two is a slip, and nobody can tell which.
    const bool forbidden = frequency.per_day && scan.negated_rate == frequency.per_day;
    frequency.ambiguous = frequency.ambiguous || scan.or_as_directed || forbidden;
  } else if (scan.negated_rate) {
    frequency.unknown = "negated";
  } else if (phases[decides].vague) {
    frequency.unknown = "vague-frequency";
  } else if (scan.as_directed) {
    frequency.unknown = "as-directed";
  } else if (scan.negated) {
    frequency.unknown = "negated";
  }
  return result;
}

Frequency read_sig_frequency(std::string_view text) { return read_sig(text).frequency; }

}  // namespace cofactor::fhir
