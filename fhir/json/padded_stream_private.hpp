// Promises: the stream that RapidJSON reads a text from, in place, when at least `reads_ahead` zero bytes follow the
// text. Names and codes are short: RapidJSON's own scan steps byte by byte to the next multiple of 16, which is most
// of a FHIR text; this one may load from anywhere. Private to fhir/json.
#pragma once
#include <cstddef>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

// Its own name for the library: no other unit can share, and spoil, these instantiations.
#define RAPIDJSON_NAMESPACE cofactor_rapidjson_reader
#define RAPIDJSON_NAMESPACE_BEGIN namespace cofactor_rapidjson_reader {
#define RAPIDJSON_NAMESPACE_END }
#include <rapidjson/reader.h>

namespace cofactor::json {

class PaddedStream {
 public:
  using Ch = char;
  static constexpr std::size_t reads_ahead = 16;

  explicit PaddedStream(char* text) : from_(text), to_(text), begin_(text) {}

  char Peek() const { return *from_; }
  char Take() { return *from_++; }
  std::size_t Tell() const { return static_cast<std::size_t>(from_ - begin_); }
  char* PutBegin() { return to_ = from_; }
  void Put(char c) { *to_++ = c; }
  std::size_t PutEnd(const char* begin) const { return static_cast<std::size_t>(to_ - begin); }
  void Flush() {}
  char* Push(std::size_t count) {
    char* const begin = to_;
    to_ += count;
    return begin;
  }
  void Pop(std::size_t count) { to_ -= count; }

  /// Takes (and puts) characters up to the next quotation mark, backslash or control character.
  void copy_plain() {
#ifdef __SSE2__
    // After an escape the copy trails behind: what is stored past its end is written again before it is read.
    for (;; from_ += 16, to_ += 16) {
      const __m128i characters = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from_));
      const unsigned stops = stops_in(characters);
      if (stops == 0) {
        if (to_ != from_) _mm_storeu_si128(reinterpret_cast<__m128i*>(to_), characters);
        continue;
      }
      const auto plain = static_cast<std::size_t>(__builtin_ctz(stops));
      if (to_ != from_)
        for (std::size_t i = 0; i < plain; ++i) to_[i] = from_[i];
      from_ += plain;
      to_ += plain;
      return;
    }
#else
    while (*from_ != '"' && *from_ != '\\' && static_cast<unsigned char>(*from_) >= 0x20) *to_++ = *from_++;
#endif
  }

  void skip_blanks() {
    for (; *from_ == ' ' || *from_ == '\n' || *from_ == '\r' || *from_ == '\t'; ++from_) {
    }
  }

 private:
#ifdef __SSE2__
  static unsigned stops_in(__m128i characters) {
    const __m128i quote = _mm_cmpeq_epi8(characters, _mm_set1_epi8('"'));
    const __m128i slash = _mm_cmpeq_epi8(characters, _mm_set1_epi8('\\'));
    const __m128i control = _mm_cmpeq_epi8(_mm_max_epu8(characters, _mm_set1_epi8(0x1F)), _mm_set1_epi8(0x1F));
    return static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, slash), control)));
  }
#endif

  char* from_;
  char* to_;
  char* begin_;
};

/// Found by RapidJSON through its argument.
inline void SkipWhitespace(PaddedStream& stream) { stream.skip_blanks(); }

}  // namespace cofactor::json

namespace cofactor_rapidjson_reader {

template <>
struct StreamTraits<cofactor::json::PaddedStream> {
  enum { copyOptimization = 1 };
};

template <>
template <>
inline void GenericReader<UTF8<char>, UTF8<char>, CrtAllocator>::ScanCopyUnescapedString(
    cofactor::json::PaddedStream& from, cofactor::json::PaddedStream&) {
  from.copy_plain();
}

}  // namespace cofactor_rapidjson_reader
