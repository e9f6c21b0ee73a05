// Promises: see card_text.hpp.
#include "cards/rendering/card_text.hpp"

#include <array>
#include <charconv>
#include <cmath>

#include "cards/rendering/code_points.hpp"

namespace cofactor::cards {
namespace {

/// What a character can do to Markdown inside a line. Parentheses and "!" do nothing once brackets are inert.
enum class MarkdownRole : unsigned char { none, active, html, depends };
constexpr std::array<MarkdownRole, 256> markdown_roles = [] {
  std::array<MarkdownRole, 256> table{};
  const auto set = [&](std::string_view characters, MarkdownRole role) {
    for (const char c : characters) table[static_cast<unsigned char>(c)] = role;
  };
  set("\\`*_[]#|~@", MarkdownRole::active);
  set("<>&", MarkdownRole::html);
  set(".)", MarkdownRole::depends);  // "1." and "1)" open a list
  return table;
}();

/// Where a value starts a line, these would open a list, a rule or a heading.
bool opens_block(std::string_view line, std::size_t i) {
  if (i == 0) return line[0] == '-' || line[0] == '+' || line[0] == '=';
  return (line[i] == '.' || line[i] == ')') && line.find_first_not_of("0123456789") == i &&
         (i + 1 == line.size() || line[i + 1] == ' ');
}

bool starts_with_at(std::string_view text, std::size_t at, std::string_view word) {
  if (text.size() - at < word.size()) return false;
  for (std::size_t i = 0; i < word.size(); ++i) {
    const char c = text[at + i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c) != word[i]) return false;
  }
  return true;
}

/// A backslash does not keep renderers from linking an address: some look for addresses in the finished text. So
/// "scheme://", "www." and "name@host" are parted by a space.
std::string without_addresses(std::string line) {
  const auto parts_here = [&line](std::size_t i) {
    const char c = line[i];
    if (c == '/') return i > 0 && line[i - 1] == ':' && starts_with_at(line, i, "//");
    if (c == '.') return i >= 3 && starts_with_at(line, i - 3, "www");
    return c == '@' && i > 0 && line[i - 1] != ' ';
  };
  std::size_t first = 0;
  while (first < line.size() && !parts_here(first)) ++first;
  if (first == line.size()) return line;
  std::string out;
  out.reserve(line.size() + 8);
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (i >= first && parts_here(i)) out += ' ';
    out += line[i];
  }
  return out;
}

/// `look_up` gives the value of a name, or nullptr.
template <class LookUp, class Escape>
std::string fill_with(std::string_view sentence, LookUp look_up, Escape escape) {
  std::string out;
  out.reserve(sentence.size() + 64);
  std::size_t i = 0;
  for (std::size_t open = sentence.find('{'); open != std::string_view::npos; open = sentence.find('{', i)) {
    out += sentence.substr(i, open - i);
    const std::size_t close = sentence.find('}', open);
    const std::string* value =
        close == std::string_view::npos ? nullptr : look_up(sentence.substr(open + 1, close - open - 1));
    if (value != nullptr) {
      out += escape(*value);
      i = close + 1;
    } else {
      out += '{';
      i = open + 1;
    }
  }
  out += sentence.substr(i);
  return out;
}

auto looked_up_in(const WordList& words) {
  return [&words](std::string_view name) { return words.find(name); };
}

template <class LookUp>
std::string fill_as(TextKind kind, std::string_view sentence, LookUp look_up) {
  return kind == TextKind::markdown ? fill_with(sentence, look_up, escaped_markdown)
                                    : fill_with(sentence, look_up, escaped_plain);
}

/// Printable ASCII with single spaces inside: already one line.
bool is_one_line(std::string_view text) {
  char before = ' ';
  for (const char c : text) {
    if (c < 0x20 || c > 0x7E || (c == ' ' && before == ' ')) return false;
    before = c;
  }
  return text.empty() || before != ' ';
}

}  // namespace

