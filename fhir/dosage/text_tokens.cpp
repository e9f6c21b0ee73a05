// Promises: see text_tokens.hpp.
#include "fhir/dosage/text_tokens.hpp"

namespace cofactor::fhir {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || c == kForeignLetter; }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v'; }

}  // namespace

TokenList::TokenList(std::string_view text) : folded_(text), text_(folded_.text()) {
  if (folded_.too_long()) {
    too_long_ = true;
    return;
  }
  bool glued = false;
  for (std::size_t i = 0; i < text_.size();) {
    const char c = text_[i];
    if (is_space(c)) {
      glued = false;
      ++i;
      continue;
    }
    if (size_ == kTokens) {
      too_long_ = true;
      return;
    }
    Token token;
    token.glued = glued;
    const std::size_t from = i;
    if (is_digit(c) || (c == '.' && is_digit(at(i + 1)) && !glued)) {
      i = read_figure(i, token);
    } else if (is_letter(c)) {
      i = read_word(i, token);
    } else {
      token.kind = Token::Kind::mark;
      token.text = c == '\n' ? std::string_view(".") : text_.substr(i, 1);
      ++i;
    }
    token.from = static_cast<std::uint16_t>(folded_.origin(from));
    token.to = static_cast<std::uint16_t>(folded_.origin(i));
    slots_[size_++].token = token;
    glued = true;
  }
}

/// Letters with inner apostrophes; "b.i.d." and "i.u." lose their dots.
std::size_t TokenList::read_word(std::size_t from, Token& token) {
  token.kind = Token::Kind::word;
  std::size_t i = from;
  while (is_letter(at(i)) || (at(i) == '\'' && is_letter(at(i + 1)) && i > from)) ++i;
  token.text = text_.substr(from, i - from);
  if (i - from != 1 || at(i) != '.' || !is_letter(at(i + 1)) || is_letter(at(i + 2))) return i;
  const std::size_t start = joined_size_;
  std::size_t next = from;
  while (is_letter(at(next)) && !is_letter(at(next + 1)) && joined_size_ < joined_.size()) {
    joined_[joined_size_++] = at(next++);
    if (at(next) != '.') break;
    ++next;
  }
  token.text = std::string_view(joined_.data() + start, joined_size_ - start);
  return next;
}

std::size_t TokenList::read_figure(std::size_t from, Token& token) const {
  token.kind = Token::Kind::figure;
  std::size_t i = from;
  const auto digits_at = [&](std::size_t start) {
    std::size_t n = 0;
    while (is_digit(at(start + n))) ++n;
    return n;
  };
  const auto number_at = [&](std::size_t start, std::size_t count) {
    double value = 0;
    for (std::size_t d = 0; d < count; ++d) value = value * 10 + (at(start + d) - '0');
    return value;
  };
  const std::size_t whole = digits_at(i);
  double value = number_at(i, whole);
  i += whole;
  if (whole <= 2 && at(i) == ':' && digits_at(i + 1) == 2) {
    token.kind = Token::Kind::clock;
    i += 3;
    if (at(i) == ':' && digits_at(i + 1) == 2) i += 3;
    token.text = text_.substr(from, i - from);
    return i;
  }
  for (const char separator : {'-', '/', '.'}) {
    if (at(i) != separator) continue;
    const std::size_t second = digits_at(i + 1);
    const std::size_t third_at = i + 1 + second + 1;
    const std::size_t third = at(third_at - 1) == separator ? digits_at(third_at) : 0;
    const bool iso = whole == 4 && second == 2 && third == 2 && separator == '-';
    const bool local = whole >= 1 && whole <= 2 && second >= 1 && second <= 2 &&
                       (third == 4 || (third == 2 && separator == '/'));
    if (!iso && !local) continue;
    token.kind = Token::Kind::date;
    i = third_at + third;
    token.text = text_.substr(from, i - from);
    return i;
  }
  // Groups of three: 50,000 / 50'000 / 50 000 (only "000" after a space: "1 500 mg tablet" is two
  // figures).
  bool grouped = false;
  if (whole >= 1 && whole <= 3 && value > 0) {
    while ((at(i) == ',' || at(i) == '\'') && digits_at(i + 1) == 3) {
      value = value * 1000 + number_at(i + 1, 3);
      i += 4;
      grouped = true;
    }
    while (at(i) == ' ' && digits_at(i + 1) == 3 && text_.substr(i + 1, 3) == "000" &&
           !(grouped && at(i - 4) != ' ')) {
      value *= 1000;
      i += 4;
      grouped = true;
    }
    if (!grouped && at(i) == '.' && digits_at(i + 1) == 3) {
      double dotted = value;
      std::size_t end = i, groups = 0;
      while (at(end) == '.' && digits_at(end + 1) == 3) {
        dotted = dotted * 1000 + number_at(end + 1, 3);
        end += 4;
        ++groups;
      }
      token.with_dot_grouping = dotted;
      if (groups > 1) {
        value = dotted;
        i = end;
        grouped = true;
      }
    }
  }
  if ((at(i) == '.' || (at(i) == ',' && !grouped && (digits_at(i + 1) != 3 || value == 0))) &&
      is_digit(at(i + 1))) {
    const std::size_t decimals = digits_at(i + 1);
    double fraction = number_at(i + 1, decimals);
    for (std::size_t d = 0; d < decimals; ++d) fraction /= 10;
    value += fraction;
    i += decimals + 1;
  } else if (!grouped && whole <= 2) {
    // 1/2, 1 1/2, 1-1/2
    const auto fraction_at = [&](std::size_t start, std::size_t& end) -> double {
      const char top = at(start), bottom = at(start + 2);
      if (!is_digit(top) || at(start + 1) != '/' || !is_digit(bottom) || top >= bottom ||
          top == '0')
        return 0;
      if (bottom != '2' && bottom != '3' && bottom != '4' && bottom != '8') return 0;
      if (is_digit(at(start + 3)) || at(start + 3) == '/' || at(start + 3) == '.') {
        if (at(start + 3) != '.' || is_digit(at(start + 4))) return 0;
      }
      end = start + 3;
      return static_cast<double>(top - '0') / static_cast<double>(bottom - '0');
    };
    std::size_t end = i;
    if (whole == 1) {
      if (const double part = fraction_at(from, end); part > 0) {
        value = part;
        i = end;
      }
    }
    if (i == from + whole && value > 0 && (at(i) == ' ' || at(i) == '-')) {
      const std::size_t next = at(i + 1) == ' ' ? i + 2 : i + 1;
      if (const double part = fraction_at(next, end); part > 0) {
        value += part;
        i = end;
      }
    }
  }
  token.value = value;
  token.text = text_.substr(from, i - from);
  return i;
}

}  // namespace cofactor::fhir
