// Promises: the key set behind one URL: what key_cache.hpp says of it, without the thread. Thread-safe; holds no lock
// while it calls out.
#pragma once
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "cds-service/security/key_cache.hpp"
#include "cds-service/security/key_set.hpp"

namespace cofactor::service::security {

/// What all sources of a cache share.
struct KeyCacheParts {
  KeyCacheSettings settings;
  KeyFetch fetch;
  Clocks clocks;
};

class UrlKeys final : public KeySource, public std::enable_shared_from_this<UrlKeys> {
 public:
  UrlKeys(std::shared_ptr<const KeyCacheParts> parts, std::string url, bool allow_test_keys);

  void find(std::string_view kid, Clock::time_point deadline, KeyReply reply) override;
  KeySourceState state() const override;

  /// Starts a fetch that is due, gives up one that hangs, ends waits that are over.
  void tick();
  /// Answers all waits and never calls the fetch function again; returns when no call of it is running.
  void close();

 private:
  struct Waiter {
    std::string kid;
    Clock::time_point until;
    KeyReply reply;
  };
  using Lock = std::unique_lock<std::mutex>;

  bool usable(Clock::time_point now) const;
  KeyAnswer answer(std::string_view kid, Clock::time_point now) const;
  std::uint64_t begin_fetch(Clock::time_point now);
  void call_fetch(std::uint64_t number);
  void fetched(std::uint64_t number, Result<std::string> text);
  void failed(const std::string& code, Clock::time_point now);

  const std::shared_ptr<const KeyCacheParts> parts_;
  const std::string url_;
  const bool allow_test_keys_;

  mutable std::mutex mutex_;
  std::condition_variable fetch_returned_;
  bool closed_ = false;
  int calls_running_ = 0;
  std::shared_ptr<const KeySet> set_;
  Clock::time_point confirmed_{};  ///< start of the fetch that gave set_
  bool fetching_ = false;
  std::uint64_t fetch_number_ = 0;
  Clock::time_point fetch_started_{}, next_fetch_{};
  std::optional<Clock::time_point> last_unknown_fetch_;
  std::vector<Waiter> waiters_;
  KeySourceState counted_;
};

}  // namespace cofactor::service::security
