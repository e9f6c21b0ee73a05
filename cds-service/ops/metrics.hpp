// Promises: the counters of the service, cheap to bump from any thread, in Prometheus text format. Label sets
// are fixed: no label value comes from a request.
#pragma once
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace cofactor::service::ops {

class Metrics {
 public:
  Metrics();
  ~Metrics();
  void call(std::string_view hook, std::string_view outcome, std::chrono::microseconds took);  ///< outcome: "cards", "no-cards", "refused", ...
  void rule_outcome(std::string_view rule, std::string_view outcome);
  void could_not_check(std::string_view reason);
  void feedback(std::string_view outcome, bool known_card);
  void patient_prefix_normalised();
  void patient_mismatch();
  void audit_failure();
  std::string text() const;            ///< text/plain; version=0.0.4

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cofactor::service::ops
