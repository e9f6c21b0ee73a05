// Promises: see utf8.hpp. Sixteen bytes at a time while the text is plain ASCII, which FHIR mostly
// is.
#include "fhir/json/utf8.hpp"

#include <cstdint>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace cofactor::json {
namespace {

constexpr unsigned char byte_at(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}
constexpr bool continuation(unsigned char c) { return (c & 0xC0u) == 0x80u; }

#ifdef __SSE2__
__m128i block_at(std::string_view text, std::size_t at) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
}

/// The lanes of control characters, and the sign of every lane that is not ASCII.
__m128i not_printable(__m128i block) {
  const __m128i limit = _mm_set1_epi8(0x1F);
  return _mm_or_si128(block, _mm_cmpeq_epi8(_mm_max_epu8(block, limit), limit));
}

bool all_plain(__m128i block) {
  const __m128i limit = _mm_set1_epi8(0x1F), tab = _mm_set1_epi8('\t'), lf = _mm_set1_epi8('\n'), cr = _mm_set1_epi8('\r');
  const __m128i low = _mm_cmpeq_epi8(_mm_max_epu8(block, limit), limit);
  const __m128i allowed =
      _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(block, tab), _mm_cmpeq_epi8(block, lf)), _mm_cmpeq_epi8(block, cr));
  return _mm_movemask_epi8(_mm_or_si128(block, _mm_andnot_si128(allowed, low))) == 0;
}
#endif

/// How many bytes from `at` on are plain: printable ASCII, tab, LF, CR. Looks at whole blocks only, at four at once
/// while nothing but printable characters comes.
std::size_t plain_blocks(std::string_view text, std::size_t at, bool& escapes) {
  const std::size_t start = at;
#ifdef __SSE2__
  const __m128i slash = _mm_set1_epi8('\\');
  __m128i slashes = _mm_setzero_si128();
  while (at + 16 <= text.size()) {
    for (; at + 64 <= text.size(); at += 64) {
      const __m128i a = block_at(text, at), b = block_at(text, at + 16), c = block_at(text, at + 32),
                    d = block_at(text, at + 48);
      const __m128i odd =
          _mm_or_si128(_mm_or_si128(not_printable(a), not_printable(b)), _mm_or_si128(not_printable(c), not_printable(d)));
      if (_mm_movemask_epi8(odd) != 0) break;
      slashes = _mm_or_si128(slashes, _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(a, slash), _mm_cmpeq_epi8(b, slash)),
                                                   _mm_or_si128(_mm_cmpeq_epi8(c, slash), _mm_cmpeq_epi8(d, slash))));
    }
    // Line ends, what is not ASCII, or the end of the text: block by block until past it.
    const std::size_t stop = at + 64;
    for (; at + 16 <= text.size() && at < stop; at += 16) {
      const __m128i block = block_at(text, at);
      if (!all_plain(block)) {
        escapes = escapes || _mm_movemask_epi8(slashes) != 0;
        return at - start;
      }
      slashes = _mm_or_si128(slashes, _mm_cmpeq_epi8(block, slash));
    }
  }
  escapes = escapes || _mm_movemask_epi8(slashes) != 0;
#else
  (void)text, (void)escapes;
#endif
  return at - start;
}

}  // namespace

std::size_t utf8_sequence(std::string_view text, std::size_t at) {
  const std::size_t left = text.size() - at;
  const unsigned char first = byte_at(text, at);
  if (first < 0x80) return 1;
  if (first < 0xC2) return 0;
  const auto next = [&](std::size_t i) { return i < left && continuation(byte_at(text, at + i)); };
  if (first < 0xE0) return next(1) ? 2 : 0;
  if (first < 0xF0) {
    if (!next(1) || !next(2)) return 0;
    const unsigned char second = byte_at(text, at + 1);
    if (first == 0xE0 && second < 0xA0) return 0;  // overlong
    if (first == 0xED && second > 0x9F) return 0;  // surrogate
    return 3;
  }
  if (first > 0xF4 || !next(1) || !next(2) || !next(3)) return 0;
  const unsigned char second = byte_at(text, at + 1);
  if (first == 0xF0 && second < 0x90) return 0;  // overlong
  if (first == 0xF4 && second > 0x8F) return 0;  // above U+10FFFF
  return 4;
}

TextCheck check_text(std::string_view text) {
  TextCheck check;
  std::size_t at = 0;
  while (at < text.size()) {
    at += plain_blocks(text, at, check.has_escapes);
    // One block's worth by single characters, then the fast path again.
    for (const std::size_t stop = at + 16; at < text.size() && at < stop;) {
      const unsigned char c = byte_at(text, at);
      if (c < 0x20 && c != '\t' && c != '\n' && c != '\r') {
        check.fault = c == 0 ? TextCheck::Fault::nul : TextCheck::Fault::control;
        check.offset = at;
        return check;
      }
      if (c == '\\') check.has_escapes = true;
      const std::size_t length = utf8_sequence(text, at);
      if (length == 0) {
        check.fault = TextCheck::Fault::not_utf8;
        check.offset = at;
        return check;
      }
      at += length;
    }
  }
  return check;
}

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    if (std::uint64_t eight = 0; at + sizeof eight <= text.size()) {
      std::memcpy(&eight, text.data() + at, sizeof eight);
      if ((eight & 0x8080808080808080u) == 0) {
        at += sizeof eight;
        continue;
      }
    }
    const std::size_t length = utf8_sequence(text, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

std::string repaired_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 8);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8_sequence(text, at);
    if (length == 0) {
      out += "\xEF\xBF\xBD";
      ++at;
    } else {
      out += text.substr(at, length);
      at += length;
    }
  }
  return out;
}

}  // namespace cofactor::json
