// Promises: every text of directions.txt and products.txt is read as the line below it says. The
// tables are meant to be read by a clinician: a new wording that goes wrong in the field becomes
// two lines there.
#include <gtest/gtest.h>

#include "reading_words.hpp"

namespace cofactor::fhir {
namespace {

TEST(Directions, AreReadAsTheTableSays) {
  const auto rows = read_table("tests/fhir/dosage/directions.txt");
  ASSERT_GE(rows.size(), 200u);
  for (const auto& [text, expected] : rows) EXPECT_EQ(words_of(read_sig(text)), expected) << text;
}

TEST(Products, AreReadAsTheTableSays) {
  const auto rows = read_table("tests/fhir/dosage/products.txt");
  ASSERT_GE(rows.size(), 100u);
  for (const auto& [text, expected] : rows)
    EXPECT_EQ(words_of(read_product_text(text)), expected) << text;
}

TEST(Products, SayWhoseAStrengthIs) {
  const ProductText two =
      read_product_text("alendronic acid 70 MG / cholecalciferol 2800 UNT Oral Tablet");
  ASSERT_EQ(two.strengths.size(), 2u);
  EXPECT_EQ(two.strengths[0].preceding_words, "alendronic acid");
  EXPECT_EQ(two.strengths[1].preceding_words, "cholecalciferol");
  const ProductText positional = read_product_text("Fosamax Plus D 70 mg-5,600 unit tablet");
  ASSERT_EQ(positional.strengths.size(), 2u);
  EXPECT_EQ(positional.strengths[1].preceding_words, "");
  const ProductText behind = read_product_text("500 mg calcium / 200 IU vitamin D tablet");
  ASSERT_EQ(behind.strengths.size(), 2u);
  EXPECT_EQ(behind.strengths[0].following_words, "calcium");
  EXPECT_EQ(behind.strengths[1].following_words, "vitamin D tablet");
}

TEST(Directions, TextWithoutEndIsRefusedNotHalfRead) {
  std::string text = "Take 1 capsule weekly. ";
  while (text.size() < 3000) text += "Store in a dry place. ";
  EXPECT_EQ(read_sig(text).frequency.unknown, "text-too-long");
  std::string marks = "Take 1 capsule weekly";
  marks.append(400, '!');
  EXPECT_EQ(read_sig(marks).frequency.unknown, "text-too-long");
  EXPECT_EQ(read_product_text(text).unreadable, "text-too-long");
}

TEST(Directions, NegationNeverLeavesANumber) {
  for (const char* text : {"Do not take daily", "do NOT take weekly", "never take twice daily",
                           "not daily", "don't take every day", "Not to be taken daily",
                           "no tomar cada día", "nicht täglich einnehmen", "instead of daily",
                           "rather than weekly", "avoid taking daily", "stop daily dose"}) {
    const SigReading sig = read_sig(text);
    EXPECT_FALSE(sig.frequency.known()) << text;
    EXPECT_EQ(sig.frequency.unknown, "negated") << text;
  }
}

TEST(Directions, FiguresThatAreNoDose) {
  for (const char* text :
       {"Take 1 tablet 30 minutes before breakfast", "Take 1 tablet with 8 oz of water daily",
        "Take 1 tablet daily. Dispense 90", "Take 1 tablet daily, refills 3",
        "Vitamin D3 take 1 tablet daily", "Take 1 tablet at 8 am", "Take 1 tablet daily #30",
        "Take 1 tablet daily for 30 days", "Take 1 tablet on day 1 and daily from then"}) {
    const SigReading sig = read_sig(text);
    ASSERT_TRUE(sig.amount) << text;
    EXPECT_EQ(*sig.amount, 1) << text;
    EXPECT_EQ(sig.unit, AmountUnit::dose_unit) << text;
  }
}

}  // namespace
}  // namespace cofactor::fhir
