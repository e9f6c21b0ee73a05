// Promises: bounded HTTPS GETs over cpprestsdk's http_client, hardened: no redirects, no proxy, no compression, no cookies,
// TLS 1.2 or later with the host name verified, bodies and headers bounded while they arrive, and `done` at the deadline
// whatever the other side does. One instance a process: cpprestsdk has one pool of threads. Standard types only.
#pragma once
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "fhir/client/address_book.hpp"
#include "fhir/client/fhir_client.hpp"
#include "fhir/client/origin.hpp"

namespace cofactor::fhir::client {

struct HttpRequest {
  std::string target;        ///< path and query, beginning with a slash, already encoded
  std::string accept;        ///< value of Accept
  SharedSecret token;        ///< goes out as Bearer; empty: no Authorization
  Clock::time_point deadline;
  std::size_t body_bytes = 8u << 20;
};

struct HttpAnswer {
  FhirFailure failure = FhirFailure::none;
  std::string content_type;  ///< in lower case, without parameters
  std::string body;          ///< of a 200; empty when there is a failure
};

struct TransportSettings {
  unsigned threads = 2;                         ///< of cpprestsdk's pool; the first transport of a process decides
  std::size_t flood_bytes = 1u << 20;           ///< on the wire beyond what a body may have, before a server is cut off
  AddressBook::Settings addresses;
  Resolver resolver;                            ///< empty: system_resolver()
  std::string system_ca_file;                   ///< empty: OpenSSL's default file
};

struct TransportCounters {
  std::atomic<std::uint64_t> requests{0}, connections{0}, stale_connections{0}, floods{0};
};

class HttpTransport {
 public:
  explicit HttpTransport(TransportSettings settings = {});
  ~HttpTransport();  ///< stop()
  HttpTransport(const HttpTransport&) = delete;
  HttpTransport& operator=(const HttpTransport&) = delete;

  /// `done` is called once, from a thread of the transport's, not much later than the deadline; it must neither block nor
  /// throw.
  void get(const Origin& origin, HttpRequest request, std::function<void(HttpAnswer)> done);
  /// What is still running ends with `unreachable`, and so does every later get(), at once. Returns when no `done` runs any
  /// more, after five seconds at the latest. Not to be called from a `done`.
  void stop();
  /// Closes idle connections to a server that nobody is configured to call any more; whoever calls it all the same begins anew.
  void forget(const Origin& origin);
  /// Reads the CA file of an origin, so that a bad one is told when the service starts. Failure code: fhir-tls.
  Result<void> check_trust(const Origin& origin);
  const TransportCounters& counters() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace cofactor::fhir::client
