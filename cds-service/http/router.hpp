// Promises: which request goes where, and how an Answer becomes a response: paths, methods, content
// types, CORS, OperationOutcome bodies. Knows nothing clinical. The only place, with the server,
// for status codes.
#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cds-service/http/answer.hpp"
#include "cds-service/http/message.hpp"

namespace cofactor::service::http {

/// Allow-listed browser origins. Empty: CORS is off and no header is ever sent.
class Cors {
 public:
  Cors() = default;
  explicit Cors(std::vector<std::string> origins);
  bool on() const { return !origins_.empty(); }
  /// Adds what a real answer needs (also an error): Vary, and for a listed origin
  /// Access-Control-Allow-Origin.
  void decorate(std::string_view origin, Response& response) const;
  bool allows(std::string_view origin) const;

 private:
  std::vector<std::string> origins_;
};

struct RouterSettings {
  std::string
      public_base_url;  ///< its path is a prefix; a proxy may also strip it: both are served
  std::vector<std::string> cors_origins;  ///< union over the clients
  std::size_t calls_under_way = 512;      ///< of all clients; none takes the share of the others (call_shares.hpp)
};

/// The CDS service: {base}/cds-services[/{id}[/feedback]]. Whoever the gate refuses gets 401 without a reason, before the
/// body is looked at; a preflight is answered without it. `gate` and `endpoints` must outlive the handler.
Handler cds_router(RouterSettings settings, Gate& gate, Endpoints& endpoints);

/// What the operations listener shows. Called on an I/O thread.
struct OperationsPages {
  std::function<std::vector<std::string>()> why_not_ready;  ///< empty: ready
  std::function<std::string()> metrics;                     ///< Prometheus text
};

/// GET /health/live, /health/ready, /metrics.
Handler operations_router(OperationsPages pages);

/// An error as every part of the edge words it: an OperationOutcome, no patient data.
Response refusal(int status, std::string_view issue_code, std::string_view text,
                 std::string_view request_id, std::string_view place = {});

}  // namespace cofactor::service::http
