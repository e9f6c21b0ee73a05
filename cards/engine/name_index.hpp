// Promises: finds names of several words in free text, longest first, without allocating. Case, punctuation and
// thousands separators do not matter; a word never matches inside another. Read-only after loading; thread-safe.
#pragma once
#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cofactor::cards {

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};
template <class T>
using TextMap = std::unordered_map<std::string, T, TextHash, std::equal_to<>>;

/// Words of a text: lower case, without accents, split at everything that is no letter or digit. "2,000" is 2000, "1.25"
/// stays one word, "D-3" is d3 (but "D 3,000" is not). What does not fit (480 characters, 72 words) is left out.
class TextWords {
 public:
  explicit TextWords(std::string_view text);
  std::size_t count() const { return count_; }
  /// `n` words from `first`, separated by single spaces.
  std::string_view span(std::size_t first, std::size_t n) const;

 private:
  std::array<char, 512> letters_;
  std::array<std::uint16_t, 72> begins_, ends_;
  std::size_t count_ = 0;
};

class NameIndex {
 public:
  struct Hit {
    std::size_t word = 0, words = 0;
    std::size_t value = 0;  ///< as given to add
  };
  /// False when the name is empty or taken.
  bool add(std::string_view name, std::size_t value);
  /// The longest name that starts at that word.
  bool find(const TextWords& words, std::size_t at, Hit& hit) const;

 private:
  TextMap<std::size_t> names_;
  TextMap<std::size_t> longest_;  ///< by first word: the most words of a name that starts with it
  /// One bit for a few letters of each first word: most words of an order start no name, and this says so at once.
  std::bitset<8192> begins_;
};

}  // namespace cofactor::cards
