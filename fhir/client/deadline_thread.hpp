// Promises: things to be done at given times, on one thread of its own, so that a deadline holds whatever the threads of
// a transport are busy with. Thread-safe. A task must be short and must not throw.
#pragma once
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

namespace cofactor::fhir::client {

class DeadlineThread {
 public:
  using Clock = std::chrono::steady_clock;
  using Ticket = std::pair<Clock::time_point, std::uint64_t>;

  DeadlineThread();
  ~DeadlineThread();  ///< stop()
  DeadlineThread(const DeadlineThread&) = delete;
  DeadlineThread& operator=(const DeadlineThread&) = delete;

  Ticket at(Clock::time_point when, std::function<void()> task);
  /// True when the task will not run; false when it ran, runs or is unknown.
  bool cancel(const Ticket& ticket);
  /// Waits for a running task; later ones are dropped. Not to be called by a task.
  void stop();

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<Ticket, std::function<void()>> tasks_;
  std::uint64_t last_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace cofactor::fhir::client
