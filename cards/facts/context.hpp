// Promises: what else on record bears on high-dose vitamin D without deciding anything: a symptom that began soon after
// its start, diagnoses in which calcium matters, who is low in magnesium more often, a 25(OH)D in the contested band.
// Asked only where a card is made. Pointers lead into the Facts. Pure.
#pragma once
#include <string_view>
#include <vector>

#include "cards/facts/facts.hpp"

namespace cofactor::cards {

struct Situation;

struct Context {
  const ConditionFact* symptom = nullptr;   ///< the newest that began inside the window after the start
  int symptom_days = 0;                     ///< after that start
  std::vector<std::string_view> calcium;    ///< condition groups, above the adult upper level only
  std::vector<std::string_view> magnesium;  ///< condition groups; "age" when surely old enough
  bool low_magnesium_recorded = false;
  bool contested_level = false;             ///< the newest 25(OH)D lies in the band of Dai 2018
};

Context find_context(const Situation& situation);

}  // namespace cofactor::cards
