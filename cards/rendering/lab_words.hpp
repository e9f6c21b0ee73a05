// Promises: laboratory results as a person reads them: as reported, and beside that in the unit the rules compare in;
// and the placeholder values of the rules on calcium and 25(OH)D, filled only where there is something to say. Pure.
#pragma once
#include <string>

#include "cards/facts/situation.hpp"
#include "cards/rendering/card_text.hpp"

namespace cofactor::cards {

/// "below 0.4 mmol/L": comparator, value and unit as reported.
std::string reported_value(const LabFact& lab, const Knowledge& knowledge);

/// Adds to the words of the situation, whose total of vitamin D they repeat.
void say_laboratory(const Situation& situation, WordList& words);

}  // namespace cofactor::cards
