// Promises: a server that failed several times in a row is left alone for a while, then tried with one call before the
// others follow. Pure but for the clock it is given. Thread-safe.
#pragma once
#include <chrono>
#include <functional>
#include <mutex>

namespace cofactor::fhir::client {

class CircuitBreaker {
 public:
  using Clock = std::chrono::steady_clock;
  struct Settings {
    int failures = 5;                              ///< in a row, before it opens
    std::chrono::milliseconds open_for{10'000};    ///< then one trial
  };
  enum class State { closed, open, half_open };

  explicit CircuitBreaker(Settings settings, std::function<Clock::time_point()> now = Clock::now);

  /// May this call go out? Every call that was admitted reports once, by succeeded() or failed(). One that never
  /// reports does not block for ever: after `open_for` the next trial is admitted.
  bool admit();
  void succeeded();
  void failed();
  /// Neither: the call ended without having met the server.
  void abandoned();
  State state() const;

 private:
  const Settings settings_;
  const std::function<Clock::time_point()> now_;
  mutable std::mutex mutex_;
  int in_a_row_ = 0;
  bool open_ = false;
  bool trial_running_ = false;
  Clock::time_point try_at_;
};

}  // namespace cofactor::fhir::client
