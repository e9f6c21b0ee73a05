// Promises: what a replay memory knows, in memory: each token id once until its token is useless by both clocks, so
// that a clock that was set forward and back again forgets nothing. Bounded in total and per client; makes no room for
// new ids by forgetting old ones. Not thread-safe.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cofactor::service::security {

using ReplayKey = std::array<char, 16>;
/// The first half of SHA-256 of both.
ReplayKey replay_key(std::string_view issuer, std::string_view jti);

/// Both clocks in whole seconds.
struct ReplayTime {
  std::int64_t system = 0, steady = 0;
};

class ReplayIndex {
 public:
  ReplayIndex(std::size_t entries, std::size_t entries_per_client)
      : most_(entries), most_per_client_(entries_per_client) {}

  enum class Entered { first, repeated, full };
  Entered enter(const ReplayKey& key, std::string_view client, std::int64_t useless_after, ReplayTime now);
  /// What a file remembers: entered whatever the bounds say.
  void restore(const ReplayKey& key, std::string_view client, std::int64_t useless_after, ReplayTime now);
  void erase(const ReplayKey& key);
  /// Forgets at most `most` ids of tokens that are useless.
  void purge(ReplayTime now, std::size_t most);
  std::size_t size() const { return size_; }

 private:
  /// There may be a million: every byte counts.
  struct Entry {
    std::uint32_t useless_after;  ///< seconds since 1970, to the year 2106: a token that claims more lasts as long as that
    std::uint32_t client;
  };
  struct Hash {
    // noexcept: else each entry keeps its hash as well.
    std::size_t operator()(const ReplayKey& key) const noexcept {
      std::size_t value = 0;
      std::memcpy(&value, key.data(), sizeof value);
      return value;
    }
  };
  auto& part_of(const ReplayKey& key) { return parts_[static_cast<unsigned char>(key.back()) % parts_.size()]; }
  static std::uint32_t kept_seconds(std::int64_t seconds);
  std::uint32_t number_of(std::string_view client);
  static std::int64_t bucket_of(std::int64_t steady_seconds) { return steady_seconds / 16 + 1; }

  const std::size_t most_, most_per_client_;
  /// In parts, so that no call has to wait while one big table grows.
  std::array<std::unordered_map<ReplayKey, Entry, Hash>, 64> parts_;
  std::size_t size_ = 0;
  std::map<std::int64_t, std::deque<ReplayKey>> by_end_;  ///< of the steady clock, in steps of 16 s
  std::map<std::string, std::uint32_t, std::less<>> clients_;
  std::vector<std::size_t> of_client_;
};

}  // namespace cofactor::service::security
