// Promises: look-up in a sorted constant table of lower-case words: the first letter leads to its few rows, so that a
// word costs three comparisons instead of ten. Internal to fhir.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace cofactor::fhir {

/// Where the words with each first byte begin; `Row` has a member `word`.
using FirstBytes = std::array<std::uint16_t, 257>;

template <class Row, std::size_t n>
constexpr FirstBytes first_bytes(const Row (&rows)[n]) {
  FirstBytes begins{};
  std::size_t row = 0;
  for (std::size_t byte = 0; byte < 256; ++byte) {
    begins[byte] = static_cast<std::uint16_t>(row);
    while (row < n && static_cast<unsigned char>(rows[row].word.front()) == byte) ++row;
  }
  begins[256] = static_cast<std::uint16_t>(row);
  return begins;
}

/// The first eight bytes of a word as a number that sorts as the word does.
constexpr std::uint64_t word_start(std::string_view word) {
  const std::size_t size = std::min<std::size_t>(word.size(), 8);
  std::uint64_t start = 0;
  for (std::size_t i = 0; i < size; ++i) start = start << 8 | static_cast<unsigned char>(word[i]);
  return size == 0 ? 0 : start << 8 * (8 - size);
}
template <class Row, std::size_t n>
constexpr std::array<std::uint64_t, n> word_starts(const Row (&rows)[n]) {
  std::array<std::uint64_t, n> starts{};
  for (std::size_t i = 0; i < n; ++i) starts[i] = word_start(rows[i].word);
  return starts;
}

/// The row of that word, or nullptr.
template <class Row, std::size_t n>
const Row* find_word(const Row (&rows)[n], const FirstBytes& begins, const std::array<std::uint64_t, n>& starts,
                     std::string_view word) {
  if (word.empty()) return nullptr;
  const auto byte = static_cast<unsigned char>(word.front());
  const std::uint64_t *from = starts.data() + begins[byte], *to = starts.data() + begins[byte + 1u];
  const std::uint64_t start = word_start(word);
  for (const std::uint64_t* at = std::lower_bound(from, to, start); at != to && *at == start; ++at)
    if (const Row& row = rows[at - starts.data()]; row.word == word) return &row;
  return nullptr;
}

}  // namespace cofactor::fhir
