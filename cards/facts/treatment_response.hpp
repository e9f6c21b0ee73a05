// Promises: how 25(OH)D answered the vitamin D taken so far, asked only where the dose is being raised. Private to cards:
// part of the Situation.
#pragma once
#include <optional>
#include <string_view>

#include "cards/facts/facts.hpp"

namespace cofactor::cards {

struct TreatmentResponse {
  enum class State {
    not_raised,       ///< no vitamin D is drafted, none was taken so far, or the total does not rise
    dose_unknown,     ///< whether it rises cannot be told
    start_unknown,
    no_pair,          ///< not one result before or early in treatment and one late enough
    not_comparable,   ///< comparators, or a 25(OH)D3 test with vitamin D2, leave the rise open
    sufficient,       ///< the last result is not low
    responded,
    none              ///< low, and hardly risen
  };
  State state = State::not_raised;
  double before_iu_per_day = 0;          ///< in total, before this basket
  std::optional<fhir::Day> since;        ///< earliest linked start of the largest order so far
  const LabFact* baseline = nullptr;
  const LabFact* last = nullptr;
};

struct Situation;
/// Reads the total of vitamin D and the 25(OH)D results of the situation.
TreatmentResponse judge_response(const Situation& situation);
/// Since when more than the adult upper level has been taken, as far as the orders tell; no draft counts.
std::optional<fhir::Day> high_dose_start(const Situation& situation);

}  // namespace cofactor::cards
