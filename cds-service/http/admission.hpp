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
  /// The longest estimated wait that is taken on while nobody of the same caller waited a moment ago: a burst is served.
  std::chrono::milliseconds burst_wait{100};
  /// The same for a caller of whom somebody has been waiting for `burst_wait`: it sends more than its turns, and a long
  /// queue would only make every answer late.
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

  /// Takes `job` into the queue of that caller; or refuses it and leaves it alone: its answer would come after `deadline`,
  /// or later than a caller may wait now. `later`: what the answer waits for after its turn.
  bool enter(const std::string& key, Clock::time_point now, Clock::time_point deadline, Job& job,
             Clock::duration later = {}) {
    const auto lane = lanes_.find(key);
    const std::size_t own = lane == lanes_.end() ? 0 : lane->second.jobs.size();
    // Callers take turns, so that before this one come at most as many of each other caller as of its own.
    const std::size_t before = std::min(waiting_, (own + 1) * (order_.size() + (own == 0 ? 1 : 0)));
    const auto wait = later + cost_.mean() * static_cast<Clock::rep>(before + 1);
    const bool standing = own > 0 && now - lane->second.since > limits_.burst_wait;
    const Clock::duration most = standing ? limits_.standing_wait : limits_.burst_wait;
    if (wait > most || now + wait + cost_.mean() > deadline) return false;
    auto& entry = lane == lanes_.end() ? *lanes_.emplace(key, Lane{{}, now}).first : *lane;
    if (own == 0) order_.push_back(&entry);
    entry.second.jobs.push_back(std::move(job));
    ++waiting_;
    return true;
  }

  /// The one whose turn it is; nothing when nobody waits.
  std::optional<Job> next() {
    if (order_.empty()) return std::nullopt;
    auto* const entry = order_.front();
    order_.pop_front();
    auto& jobs = entry->second.jobs;
    std::optional<Job> job(std::move(jobs.front()));
    jobs.pop_front();
    --waiting_;
    if (jobs.empty())
      lanes_.erase(lanes_.find(entry->first));
    else
      order_.push_back(entry);
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
  struct Lane {
    std::deque<Job> jobs;     // never empty
    Clock::time_point since;  // somebody has been waiting since then
  };
  AdmissionLimits limits_;
  TurnCost cost_;
  std::unordered_map<std::string, Lane> lanes_;
  std::deque<typename std::unordered_map<std::string, Lane>::value_type*> order_;
  std::size_t waiting_ = 0;
};

}  // namespace cofactor::service::http
