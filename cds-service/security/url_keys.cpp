// Promises: what url_keys.hpp says.
#include "cds-service/security/url_keys.hpp"

#include <algorithm>
#include <utility>

namespace cofactor::service::security {
namespace {

void answer_all(std::vector<std::pair<KeyReply, KeyAnswer>>& answers) {
  for (auto& [reply, answer] : answers) reply(std::move(answer));
}

}  // namespace

UrlKeys::UrlKeys(std::shared_ptr<const KeyCacheParts> parts, std::string url, bool allow_test_keys)
    : parts_(std::move(parts)), url_(std::move(url)), allow_test_keys_(allow_test_keys) {
  next_fetch_ = parts_->clocks.steady();
}

bool UrlKeys::usable(Clock::time_point now) const {
  return set_ != nullptr && now - confirmed_ < parts_->settings.keep_while_failing;
}

KeyAnswer UrlKeys::answer(std::string_view kid, Clock::time_point now) const {
  if (!usable(now)) return {nullptr, Reason::keys_not_available};
  auto key = set_->find(kid);
  const Reason reason = key ? Reason::none : Reason::key_unknown;
  return {std::move(key), reason};
}

void UrlKeys::find(std::string_view kid, Clock::time_point deadline, KeyReply reply) {
  const auto& settings = parts_->settings;
  const auto now = parts_->clocks.steady();
  Lock lock(mutex_);
  KeyAnswer found = answer(kid, now);
  const bool have_set = found.reason != Reason::keys_not_available;
  bool start = false;
  if (!fetching_ && !closed_) {
    if (found.key) {
      start = now - confirmed_ >= settings.keep && now >= next_fetch_;
    } else if (have_set) {
      start = !last_unknown_fetch_ || now - *last_unknown_fetch_ >= settings.unknown_key_pause;
      if (start) last_unknown_fetch_ = now;
    } else {
      start = now >= next_fetch_;
    }
  }
  const std::uint64_t number = start ? begin_fetch(now) : 0;
  // A key that is there is never waited for. Neither is a fetch that has taken the longest wait already.
  const auto until = std::min(deadline, fetch_started_ + settings.longest_wait);
  if (found.key || !fetching_ || closed_ || until <= now) {
    lock.unlock();
    reply(std::move(found));
  } else if (waiters_.size() >= settings.waiting_calls) {
    lock.unlock();
    reply({nullptr, Reason::too_many_waiting});
  } else {
    waiters_.push_back({std::string(kid), until, std::move(reply)});
    lock.unlock();
  }
  if (start) call_fetch(number);
}

std::uint64_t UrlKeys::begin_fetch(Clock::time_point now) {
  fetching_ = true;
  fetch_started_ = now;
  ++calls_running_;
  ++counted_.fetches;
  return ++fetch_number_;
}

void UrlKeys::call_fetch(std::uint64_t number) {
  const auto deadline = parts_->clocks.steady() + parts_->settings.fetch_time;
  FetchReply reply = [self = weak_from_this(), number](Result<std::string> text) {
    if (const auto keys = self.lock()) keys->fetched(number, std::move(text));
  };
  if (parts_->fetch) {
    try {
      parts_->fetch(url_, deadline, reply);
    } catch (...) {
      reply(fail("fetch-failed", "the fetch of a key set could not be started"));
    }
  } else {
    reply(fail("fetch-missing", "no fetch function was given"));
  }
  const std::lock_guard lock(mutex_);
  --calls_running_;
  fetch_returned_.notify_all();
}

void UrlKeys::fetched(std::uint64_t number, Result<std::string> text) {
  // Keys are examined without the lock: that takes milliseconds.
  std::string failure;
  std::shared_ptr<const KeySet> set;
  KeyProblems whole;
  if (!text) {
    failure = text.error().code;
  } else if (auto parsed = KeySet::parse(std::move(*text), allow_test_keys_)) {
    set = std::make_shared<const KeySet>(std::move(*parsed));
  } else {
    failure = std::string(name_of(parsed.error()));
    whole.push_back({parsed.error(), 0, {}});
  }
  const auto now = parts_->clocks.steady();
  std::vector<std::pair<KeyReply, KeyAnswer>> answers;
  {
    const std::lock_guard lock(mutex_);
    if (closed_ || !fetching_ || number != fetch_number_) return;
    fetching_ = false;
    if (set) {
      counted_.problems = set->problems();
      counted_.failures_in_a_row = 0;
      counted_.last_failure.clear();
      set_ = std::move(set);
      confirmed_ = fetch_started_;
      next_fetch_ = fetch_started_ + parts_->settings.refresh_after;
    } else {
      if (!whole.empty() && !usable(now)) counted_.problems = std::move(whole);
      failed(failure, now);
    }
    for (auto& waiter : waiters_) answers.emplace_back(std::move(waiter.reply), answer(waiter.kid, now));
    waiters_.clear();
  }
  answer_all(answers);
}

void UrlKeys::failed(const std::string& code, Clock::time_point now) {
  ++counted_.failures;
  ++counted_.failures_in_a_row;
  counted_.last_failure = code;
  next_fetch_ = now + parts_->settings.retry_pause * std::min<std::uint64_t>(counted_.failures_in_a_row, 4);
}

void UrlKeys::tick() {
  const auto now = parts_->clocks.steady();
  std::vector<std::pair<KeyReply, KeyAnswer>> answers;
  std::uint64_t number = 0;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    if (fetching_ && now >= fetch_started_ + parts_->settings.fetch_time + parts_->settings.longest_wait) {
      fetching_ = false;  // whatever it may still say is ignored
      failed("fetch-timeout", now);
    }
    const auto over = std::partition(waiters_.begin(), waiters_.end(),
                                     [&](const Waiter& waiter) { return fetching_ && waiter.until > now; });
    for (auto waiter = over; waiter != waiters_.end(); ++waiter) {
      answers.emplace_back(std::move(waiter->reply), answer(waiter->kid, now));
    }
    waiters_.erase(over, waiters_.end());
    if (!fetching_ && now >= next_fetch_) number = begin_fetch(now);
  }
  answer_all(answers);
  if (number != 0) call_fetch(number);
}

void UrlKeys::close() {
  std::vector<std::pair<KeyReply, KeyAnswer>> answers;
  {
    Lock lock(mutex_);
    closed_ = true;
    for (auto& waiter : waiters_)
      answers.emplace_back(std::move(waiter.reply), KeyAnswer{nullptr, Reason::keys_not_available});
    waiters_.clear();
    fetch_returned_.wait(lock, [&] { return calls_running_ == 0; });
  }
  answer_all(answers);
}

KeySourceState UrlKeys::state() const {
  const auto now = parts_->clocks.steady();
  const std::lock_guard lock(mutex_);
  KeySourceState state = counted_;
  if (usable(now)) state.usable_keys = set_->usable();
  if (set_) state.age = std::chrono::duration_cast<std::chrono::seconds>(now - confirmed_);
  return state;
}

}  // namespace cofactor::service::security
