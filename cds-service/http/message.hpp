// Promises: HTTP requests and responses as plain values, so that only the edge sees Beast.
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cofactor::service::http {

using Clock = std::chrono::steady_clock;

struct TlsClient;  // tls.hpp

/// The thread that looks after a call's connection: a call that was called back by somebody else's thread (a disk writer, a
/// network library) goes on there, and nobody who waits for that other thread waits for it.
class CallThread {
 public:
  virtual ~CallThread() = default;
  /// Soon, before new calls; after the listener's end at once and here. From any thread.
  virtual void go_on(std::function<void()> work) = 0;
};

struct Header {
  std::string name, value;
};

/// Overwritten when it goes: its body and its Authorization may be tokens that are still good.
struct Request {
  Request() = default;
  ~Request();
  Request(const Request&) = default;
  Request& operator=(const Request&) = default;
  Request(Request&&) = default;
  Request& operator=(Request&& other) noexcept;

  std::string method;  ///< "GET", "POST", ... as sent
  std::string path;    ///< without query, percent-encoding untouched
  std::string query;
  std::vector<Header> headers;
  std::string body;
  std::string remote_address;  ///< peer of the socket
  std::shared_ptr<const TlsClient> tls_client;  ///< verified certificate; null: none was shown
  std::string request_id;      ///< from X-Request-Id when sane, else made by the edge
  std::shared_ptr<CallThread> thread;  ///< null: whichever the call is on
  Clock::time_point arrived;   ///< last byte of the request
  Clock::time_point deadline;  ///< absolute: answer before it

  /// First header of that name, letter case ignored; empty when absent.
  std::string_view header(std::string_view name) const;
  /// Every header of that name, in their order.
  std::vector<std::string> header_values(std::string_view name) const;
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;  ///< empty: no content type is sent
  std::vector<Header> headers;
  bool close = false;
};

/// Gives the answer of one request. Callable once, from any thread.
using Reply = std::function<void(Response)>;
/// Runs on an I/O thread: must not block. May reply later from another thread.
using Handler = std::function<void(Request, Reply)>;

}  // namespace cofactor::service::http
