// Proves: the check of a whole text, which looks at many characters at once, finds what a look at each would find.
#include "fhir/json/utf8.hpp"

#include <gtest/gtest.h>

#include <string>

using cofactor::json::check_text;
using cofactor::json::TextCheck;

namespace {
constexpr std::size_t longest = 150;  // two rounds of the fastest loop and a rest
}

TEST(TextCheck, FindsAFaultAtEveryPlace) {
  const std::pair<const char*, TextCheck::Fault> faults[] = {{"\x01", TextCheck::Fault::control},
                                                             {"\x1f", TextCheck::Fault::control},
                                                             {"\xFF", TextCheck::Fault::not_utf8},
                                                             {"\xC3", TextCheck::Fault::not_utf8},
                                                             {"\xED\xA0\x80", TextCheck::Fault::not_utf8}};
  for (std::size_t size : {longest, longest / 2, std::size_t{20}})
    for (std::size_t at = 0; at <= size; ++at)
      for (const auto& [bytes, fault] : faults) {
        const TextCheck check = check_text(std::string(at, 'a') + bytes + std::string(size - at, 'b'));
        EXPECT_EQ(check.fault, fault) << at;
        EXPECT_EQ(check.offset, at);
      }
}

TEST(TextCheck, FindsNulAtEveryPlace) {
  for (std::size_t at = 0; at <= longest; ++at) {
    std::string text(longest + 1, 'a');
    text[at] = '\0';
    EXPECT_EQ(check_text(text).fault, TextCheck::Fault::nul);
    EXPECT_EQ(check_text(text).offset, at);
  }
}

TEST(TextCheck, SeesABackslashAtEveryPlaceAndNoneElsewhere) {
  for (const char* around : {"a", "\n", "\t \r\n", "\xC3\xA9"})
    for (std::size_t at = 0; at <= longest; ++at) {
      std::string before, after;
      while (before.size() < at) before += around;
      while (after.size() < longest - at) after += around;
      EXPECT_FALSE(check_text(before + after).has_escapes);
      const TextCheck check = check_text(before + '\\' + after);
      EXPECT_EQ(check.fault, TextCheck::Fault::none);
      EXPECT_TRUE(check.has_escapes) << at;
    }
}