const std::string* WordList::find(std::string_view name) const {
  for (const auto& [known, value] : values_)
    if (known == name) return &value;
  return nullptr;
}

std::string& WordList::operator[](std::string_view name) {
  for (auto& [known, value] : values_)
    if (known == name) return value;
  return values_.emplace_back(name, std::string()).second;
}

std::string one_line(std::string_view text) {
  if (is_one_line(text)) return std::string(text);
  std::string out;
  out.reserve(text.size());
  bool space_due = false;
  for (std::size_t i = 0; i < text.size();) {
    const CodePoint c = next_code_point(text, i);
    i += c.bytes;
    if (invisible(c.value)) continue;
    if (blank(c.value)) {
      space_due = !out.empty();
      continue;
    }
    if (space_due) out += ' ';
    space_due = false;
    append_code_point(out, c.value);
  }
  return out;
}

std::string escaped_markdown(std::string_view text) {
  const std::string line = without_addresses(one_line(text));
  std::string out;
  out.reserve(line.size() + 16);
  std::size_t run = 0;  // where the characters begin that are taken as they are
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    const MarkdownRole role = markdown_roles[static_cast<unsigned char>(c)];
    if (role == MarkdownRole::none && i > 0) continue;
    if (role == MarkdownRole::html) {
      out.append(line, run, i - run);
      out += c == '<' ? "&lt;" : c == '>' ? "&gt;" : "&amp;";
      run = i + 1;
      continue;
    }
    if (role != MarkdownRole::active && !opens_block(line, i)) continue;
    out.append(line, run, i - run);
    out += '\\';
    run = i;
  }
  return out.append(line, run);
}

std::string escaped_plain(std::string_view text) {
  std::string out = without_addresses(one_line(text));
  for (char& c : out)
    if (c == '<' || c == '>') c = ' ';
  return one_line(out);
}

std::size_t count_code_points(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++count) i += next_code_point(text, i).bytes;
  return count;
}

std::string cut_to(std::string_view text, std::size_t limit) {
  if (count_code_points(text) <= limit) return std::string(text);
  std::size_t count = 0, end = 0;
  bool joined = false;
  for (std::size_t i = 0; i < text.size() && count + 1 <= limit; ++count) {
    const CodePoint c = next_code_point(text, i);
    // A cut may fall before this code point only when it starts a grapheme.
    if (!joined && !continues_grapheme(c.value)) end = i;
    joined = c.value == 0x200D;
    i += c.bytes;
  }
  while (end > 0 && text[end - 1] == ' ') --end;
  return std::string(text.substr(0, end)) + "…";
}

std::string fill(std::string_view sentence, const WordList& words, TextKind kind) {
  return fill_as(kind, sentence, looked_up_in(words));
}

std::string fill(std::string_view sentence, WordSource& words, TextKind kind) {
  return fill_as(kind, sentence, [&words](std::string_view name) { return words.find(name); });
}

std::string fill_raw(std::string_view sentence, const WordList& words) {
  return fill_with(sentence, looked_up_in(words), [](const std::string& value) -> const std::string& { return value; });
}

std::string with_separators(double value) {
  std::string digits = with_decimals(value, 0);
  const std::size_t first = digits.starts_with('-') ? 1 : 0;
  for (std::size_t i = digits.size(); i > first + 3; i -= 3) digits.insert(i - 3, ",");
  return digits;
}

std::string with_decimals(double value, int digits) {
  std::array<char, 400> buffer{};
  // Half a unit in the last place is rounded up as a person does: 1642.5 -> 1,643.
  const double scale = std::pow(10.0, digits);
  const double rounded = std::floor(std::abs(value) * scale + 0.5 + 1e-9) / scale;
  const auto [end, error] =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value < 0 ? -rounded : rounded,
                    std::chars_format::fixed, digits);
  return error == std::errc() ? std::string(buffer.data(), end) : std::string("?");
}

}  // namespace cofactor::cards
