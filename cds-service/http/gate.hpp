// Promises: who may call, as the router asks it: before a body is looked at, without a reason for the caller. How a
// client shows who it is, is the business of cds-service/security.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cds-service/http/message.hpp"

namespace cofactor::service::http {

/// The client that a call came from, as the configuration names it; the rest as its token says it, empty without one.
struct Caller {
  std::string client;
  std::string issuer, tenant, subject, token_id;
};

class Gate {
 public:
  enum class Purpose { discovery, service, feedback };
  /// What a call shows of its sender.
  struct Shown {
    std::vector<std::string> authorization;  ///< every Authorization field, as sent
    std::string certificate_subject;         ///< of the verified client certificate; empty: none
    std::string remote_address, request_id;
    std::string service;                     ///< empty for discovery
    Purpose purpose = Purpose::discovery;
    Clock::time_point deadline;
  };
  enum class Decision { admitted, refused, unavailable };
  struct Verdict {
    Decision decision = Decision::refused;
    Caller caller;  ///< when admitted
  };
  using Done = std::function<void(Verdict)>;

  virtual ~Gate() = default;
  /// Calls `done` once, from any thread, perhaps before it returns. Must not block.
  virtual void ask(Shown shown, Done done) = 0;
};

}  // namespace cofactor::service::http
