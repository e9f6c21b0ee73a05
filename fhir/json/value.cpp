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

template <class Word>
Word word_at(const char* from) {
  Word bytes = 0;
  std::memcpy(&bytes, from, sizeof bytes);
  return bytes;
}
/// Two overlapping loads of each.
template <class Word>
bool same_ends(const char* a, const char* b, std::size_t size) {
  return word_at<Word>(a) == word_at<Word>(b) &&
         word_at<Word>(a + size - sizeof(Word)) == word_at<Word>(b + size - sizeof(Word));
}

/// Both of the same length. Names of FHIR elements are short: the call of a comparison would cost more than it does.
bool same_characters(const char* a, const char* b, std::size_t size) {
  if (size >= 8) {
    for (; size > 16; size -= 8, a += 8, b += 8)
      if (word_at<std::uint64_t>(a) != word_at<std::uint64_t>(b)) return false;
    return same_ends<std::uint64_t>(a, b, size);
  }
  if (size >= 4) return same_ends<std::uint32_t>(a, b, size);
  for (std::size_t i = 0; i < size; ++i)
    if (a[i] != b[i]) return false;
  return true;
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
