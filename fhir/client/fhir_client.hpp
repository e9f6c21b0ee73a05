// Promises: the port through which FHIR data are read: one GET below one fixed base URL, one absolute deadline, one
// answer. Standard types only, so that any transport can stand behind it.
#pragma once
#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "fhir/client/base_url.hpp"
#include "fhir/client/secret_text.hpp"

namespace cofactor::fhir::client {

using Clock = std::chrono::steady_clock;

/// Why there is no answer. A closed set: reasons on cards, in records and in metrics are taken from here.
enum class FhirFailure {
  none,
  timeout,        ///< the deadline passed, in whatever phase
  unreachable,    ///< name not found, connection refused or lost
  address,        ///< the name leads to an address that is not allowed for this server
  tls,            ///< certificate, host name or protocol version refused
  unauthorized,   ///< 401
  forbidden,      ///< 403
  not_found,      ///< 404 and 410
  rate_limited,   ///< 429
  server_error,   ///< 5xx
  redirect,       ///< 3xx: never followed
  refused,        ///< another 4xx: the server does not take the query
  too_large,      ///< more bytes than allowed
  not_fhir,       ///< no FHIR JSON: another content type, broken HTTP, truncated or malformed JSON, a wrong resource
  breaker_open,   ///< the server failed repeatedly and is left alone
  busy,           ///< too many requests to this server are running already
  not_asked       ///< the call was not made: no usable token, patient or address
};
/// "fhir-timeout", ...; empty for none.
std::string_view code_of(FhirFailure failure);
/// Does it say that the server, not the request, is unwell? Those open the breaker.
bool is_server_trouble(FhirFailure failure);

struct FhirAnswer {
  FhirFailure failure = FhirFailure::none;
  std::string body;  ///< JSON text as it came; empty when there is a failure
};

class FhirClient {
 public:
  virtual ~FhirClient() = default;
  virtual const BaseUrl& base() const = 0;
  /// Reads `relative` ("Patient/1", "Observation?patient=1"; is_plain_relative()) below the base. `token` goes out as
  /// Bearer, empty: none. `done` is called once, from a thread of the transport's (or at once from the caller's when
  /// nothing is sent), not much later than `deadline`; it must neither block nor throw.
  virtual void get(std::string relative, SharedSecret token, Clock::time_point deadline,
                   std::function<void(FhirAnswer)> done) = 0;
};

}  // namespace cofactor::fhir::client
