// Promises: see response_text.hpp.
#include "cds-service/http/response_text.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>

namespace cofactor::service::http {
namespace {

std::string_view reason(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 204:
      return "No Content";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    default:
      return "Answer";
  }
}

void append_number(std::string& out, std::size_t number) {
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

/// A line break in a value would let it write headers, or a whole second response.
void append_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ");
  for (const char c : value) out += (c >= 0 && c < 0x20) || c == 0x7f ? ' ' : c;
  out.append("\r\n");
}

}  // namespace

void write_head(const Response& response, const Frame& frame, std::string& out) {
  out.assign("HTTP/1.1 ");
  append_number(out, static_cast<std::size_t>(response.status));
  out.append(" ").append(reason(response.status)).append("\r\n");
  if (!response.body.empty()) append_field(out, "Content-Type", response.content_type);
  if (response.status >= 200 && response.status != 204 && response.status != 304) {
    out.append("Content-Length: ");
    append_number(out, response.body.size());
    out.append("\r\n");
  }
  // An answer speaks about one patient at one moment: no cache may keep it.
  out.append("Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n");
  if (!frame.request_id.empty()) append_field(out, "X-Request-Id", frame.request_id);
  if (!frame.date.empty()) append_field(out, "Date", frame.date);
  for (const Header& header : response.headers) append_field(out, header.name, header.value);
  if (frame.close) out.append("Connection: close\r\n");
  if (!frame.close && frame.http_1_0) out.append("Connection: keep-alive\r\n");
  out.append("\r\n");
}

std::string imf_date(long long seconds) {
  namespace chrono = std::chrono;
  const chrono::sys_seconds time{chrono::seconds(seconds)};
  const auto day = chrono::floor<chrono::days>(time);
  const chrono::year_month_day date(day);
  const chrono::hh_mm_ss clock(time - day);
  constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                               "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::array<char, 64> text;
  const int size = std::snprintf(
      text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT",
      kDays[chrono::weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
      kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()));
  return std::string(text.data(), static_cast<std::size_t>(size));
}

}  // namespace cofactor::service::http
