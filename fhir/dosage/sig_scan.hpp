// Promises: directions taken apart into phases ("then ...") and parts (an amount with its own when
// and how often), before anything is decided. The grammar is a list of small matchers, tried at
// each token in turn; a token that none of them wants is skipped. Fixed size: what does not fit is
// `too_complex`. Internal to fhir/dosage. Pure.
#pragma once
#include <array>
#include <optional>
#include <string_view>

#include "fhir/dosage/daily_dose.hpp"
#include "fhir/dosage/sig_words.hpp"
#include "fhir/dosage/text_tokens.hpp"

namespace cofactor::fhir {

struct SigPart {
  std::optional<double> amount;
  AmountUnit unit = AmountUnit::dose_unit;
  bool bare = false;     ///< a figure without a unit: "1 daily"
  bool several = false;  ///< a scheme like 2-0-1: `largest` of its doses is more than the average
  double largest = 0;
  std::string_view amount_unknown;
  std::optional<double> stated_iu, stated_micrograms;
  bool stated_per_unit = false;  ///< "(50,000 units total)", "50,000 unit capsule": no doubt of which

  bool before_verb = false;  ///< "5,000 units: take 2 tablets": the amount may name the product

  std::optional<double> rate;  ///< per day, as written
  std::optional<double> share;  ///< "5 days a week": of all days
  bool od = false;             ///< "OD" behind drops: daily, or the right eye
  bool vague = false;          ///< how often stands here and cannot be read
  bool doubtful = false;       ///< two readings; the more frequent is in `rate`
  double times = 0;            ///< "twice" without a period
  unsigned weekdays = 0, except = 0;
  unsigned slots = 0;  ///< parts of the day, each counted once
  int slot_count = 0;
  bool meals = false;
  bool once = false, now = false;

  bool says_when() const {
    return rate || share || vague || od || weekdays != 0 || except != 0 || slot_count > 0 || meals || once || now ||
           times > 0;
  }
};

struct SigPhase {
  std::array<SigPart, 6> parts;
  std::size_t count = 1;
  std::optional<double> days;  ///< length of the course
  std::optional<int> doses;
  std::optional<double> repeat_after;  ///< "repeat in 3 months": days
  bool as_needed = false;
  bool follows = false;  ///< "then" introduced it
  bool as_directed = false;
};

struct SigScan {
  std::array<SigPhase, 4> phases;
  std::size_t count = 1;
  bool as_needed = false;
  bool as_directed = false, or_as_directed = false;
  bool negated = false;                ///< something is forbidden
  std::optional<double> negated_rate;  ///< how often it is not to be taken
  std::optional<double> limit_amount, limit_rate;
  AmountUnit limit_unit = AmountUnit::dose_unit;  ///< of limit_amount
  bool too_long = false, too_complex = false;
};

SigScan scan_sig(std::string_view text);

}  // namespace cofactor::fhir
