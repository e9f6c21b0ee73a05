// Proves: at most two cards, the rest as lines; a card that swallows another keeps the highest indicator; critical first.
#include "cards/engine/merge.hpp"

#include <gtest/gtest.h>

using namespace cofactor::cards;

namespace {

struct Case {
  std::vector<RulePolicy> policies;
  std::vector<RuleOutcome> outcomes;
  std::vector<Candidate> fired;

  Case() { policies.reserve(8); }
  void add(const char* rule, int rank, Indicator indicator, std::vector<std::string> swallows = {}) {
    RulePolicy policy;
    policy.rule = rule;
    policy.rank = rank;
    policy.swallows = std::move(swallows);
    policies.push_back(policy);
    outcomes.push_back({rule, OutcomeKind::fired, indicator, "", ""});
    Fired answer{indicator};
    answer.line = "line";
    fired.push_back(Candidate{policies.back().rule, &policies.back(), answer, indicator});
  }
};

}  // namespace

TEST(Merge, TheSwallowingCardKeepsTheHighestIndicator) {
  Case c;
  c.add("a", 1, Indicator::info, {"b"});
  c.add("b", 2, Indicator::warning);
  const auto cards = merge(c.fired, c.outcomes);
  ASSERT_EQ(cards.size(), 1u);
  EXPECT_EQ(cards[0].rule, "a");
  EXPECT_EQ(cards[0].indicator, Indicator::warning);
  EXPECT_EQ(c.outcomes[0].kind, OutcomeKind::fired);
  EXPECT_EQ(c.outcomes[0].indicator, Indicator::info);
  EXPECT_EQ(c.outcomes[1].kind, OutcomeKind::merged);
  EXPECT_EQ(c.outcomes[1].merged_into, "a");
}

TEST(Merge, TwoCardsAtMostAndTheRestAreLinesOfTheFirst) {
  Case c;
  c.add("a", 1, Indicator::info);
  c.add("b", 2, Indicator::info);
  c.add("c", 3, Indicator::info);
  c.add("d", 4, Indicator::warning);
  const auto cards = merge(c.fired, c.outcomes);
  ASSERT_EQ(cards.size(), 2u);
  EXPECT_EQ(cards[0].rule, "a");
  EXPECT_EQ(cards[0].lines.size(), 2u);
  EXPECT_EQ(cards[0].indicator, Indicator::warning);
  EXPECT_EQ(cards[1].rule, "b");
  EXPECT_EQ(c.outcomes[3].merged_into, "a");
}

TEST(Merge, CriticalComesFirst) {
  Case c;
  c.add("a", 1, Indicator::warning);
  c.add("b", 2, Indicator::critical);
  c.add("c", 3, Indicator::warning);
  const auto cards = merge(c.fired, c.outcomes);
  ASSERT_EQ(cards.size(), 2u);
  EXPECT_EQ(cards[0].rule, "b");
  EXPECT_EQ(cards[1].rule, "a");
  EXPECT_EQ(c.outcomes[2].merged_into, "b");
}

TEST(Merge, WhatWasSwallowedMovesAlong) {
  Case c;
  c.add("a", 1, Indicator::info);
  c.add("b", 2, Indicator::info);
  c.add("c", 3, Indicator::info, {"d"});
  c.add("d", 4, Indicator::info);
  const auto cards = merge(c.fired, c.outcomes);
  ASSERT_EQ(cards.size(), 2u);
  ASSERT_EQ(cards[0].lines.size(), 2u);
  EXPECT_EQ(cards[0].lines[1].rule, "d");
  EXPECT_EQ(c.outcomes[3].merged_into, "a");
}
