// Promises: who waits, who is refused at once and who is next, for the requests that one thread cannot serve yet: the
// wait of each is estimated when it comes, addresses take turns and within an address the callers that it stands for, and
// nothing waits for an answer that would come too late.
// No sockets and no clock of its own. One per I/O thread; not thread-safe.
#pragma once
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "cds-service/http/message.hpp"

namespace cofactor::service::http {

struct AdmissionLimits {
  /// The longest estimated wait for a turn that is taken on from a caller that was not refused a moment ago: a burst is served,
  /// and what comes after the turn may take until the deadline, for a disk that stands still is no reason to leave advice out.
  std::chrono::milliseconds burst_wait{100};
  /// The same for a caller of whom somebody has been waiting for `burst_wait` or was refused in the last second: it sends more
  /// than its turns, and a long queue would only make every answer late. As many calls as an EHR may well have under way at once
  /// are no long queue: they may wait for half of `burst_wait`. Where the disk is slow, down to a quarter of all this; and with
  /// what comes after the turn no longer than `burst_wait`.
  std::chrono::milliseconds standing_wait{20};
};

/// What one turn costs: the mean over the last few dozen rounds. While others wait, everything that the thread does
/// beside the turns belongs to it (reading, writing, refusing).
class TurnCost {
 public:
  void turn(Clock::duration took) {
    ++turns_;
    spent_ += took;
  }
  /// What a call took outside of a turn of the queue: with means, as good as within one.
  void rest(Clock::duration took) {
    spent_ += took;
    rest_mean_ += (std::clamp(took, Clock::duration::zero(), kMost) - rest_mean_) / 16;
  }
  void round_ends(Clock::time_point now, bool others_wait) {
    if (turns_ > 0) {
      add((others_waited_ ? now - begun_ : spent_) / turns_);
      turns_ = 0;
      spent_ = Clock::duration::zero();
      begun_ = now;
    } else if (!others_waited_) {
      begun_ = now;
    }
    others_waited_ = others_wait;
  }
  /// Since the round that just ended: what the thread does from now on is for nobody who waits.
  void nobody_waits() { others_waited_ = false; }
  Clock::duration mean() const { return mean_; }
  Clock::duration rest_mean() const { return rest_mean_; }

 private:
  // A process that was stopped for a while must not believe that a turn takes so long.
  static constexpr Clock::duration kMost = std::chrono::milliseconds(50);
  void add(Clock::duration took) {
    mean_ += (std::clamp(took, Clock::duration::zero(), kMost) - mean_) / 16;
  }

  Clock::time_point begun_{};
  Clock::duration spent_{};
  int turns_ = 0;
  bool others_waited_ = false;
  Clock::duration mean_ = std::chrono::microseconds(200), rest_mean_ = mean_;
};

/// Whose turn a request takes. It is asked before anything is verified, so what it claims may be forged: `client` divides the
/// turns of its address and takes nothing from others.
struct Sender {
  std::string address;
  std::string client = {};  ///< that it claims to be, where one address may stand for several; empty: nobody known
};

/// Lanes that take turns, one job each. A lane is a deque of jobs or Turns itself.
template <class Lane>
class Turns {
 public:
  using Entry = std::pair<const std::string, Lane>;

  bool empty() const { return order_.empty(); }
  std::size_t size() const { return size_; }
  std::size_t lanes() const { return order_.size(); }
  const Lane* lane(const std::string& key) const {
    const auto found = lanes_.find(key);
    return found == lanes_.end() || found->second.empty() ? nullptr : &found->second;
  }
  /// How many jobs come before one more of a lane (`of_lane`: it has some) where `own` come before it, at the worst.
  std::size_t before(std::size_t own, bool of_lane) const { return std::min(size_, (own + 1) * (order_.size() + (of_lane ? 0 : 1))); }
  /// `add` puts one job into the lane, or throws and leaves it.
  template <class Add>
  void put(const std::string& key, Add add) {
    Entry& entry = *lanes_.try_emplace(key).first;
    std::list<Entry*> last;
    if (entry.second.empty()) last.push_back(&entry);
    add(entry.second);
    order_.splice(order_.end(), last);
    ++size_;
  }
  /// `next` takes one job out of the lane whose turn it is. Not of nothing.
  template <class Next>
  auto take(Next next) {
    Entry* const entry = order_.front();
    auto job = next(entry->second);
    --size_;
    if (entry->second.empty()) {
      order_.pop_front();
      lanes_.erase(lanes_.find(entry->first));
    } else {
      order_.splice(order_.end(), order_, order_.begin());
    }
    return job;
  }

