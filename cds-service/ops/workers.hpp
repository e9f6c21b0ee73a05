// Promises: threads for work that somebody else's callback brought: whoever calls back (a disk writer, a network library, a
// timer) has threads that others wait for, so what a call costs from there on is done here. Thread-safe.
#pragma once
#include <chrono>
#include <functional>
#include <memory>

namespace cofactor::service::ops {

/// Runs work on a thread that may take its time; never fails.
using Elsewhere = std::function<void(std::function<void()>)>;

class Workers {
 public:
  /// 0: one thread a core.
  explicit Workers(unsigned threads);
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  /// After stop() the work is done before this returns. An exception ends the work, not the thread.
  void post(std::function<void()> work);
  /// How long work that is posted now would probably wait for a thread. Cheap; any thread.
  std::chrono::steady_clock::duration expected_wait() const;
  /// Returns when everything posted before is done. Not from a worker's thread.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cofactor::service::ops
