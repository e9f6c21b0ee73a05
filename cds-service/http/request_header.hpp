// Promises: the bytes of one request header, read by the strict rules of the edge: what two servers
// could read differently is refused, because two readings of one request are how requests are
// smuggled.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "cds-service/http/message.hpp"
#include "cds-service/http/server.hpp"

namespace cofactor::service::http {

/// Why the edge itself refuses: the connection closes after it.
struct Refusal {
  int status = 400;
  const char* issue_code = "invalid";
  const char* text = "";
};

/// Looks for the end of a header byte by byte as it arrives, so that a line that can never become
/// valid is refused at once and not at the deadline.
class HeaderScan {
 public:
  enum class Found { more, whole, bad_byte, too_many_fields };
  /// Goes on where the last call stopped; `bytes` is the header from its first byte. `whole`:
  /// length() is set.
  Found go(std::string_view bytes, std::size_t most_fields);
  std::size_t length() const { return at_; }

 private:
  std::size_t at_ = 0, lines_ = 0, line_start_ = 0;
};

struct Head {
  Request request;  ///< without body, ids and times
  bool http_1_0 = false;
  bool keep_alive = false;
  bool chunked = false;
  std::uint64_t length = 0;  ///< of the body, when not chunked
  bool expects_continue = false;
};

/// `raw` is what HeaderScan found whole. Fills `head` as far as it gets.
std::optional<Refusal> read_header(std::string_view raw, const ServerLimits& limits, Head& head);

}  // namespace cofactor::service::http
