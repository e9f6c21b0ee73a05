// Promises: see request_header.hpp. Beast splits the fields; what Beast 1.74 lets pass (folded
// lines, `5,5` as a length, odd transfer codings, a missing Host) is refused here. The only unit
// that sees Beast.
#include "cds-service/http/request_header.hpp"

#include <utility>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <charconv>
#include <limits>
#include <string>

namespace cofactor::service::http {
namespace {

namespace beast = boost::beast;

constexpr Refusal kBadHeader{400, "invalid", "the header is not valid HTTP/1.1"};
constexpr Refusal kBadTarget{400, "invalid",
                             "the request line is not valid: send `METHOD /path HTTP/1.1`"};
constexpr Refusal kBadHost{400, "invalid", "exactly one valid Host field is needed"};
constexpr Refusal kBadLength{400, "invalid", "Content-Length must stand once and hold digits only"};
constexpr Refusal kBadCoding{
    400, "invalid",
    "Transfer-Encoding must be absent or exactly `chunked`, and never beside Content-Length"};
constexpr Refusal kTargetTooLong{414, "too-long", "the address is too long"};
constexpr Refusal kBodyTooLong{
    413, "too-long", "the body is too long: send only what the prefetch templates ask for"};
constexpr Refusal kEncoded{415, "not-supported",
                           "the body must not be compressed: leave Content-Encoding out"};
constexpr Refusal kExpectation{417, "not-supported",
                               "the only expectation known is `100-continue`"};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
bool same(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}
std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

/// Puts what Beast finds straight into a Request: no second container, no second copy.
class Parser final : public beast::http::basic_parser<true> {
 public:
  explicit Parser(Request& request) : request_(request) {}
  bool http_1_0 = false;

 private:
  using Code = beast::error_code;
  Request& request_;

  void on_request_impl(beast::http::verb, beast::string_view method, beast::string_view target,
                       int version, Code&) override {
    http_1_0 = version == 10;
    request_.method = view(method);
    request_.path = view(target);
  }
  void on_field_impl(beast::http::field, beast::string_view name, beast::string_view value,
                     Code&) override {
    request_.headers.push_back({std::string(view(name)), std::string(view(value))});
  }
  // Bodies are read by request_reader: the parser stops at the end of the header.
  void on_response_impl(int, beast::string_view, int, Code&) override {}
  void on_header_impl(Code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, Code&) override {}
  std::size_t on_body_impl(beast::string_view, Code&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, beast::string_view, Code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view, Code&) override { return 0; }
  void on_finish_impl(Code&) override {}
};

/// Path and query of a target in origin, absolute or asterisk form; RFC 9112 asks a server to take
/// all three.
bool split_target(Request& request) {
  std::string_view target = request.path;
  for (const char c : target)
    if (c <= 0x20 || c >= 0x7f) return false;
  if (same(target.substr(0, 7), "http://") || same(target.substr(0, 8), "https://")) {
    target.remove_prefix(target.find("//") + 2);
    target.remove_prefix(std::min(target.find_first_of("/?#"), target.size()));
  } else if (target != "*" && !target.starts_with('/')) {
    return false;
  }
  target = target.substr(0, target.find('#'));
  const auto question = target.find('?');
  if (question != std::string_view::npos) request.query = target.substr(question + 1);
  std::string path(target.substr(0, question));
  request.path = path.empty() ? "/" : std::move(path);
  return true;
}

struct Fields {
  std::size_t hosts = 0, lengths = 0, codings = 0;
  std::string_view host, length, coding, encoding, expect;
};

Fields pick(const Request& request) {
  Fields found;
  for (const Header& header : request.headers) {
    const std::string_view name = header.name;
    if (same(name, "Host")) {
      ++found.hosts;
      found.host = header.value;
    } else if (same(name, "Content-Length")) {
      ++found.lengths;
      found.length = header.value;
    } else if (same(name, "Transfer-Encoding")) {
      ++found.codings;
      found.coding = header.value;
    } else if (same(name, "Content-Encoding")) {
      found.encoding = header.value;
    } else if (same(name, "Expect")) {
      found.expect = header.value;
    }
  }
  return found;
}

bool good_host(std::string_view host) {
  return !host.empty() && host.find_first_of(" \t/\\@?#,\"<>") == std::string_view::npos;
}

}  // namespace

HeaderScan::Found HeaderScan::go(std::string_view bytes, std::size_t most_fields) {
  while (at_ < bytes.size()) {
    const char c = bytes[at_];
    if (at_ > 0 && (bytes[at_ - 1] == '\r') != (c == '\n')) return Found::bad_byte;
    if (at_ == 0 && c == '\n') return Found::bad_byte;
    if ((c >= 0 && c < 0x20 && c != '\t' && c != '\r' && c != '\n') || c == 0x7f)
      return Found::bad_byte;
    // A line that starts with a blank continues the one before: two servers may join them
    // differently.
    if (at_ == line_start_ && (c == ' ' || c == '\t')) return Found::bad_byte;
    ++at_;
    if (c != '\n') continue;
    if (at_ - line_start_ == 2) return Found::whole;
    line_start_ = at_;
    // The request line is the first, so `most_fields` + 1 lines are fine.
    if (++lines_ > most_fields + 1) return Found::too_many_fields;
  }
  return Found::more;
}

std::optional<Refusal> read_header(std::string_view raw, const ServerLimits& limits, Head& head) {
  Request& request = head.request;
  Parser parser(request);
  parser.header_limit(static_cast<std::uint32_t>(raw.size() + 1));
  // Not boost::none: Beast 1.74 takes that as a limit of nothing. Our own limit is applied below.
  parser.body_limit(std::numeric_limits<std::uint64_t>::max());
  beast::error_code code;
  parser.put(boost::asio::buffer(raw.data(), raw.size()), code);
  if (code || !parser.is_header_done()) return kBadHeader;
  head.http_1_0 = parser.http_1_0;
  head.keep_alive = parser.keep_alive();

  if (request.path.size() > limits.target_bytes) return kTargetTooLong;
  if (!split_target(request)) return kBadTarget;
  const Fields found = pick(request);
  if (found.hosts > 1 || (found.hosts == 0 && !head.http_1_0) ||
      (found.hosts == 1 && !good_host(found.host)))
    return kBadHost;
  if (found.codings > 0) {
    if (found.codings > 1 || found.lengths > 0 || head.http_1_0 || !same(found.coding, "chunked"))
      return kBadCoding;
    head.chunked = true;
  } else if (found.lengths > 0) {
    const char* const last = found.length.data() + found.length.size();
    const bool digits =
        std::ranges::all_of(found.length, [](char c) { return c >= '0' && c <= '9'; });
    if (found.lengths > 1 || found.length.empty() || !digits) return kBadLength;
    const auto read = std::from_chars(found.length.data(), last, head.length);
    if (read.ec != std::errc() || head.length > limits.body_bytes) return kBodyTooLong;
  }
  if (!found.encoding.empty() && !same(found.encoding, "identity")) return kEncoded;
  // RFC 9110 10.1.1: a 1.0 client does not know 100.
  if (!found.expect.empty() && !head.http_1_0) {
    if (!same(found.expect, "100-continue")) return kExpectation;
    head.expects_continue = true;
  }
  return std::nullopt;
}

}  // namespace cofactor::service::http
