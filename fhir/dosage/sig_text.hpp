// Promises: free-text directions ("Take 1 capsule (50,000 units) by mouth every 7 days for 8
// weeks") read by a small grammar of our own, in English and in the commonest Spanish, French and
// German forms. What it cannot place is a reason code, never a number: negations and "as directed"
// give no frequency; where two readings fit, the higher dose is taken and `ambiguous` is set. A few
// microseconds, no allocation but for what the phases after the first one say. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fhir/dosage/frequency.hpp"

namespace cofactor::fhir {

/// A dose of a phase that does not decide: "300,000 units once, then ..."; "..., then 2 capsules a month".
struct SigOtherDose {
  double amount = 0;  ///< the largest of one time
  AmountUnit unit = AmountUnit::dose_unit;
  std::optional<double> per_day;  ///< absent: one single dose
  std::optional<double> stated_iu, stated_micrograms;
  bool stated_per_unit = false;
};

struct SigReading {
  Frequency frequency;                   ///< of the phase that decides
  std::optional<double> amount;          ///< per dose, averaged where doses of a day differ
  std::optional<double> largest_amount;  ///< of one dose
  AmountUnit unit = AmountUnit::dose_unit;
  std::string_view amount_unknown;  ///< reason code where a figure stands that cannot be read
  std::optional<double>
      stated_iu;  ///< the dose repeated in brackets; per unit where it says "total"
  std::optional<double> stated_micrograms;
  bool stated_per_unit = false;  ///< it says that it is the strength of one unit
  std::optional<double> negated_per_day;  ///< "do NOT take daily": 1
  std::string later_phase;                ///< "then once a month"; empty when there is one phase
  std::vector<SigOtherDose> others;       ///< what stands before and after the phase that decides
  bool as_directed = false;
};

SigReading read_sig(std::string_view text);

/// Only how often: for the words of Timing.code.
Frequency read_sig_frequency(std::string_view text);

}  // namespace cofactor::fhir
