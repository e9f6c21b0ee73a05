// Proves: the small numbers of a.1 that no card shows: comparison against noise, rounding, links, sources.
#include "cards/facts/situation.hpp"

#include <gtest/gtest.h>

using namespace cofactor;
using namespace cofactor::cards;

TEST(Situation, ComparisonToleratesTheNoiseOfSumsAndNothingElse) {
  EXPECT_FALSE(above(4000, 4000));
  EXPECT_FALSE(above(4000.0000000000005, 4000));
  EXPECT_TRUE(above(4000.001, 4000));
  EXPECT_FALSE(below(0.75, 0.75));
  EXPECT_TRUE(below(0.7499, 0.75));
}

TEST(Situation, MagnesiumRoundsToTwoDecimals) {
  EXPECT_EQ(rounded_to_hundredths(1.82 * 0.4114), 0.75);
  EXPECT_EQ(rounded_to_hundredths(1.81 * 0.4114), 0.74);
  EXPECT_EQ(rounded_to_hundredths(0.745), 0.75);
  EXPECT_EQ(rounded_to_hundredths(0.7449), 0.74);
}

TEST(Situation, ASourceThatIsNotListedWasNotSupplied) {
  Facts facts;
  EXPECT_EQ(why_incomplete(facts, "magnesium"), "not-supplied");
  facts.sources = {{"magnesium", "none-found", ""}, {"medications", "incomplete", "next-link"}, {"conditions", "error", ""}};
  EXPECT_EQ(why_incomplete(facts, "magnesium"), "");
  EXPECT_EQ(why_incomplete(facts, "medications"), "next-link");
  EXPECT_EQ(why_incomplete(facts, "conditions"), "error");
}

TEST(Situation, LinksAreFollowedAndCyclesEnd) {
  Facts facts;
  for (const char* id : {"a", "b", "c", "x"}) {
    OrderFact order;
    order.reference = std::string("MedicationRequest/") + id;
    order.role = OrderRole::active;
    facts.orders.push_back(order);
  }
  facts.orders[0].replaces = {"MedicationRequest/b"};
  facts.orders[1].replaces = {"MedicationRequest/c", "MedicationRequest/x"};
  facts.orders[2].replaces = {"MedicationRequest/a"};
  facts.orders[3].left_out = "other-patient";
  const auto linked = linked_orders(facts, facts.orders[0]);
  ASSERT_EQ(linked.size(), 2u);
  EXPECT_EQ(linked[0]->reference, "MedicationRequest/b");
  EXPECT_EQ(linked[1]->reference, "MedicationRequest/c");
}
