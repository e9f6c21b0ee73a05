// Promises: what a hook says to the edge, free of status codes: the router alone turns it into
// HTTP.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "cds-service/http/gate.hpp"
#include "cds-service/http/message.hpp"

namespace cofactor::service::http {

struct Answer {
  enum class Kind {
    ok,               ///< `body` is the JSON to give out
    accepted_empty,   ///< done, nothing to say (feedback)
    malformed,        ///< the request cannot be understood: `text` says what, where and what to do
    unknown_service,  ///< no such service id
    precondition_failed,  ///< data that this client's policy insists on could not be had
    unavailable,          ///< cannot now (audit not writable, queue full): the client may try again
    internal              ///< a defect of ours
  };
  Kind kind = Kind::ok;
  std::string body;
  std::string decision;  ///< uuid of the audit record; goes out as X-Cofactor-Decision
  std::string
      text;  ///< for refusals: one sentence without patient data (OperationOutcome diagnostics)
  std::string code;  ///< FHIR IssueType for refusals; empty: the usual one of the kind
  std::string
      place;  ///< FHIRPath-like element of the request that is wrong; empty: not one element

  static Answer json(std::string body_, std::string decision_ = {}) {
    Answer answer;
    answer.body = std::move(body_);
    answer.decision = std::move(decision_);
    return answer;
  }
  static Answer refusal(Kind kind_, std::string text_, std::string place_ = {}) {
    Answer answer;
    answer.kind = kind_;
    answer.text = std::move(text_);
    answer.place = std::move(place_);
    return answer;
  }
};

/// Callable once, from any thread. Dropped without a call, it answers `internal`.
using AnswerReply = std::function<void(Answer)>;

/// One call as the hooks see it: the gate has let it in.
struct Call {
  std::string service;     ///< the id in the path, percent-decoded; empty for discovery
  std::string body;        ///< whole, at most ServerLimits::body_bytes; not yet looked at
  std::string request_id;  ///< safe for logs
  std::string remote_address;
  Clock::time_point arrived;   ///< last byte of the request
  Clock::time_point deadline;  ///< absolute: an answer after it is dropped and counted
  Caller caller;
  std::shared_ptr<CallThread> thread;  ///< null: whichever the call is on
};

/// What the router needs from the hooks. Called on an I/O thread: must not block; may reply later.
class Endpoints {
 public:
  virtual ~Endpoints() = default;
  /// Lets the router tell "no such service" from "wrong method" before a body is looked at.
  virtual bool has_service(std::string_view id) const = 0;
  virtual void discovery(Call call, AnswerReply reply) = 0;
  virtual void service(Call call, AnswerReply reply) = 0;
  virtual void feedback(Call call, AnswerReply reply) = 0;
};

}  // namespace cofactor::service::http
