// Promises: the table behind FoldedText: Latin accents, Greek and Cyrillic letters that units are
// written with.
#include "fhir/units/folded_text.hpp"

#include <algorithm>

namespace cofactor::fhir {
namespace {

struct Fold {
  std::uint32_t code_point;
  std::string_view plain;
};

// Sorted by code point. U+00C0..U+00FF is folded by kLatin below.
constexpr Fold kFolds[] = {
    {0x00A0, " "}, {0x00A7, " "},  {0x00B2, "2"},    {0x00B3, "3"},    {0x00B5, "u"},
    {0x00B7, "."}, {0x00B9, "1"},  {0x00BC, " 1/4"}, {0x00BD, " 1/2"}, {0x00BE, " 3/4"},
    {0x00D7, "x"}, {0x03B3, "ug"}, {0x03BC, "u"},    {0x0153, "oe"},   {0x0415, "e"},
    {0x041C, "m"}, {0x0435, "e"},  {0x043C, "m"},    {0x2009, " "},    {0x200B, ""},
    {0x2010, "-"}, {0x2011, "-"},  {0x2012, "-"},    {0x2013, "-"},    {0x2014, "-"},
    {0x2018, "'"}, {0x2019, "'"},  {0x201C, "\""},   {0x201D, "\""},   {0x2022, "."},
    {0x202F, " "}, {0x2044, "/"},  {0x2212, "-"},    {0x2215, "/"},    {0x2264, "<"},
    {0x2265, ">"}, {0x3000, " "},  {0xFEFF, ""},
};
constexpr std::string_view kLatin[64] = {
    "a", "a", "a", "a", "ae", "a", "ae", "c", "e", "e", "e", "e", "i",  "i", "i",  "i",
    "d", "n", "o", "o", "o",  "o", "oe", "x", "o", "u", "u", "u", "ue", "y", "th", "ss",
    "a", "a", "a", "a", "ae", "a", "ae", "c", "e", "e", "e", "e", "i",  "i", "i",  "i",
    "d", "n", "o", "o", "o",  "o", "oe", "/", "o", "u", "u", "u", "ue", "y", "th", "y"};
constexpr std::string_view kForeign = "\x7f";

}  // namespace

FoldedCharacter fold_character(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) -> std::uint32_t {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0u;
  };
  const std::uint32_t first = byte(0);
  std::uint32_t code_point = 0;
  std::size_t bytes = 1;
  if (first >= 0xC2 && first <= 0xDF) {
    code_point = (first & 0x1F) << 6 | (byte(1) & 0x3F);
    bytes = 2;
  } else if (first >= 0xE0 && first <= 0xEF) {
    code_point = (first & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F);
    bytes = 3;
  } else if (first >= 0xF0 && first <= 0xF4) {
    return {kForeign, std::min<std::size_t>(4, text.size() - at)};
  } else {
    return {" ", 1};  // not UTF-8: the JSON reader lets none through
  }
  bytes = std::min(bytes, text.size() - at);
  if (code_point >= 0xC0 && code_point <= 0xFF) {
    if (code_point == 0xD7) return {"x", bytes};
    return {kLatin[code_point - 0xC0], bytes};
  }
  const auto* found =
      std::lower_bound(std::begin(kFolds), std::end(kFolds), code_point,
                       [](const Fold& f, std::uint32_t c) { return f.code_point < c; });
  if (found != std::end(kFolds) && found->code_point == code_point) return {found->plain, bytes};
  return {kForeign, bytes};
}

}  // namespace cofactor::fhir
