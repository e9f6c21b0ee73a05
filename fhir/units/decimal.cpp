// Promises: see decimal.hpp. A value that a double cannot hold (overflow, or a non-zero figure that
// would become zero) is no value: it must never turn into a silent infinity or zero.
#include "fhir/units/decimal.hpp"

#include <charconv>
#include <cmath>

namespace cofactor::fhir {
namespace {
constexpr bool digit(char c) { return c >= '0' && c <= '9'; }

/// -?digits(.digits)?([eE][+-]?digits)?, leading zeros allowed: strings from the field have them.
bool plain_number(std::string_view text) {
  std::size_t i = 0;
  const auto digits = [&] {
    const std::size_t start = i;
    while (i < text.size() && digit(text[i])) ++i;
    return i > start;
  };
  if (i < text.size() && text[i] == '-') ++i;
  if (!digits()) return false;
  if (i < text.size() && text[i] == '.') {
    ++i;
    if (!digits()) return false;
  }
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
    if (!digits()) return false;
  }
  return i == text.size();
}
}  // namespace

std::optional<Decimal> Decimal::read(std::string_view text) {
  if (text.size() > 128 || !plain_number(text)) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
    return std::nullopt;
  return Decimal{text, value};
}

}  // namespace cofactor::fhir
