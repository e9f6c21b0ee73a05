// Promises: folded text cut into words, figures, marks, times of day and dates, on the stack.
// Figures understand thousands separators (comma, apostrophe, space; a dot where the unit proves
// it), decimal commas, fractions and mixed numbers. Tokens point into the TokenList, which must
// outlive them. Pure.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "fhir/units/folded_text.hpp"

namespace cofactor::fhir {

struct Token {
  enum class Kind : std::uint8_t { end, word, figure, mark, clock, date };
  Kind kind = Kind::end;
  bool glued = false;            ///< no space before it
  std::string_view text;         ///< folded; dotted abbreviations without their dots ("bid", "iu")
  double value = 0;              ///< of a figure
  double with_dot_grouping = 0;  ///< the other reading of "20.000"; 0 when there is none
  std::uint16_t from = 0, to = 0;  ///< in the original text

  bool is(std::string_view word) const { return kind == Kind::word && text == word; }
  bool is_mark(char mark) const { return kind == Kind::mark && text.front() == mark; }
};

class TokenList {
 public:
  static constexpr std::size_t kCharacters = 1536;
  static constexpr std::size_t kTokens = 320;

  explicit TokenList(std::string_view text);
  TokenList(const TokenList&) = delete;
  TokenList& operator=(const TokenList&) = delete;

  bool too_long() const { return too_long_; }
  std::size_t size() const { return size_; }
  /// The token there, or an end token.
  const Token& operator[](std::size_t index) const { return index < size_ ? slots_[index].token : end_; }

 private:
  std::size_t read_figure(std::size_t at, Token& token) const;
  std::size_t read_word(std::size_t at, Token& token);
  char at(std::size_t index) const { return index < text_.size() ? text_[index] : '\0'; }

  FoldedText<kCharacters> folded_;
  std::string_view text_;
  union Slot {
    Slot() {}  // only the first size_ are ever written or read: clearing them all costs more than reading a text
    Token token;
  };
  std::array<Slot, kTokens> slots_;
  std::array<char, 128> joined_;  ///< abbreviations without their dots
  std::size_t joined_size_ = 0;
  std::size_t size_ = 0;
  bool too_long_ = false;
  Token end_;
};

}  // namespace cofactor::fhir
