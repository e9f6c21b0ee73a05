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

/// The row of that word, or nullptr.
template <class Row, std::size_t n>
const Row* find_word(const Row (&rows)[n], const FirstBytes& begins, std::string_view word) {
  if (word.empty()) return nullptr;
  const auto byte = static_cast<unsigned char>(word.front());
  const Row *from = rows + begins[byte], *to = rows + begins[byte + 1u];
  const Row* found = std::lower_bound(from, to, word, [](const Row& row, std::string_view text) { return row.word < text; });
  return found != to && found->word == word ? found : nullptr;
}

}  // namespace cofactor::fhir
