// Promises: the situation as placeholder values for the sentences of the knowledge, unescaped: numbers with
// their unit's usual precision, dates as YYYY-MM-DD, drug lists as a person writes them. Pure.
#pragma once
#include <optional>

#include "cards/facts/situation.hpp"
#include "cards/rendering/card_text.hpp"

namespace cofactor::cards {

/// Values are made in groups, when a sentence first asks for one of a group: most sentences are about little of what is
/// known. Which values there are does not depend on what was asked before. Used by one thread, for one answer.
class SituationWords final : public WordSource {
 public:
  explicit SituationWords(const Situation& situation) : situation_(situation) {}
  const std::string* find(std::string_view name) override;

 private:
  enum class Group { vitamin_d, drugs, magnesium, kidney, missing, context, laboratory, doses };
  static std::optional<Group> group_of(std::string_view name);
  void say(Group group);

  const Situation& situation_;
  WordList said_;
  unsigned groups_said_ = 0;  ///< one bit a Group
};

/// The name of an order, or of its ingredient of one class, on one line and cut to fit a sentence.
std::string order_in_words(const OrderFact& order, const Knowledge& knowledge, std::optional<DrugClass> c = std::nullopt);
/// "a, b and c".
std::string joined(const std::vector<std::string>& items, const Knowledge& knowledge);

/// A reason or strength code as words: the sentence "reason-<code>" if the knowledge has one, else the code
/// with spaces.
std::string code_in_words(const Knowledge& knowledge, std::string_view prefix, std::string_view code);

}  // namespace cofactor::cards
