// Promises: from the dosage instructions of one order, and the strength of its product, to doses per day and
// amount per dose, each with its basis; or a named reason why not. Never guesses, never divides by zero.
// A number that text and structure contradict each other on is an Issue; ambiguous text takes the higher
// dose and says so; a negation or "as directed" is unknown. Pure; thread-safe.
//
// Doses per day are a long-run average: weekly = 1/7, monthly = 1/30.44 (365.25/12), yearly = 1/365.25.
// Ranges take the highest dose (highest frequency, shortest period). Two-phase sigs: the first phase decides,
// unless it is a single loading dose before a repeating one. What does not decide is kept in `others`.
//
// Reason codes of DoseReading::unknown (frequency: doses_per_day is absent; amount: amount is absent):
//   no-dosage, no-frequency, no-period, period-zero, period-unit-unknown, frequency-zero, frequency-absurd,
//   event-unreadable, timing-code-unknown, continuous, as-directed, negated, vague-frequency, several-doses,
//   text-too-long;
//   no-amount, amount-zero, amount-absurd, amount-comparator, unit-unknown, unit-ambiguous, units-differ, rate-only.
// Of VitaminDDose::unknown, besides these: strength-unknown, strength-per-volume-unknown,
//   strength-per-drop-unknown, strength-per-gram-unknown, mass-of-combination, amount-absurd, unit-ambiguous.
// Issue codes: text-contradicts-structure, code-contradicts-repeat, ambiguous-instructions, timing-invalid,
//   text-contradicts-strength.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fhir/dates/partial_date.hpp"
#include "fhir/dosage/dosage.hpp"
#include "fhir/issue.hpp"

namespace cofactor::fhir {

enum class Schedule { scheduled, as_needed, one_time };
std::string_view name_of(Schedule schedule);  ///< "scheduled", "as-needed", "one-time"

/// What one dose is counted in before a product strength is applied.
enum class AmountUnit {
  dose_unit,      ///< tablets, capsules, sachets, ampoules, sprays: value counts units of the product
  drop,
  millilitre,
  iu,             ///< international units of activity
  microgram,
  gram_of_product ///< powders, creams
};

/// A course that ends. `days` when its length is known; `end` when its last day is.
struct Course {
  std::optional<int> days;
  std::optional<Day> start, end;
  std::optional<int> doses;
};

/// When and how much, as far as the instructions alone tell.
struct DoseReading {
  std::optional<double> doses_per_day;          ///< absent for one-time and for unknown
  std::optional<double> amount;                 ///< per dose, in `unit`, averaged when doses differ; absent when not stated
  std::optional<double> largest_amount;         ///< of one dose, where doses differ ("2 in the morning, 1 at night")
  AmountUnit unit = AmountUnit::dose_unit;
  Schedule schedule = Schedule::scheduled;
  std::optional<Course> course;
  std::string unknown;                          ///< reason code when frequency or amount cannot be told; else empty
  std::vector<std::string> basis;               ///< "timing.repeat", "timing.code", "sig-text", "dose-quantity", "assumed-one-unit"
  std::string first_phase_note;                 ///< says what follows when the sig has two phases; else empty
  bool ambiguous = false;                       ///< text allowed two readings; the higher was taken
  std::optional<double> stated_iu;              ///< the text repeats the dose in IU beside the amount: "1 capsule (50,000 units)"
  std::optional<double> stated_micrograms;      ///< the same in mass: "1 tablet (125 mcg)"
  bool stated_per_unit = false;                 ///< the two above are certainly of one unit: "2 capsules (100,000 units total)"
  std::vector<DoseReading> others;              ///< doses that the figures above do not hold: a loading dose, a single dose beside, a later phase
};

/// What one unit of the product holds (microgram strengths of vitamin D are converted by the caller's factor).
struct ProductStrength {
  double amount = 0;
  enum class In { iu, microgram } in = In::iu;
  enum class Per { dose_unit, millilitre, drop, gram } per = Per::dose_unit;
  bool combination = false;  ///< other ingredients too: a dose in mass is then not the vitamin D's
  std::string basis;  ///< "product-strength", "display-strength", "medication-ingredient", "formulary"
};

/// The instructions of one order (all `dosages` belong to it; concurrent ones are added, sequential ones
/// take the first). `today` decides nothing but relative bounds. Paths in issues start with `at`.
DoseReading read_dose(std::span<const Dosage> dosages, const json::ElementPath& at, Issues& issues);

/// IU in one dose and per day. Both absent with a reason in `unknown` when they cannot be told.
struct VitaminDDose {
  std::optional<double> iu_per_dose;
  std::optional<double> iu_per_day;     ///< absent for one-time doses
  std::string unknown;                  ///< reason code, empty when known
  std::vector<std::string> basis;
};
/// `iu_per_microgram` comes from the knowledge (40 for D2 and D3). A dose given in IU or mass is taken as it
/// is and does not need a strength; a dose that already repeats the strength is not multiplied. `combination`
/// says that the product holds other ingredients, also where no strength is known.
VitaminDDose vitamin_d_dose(const DoseReading& dose, const std::optional<ProductStrength>& strength,
                            double iu_per_microgram, const json::ElementPath& at, Issues& issues,
                            bool combination = false);

}  // namespace cofactor::fhir
