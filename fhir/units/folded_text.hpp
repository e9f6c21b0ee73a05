// Promises: short text as people type it, folded to lower-case ASCII on the stack: accents dropped,
// micro and Greek mu both `u`, typographic dashes, spaces and fractions as their plain forms. Every
// folded character remembers where it stood, so that a reading can point back into the original. No
// allocation. Pure.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace cofactor::fhir {

/// Letters of other scripts fold to this one letter: they separate nothing and match no word.
inline constexpr char kForeignLetter = '\x7f';

template <std::size_t Capacity>
class FoldedText {
 public:
  explicit FoldedText(std::string_view original);
  std::string_view text() const { return {text_.data(), size_}; }
  /// Where the folded character at `index` stood; the original's length for the end.
  std::size_t origin(std::size_t index) const {
    return index < size_ ? origin_[index] : original_size_;
  }
  bool too_long() const { return too_long_; }

 private:
  void push(char character, std::size_t at) {
    if (size_ == Capacity) {
      too_long_ = true;
      return;
    }
    text_[size_] = character;
    origin_[size_++] = static_cast<std::uint16_t>(at);
  }
  std::array<char, Capacity> text_;  // deliberately not cleared: only the first size_ are read
  std::array<std::uint16_t, Capacity> origin_;
  std::size_t size_ = 0;
  std::size_t original_size_ = 0;
  bool too_long_ = false;
};

/// The plain spelling of the UTF-8 character that starts at `at`, and how many bytes it takes.
struct FoldedCharacter {
  std::string_view plain;
  std::size_t bytes = 1;
};
FoldedCharacter fold_character(std::string_view text, std::size_t at);

template <std::size_t Capacity>
FoldedText<Capacity>::FoldedText(std::string_view original) : original_size_(original.size()) {
  static_assert(Capacity < 65536);
  if (original.size() >= 65536) {
    too_long_ = true;
    return;
  }
  for (std::size_t at = 0; at < original.size() && !too_long_;) {
    const char c = original[at];
    if (static_cast<unsigned char>(c) < 0x80) {
      push(c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : (c == '\x7f' ? ' ' : c), at);
      ++at;
      continue;
    }
    const FoldedCharacter folded = fold_character(original, at);
    for (const char plain : folded.plain) push(plain, at);
    at += folded.bytes;
  }
}

}  // namespace cofactor::fhir