 private:
  std::unordered_map<std::string, Lane> lanes_;
  std::list<Entry*> order_;  // of those that are not empty
  std::size_t size_ = 0;
};

template <class Job>
class Admission {
 public:
  explicit Admission(AdmissionLimits limits) : limits_(limits) {}

  /// Whether an answer of which what comes after its turn takes `later` comes in time, if the turn is now.
  bool in_time(Clock::time_point now, Clock::time_point deadline, Clock::duration later) const {
    return now + later + cost_.mean() <= deadline;
  }
  /// Somebody of it has been waiting for long, or it was refused a moment ago for what waits.
  bool sends_too_much(const Sender& sender, Clock::time_point now) { return sends_too_much(find(sender), now); }

  /// Whether a job of that sender has a place in the queue now: its answer would come before `deadline`, and not later than a
  /// caller may wait, with `later` for what the answer waits for after its turn. A refusal for the turn is remembered; one for
  /// what comes later is not: nobody's calls are to blame for a slow disk.
  bool has_place(const Sender& sender, Clock::time_point now, Clock::time_point deadline, Clock::duration later = {}) {
    const Lane* const lane = queue_.lane(sender.address);
    const std::deque<Waiting>* const own = lane ? lane->lane(sender.client) : nullptr;
    const std::size_t in_lane = lane ? lane->before(own ? own->size() : 0, own != nullptr) : 0;
    const auto turn = cost_.mean() * static_cast<Clock::rep>(queue_.before(in_lane, lane != nullptr) + 1) +
                      cost_.rest_mean() * static_cast<Clock::rep>(before_all_);
    Known* const known = find(sender);
    const bool strict = sends_too_much(known, now);
    const bool fits = strict ? turn <= standing_turn(later) && turn + later <= limits_.burst_wait : turn <= limits_.burst_wait;
    if (fits && in_time(now + turn, deadline, later)) return true;
    if (turn <= (strict ? standing_turn({}) : limits_.burst_wait)) return false;
    if (known)
      known->strict_until = now + kMemory;
    else if (known_.size() < kMostKnown)
      known_[name_of(sender)].strict_until = now + kMemory;
    return false;
  }

  /// Takes `job` into the queue; or, when it has no place there, refuses it and leaves it alone.
  bool enter(const Sender& sender, Clock::time_point now, Clock::time_point deadline, Job& job, Clock::duration later = {}) {
    if (!has_place(sender, now, deadline, later)) return false;
    Known& known = known_[name_of(sender)];
    queue_.put(sender.address, [&](Lane& lane) {
      lane.put(sender.client, [&](std::deque<Waiting>& own) { own.push_back({&known, std::move(job)}); });
    });
    if (known.waiting++ == 0) known.since = now;
    return true;
  }

  /// Whether a request of that address may be served at once although others wait: it has none in the queue and has not had
  /// more than its turns. Who sends less than those then waits for nobody's, also when a few of its calls come together. All
  /// who are let in are never more than those of the queue.
  bool would_let_in(const Sender& sender) const {
    if (let_in_ahead_ == 0 || queue_.lane(sender.address) != nullptr) return false;
    const auto found = let_in_.find(sender.address);
    return found == let_in_.end() ? let_in_.size() < kMostKnown : found->second <= turns_ + kTogether * (queue_.lanes() + 1);
  }
  /// The same, and it counts.
  bool lets_in(const Sender& sender, Clock::time_point now) {
    if (!would_let_in(sender)) return false;
    --let_in_ahead_;
    if (const Known* const known = find(sender); known == nullptr || known->strict_until <= now) lately_ = turns_ + kLately;
    std::uint64_t& until = let_in_[sender.address];
    until = std::max(until, turns_) + queue_.lanes() + 1;
    return true;
  }
  /// Others than a crowd call: somebody who was not refused a moment ago was let in within the last few turns. They wait for
  /// each turn that is taken before the next look at the sockets.
  bool one_at_a_time() const { return crowded() && turns_ < lately_; }
  /// So many calls that had their turn go on before everybody in the queue.
  void before_all(std::size_t calls) { before_all_ = calls; }

