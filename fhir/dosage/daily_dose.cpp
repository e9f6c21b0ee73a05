// Promises: one reading from all the dosage instructions of an order. Structure first; text fills
// only what structure lacks, and is compared with it where both speak. Reason codes are listed in
// the header.
#include "fhir/dosage/daily_dose.hpp"

#include <algorithm>
#include <cmath>

#include "fhir/dosage/concurrent_doses.hpp"
#include "fhir/dosage/dose_amount.hpp"
#include "fhir/dosage/frequency.hpp"
#include "fhir/dosage/sig_text.hpp"
#include "fhir/units/ucum.hpp"

namespace cofactor::fhir {
namespace {

constexpr double kMostDosesPerDay = 86400;          // one a second
constexpr double kFewestDosesPerDay = 1 / 36525.0;  // one in a hundred years
bool differ(double a, double b) {
  return std::abs(a - b) > 0.02 * std::max(std::abs(a), std::abs(b));
}

void warn(Issues& issues, std::string_view code, const json::ElementPath& path,
          std::string_view element, std::string text) {
  const json::ElementPath place{&path, element};
  issues.push_back({Severity::warning, std::string(code), place.text(), std::move(text)});
}

/// The directions in words. `text` is followed to the patient's and the additional instructions
/// only where it says nothing about how often ("see admin instructions").
SigReading read_words(const Dosage& dosage) {
  SigReading first;
  first.frequency.unknown = "no-frequency";
  bool any = false;
  const auto tells = [&](std::string_view words) {
    if (words.empty()) return false;
    SigReading reading = read_sig(words);
    const bool known = reading.frequency.known();
    if (known || !any) {
      const bool as_needed = first.frequency.as_needed || reading.frequency.as_needed;
      if (any && !reading.amount) {
        reading.amount = first.amount;
        reading.largest_amount = first.largest_amount;
        reading.unit = first.unit;
      }
      if (any && reading.others.empty()) reading.others = std::move(first.others);
      first = std::move(reading);
      first.frequency.as_needed = as_needed;
    }
    any = true;
    // What is forbidden in the first text is not undone by a second one.
    return known || first.negated_per_day.has_value();
  };
  if (tells(dosage.text) || tells(dosage.patient_instruction)) return first;
  for (const CodeableConcept& more : dosage.additional_instructions)
    if (tells(more.words())) break;
  return first;
}

/// What structure alone says about how often, and where it said so.
Frequency structured_frequency(const Dosage& dosage, std::string_view& basis,
                               const json::ElementPath& path, Issues& issues) {
  Frequency repeat = read_timing_repeat(dosage.timing);
  Frequency coded = read_timing_code(dosage.timing.code);
  const bool coded_as_needed = coded.as_needed;
  if (repeat.known()) {
    basis = "timing.repeat";
    if (coded.known() && !coded.ambiguous && !same_frequency(repeat, coded))
      warn(issues, "code-contradicts-repeat", path, "timing",
           "the timing code and the repeat give different frequencies; the repeat is used");
    repeat.as_needed = coded_as_needed;
    return repeat;
  }
  if (repeat.unknown != "no-frequency")
    warn(issues, "timing-invalid", path, "timing.repeat",
         "the repeat gives no frequency: `" + std::string(repeat.unknown) + "`");
  if (coded.known()) {
    basis = "timing.code";
    if (repeat.course) coded.course = repeat.course;
    return coded;
  }
  if (repeat.unknown == "no-frequency" && coded.unknown != "no-frequency")
    repeat.unknown = coded.unknown;
  repeat.as_needed = coded_as_needed;
  return repeat;
}

void compare_frequency(const Frequency& structured, const SigReading& sig,
                       const json::ElementPath& path, Issues& issues) {
  if (structured.per_day && sig.negated_per_day &&
      !differ(*structured.per_day, *sig.negated_per_day)) {
    warn(issues, "text-contradicts-structure", path, "text",
         "the text forbids the frequency that the timing gives; the timing is used");
  } else if (sig.frequency.known() && !same_frequency(structured, sig.frequency)) {
    // Ambiguous words may still mean what the structure says, unless it asks for more than either
    // reading.
    if (sig.frequency.ambiguous && &more_frequent(structured, sig.frequency) != &structured) return;
    warn(issues, "text-contradicts-structure", path, "text",
         "the text and the timing give different frequencies; the timing is used");
  }
}

/// The words beside a timing: "6 capsules once, then as directed" ordered as one dose is 6 capsules, whatever follows.
/// Beside a repeating timing they name no other amount: true, it may be meant each time, the higher of two readings.
bool fit_to_timing(SigReading& sig, const Frequency& timing, bool has_quantity) {
  std::vector<SigOtherDose> singles;
  for (const SigOtherDose& other : sig.others)
    if (!other.per_day) singles.push_back(other);
  const bool unnamed = !has_quantity && !sig.amount && sig.amount_unknown.empty() && !sig.frequency.known();
  if (singles.empty() || (!timing.one_time && !unnamed)) return false;
  if (timing.one_time && sig.amount && !sig.frequency.per_day)
    singles.push_back({sig.largest_amount.value_or(*sig.amount), sig.unit, std::nullopt, sig.stated_iu,
                       sig.stated_micrograms, sig.stated_per_unit});
  SigOtherDose largest = singles.front();
  for (const SigOtherDose& single : singles)
    if (single.unit == largest.unit && single.amount > largest.amount) largest = single;
  sig.amount = sig.largest_amount = largest.amount;
  sig.unit = largest.unit;
  sig.amount_unknown = {};
  sig.stated_iu = largest.stated_iu;
  sig.stated_micrograms = largest.stated_micrograms;
  sig.stated_per_unit = largest.stated_per_unit;
  if (!timing.one_time) return true;
  std::erase_if(singles, [&](const SigOtherDose& single) { return single.unit == largest.unit; });
  sig.others = has_quantity ? std::vector<SigOtherDose>{} : std::move(singles);
  sig.later_phase = "then as stated";
  return false;
}

void take_amount(DoseReading& reading, const std::optional<Amount>& structured,
                 const SigReading& sig, const json::ElementPath& path, Issues& issues) {
  std::string_view unknown;
  if (structured && structured->value) {
    reading.amount = structured->value;
    reading.unit = structured->unit;
    reading.basis.emplace_back("dose-quantity");
    if (sig.amount && sig.unit == reading.unit && differ(*sig.largest_amount, *reading.amount) &&
        differ(*sig.amount, *reading.amount))
      warn(issues, "text-contradicts-structure", path, "text",
           "the text and the dose quantity give different amounts; the dose quantity is used");
    if (sig.amount && reading.unit == AmountUnit::dose_unit) {
      // "Take 5,000 units" beside a quantity of one capsule says what the capsule holds.
      if (sig.unit == AmountUnit::iu) reading.stated_iu = sig.amount;
      if (sig.unit == AmountUnit::microgram) reading.stated_micrograms = sig.amount;
    }
  } else if (structured) {
    unknown =
        structured->unknown;  // a dose that is there but unreadable is not replaced by one unit
  } else if (sig.amount) {
    const Amount amount = checked_amount(*sig.largest_amount, sig.unit);
    unknown = amount.unknown;
    if (amount.value) {
      reading.amount = sig.amount;
      reading.largest_amount = sig.largest_amount;
      reading.unit = sig.unit;
      if (reading.basis.empty() || reading.basis.back() != "sig-text")
        reading.basis.emplace_back("sig-text");
    }
  } else if (!sig.amount_unknown.empty()) {
    unknown = sig.amount_unknown;
  } else if (reading.doses_per_day || reading.schedule == Schedule::one_time) {
    reading.amount = 1;
    reading.basis.emplace_back("assumed-one-unit");
  }
  if (unknown == "unit-unknown" && structured && !structured->understood && sig.amount &&
      sig.unit != AmountUnit::dose_unit) {
    // A site's unit that nobody can read, beside words that say it in milligrams.
    const Amount amount = checked_amount(*sig.largest_amount, sig.unit);
    if (amount.value) {
      reading.amount = sig.amount;
      reading.largest_amount = sig.largest_amount;
      reading.unit = sig.unit;
      reading.basis.emplace_back("sig-text");
      unknown = {};
    }
  }
  if (reading.unit == AmountUnit::dose_unit && reading.amount) {
    if (!reading.stated_iu) reading.stated_iu = sig.stated_iu;
    if (!reading.stated_micrograms) reading.stated_micrograms = sig.stated_micrograms;
    reading.stated_per_unit = sig.stated_per_unit;
  }
  if (reading.unknown.empty()) reading.unknown = unknown;
}

/// The most that an as-needed order allows a day, where it says nothing else.
void take_maximum(DoseReading& reading, const Dosage& dosage) {
  if (reading.schedule != Schedule::as_needed || reading.doses_per_day ||
      !dosage.max_dose_per_period)
    return;
  const Ratio& most = *dosage.max_dose_per_period;
  if (!most.numerator || !most.denominator || !most.denominator->value) return;
  const Amount amount = read_amount(*most.numerator);
  const UnitReading period =
      read_unit(most.denominator->system, most.denominator->code, most.denominator->unit);
  const double days = most.denominator->value->value * period.factor;
  if (!amount.value || period.kind != UnitKind::time || !(days > 0)) return;
  if (!reading.amount) {
    reading.amount = amount.value;
    reading.unit = amount.unit;
  }
  if (reading.unit != amount.unit) return;
  reading.doses_per_day = *amount.value / *reading.amount / days;
  reading.basis.emplace_back("max-dose-per-period");
  reading.unknown.clear();
}

/// The doses that the words name besides the one that decides. Beside a timing, which decides, only single doses: a
/// timing cannot say them, what repeats it says itself.
void take_others(DoseReading& reading, const SigReading& sig, bool structured) {
  for (const SigOtherDose& words : sig.others) {
    if (structured && words.per_day) continue;
    DoseReading other;
    other.doses_per_day = words.per_day;
    if (!words.per_day) other.schedule = Schedule::one_time;
    const Amount amount = checked_amount(words.amount, words.unit);
    other.amount = amount.value;
    other.unknown = amount.unknown;
    other.unit = words.unit;
    other.basis.emplace_back("sig-text");
    other.stated_iu = words.stated_iu;
    other.stated_micrograms = words.stated_micrograms;
    other.stated_per_unit = words.stated_per_unit;
    reading.others.push_back(std::move(other));
  }
}

DoseReading read_one(const Dosage& dosage, const json::ElementPath& path, Issues& issues) {
  DoseReading reading;
  SigReading sig = read_words(dosage);
  std::string_view basis;
  Frequency frequency = structured_frequency(dosage, basis, path, issues);
  const bool as_needed = dosage.as_needed || !dosage.as_needed_for.empty() || frequency.as_needed ||
                         sig.frequency.as_needed;
  if (frequency.known()) {
    compare_frequency(frequency, sig, path, issues);
    if (fit_to_timing(sig, frequency, !dosage.doses.empty())) frequency.ambiguous = true;
    if (!frequency.course) frequency.course = sig.frequency.course;
  } else if (sig.frequency.known()) {
    const auto bounds = frequency.course;
    frequency = sig.frequency;
    if (bounds) frequency.course = bounds;
    basis = "sig-text";
  } else if (frequency.unknown == "no-frequency" && !sig.frequency.unknown.empty()) {
    frequency.unknown = sig.frequency.unknown;
  }
  if (frequency.per_day &&
      !(*frequency.per_day <= kMostDosesPerDay && *frequency.per_day >= kFewestDosesPerDay)) {
    frequency.per_day.reset();
    frequency.unknown = "frequency-absurd";
  }
  if (frequency.known()) {
    reading.basis.emplace_back(basis);
    frequency.unknown = {};
  }
  reading.unknown = frequency.unknown;
  reading.doses_per_day = frequency.per_day;
  reading.course = frequency.course;
  reading.ambiguous = frequency.ambiguous;
  reading.first_phase_note = sig.later_phase;
  reading.schedule = frequency.one_time ? Schedule::one_time
                     : as_needed        ? Schedule::as_needed
                                        : Schedule::scheduled;
  take_amount(reading, read_amounts(dosage.doses), sig, path, issues);
  take_maximum(reading, dosage);
  take_others(reading, sig, basis != "sig-text");
  if (reading.ambiguous)
    warn(issues, "ambiguous-instructions", path, "",
         "the instructions allow two readings; the higher dose is used");
  return reading;
}

}  // namespace

std::string_view name_of(Schedule schedule) {
  switch (schedule) {
    case Schedule::scheduled:
      return "scheduled";
    case Schedule::as_needed:
      return "as-needed";
    case Schedule::one_time:
      return "one-time";
  }
  return "scheduled";
}

DoseReading read_dose(std::span<const Dosage> dosages, const json::ElementPath& at,
                      Issues& issues) {
  if (dosages.empty()) {
    DoseReading none;
    none.unknown = "no-dosage";
    return none;
  }
  // `at` is the order, or already its list of instructions.
  const bool at_list = at.name == "dosageInstruction" || at.name == "dosage";
  const auto place = [&](std::size_t i) {
    return at_list ? json::ElementPath{at.parent, at.name, static_cast<int>(i)}
                   : json::ElementPath{&at, "dosageInstruction", static_cast<int>(i)};
  };
  if (dosages.size() == 1) return read_one(dosages[0], place(0), issues);
  std::vector<DoseReading> readings;
  readings.reserve(dosages.size());
  for (std::size_t i = 0; i < dosages.size(); ++i)
    readings.push_back(read_one(dosages[i], place(i), issues));
  const bool said = std::any_of(readings.begin(), readings.end(),
                                [](const DoseReading& one) { return one.ambiguous; });
  DoseReading all = combine_doses(dosages, std::move(readings));
  if (all.ambiguous && !said)
    warn(issues, "ambiguous-instructions", at_list && at.parent ? *at.parent : at,
         "dosageInstruction",
         "the instructions are numbered, but the first one has no end: they are added");
  return all;
}

}  // namespace cofactor::fhir
