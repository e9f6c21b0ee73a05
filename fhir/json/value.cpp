// Promises: the accessors of json::Value; see value.hpp.
#include "fhir/json/value.hpp"

#include <charconv>
#include <cmath>

namespace cofactor::json {

const Value absent;

std::optional<double> Value::number() const {
  if (!is_number()) return std::nullopt;
  double out = 0;
  const auto [end, error] = std::from_chars(characters, characters + size, out);
  if (error == std::errc::result_out_of_range) {
    // Underflow reads as zero, overflow as nothing: from_chars does not tell them apart by itself.
    const std::string_view text(characters, size);
    const auto exponent = text.find_first_of("eE");
    if (exponent != std::string_view::npos && text.find('-', exponent) != std::string_view::npos)
      return 0.0;
    return std::nullopt;
  }
  if (error != std::errc() || end != characters + size || !std::isfinite(out)) return std::nullopt;
  return out;
}

const Value* Value::find(std::string_view name, std::uint16_t wanted) const {
  for (const Member& member : members())
    if (member.value.tag == wanted && member.name == name) return &member.value;
  return nullptr;
}

}  // namespace cofactor::json
