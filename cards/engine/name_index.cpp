// Promises: one hash look-up per word of the text, more only where a name starts with that word.
#include "cards/engine/name_index.hpp"

#include <algorithm>

#include "fhir/units/folded_text.hpp"

namespace cofactor::cards {
namespace {
bool digit(char c) { return c >= '0' && c <= '9'; }
bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80; }
constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Letters in lower case and digits as they are; 0 for what separates words.
constexpr std::array<char, 256> word_characters = [] {
  std::array<char, 256> table{};
  for (std::size_t i = 0; i < table.size(); ++i) {
    const auto c = static_cast<char>(i);
    const bool part = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || i >= 0x80;
    table[i] = part ? lower(c) : '\0';
  }
  return table;
}();

/// A comma between one digit and exactly three.
bool thousands_comma(std::string_view text, std::size_t i) {
  if (text[i] != ',' || i == 0 || !digit(text[i - 1]) || i + 3 >= text.size()) return false;
  return digit(text[i + 1]) && digit(text[i + 2]) && digit(text[i + 3]) && (i + 4 == text.size() || !digit(text[i + 4]));
}
bool decimal_point(std::string_view text, std::size_t i) {
  return text[i] == '.' && i > 0 && i + 1 < text.size() && digit(text[i - 1]) && digit(text[i + 1]);
}
/// The hyphen of "D-3" and "K-2": the digit stands alone.
bool vitamin_hyphen(std::string_view text, std::size_t i) {
  if (text[i] != '-' || i == 0 || i + 1 >= text.size() || !digit(text[i + 1])) return false;
  const char before = lower(text[i - 1]);
  if ((before != 'd' && before != 'k') || (i >= 2 && (letter(text[i - 2]) || digit(text[i - 2])))) return false;
  return i + 2 == text.size() || (!digit(text[i + 2]) && text[i + 2] != ',' && text[i + 2] != '.');
}

/// Where a word stands among the bits of NameIndex; the word is not empty.
std::size_t place_of(std::string_view word, std::size_t bits) {
  const auto letter_at = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(word[i])); };
  return (letter_at(0) * 961 + letter_at(word.size() / 2) * 31 + letter_at(word.size() - 1) * 7 + word.size()) % bits;
}
}  // namespace

TextWords::TextWords(std::string_view text) {
  std::size_t size = 0;
  bool open = false;
  for (std::size_t i = 0; i < text.size() && size < letters_.size() - 2; ++i) {
    const char c = text[i];
    if (static_cast<unsigned char>(c) >= 0x80) {  // "oméprazole" is omeprazole; a dash of any kind is a dash
      const fhir::FoldedCharacter folded = fhir::fold_character(text, i);
      const bool in_word = !folded.plain.empty() && (letter(folded.plain[0]) || folded.plain[0] == fhir::kForeignLetter);
      if (in_word) {
        if (!open) {
          if (count_ == begins_.size()) break;
          if (count_ > 0) letters_[size++] = ' ';
          begins_[count_] = static_cast<std::uint16_t>(size);
          open = true;
        }
        for (const char plain : folded.plain)
          if (size < letters_.size() - 2) letters_[size++] = lower(plain);
        ends_[count_] = static_cast<std::uint16_t>(size);
      } else if (open && !folded.plain.empty()) {
        open = false;
        ++count_;
      }
      i += folded.bytes - 1;
      continue;
    }
    char part = word_characters[static_cast<unsigned char>(c)];
    if (part == '\0' && c == '.' && decimal_point(text, i)) part = c;
    if (part != '\0') {
      if (!open) {
        if (count_ == begins_.size()) break;
        if (count_ > 0) letters_[size++] = ' ';
        begins_[count_] = static_cast<std::uint16_t>(size);
        open = true;
      }
      letters_[size++] = part;
      ends_[count_] = static_cast<std::uint16_t>(size);
    } else if (open && !thousands_comma(text, i) && !vitamin_hyphen(text, i)) {
      open = false;
      ++count_;
    }
  }
  if (open) ++count_;
}

std::string_view TextWords::span(std::size_t first, std::size_t n) const {
  const std::size_t begin = begins_[first];
  return {letters_.data() + begin, ends_[first + n - 1] - begin};
}

bool NameIndex::add(std::string_view name, std::size_t value) {
  const TextWords words(name);
  if (words.count() == 0) return false;
  if (!names_.emplace(words.span(0, words.count()), value).second) return false;
  begins_.set(place_of(words.span(0, 1), begins_.size()));
  std::size_t& longest = longest_[std::string(words.span(0, 1))];
  longest = std::max(longest, words.count());
  return true;
}

bool NameIndex::find(const TextWords& words, std::size_t at, Hit& hit) const {
  const std::string_view word = words.span(at, 1);
  if (!begins_.test(place_of(word, begins_.size()))) return false;
  const auto first = longest_.find(word);
  if (first == longest_.end()) return false;
  for (std::size_t n = std::min(first->second, words.count() - at); n > 0; --n) {
    if (const auto found = names_.find(words.span(at, n)); found != names_.end()) {
      hit = {at, n, found->second};
      return true;
    }
  }
  return false;
}

}  // namespace cofactor::cards
