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
  /// The longest estimated wait that is taken on from a caller that was not refused a moment ago: a burst is served.
  std::chrono::milliseconds burst_wait{100};
  /// The same for a caller of whom somebody has been waiting for `burst_wait` or was refused in the last second: it sends more
  /// than its turns, and a long queue would only make every answer late.
  std::chrono::milliseconds standing_wait{10};
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

  /// Whether a job of that caller has a place in the queue now: its answer would come before `deadline`, and not later than a
  /// caller may wait. `later`: what the answer waits for after its turn. A refusal is remembered.
  bool has_place(const std::string& key, Clock::time_point now, Clock::time_point deadline, Clock::duration later = {}) {
    const auto lane = lanes_.find(key);
    const std::size_t own = lane == lanes_.end() ? 0 : lane->second.jobs.size();
    // Callers take turns, so that before this one come at most as many of each other caller as of its own.
    const std::size_t before = std::min(waiting_, (own + 1) * (order_.size() + (own == 0 ? 1 : 0)));
    const auto wait = later + cost_.mean() * static_cast<Clock::rep>(before + 1);
    const bool standing = (own > 0 && now - lane->second.since > limits_.burst_wait) ||
                          (lane != lanes_.end() && now < lane->second.strict_until);
    const Clock::duration most = standing ? limits_.standing_wait : limits_.burst_wait;
    if (wait <= most && now + wait + cost_.mean() <= deadline) return true;
    if (lane != lanes_.end() || lanes_.size() < kMostRemembered)
      (lane == lanes_.end() ? lanes_[key] : lane->second).strict_until = now + kMemory;
    return false;
  }

  /// Takes `job` into the queue of that caller; or, when it has no place there, refuses it and leaves it alone.
  bool enter(const std::string& key, Clock::time_point now, Clock::time_point deadline, Job& job,
             Clock::duration later = {}) {
    if (!has_place(key, now, deadline, later)) return false;
    const auto lane = lanes_.find(key);
    auto& entry = lane == lanes_.end() ? *lanes_.emplace(key, Lane()).first : *lane;
    if (entry.second.jobs.empty()) {
      entry.second.since = now;
      order_.push_back(&entry);
    }
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
    if (!jobs.empty()) order_.push_back(entry);
    return job;
  }

  std::size_t waiting() const { return waiting_; }
  /// That wait or are remembered.
  std::size_t callers() const { return lanes_.size(); }
  /// Close to refusing, if this stays so.
  bool crowded() const {
    return cost_.mean() * static_cast<Clock::rep>(waiting_) > limits_.standing_wait / 2;
  }
  void turn_took(Clock::duration time) { cost_.turn(time); }
  /// All that could be served before the next look at the sockets was served.
  void round_ends(Clock::time_point now) {
    cost_.round_ends(now, waiting_ > 0);
    if (now < next_tidying_) return;
    next_tidying_ = now + kMemory;
    std::erase_if(lanes_, [now](const auto& lane) { return lane.second.jobs.empty() && lane.second.strict_until <= now; });
  }
  Clock::duration mean_cost() const { return cost_.mean(); }

 private:
  static constexpr std::chrono::seconds kMemory{1};  // what a refusal asks its caller to wait
  static constexpr std::size_t kMostRemembered = 4096;
  struct Lane {
    std::deque<Job> jobs;
    Clock::time_point since;         // somebody has been waiting since then, when somebody is
    Clock::time_point strict_until;  // a refusal is remembered until then
  };
  AdmissionLimits limits_;
  TurnCost cost_;
  std::unordered_map<std::string, Lane> lanes_;
  std::deque<typename std::unordered_map<std::string, Lane>::value_type*> order_;
  std::size_t waiting_ = 0;
  Clock::time_point next_tidying_;
};

}  // namespace cofactor::service::http
