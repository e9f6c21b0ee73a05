// Proves: words of drug names as order entry writes them, and the longest name winning.
#include "cards/engine/name_index.hpp"

#include <gtest/gtest.h>

using namespace cofactor::cards;

namespace {
std::string words(std::string_view text) {
  const TextWords w(text);
  return w.count() == 0 ? "" : std::string(w.span(0, w.count()));
}
}  // namespace

TEST(TextWords, SplitAndJoin) {
  EXPECT_EQ(words("VIT D2 1.25 MG (50,000 UNIT)"), "vit d2 1.25 mg 50000 unit");
  EXPECT_EQ(words("Vitamin D-3 2000"), "vitamin d3 2000");
  EXPECT_EQ(words("VITAMIN D-3,000"), "vitamin d 3000");
  EXPECT_EQ(words("VITAMIN D 2,000 UNIT"), "vitamin d 2000 unit");
  EXPECT_EQ(words("1,25-dihydroxy"), "1 25 dihydroxy");
  EXPECT_EQ(words("10,000-400"), "10000 400");
  EXPECT_EQ(words("CHOLECALCIF 25MCG (D3"), "cholecalcif 25mcg d3");
  EXPECT_EQ(words(" .. "), "");
  EXPECT_EQ(words("MK-7 D."), "mk 7 d");
}

TEST(TextWords, LongTextIsCutNotOverrun) {
  const std::string many(5000, 'a');
  EXPECT_LE(words(many).size(), 512u);
  std::string separate;
  for (int i = 0; i < 500; ++i) separate += "a ";
  EXPECT_EQ(TextWords(separate).count(), 72u);
}

TEST(NameIndex, LongestNameWins) {
  NameIndex index;
  EXPECT_TRUE(index.add("magnesium", 0));
  EXPECT_TRUE(index.add("esomeprazole magnesium", 1));
  EXPECT_TRUE(index.add("esomeprazole", 2));
  EXPECT_FALSE(index.add("Esomeprazole-Magnesium", 3));
  EXPECT_FALSE(index.add("--", 3));
  NameIndex::Hit hit;
  const TextWords text("ESOMEPRAZOLE MAGNESIUM DIHYDRATE");
  ASSERT_TRUE(index.find(text, 0, hit));
  EXPECT_EQ(hit.value, 1u);
  EXPECT_EQ(hit.words, 2u);
  EXPECT_FALSE(index.find(text, 2, hit));
  EXPECT_FALSE(index.find(TextWords("magnesiums"), 0, hit));
}
