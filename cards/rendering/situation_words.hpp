// Promises: the situation as placeholder values for the sentences of the knowledge, unescaped: numbers with
// their unit's usual precision, dates as YYYY-MM-DD, drug lists as a person writes them. Pure.
#pragma once
#include "cards/facts/situation.hpp"
#include "cards/rendering/card_text.hpp"

namespace cofactor::cards {

Words words_of(const Situation& situation);

/// A reason or strength code as words: the sentence "reason-<code>" if the knowledge has one, else the code
/// with spaces.
std::string code_in_words(const Knowledge& knowledge, std::string_view prefix, std::string_view code);

}  // namespace cofactor::cards
