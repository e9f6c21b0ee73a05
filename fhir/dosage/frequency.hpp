// Promises: what any one source (Timing.repeat, Timing.code, sig text) says about how often: the
// common result of the readers in this folder. Internal to fhir/dosage. `unknown` holds a reason
// code where nothing is told.
#pragma once
#include <optional>
#include <string_view>

#include "fhir/dosage/daily_dose.hpp"

namespace cofactor::fhir {

inline constexpr double kDaysPerMonth = 365.25 / 12;
inline constexpr double kDaysPerYear = 365.25;
inline constexpr double kDaysPerLunarCycle = 29.5;

struct Frequency {
  std::optional<double> per_day;
  bool one_time = false;
  bool as_needed = false;
  bool ambiguous = false;  ///< two readings were possible; the more frequent was taken
  std::optional<Course> course;
  std::string_view unknown;  ///< reason code; empty when per_day or one_time is told

  bool known() const { return per_day.has_value() || one_time; }
};

/// Timing.repeat and Timing.event. "no-frequency" when neither says how often.
Frequency read_timing_repeat(const Timing& timing);

/// One code or its words: GTS abbreviations, HL7 v2 TQ codes, local frequency codes ("Q7DAYS",
/// "MO,WE,FR"). `system` decides what cannot be told from the code alone: `Q1M` is minutes in HL7
/// v2.
Frequency read_frequency_code(std::string_view code, std::string_view system);

/// Timing.code with its codings, displays and text; words that are no code are read as sig text.
Frequency read_timing_code(const CodeableConcept& code);

/// Which of two readings of the same thing asks for more: the safe choice where both are possible.
const Frequency& more_frequent(const Frequency& a, const Frequency& b);
bool same_frequency(const Frequency& a, const Frequency& b);

}  // namespace cofactor::fhir
