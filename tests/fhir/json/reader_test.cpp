// Proves: JSON from outside is read strictly and within limits; what is refused is refused by its
// own name.
#include "fhir/json/reader.hpp"

#include <gtest/gtest.h>

#include <string>

#include "fhir/json/writer.hpp"

using namespace cofactor;
using json::parse;

namespace {
std::string code_of(std::string text, const json::Limits& limits = {}) {
  const auto document = parse(std::move(text), limits);
  return document ? "" : document.error().code;
}
std::string again(const std::string& text) {
  const auto document = parse(text);
  if (!document) return document.error().text;
  json::Writer out;
  out.value(document->root());
  return out.take();
}
std::string repeated(std::string_view piece, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += piece;
  return out;
}
}  // namespace

TEST(JsonReader, BuildsTheTree) {
  const auto document = parse(R"( {"a":[1.50,true,null,"x\ty"],"b":{"c":{}},"d":[]} )");
  ASSERT_TRUE(document);
  const json::Value& root = document->root();
  ASSERT_EQ(root["a"].items().size(), 4u);
  EXPECT_EQ(root["a"].items()[0].number_text(), "1.50");
  EXPECT_TRUE(root["a"].items()[1].flag);
  EXPECT_TRUE(root["a"].items()[2].is_null());
  EXPECT_EQ(root["a"].items()[3].string(), "x\ty");
  EXPECT_TRUE(root["b"]["c"].is_object());
  EXPECT_EQ(root["b"]["c"].members().size(), 0u);
  EXPECT_TRUE(root["d"].is_array());
  EXPECT_EQ(root.members()[2].name, "d");
}

TEST(JsonReader, HoldsLongListsAndObjectsAndShortOnesAfterThem) {
  for (const std::size_t count : {std::size_t{20'000}, std::size_t{3}, std::size_t{1'500}}) {
    std::string list = "[0", object = "{\"n0\":0";
    for (std::size_t i = 1; i < count; ++i) {
      list += "," + std::to_string(i);
      object += ",\"n" + std::to_string(i) + "\":" + std::to_string(i);
    }
    const auto document = parse("[" + list + "]," + object + "}]");
    ASSERT_TRUE(document);
    const auto items = document->root().items();
    ASSERT_EQ(items[0].items().size(), count);
    ASSERT_EQ(items[1].members().size(), count);
    for (std::size_t i = 0; i < count; i += 97) {
      EXPECT_EQ(items[0].items()[i].number_text(), std::to_string(i));
      EXPECT_EQ(items[1].members()[i].name, "n" + std::to_string(i));
    }
    EXPECT_EQ(items[1]["n" + std::to_string(count - 1)].number_text(), std::to_string(count - 1));
    EXPECT_EQ(items[1].find("n" + std::to_string(count)), nullptr);
  }
}

TEST(JsonReader, KeepsDecimalTextThroughARoundTrip) {
  for (const char* text :
       {"1.0", "1.00", "0.1234567890123456789", "1E3", "-0", "1.5e-07", "123456789012345678"})
    EXPECT_EQ(again(std::string("[") + text + "]"), std::string("[") + text + "]");
  EXPECT_EQ(again("7142.857142857143"), "7142.857142857143");
}

TEST(JsonReader, TheTreeSurvivesAMove) {
  auto first = parse(R"({"name":"kept"})");
  ASSERT_TRUE(first);
  json::Document moved = std::move(*first);
  json::Document assigned;
  EXPECT_TRUE(assigned.root().is_null());
  assigned = std::move(moved);
  EXPECT_EQ(assigned.root()["name"].string(), "kept");
}

TEST(JsonReader, SeveralDocumentsLiveTogether) {
  const auto first = parse(R"({"a":["one"]})");
  const auto second = parse(R"({"a":["two"]})");
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->root()["a"].items()[0].string(), "one");
  EXPECT_EQ(second->root()["a"].items()[0].string(), "two");
}

TEST(JsonReader, RefusesWhatIsNoJson) {
  for (const char* text :
       {"",    " ",    "{",         "[1,]",    "{\"a\":1,}", "[1] x", "{\"a\" 1}",
        "'a'", "[01]", "[1.]",      "[.5]",    "NaN",        "[+1]",  "[1e]",
        "nul", "\"a",  "[\"\\x\"]", "// c\n1", "[1]]",       "{1:2}"})
    EXPECT_EQ(code_of(text), "malformed") << text;
}

TEST(JsonReader, RefusesControlCharactersInStrings) {
  for (char c = 1; c < 0x20; ++c)
    EXPECT_EQ(code_of(std::string("[\"0123456789abcdef") + c + "0123456789abcdef\"]"), "malformed")
        << int(c);
  EXPECT_EQ(code_of("[\"a\x7F\"]"), "");
}

TEST(JsonReader, RefusesNul) {
  EXPECT_EQ(code_of(std::string("[1\0]", 4)), "nul-character");
  EXPECT_EQ(code_of(std::string("[1]\0", 4)), "nul-character");
  EXPECT_EQ(code_of("[\"a\\u0000b\"]"), "nul-character");
  EXPECT_EQ(code_of("{\"a\\u0000\":1}"), "nul-character");
  EXPECT_EQ(code_of("[\"a\\\\u0000b\"]"), "");
}

