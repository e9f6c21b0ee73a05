// Promises: the situation as placeholder values for the sentences of the knowledge, unescaped: numbers with
// their unit's usual precision, dates as YYYY-MM-DD, drug lists as a person writes them. Pure.
#pragma once
#include "cards/facts/situation.hpp"
#include "cards/rendering/card_text.hpp"

namespace cofactor::cards {

Words words_of(const Situation& situation);

/// The name of an order, or of its ingredient of one class, on one line and cut to fit a sentence.
std::string order_in_words(const OrderFact& order, const Knowledge& knowledge, std::optional<DrugClass> c = std::nullopt);
/// "a, b and c".
std::string joined(const std::vector<std::string>& items, const Knowledge& knowledge);

/// A reason or strength code as words: the sentence "reason-<code>" if the knowledge has one, else the code
/// with spaces.
std::string code_in_words(const Knowledge& knowledge, std::string_view prefix, std::string_view code);

}  // namespace cofactor::cards
