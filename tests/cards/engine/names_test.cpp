// Proves: every name reads back to the value it came from.
#include <gtest/gtest.h>

#include "cards/engine/knowledge.hpp"

using namespace cofactor::cards;

TEST(Names, DrugClassesRoundTrip) {
  for (int i = 0; i <= static_cast<int>(DrugClass::recognised_other); ++i) {
    const auto c = static_cast<DrugClass>(i);
    EXPECT_EQ(drug_class_named(name_of(c)), c) << name_of(c);
  }
  EXPECT_EQ(drug_class_named("ppis"), std::nullopt);
}
