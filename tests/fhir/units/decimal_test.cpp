// Proves: a decimal keeps its text, and what no double can hold is no value.
#include "fhir/units/decimal.hpp"

#include <gtest/gtest.h>

using cofactor::fhir::Decimal;

TEST(Decimal, KeepsItsText) {
  for (const auto& [text, value] : {std::pair{"1.50", 1.5},
                                    {"0", 0.0},
                                    {"-0", 0.0},
                                    {"5E4", 50000.0},
                                    {"0050", 50.0},
                                    {"1.25e-1", 0.125},
                                    {"123456789012345678", 123456789012345678.0}}) {
    const auto decimal = Decimal::read(text);
    ASSERT_TRUE(decimal) << text;
    EXPECT_EQ(decimal->text, text);
    EXPECT_EQ(decimal->value, value);
  }
}

TEST(Decimal, RefusesWhatIsNoNumber) {
  for (const char* text : {"", " 1", "1 ", "+1", "1,000", ".5", "1.", "1e", "1e+", "0x10", "inf",
                           "nan", "-", "--1", "1.2.3", "<5"})
    EXPECT_FALSE(Decimal::read(text)) << text;
}

TEST(Decimal, NeverTurnsIntoASilentInfinityOrZero) {
  EXPECT_FALSE(Decimal::read("1e400"));
  EXPECT_FALSE(Decimal::read("-1e400"));
  EXPECT_FALSE(Decimal::read("1e-400"));
  EXPECT_FALSE(Decimal::read(std::string(200, '9')));
}