TEST(JsonReader, RefusesBadUtf8WhereverItStands) {
  const std::string bad[] = {"\x80",
                             "\xC0\xAF",
                             "\xC2",
                             "\xE0\x80\xAF",
                             "\xE2\x82",
                             "\xED\xA0\x80",
                             "\xF0\x80\x80\x80",
                             "\xF4\x90\x80\x80",
                             "\xF8\x88\x80\x80\x80",
                             "\xFF"};
  for (const std::string& piece : bad)
    for (std::size_t before = 0; before < 40; ++before) {
      EXPECT_EQ(code_of("[\"" + std::string(before, 'a') + piece + "\"]"), "not-utf8");
      EXPECT_EQ(code_of("[\"" + std::string(before, 'a') + piece), "not-utf8");
    }
  EXPECT_EQ(again("[\"\xE2\x82\xAC \xF0\x9F\x98\x80 \xC3\xA9\"]"),
            "[\"\xE2\x82\xAC \xF0\x9F\x98\x80 \xC3\xA9\"]");
}

TEST(JsonReader, RefusesLoneSurrogates) {
  EXPECT_EQ(code_of("[\"\\uD834\\uDD1E\"]"), "");
  EXPECT_NE(code_of("[\"\\uD834\"]"), "");
  EXPECT_NE(code_of("[\"\\uDD1E\"]"), "");
  EXPECT_NE(code_of("[\"\\uDD1E\\uD834\"]"), "");
  EXPECT_NE(code_of("{\"\\uDEAD\":1}"), "");
  EXPECT_EQ(code_of("[\"\\uD7FF\\uE000\"]"), "");
}

TEST(JsonReader, RefusesAByteOrderMark) { EXPECT_EQ(code_of("\xEF\xBB\xBF{}"), "malformed"); }

TEST(JsonReader, RefusesDuplicateNames) {
  EXPECT_EQ(code_of(R"({"a":1,"a":1})"), "duplicate-key");
  EXPECT_EQ(code_of(R"({"patientId":1,"b":2,"\u0070atientId":1})"), "duplicate-key");
  EXPECT_EQ(code_of(R"({"":1,"":2})"), "duplicate-key");
  EXPECT_EQ(code_of(R"({"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]})"), "");
  for (const std::size_t size : {5u, 31u, 32u, 33u, 64u, 500u}) {
    std::string distinct = "{";
    for (std::size_t i = 0; i < size; ++i)
      distinct += "\"k" + std::to_string(i) + "\":" + std::to_string(i) + ",";
    EXPECT_EQ(code_of(distinct + "\"last\":0}"), "") << size;
    EXPECT_EQ(code_of(distinct + "\"k2\":0}"), "duplicate-key") << size;
    EXPECT_EQ(code_of(distinct + "\"k" + std::to_string(size - 1) + "\":0}"), "duplicate-key")
        << size;
  }
}

TEST(JsonReader, KeepsItsLimits) {
  json::Limits limits;
  EXPECT_EQ(code_of(repeated("[", 64) + repeated("]", 64)), "");
  EXPECT_EQ(code_of(repeated("[", 65) + repeated("]", 65)), "too-deep");
  EXPECT_EQ(code_of(repeated("{\"a\":", 65) + "1" + repeated("}", 65)), "too-deep");
  EXPECT_EQ(code_of(repeated("[", 200'000)), "too-deep");
  limits.bytes = 10;
  EXPECT_EQ(code_of("[123456789]", limits), "too-large");
  EXPECT_EQ(code_of("[12345678]", limits), "");
  limits = {};
  limits.values = 3;
  EXPECT_EQ(code_of("[1,2]", limits), "");
  EXPECT_EQ(code_of("[1,2,3]", limits), "too-many-values");
  EXPECT_EQ(code_of("[" + std::string(128, '1') + "]"), "");
  EXPECT_EQ(code_of("[" + std::string(129, '1') + "]"), "number-too-long");
  EXPECT_EQ(code_of("[" + repeated("{},", 50'000) + "0]"), "");
}

TEST(JsonReader, SurvivesTheNumbersThatCrashRapidJson) {
  EXPECT_EQ(code_of("[1.1111111111111e-2147483639]"), "");
  EXPECT_EQ(code_of("[128.74836467836484838364836483643636483648e-336]"), "");
  EXPECT_EQ(code_of("[1e400]"), "malformed");
  EXPECT_EQ(code_of("[-1e400]"), "malformed");
  EXPECT_EQ(code_of("[1e99999999999999999999]"), "malformed");
  EXPECT_EQ(code_of("[0e99999999]"), "malformed");
}

TEST(JsonReader, CommentsOnlyWhereAskedFor) {
  const std::string text = "// first\n{ /* why */ \"a\": 1 // end\n}\n";
  EXPECT_EQ(code_of(text), "malformed");
  const auto document = json::parse_with_comments(text);
  ASSERT_TRUE(document) << document.error().text;
  EXPECT_EQ(document->root()["a"].number(), 1.0);
  EXPECT_FALSE(json::parse_with_comments("{} /* open"));
  EXPECT_FALSE(json::parse_with_comments("{\"a\":1,\"a\":2} // twice"));
}

TEST(JsonReader, FailuresNameThePlaceNotTheContent) {
  const auto document = parse(R"({"name":"Mrs. Secret","x":tru})");
  ASSERT_FALSE(document);
  EXPECT_EQ(document.error().text.find("Secret"), std::string::npos);
  EXPECT_NE(document.error().text.find("at byte 2"), std::string::npos) << document.error().text;
}
