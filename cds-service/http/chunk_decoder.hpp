// Promises: decodes a chunked body strictly (RFC 9112 7.1), in any fragmentation, never past a
// limit. Own code because Beast 1.74's asserts when the last chunk arrives byte by byte, and it
// lets odd extensions pass.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace cofactor::service::http {

class ChunkDecoder {
 public:
  enum class State { more, done, malformed, too_long };

  /// Appends what it decodes to `body`; `used` says how many of `bytes` it took (all of them while
  /// `more`).
  State go(std::string_view bytes, std::size_t& used, std::string& body, std::size_t most_bytes);

 private:
  enum class At {
    size,
    extension,
    extension_value,
    quoted,
    quoted_pair,
    after_quoted,
    size_lf,
    data,
    data_cr,
    data_lf,
    trailer_start,
    trailer,
    trailer_lf,
    end_lf
  };
  State step(char c);

  At at_ = At::size;
  std::uint64_t left_ = 0;  ///< of the chunk
  unsigned digits_ = 0;
  std::size_t overhead_ = 0;  ///< bytes of extensions and trailers: bounded over the whole body
  std::size_t name_ = 0;      ///< characters of the extension's name or value
  bool last_ = false;
};

}  // namespace cofactor::service::http