  /// The one whose turn it is; nothing when nobody waits.
  std::optional<Job> next() {
    if (queue_.empty()) return std::nullopt;
    ++turns_;
    let_in_ahead_ = std::min(let_in_ahead_ + 1, kMostAhead);
    Waiting waiting = queue_.take([](Lane& lane) {
      return lane.take([](std::deque<Waiting>& own) {
        Waiting first(std::move(own.front()));
        own.pop_front();
        return first;
      });
    });
    --waiting.known->waiting;
    return std::move(waiting.job);
  }

  std::size_t waiting() const { return queue_.size(); }
  /// Of whom somebody waits or a refusal is remembered.
  std::size_t callers() const { return known_.size(); }
  /// Close to refusing, if this stays so.
  bool crowded() const {
    return cost_.mean() * static_cast<Clock::rep>(waiting()) > standing_turn({}) / 2;
  }
  void turn_took(Clock::duration time) { cost_.turn(time); }
  /// Of a call that had its turn before, or was let in.
  void rest_took(Clock::duration time) { cost_.rest(time); }
  /// All that could be served before the next look at the sockets was served.
  void round_ends(Clock::time_point now) {
    cost_.round_ends(now, waiting() > 0);
    if (now < next_tidying_) return;
    next_tidying_ = now + kMemory;
    std::erase_if(let_in_, [this](const auto& each) { return each.second <= turns_; });
    std::erase_if(known_, [now](const auto& known) { return known.second.waiting == 0 && known.second.strict_until <= now; });
  }
  void nobody_waits() { cost_.nobody_waits(); }
  Clock::duration mean_cost() const { return cost_.mean(); }

 private:
  static constexpr std::chrono::seconds kMemory{1};  // what a refusal asks its caller to wait
  static constexpr std::size_t kMostAhead = 8, kTogether = 4;
  static constexpr std::uint64_t kLately = 64;       // turns
  static constexpr Clock::rep kUnderWay = 64;        // calls
  static constexpr std::size_t kMostKnown = 4096;    // that were refused, or let in; who waits is known whatever their number
  struct Known {
    std::size_t waiting = 0;
    Clock::time_point since;         // somebody has been waiting since then, when somebody is
    Clock::time_point strict_until;  // a refusal is remembered until then
  };
  struct Waiting {
    Known* known;
    Job job;
  };
  using Lane = Turns<std::deque<Waiting>>;

  /// Estimates are means: with a queue that always stands as long as it may, half of what a burst may wait leaves room for
  /// those that are late. Nobody's calls are to blame for a slow disk: it never leaves less than a short queue.
  Clock::duration standing_turn(Clock::duration later) const {
    const Clock::duration least = limits_.standing_wait;
    const Clock::duration most = std::clamp<Clock::duration>(cost_.mean() * kUnderWay, least, std::max<Clock::duration>(least, limits_.burst_wait / 2));
    return std::clamp<Clock::duration>(limits_.burst_wait / 2 - later, most / 4, most);
  }
  bool sends_too_much(const Known* known, Clock::time_point now) const {
    return known != nullptr && (now < known->strict_until || (known->waiting > 0 && now - known->since > limits_.burst_wait));
  }
  static std::string name_of(const Sender& sender) { return sender.address + " " + sender.client; }
  Known* find(const Sender& sender) {
    const auto found = known_.find(name_of(sender));
    return found == known_.end() ? nullptr : &found->second;
  }

  AdmissionLimits limits_;
  TurnCost cost_;
  std::unordered_map<std::string, Known> known_;
  Turns<Lane> queue_;
  std::uint64_t turns_ = 0;       // of the queue, ever
  std::size_t let_in_ahead_ = 0;  // so many may still be
  std::uint64_t lately_ = 0;      // the turn at which the last one who counts as another was let in too long ago
  std::unordered_map<std::string, std::uint64_t> let_in_;  // address: the number of turns at which it has had no more than its own
  std::size_t before_all_ = 0;
  Clock::time_point next_tidying_;
};

}  // namespace cofactor::service::http
