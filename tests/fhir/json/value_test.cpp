// Proves: number text is kept and read without surprises; absent members chain; a member is found by its whole name.
#include "fhir/json/value.hpp"

#include <gtest/gtest.h>

#include <string>

#include "fhir/json/reader.hpp"
#include "fhir/json/writer.hpp"

using cofactor::json::Kind;
using cofactor::json::Value;

namespace {
Value number(std::string_view text) {
  Value v;
  v.kind = Kind::number;
  v.characters = text.data();
  v.size = static_cast<std::uint32_t>(text.size());
  return v;
}
}  // namespace

TEST(JsonValue, ReadsNumbersAndKeepsTheirText) {
  EXPECT_EQ(number("1.50").number(), 1.5);
  EXPECT_EQ(number("1.50").number_text(), "1.50");
  EXPECT_EQ(number("1e-400").number(), 0.0);
  EXPECT_EQ(number("1e400").number(), std::nullopt);
}

TEST(JsonValue, AbsentMembersChainToNull) {
  Value empty;
  EXPECT_TRUE(empty["timing"]["repeat"].is_null());
  EXPECT_EQ(empty.find("timing"), nullptr);
}

TEST(JsonValue, FindsNamesOfEveryLengthAndNothingThatDiffersInOneCharacter) {
  const auto name = [](std::size_t length) { return std::string("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN", length); };
  cofactor::json::Writer out;
  out.begin_object();
  for (std::size_t length = 0; length <= 40; ++length) out.field(name(length), std::to_string(length));
  out.end_object();
  const auto document = cofactor::json::parse(out.take());
  ASSERT_TRUE(document);
  for (std::size_t length = 0; length <= 40; ++length) {
    EXPECT_EQ(document->root()[name(length)].string(), std::to_string(length));
    for (std::size_t i = 0; i < length; ++i) {
      std::string other = name(length);
      other[i] = '_';
      EXPECT_EQ(document->root().find(other), nullptr) << other;
    }
  }
}

TEST(JsonValue, WhatIsNoObjectHasNoMembers) {
  const auto document = cofactor::json::parse(R"([{},"text",1,true,[{"a":1}]])");
  ASSERT_TRUE(document);
  for (const Value& item : document->root().items()) EXPECT_EQ(item.find("a"), nullptr);
}
