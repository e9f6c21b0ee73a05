// Promises: UTF-8 judged exactly as RFC 3629 has it: no overlong forms, no surrogates, nothing
// above U+10FFFF. Reads only inside the given text. Pure.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace cofactor::json {

/// What a body must be before the JSON parser may see it.
struct TextCheck {
  enum class Fault { none, not_utf8, nul, control } fault = Fault::none;
  std::size_t offset = 0;    ///< of the first fault
  bool has_escapes = false;  ///< a backslash occurs somewhere
};
/// `control` is a character below U+0020 that JSON allows nowhere unescaped (all but tab, LF and
/// CR).
TextCheck check_text(std::string_view text);

/// Bytes of the valid sequence that starts at `at`, or 0.
std::size_t utf8_sequence(std::string_view text, std::size_t at);

bool is_utf8(std::string_view text);
/// Every byte that belongs to no valid sequence becomes U+FFFD.
std::string repaired_utf8(std::string_view text);

}  // namespace cofactor::json
