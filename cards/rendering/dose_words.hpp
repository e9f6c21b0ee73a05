// Promises: placeholder values about doses that are wrong in themselves: suspect and bolus orders, the patient's age and its
// upper level, magnesium products and what speaks against them, vitamin K2 and its antagonist. Unescaped. Pure.
#pragma once
#include "cards/facts/situation.hpp"
#include "cards/rendering/card_text.hpp"

namespace cofactor::cards {

/// Added to the words of the situation; values of the kidney and of magnesium are taken from there.
void add_dose_words(const Situation& situation, WordList& words);

}  // namespace cofactor::cards
