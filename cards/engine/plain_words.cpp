// Promises: what plain_words.hpp says; no locale, no allocation games: it is for people.
#include "cards/engine/plain_words.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace cofactor::cards {
namespace {
constexpr std::size_t width = 100;
}

std::string wrapped(std::string_view text, std::string_view indent, std::string_view hanging) {
  std::string out;
  std::size_t column = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find_first_of(" \n", at), text.size());
    const std::string_view word = text.substr(at, end - at);
    at = end + 1;
    if (word.empty()) continue;
    if (column == 0 || column + 1 + word.size() > width) {
      if (column > 0) out += '\n';
      out.append(indent);
      if (column > 0) out.append(hanging);
      column = indent.size() + (column > 0 ? hanging.size() : 0);
    } else {
      out += ' ';
      ++column;
    }
    out.append(word);
    column += word.size();
  }
  out += '\n';
  return out;
}

std::string heading(std::string_view name) { return "\n" + std::string(name) + "\n"; }

std::string plain_number(double value) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed).ptr;
  return {text.data(), end};
}

std::string listed(const std::vector<std::string>& items) {
  std::string out;
  for (const std::string& item : items) out += (out.empty() ? "" : ", ") + item;
  return out;
}

}  // namespace cofactor::cards
