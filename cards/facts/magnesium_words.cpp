// Promises: see magnesium_words.hpp. Every word must be known to belong to a blood test: a list of
// what is excluded could never be complete.
#include "cards/facts/magnesium_words.hpp"

#include <algorithm>
#include <array>

namespace cofactor::cards {
namespace {

constexpr std::array<std::string_view, 40> test_words{
    "assay",        "blood",  "bld",       "by",          "chemistry",  "concentration",
    "free",         "in",     "ionized",   "lab",         "laboratory", "level",
    "levels",       "mass",   "mcnc",      "measurement", "mg",         "mg2",
    "moles",        "of",     "or",        "order",       "plas",       "plasma",
    "quantitative", "rbc",    "routine",   "scnc",        "ser",        "serpl",
    "serum",        "stat",   "substance", "test",        "the",        "total",
    "venous",       "volume", "whole",     "ionised"};

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
constexpr bool word_character(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

}  // namespace

bool names_magnesium_test(std::string_view words) {
  constexpr std::size_t longest = 16;
  bool magnesium = false;
  for (std::size_t at = 0; at < words.size();) {
    std::array<char, longest> word{};
    std::size_t size = 0;
    for (; at < words.size() && word_character(lower(words[at])); ++at) {
      if (size == longest) return false;
      word[size++] = lower(words[at]);
    }
    if (size == 0) {
      if (static_cast<unsigned char>(words[at]) >= 0x80) return false;
      ++at;
      continue;
    }
    const std::string_view read(word.data(), size);
    if (read == "magnesium")
      magnesium = true;
    else if (std::find(test_words.begin(), test_words.end(), read) == test_words.end())
      return false;
  }
  return magnesium;
}

}  // namespace cofactor::cards
