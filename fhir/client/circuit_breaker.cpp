// Promises: see circuit_breaker.hpp.
#include "fhir/client/circuit_breaker.hpp"

#include <utility>

namespace cofactor::fhir::client {

CircuitBreaker::CircuitBreaker(Settings settings, std::function<Clock::time_point()> now)
    : settings_(settings), now_(std::move(now)) {}

bool CircuitBreaker::admit() {
  const std::lock_guard lock(mutex_);
  if (!open_) return true;
  const auto now = now_();
  if (now < try_at_) return false;
  trial_running_ = true;
  try_at_ = now + settings_.open_for;  // for the case that the trial never reports
  return true;
}

void CircuitBreaker::succeeded() {
  const std::lock_guard lock(mutex_);
  in_a_row_ = 0;
  open_ = trial_running_ = false;
}

void CircuitBreaker::failed() {
  const std::lock_guard lock(mutex_);
  // A call that was admitted before it opened says nothing new.
  if (open_ && !trial_running_) return;
  if (!open_ && ++in_a_row_ < settings_.failures) return;
  open_ = true;
  trial_running_ = false;
  try_at_ = now_() + settings_.open_for;
}

void CircuitBreaker::abandoned() {
  const std::lock_guard lock(mutex_);
  if (!trial_running_) return;
  trial_running_ = false;
  try_at_ = now_();
}

CircuitBreaker::State CircuitBreaker::state() const {
  const std::lock_guard lock(mutex_);
  if (!open_) return State::closed;
  return trial_running_ || now_() >= try_at_ ? State::half_open : State::open;
}

}  // namespace cofactor::fhir::client
