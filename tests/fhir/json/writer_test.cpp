// Proves: what is written is valid JSON, doubles read back equal, FHIR decimals are untouched.
#include "fhir/json/writer.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmath>
#include <limits>
#include <new>
#include <string>
#include <utility>

#include "fhir/json/reader.hpp"

using cofactor::json::Writer;

TEST(JsonWriter, WritesNestedValues) {
  Writer out;
  out.begin_object().field("a", "x").field("n", 0.5).field("b", true);
  out.key("list")
      .begin_array()
      .integer(-3)
      .null()
      .number_text("1.50")
      .raw("{\"z\":[]}")
      .end_array();
  out.end_object();
  EXPECT_EQ(out.take(), R"({"a":"x","n":0.5,"b":true,"list":[-3,null,1.50,{"z":[]}]})");
}

TEST(JsonWriter, ShortestDoublesThatReadBackEqual) {
  for (const double value : {50000.0 / 7, 1.0 / 7, 0.1 + 0.2, 1e22, 5e-324, 1.7976931348623157e308,
                             100000.0 / 30.4375, -0.75, 123456789012345680.0}) {
    Writer out;
    out.number(value);
    const auto document = cofactor::json::parse(out.take());
    ASSERT_TRUE(document);
    EXPECT_EQ(document->root().number(), value);
  }
  Writer out;
  out.begin_array().number(50000.0 / 7).number(5000).number(0.1).number(std::nan(""));
  out.number(std::numeric_limits<double>::infinity()).end_array();
  EXPECT_EQ(out.take(), "[7142.857142857143,5000,0.1,null,null]");
}

TEST(JsonWriter, EscapesEveryControlCharacter) {
  for (char c = 1; c < 0x20; ++c) {
    const std::string text = std::string("0123456789abcdef") + c + "0123456789abcdef";
    Writer out;
    out.begin_array().string(text).end_array();
    const auto document = cofactor::json::parse(out.take());
    ASSERT_TRUE(document) << int(c);
    EXPECT_EQ(document->root().items()[0].string(), text);
  }
}

TEST(JsonWriter, EscapesWhereverInATextItIsDue) {
  const std::pair<char, const char*> escapes[] = {{'"', "\\\""}, {'\\', "\\\\"}, {'\n', "\\n"}, {'\t', "\\t"},
                                                  {'\r', "\\r"},  {'\b', "\\b"},  {'\f', "\\f"}, {'\x1f', "\\u001F"}};
  for (const auto& [c, escaped] : escapes)
    for (std::size_t at = 0; at < 40; ++at) {
      std::string before(at, 'x'), after = "\xC3\xA9" + std::string(at / 2, 'y');
      Writer out;
      out.begin_object().field("k", before + c + after + c).end_object();
      EXPECT_EQ(out.take(), "{\"k\":\"" + before + escaped + after + escaped + "\"}");
    }
}

TEST(JsonWriter, InvalidUtf8BecomesTheReplacementCharacter) {
  Writer out;
  out.begin_array()
      .string("ok\xFFok\xE2\x82")
      .string("")
      .string("\xC3\xA9 long enough for blocks")
      .end_array();
  EXPECT_EQ(
      out.take(),
      "[\"ok\xEF\xBF\xBDok\xEF\xBF\xBD\xEF\xBF\xBD\",\"\",\"\xC3\xA9 long enough for blocks\"]");
}

TEST(JsonWriter, IsEmptyAfterTake) {
  Writer out;
  out.begin_array().end_array();
  EXPECT_EQ(out.size(), 2u);
  EXPECT_EQ(out.take(), "[]");
  EXPECT_EQ(out.size(), 0u);
  out.boolean(false);
  EXPECT_EQ(out.take(), "false");
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // their shadows need address space without end
TEST(JsonWriterDeathTest, T_FAULT_9_WithoutMemoryItThrowsAndWritesNowhere) {
  const auto write_until_memory_is_short = [] {
    const rlimit few{512u << 20, 512u << 20};
    if (setrlimit(RLIMIT_AS, &few) != 0) _exit(2);
    const std::string text(1u << 20, 'x');
    Writer out;
    out.begin_array();
    try {
      for (;;) out.string(text);
    } catch (const std::bad_alloc&) {
      _exit(0);
    }
  };
  EXPECT_EXIT(write_until_memory_is_short(), testing::ExitedWithCode(0), "");
}
#endif
