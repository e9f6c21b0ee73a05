// Proves: number text is kept and read without surprises; absent members chain.
#include "fhir/json/value.hpp"

#include <gtest/gtest.h>

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
