// Promises: how long a thing that must be durable would wait for its commit, told from how long the last ones took. One thread
// commits; any thread asks.
#pragma once
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>

namespace cofactor::service::ops {

class CommitWait {
 public:
  using Clock = std::chrono::steady_clock;

  void begins(Clock::time_point now = Clock::now()) {
    begun_ = now.time_since_epoch().count();
    committing_ = true;
  }
  void ends(Clock::time_point now = Clock::now()) {
    // One standstill must not keep callers away when it is over; a disk that has become slow shows with the next ones.
    const Clock::rep took = std::min(now.time_since_epoch().count() - begun_, std::max<Clock::rep>(4 * took_, kBelieved.count()));
    took_ = took_ + (took - took_) / 4;
    committing_ = false;
  }
  /// Of something else on the same disk that the next commit waits for: it tells nothing about commits.
  void ends_other() { committing_ = false; }
  /// For one more beside `queued`, of which one commit takes `most`, that comes `after` a while: zero while nothing is queued or
  /// committed and it comes now.
  Clock::duration expected(std::size_t queued, std::size_t most, Clock::duration after = {}, Clock::time_point now = Clock::now()) const {
    const bool committing = committing_;
    const Clock::duration commit(took_);
    if (queued == 0 && !committing) return after > Clock::duration::zero() ? commit : Clock::duration::zero();
    const auto since = committing ? now.time_since_epoch() - Clock::duration(begun_) : Clock::duration();
    // A disk that hangs tells nothing new: what has taken longer than the others did may well take as long again.
    const auto rest = !committing ? Clock::duration() : since < commit ? commit - since : since;
    return std::max(rest - after, Clock::duration()) + commit * static_cast<Clock::rep>(1 + queued / most);
  }

 private:
  static constexpr Clock::duration kBelieved = std::chrono::milliseconds(50);
  std::atomic<Clock::rep> begun_{0}, took_{0};
  std::atomic<bool> committing_{false};
};

}  // namespace cofactor::service::ops
