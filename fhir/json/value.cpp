// Promises: the accessors of json::Value; see value.hpp.
#include "fhir/json/value.hpp"

#include <charconv>
#include <cmath>
#include <cstring>

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

namespace {

std::uint64_t eight_bytes(const char* from) {
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, from, sizeof bytes);
  return bytes;
}

/// Both of the same length. Names of FHIR elements are short: two overlapping loads spare the call of a comparison.
bool same_characters(const char* a, const char* b, std::size_t size) {
  if (size < 8 || size > 16) return std::memcmp(a, b, size) == 0;
  return eight_bytes(a) == eight_bytes(b) && eight_bytes(a + size - 8) == eight_bytes(b + size - 8);
}

}  // namespace

const Value* Value::find(std::string_view name, std::uint16_t wanted) const {
  for (const Member& member : members())
    if (member.value.tag == wanted && member.name.size() == name.size() &&
        same_characters(member.name.data(), name.data(), name.size()))
      return &member.value;
  return nullptr;
}

}  // namespace cofactor::json
