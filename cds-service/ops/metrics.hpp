// Promises: the counters of the service, cheap to bump from any thread, in Prometheus text format.
// Label sets are bounded: no label value comes from a request (clients are named by the configuration), and what is not known folds into
// "other".
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cofactor::service::http {
struct ServerCounters;
}

namespace cofactor::service::ops {

class Metrics {
 public:
  /// Series of these rules exist from the start, so that a rule that never fires shows as 0; others
  /// are "other".
  explicit Metrics(std::vector<std::string> rules = {});
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  void call(std::string_view hook, std::string_view outcome,
            std::chrono::microseconds took);  ///< outcome: "cards", "no-cards", "refused", ...
  void rule_outcome(std::string_view rule, std::string_view outcome);
  void could_not_check(std::string_view reason);
  void feedback(std::string_view outcome, bool known_card);
  /// One call's FHIR calls together: "whole", "partial", "failed", "breaker-open", "not-asked", "not-needed"; only what
  /// was asked has a duration.
  void call_back(std::string_view outcome, std::chrono::microseconds took);
  void fhir_search(std::string_view outcome);  ///< of CallBackReport::Key
  void patient_prefix_normalised();
  void patient_mismatch();
  void audit_failure();
  void refused_call(std::string_view reason);  ///< a name of security::Reason
  void replay_in_memory_only();                ///< a token was taken that a restart would forget
  void clock_jump();                           ///< the wall clock was set
  void reload(bool taken_over);  ///< a refused one shows until the next that is taken over

  struct ClientKeys {
    std::string client;          ///< as the configuration names it
    std::size_t usable = 0;      ///< keys that its tokens may be signed with
    std::uint64_t failures = 0;  ///< attempts to read its key set
  };
  /// Shows these clients, until the next call.
  void client_keys(std::vector<ClientKeys> clients);

  /// Shows version and knowledge as cofactor_build_info; the last call counts (a reload changes the
  /// revision).
  void build(std::string_view version, std::string_view knowledge_revision);
  /// Shows the listener's counters; they must outlive every later text(). nullptr: no more.
  void server(const http::ServerCounters* counters);
  std::string text() const;  ///< text/plain; version=0.0.4

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cofactor::service::ops
