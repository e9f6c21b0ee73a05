// Proves: RFC 4180 tables with their line numbers, comments, and broken quotes said.
#include "cards/engine/csv.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using cofactor::cards::read_csv;
using testing::ElementsAre;

TEST(Csv, FieldsQuotesAndLines) {
  const auto table = read_csv("a,b\r\n# note, with comma\n1,\"two, \"\"2\"\"\nmore\"\n\n,\n");
  EXPECT_EQ(table.error, "");
  EXPECT_THAT(table.header, ElementsAre("a", "b"));
  ASSERT_EQ(table.rows.size(), 2u);
  EXPECT_THAT(table.rows[0].fields, ElementsAre("1", "two, \"2\"\nmore"));
  EXPECT_EQ(table.rows[0].line, 3);
  EXPECT_THAT(table.rows[1].fields, ElementsAre("", ""));
  EXPECT_EQ(table.rows[1].line, 6);
}

TEST(Csv, LastLineWithoutEnd) {
  const auto table = read_csv("a\nb,");
  ASSERT_EQ(table.rows.size(), 1u);
  EXPECT_THAT(table.rows[0].fields, ElementsAre("b", ""));
}

TEST(Csv, BrokenQuotesAreSaid) {
  for (const char* text : {"a\n\"open", "a\nx\"y", "a\n\"x\"y"}) {
    const auto table = read_csv(text);
    EXPECT_EQ(table.error, "quotes do not match") << text;
    EXPECT_EQ(table.error_line, 2) << text;
  }
  EXPECT_EQ(read_csv("").error, "the table is empty");
}
