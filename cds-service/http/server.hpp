// Promises: an HTTP/1.1 listener with hard limits and absolute deadlines on every phase, graceful
// drain, and no way for a client to hold, grow or crash it (security.md 5.2, stack.md section 2).
// One acceptor, one io_context per core, one coroutine per connection.
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "cds-service/http/admission.hpp"
#include "cds-service/http/message.hpp"
#include "cds-service/http/tls.hpp"
#include "fhir/result.hpp"

namespace cofactor::service::http {

inline constexpr std::size_t kSmallBody = 64u << 10;

struct ServerLimits {
  std::size_t header_bytes = 16u << 10;
  std::size_t header_fields = 100;
  std::size_t target_bytes = 2u << 10;
  std::size_t body_bytes = 4u << 20;
  /// Of all bodies together that are being read or wait for their turn. While there are more, a body longer than
  /// kSmallBody is refused; smaller ones are bounded by the number of connections.
  std::size_t pending_body_bytes = 256u << 20;
  std::size_t connections = 2000;
  std::size_t connections_per_address = 100;  ///< 0: no limit
  std::chrono::milliseconds handshake_time{5000}, header_time{5000}, body_time{10000},
      idle_time{60000}, write_time{10000}, answer_time{500};
  AdmissionLimits admission;
};

struct ServerCounters {
  std::atomic<std::uint64_t> accepted{0}, refused{0}, open{0}, requests{0}, malformed{0},
      timed_out{0}, late{0}, handshakes_failed{0},
      shed{0},     ///< refused before the handler: the wait would have been too long
      expired{0},  ///< refused before the handler: their time was over
      pending_body_bytes{0};  ///< now, not a count: of bodies that are being read or wait for their turn
};

/// Called for every answer that the server gives without the handler (413, 503, ...), with the
/// Origin of the request when it is known: a browser shows a page only what has the CORS headers.
/// May be empty.
using OwnAnswer = std::function<void(std::string_view origin, Response& response)>;

/// Whose turn a request takes while more comes than can be served. Must be cheap.
using SenderOf = std::function<Sender(const Request&)>;

/// How long an answer will probably wait after its handler for others than this thread: the disk, above all. Called for every
/// request on an I/O thread: must be cheap.
using ExpectLater = std::function<Clock::duration()>;

class Server {
 public:
  /// `threads` I/O threads of its own. Nothing listens before start().
  Server(std::string address, std::uint16_t port, unsigned threads, ServerLimits limits,
         Handler handler, OwnAnswer own_answer = {});
  ~Server();
  /// Before start(). Without it: caller_network() of the remote address.
  void share_by(SenderOf sender);
  /// Before start(). Calls are refused early when this alone would keep them too long.
  void expect_wait(ExpectLater later);
  /// Before start(): all connections are TLS. Later, from any thread: the connections that come from
  /// now on use these files. On a failure (see check_tls) what was in force stays. Failure code
  /// tls-needs-restart when the listener was started without TLS.
  Result<TlsCertificate> use_tls(const TlsSettings& settings);
  /// Failure code cannot-listen. Returns once the socket accepts.
  Result<void> start();
  std::uint16_t port() const;  ///< the real one when 0 was asked for
  /// Stops accepting, closes idle connections, lets running requests finish until `by`, then
  /// closes. Blocks.
  void drain(Clock::time_point by);
  const ServerCounters& counters() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cofactor::service::http
