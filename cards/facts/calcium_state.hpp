// Promises: what is known about calcium before any rule: the result that decides, corrected for albumin of the same
// day, and the diagnoses in which vitamin D raises calcium. Private to cards: part of the Situation.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cards/engine/knowledge.hpp"
#include "cards/facts/facts.hpp"

namespace cofactor::cards {

/// One calcium result as it is compared. Ionized calcium is judged by the laboratory's range alone.
struct CalciumReading {
  const LabFact* lab = nullptr;
  const LabFact* albumin = nullptr;  ///< of the same day and below normal: the value is corrected with it
  double mg_per_dl = 0;              ///< after correction, rounded to two decimals
  bool high = false;
  bool critical = false;
};

struct Calcium {
  const LabFact* newest = nullptr;        ///< newest final result inside the look-back, readable or not
  std::optional<CalciumReading> decides;  ///< newest that can be judged; of one day's results a high one
  std::vector<const ConditionFact*> conditions;  ///< in which vitamin D raises calcium
  bool granulomatous = false;
  std::string unavailable;                ///< why results could not be obtained; empty when they could, or one decides

  bool high() const { return decides && decides->high; }
};

Calcium judge_calcium(const Facts& facts, const Knowledge& knowledge);

/// Whether a thiazide beside vitamin D asks for a calcium result.
struct ThiazideCalcium {
  std::string_view risk;    ///< why the dose is enough: "dose", "calcium", "kidney", "age"; empty: no thiazide, or it is not
  bool assessed = false;    ///< a result lies inside the rule's own look-back
  std::string unavailable;  ///< it asks, and results could not be obtained: why
};

struct Situation;
/// Reads the other parts of the situation, so it comes last.
ThiazideCalcium judge_thiazide_calcium(const Situation& situation);

}  // namespace cofactor::cards
