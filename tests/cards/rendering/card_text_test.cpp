// Proves: no value can act as markup or turn text around, cuts fall between graphemes, and numbers read as written.
#include "cards/rendering/card_text.hpp"

#include <gtest/gtest.h>

using namespace cofactor::cards;

TEST(CardText, MarkupInAValueIsInert) {
  EXPECT_EQ(escaped_markdown("<img src=x onerror=alert(1)>"), "&lt;img src=x onerror=alert(1)&gt;");
  EXPECT_EQ(escaped_markdown("[x](javascript:alert(1))"), "\\[x\\](javascript:alert(1))");
  EXPECT_EQ(escaped_markdown("a|b *c* _d_ `e` ~f~ #g"), "a\\|b \\*c\\* \\_d\\_ \\`e\\` \\~f\\~ \\#g");
  EXPECT_EQ(escaped_markdown("a & b"), "a &amp; b");
  EXPECT_EQ(escaped_markdown("back\\slash"), "back\\\\slash");
}

// A backslash is not enough: cmark-gfm and remark look for addresses in text whose escapes are gone.
TEST(CardText, NothingBecomesALinkByItself) {
  EXPECT_EQ(escaped_markdown("http://evil.example"), "http: //evil.example");
  EXPECT_EQ(escaped_markdown("WWW.evil.example www. x"), "WWW .evil.example www . x");
  EXPECT_EQ(escaped_markdown("a@b.example @c"), "a \\@b.example \\@c");
  EXPECT_EQ(escaped_markdown("file:///x :// http:"), "file: ///x : // http:");
  EXPECT_EQ(escaped_plain("a@b.example http://www.evil.example"), "a @b.example http: //www .evil.example");
  EXPECT_EQ(escaped_markdown("20 mg/mL, 1.5 mg: w.w. //"), "20 mg/mL, 1.5 mg: w.w. //");
}

TEST(CardText, AValueThatStartsALineOpensNoBlock) {
  EXPECT_EQ(escaped_markdown("- x"), "\\- x");
  EXPECT_EQ(escaped_markdown("+ x"), "\\+ x");
  EXPECT_EQ(escaped_markdown("1. x"), "1\\. x");
  EXPECT_EQ(escaped_markdown("1) x"), "1\\) x");
  EXPECT_EQ(escaped_markdown("50,000 (1) x"), "50,000 (1) x");
  EXPECT_EQ(escaped_markdown("1.7 mg/dL"), "1.7 mg/dL");
  EXPECT_EQ(escaped_markdown("2026-03-01"), "2026-03-01");
}

TEST(CardText, OneLineWithoutInvisibleCharacters) {
  EXPECT_EQ(one_line("a\r\n\tb\u2028c"), "a b c");
  EXPECT_EQ(one_line("  a  "), "a");
  EXPECT_EQ(one_line("cho\u202ele\u200b\ufeffcal"), "cholecal");
  EXPECT_EQ(one_line(std::string_view("a\0b\x07", 4)), "a b");
  EXPECT_EQ(one_line("\xff\xfe" "a"), "\uFFFD\uFFFDa");
  EXPECT_EQ(one_line("\xed\xa0\x80"), "\uFFFD\uFFFD\uFFFD") << "a surrogate is no character";
}

TEST(CardText, PlainTextHoldsNoTag) {
  EXPECT_EQ(escaped_plain("<b>x</b>"), "b x /b");
}

TEST(CardText, CountsCodePointsAndNotBytes) {
  EXPECT_EQ(count_code_points("aé€😀"), 4u);
  std::string text;
  for (int i = 0; i < 139; ++i) text += "€";
  EXPECT_EQ(cut_to(text, 139), text) << "139 fit";
  EXPECT_EQ(count_code_points(cut_to(text + "€", 139)), 139u) << "140 do not";
}

TEST(CardText, CutsBetweenGraphemes) {
  EXPECT_EQ(cut_to("abcdef", 4), "abc…");
  EXPECT_EQ(cut_to("abe\u0301def", 4), "ab…") << "no e without its accent";
  EXPECT_EQ(cut_to("ab def", 4), "ab…") << "no space before the dots";
  const std::string family = "\U0001F468\u200D\U0001F469";
  EXPECT_EQ(cut_to("a" + family + "bcd", 4), "a…") << "joined emoji stay whole";
}

TEST(CardText, FillsEscapedAndLeavesUnknownPlaceholdersToBeSeen) {
  const WordList words{{"drug", "<x>"}, {"n", "7"}};
  EXPECT_EQ(fill("{n} of {drug}.", words, TextKind::markdown), "7 of &lt;x&gt;.");
  EXPECT_EQ(fill("{n} of {drug}.", words, TextKind::plain), "7 of x.");
  EXPECT_EQ(fill("{other}", words, TextKind::plain), "{other}");
  EXPECT_EQ(fill("{", words, TextKind::plain), "{");
  EXPECT_EQ(fill("{drug}", {{"drug", "{n}"}, {"n", "7"}}, TextKind::plain), "{n}") << "a value is not a template";
}

TEST(CardText, Numbers) {
  EXPECT_EQ(with_separators(7142.857142857143), "7,143");
  EXPECT_EQ(with_separators(999), "999");
  EXPECT_EQ(with_separators(1000), "1,000");
  EXPECT_EQ(with_separators(1234567.4), "1,234,567");
  EXPECT_EQ(with_separators(1642.5), "1,643");
  EXPECT_EQ(with_decimals(0.7, 2), "0.70");
  EXPECT_EQ(with_decimals(0.699375, 2), "0.70");
}
