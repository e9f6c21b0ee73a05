// Promises: who waits, who is refused at once and who is next, for the requests that one thread cannot serve yet: the
// wait of each is estimated when it comes, callers take turns, and nothing waits for an answer that would come too late.
// No sockets and no clock of its own. One per I/O thread; not thread-safe.
#pragma once
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "cds-service/http/message.hpp"

namespace cofactor::service::http {

struct AdmissionLimits {
  /// The longest estimated wait that is taken on while the queue was empty a moment ago: a burst is served.
  std::chrono::milliseconds burst_wait{100};
  /// The same once the queue has not been empty for `burst_wait`: more comes than can be served, and a long queue would
  /// only make every answer late.
  std::chrono::milliseconds standing_wait{30};
};

/// What one turn costs: the mean over the last few dozen rounds. While others wait, everything that the thread does
/// beside the turns belongs to it (reading, writing, refusing).
class TurnCost {
 public:
  void turn(Clock::duration took) {
    ++turns_;
    spent_ += took;
  }
  void round_ends(Clock::time_point now, bool others_wait) {
    if (turns_ > 0) add((others_waited_ ? now - begun_ : spent_) / turns_);
    begun_ = now;
    turns_ = 0;
    spent_ = Clock::duration::zero();
    others_waited_ = others_wait;
  }
  Clock::duration mean() const { return mean_; }

 private:
  void add(Clock::duration took) {
    // A process that was stopped for a while must not believe that a turn takes so long.
    constexpr Clock::duration kMost = std::chrono::milliseconds(50);
    mean_ += (std::clamp(took, Clock::duration::zero(), kMost) - mean_) / 16;
  }

  Clock::time_point begun_{};
  Clock::duration spent_{};
  int turns_ = 0;
  bool others_waited_ = false;
  Clock::duration mean_ = std::chrono::microseconds(200);
};

template <class Job>
class Admission {
 public:
  explicit Admission(AdmissionLimits limits) : limits_(limits) {}

  /// Takes `job` into the queue of that caller; or refuses it and leaves it alone: its turn would come after `deadline`,
  /// or later than a caller may wait now.
  bool enter(const std::string& key, Clock::time_point now, Clock::time_point deadline, Job& job) {
    const auto lane = lanes_.find(key);
    const std::size_t own = lane == lanes_.end() ? 0 : lane->second.size();
    // Callers take turns, so that before this one come at most as many of each other caller as of its own.
    const std::size_t before = std::min(waiting_, (own + 1) * (order_.size() + (own == 0 ? 1 : 0)));
    const auto wait = cost_.mean() * static_cast<Clock::rep>(before + 1);
    if (waiting_ == 0) empty_at_ = now;
    const bool standing = now - empty_at_ > limits_.burst_wait;
    const Clock::duration most = standing ? limits_.standing_wait : limits_.burst_wait;
    if (wait > most || now + wait + cost_.mean() > deadline) return false;
    Lane& joined = lane == lanes_.end() ? lanes_[key] : lane->second;
    if (joined.empty()) order_.push_back(&*lanes_.find(key));
    joined.push_back(std::move(job));
    ++waiting_;
    return true;
  }

  /// The one whose turn it is; nothing when nobody waits.
  std::optional<Job> next(Clock::time_point now) {
    if (order_.empty()) return std::nullopt;
    auto* const entry = order_.front();
    order_.pop_front();
    std::optional<Job> job(std::move(entry->second.front()));
    entry->second.pop_front();
    if (entry->second.empty())
      lanes_.erase(lanes_.find(entry->first));
    else
      order_.push_back(entry);
    if (--waiting_ == 0) empty_at_ = now;
    return job;
  }

  std::size_t waiting() const { return waiting_; }
  /// Close to refusing, if this stays so.
  bool crowded() const {
    return cost_.mean() * static_cast<Clock::rep>(waiting_) > limits_.standing_wait / 2;
  }
  void turn_took(Clock::duration time) { cost_.turn(time); }
  /// All that could be served before the next look at the sockets was served.
  void round_ends(Clock::time_point now) { cost_.round_ends(now, waiting_ > 0); }
  Clock::duration mean_cost() const { return cost_.mean(); }

 private:
  using Lane = std::deque<Job>;
  AdmissionLimits limits_;
  TurnCost cost_;
  std::unordered_map<std::string, Lane> lanes_;  // none is empty
  std::deque<typename std::unordered_map<std::string, Lane>::value_type*> order_;
  std::size_t waiting_ = 0;
  Clock::time_point empty_at_{};
};

}  // namespace cofactor::service::http
