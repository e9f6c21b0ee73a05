// Proves: answers are told apart by cards, then by words, then by what is only recorded; counts add up.
#include "cds-service/report/answer_changes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace cofactor::service::report;
using cofactor::cards::Card;
using cofactor::cards::Evaluation;
using cofactor::cards::Indicator;
using testing::HasSubstr;

namespace {
Evaluation answer(std::string rule, Indicator indicator, std::string summary = "s") {
  Evaluation evaluation;
  if (!rule.empty()) {
    Card card;
    card.rule = std::move(rule);
    card.indicator = indicator;
    card.summary = std::move(summary);
    evaluation.cards.push_back(std::move(card));
  }
  return evaluation;
}
}  // namespace

TEST(AnswerChanges, CountsEachKindAndListsById) {
  const Evaluation none = answer("", Indicator::info), a = answer("rule-a", Indicator::warning), b = answer("rule-b", Indicator::info);
  Evaluation undetermined;
  undetermined.outcomes.push_back({"rule-a", cofactor::cards::OutcomeKind::undetermined, std::nullopt, "why", {}});
  AnswerChanges changes;
  changes.add("one", a, b);
  changes.add("two", a, b);
  changes.add("three", a, none);
  changes.add("four", a, answer("rule-a", Indicator::warning, "other words"));
  changes.add("five", none, undetermined);
  changes.add("six", b, b);
  EXPECT_EQ(changes.compared(), 6u);
  EXPECT_EQ(changes.text(),
            "6 answers compared: 3 with other cards, 1 with the same cards in other words, 1 different only in what is recorded, 1 the same\n"
            "\nOther cards, most frequent first\n"
            "  2 x rule-a (warning) -> rule-b (info)\n"
            "  1 x rule-a (warning) -> no card\n"
            "\nEach of them\n"
            "  one: rule-a (warning) -> rule-b (info)\n"
            "  two: rule-a (warning) -> rule-b (info)\n"
            "  three: rule-a (warning) -> no card\n"
            "\nThe same cards in other words\n"
            "  four: rule-a (warning)\n");
}

TEST(AnswerChanges, AnotherIndicatorIsAnotherCard) {
  AnswerChanges changes;
  changes.add("one", answer("rule-a", Indicator::info), answer("rule-a", Indicator::critical));
  EXPECT_THAT(changes.text(), HasSubstr("one: rule-a (info) -> rule-a (critical)\n"));
}
