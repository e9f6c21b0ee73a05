// Promises: a token's id is accepted once. What was seen is kept until the token is useless, over restarts too: a call
// goes on only when its id is durable in a small SQLite file of its own (one connection, one writer thread, many ids a
// commit). Bounded: what could still be replayed is never dropped to make room. Holds hashes, no ids. Thread-safe.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "cds-service/security/clocks.hpp"
#include "fhir/result.hpp"

namespace cofactor::service::security {

struct ReplayMemorySettings {
  std::string path;  ///< of the SQLite file; its folder must exist. Empty: this process only (demonstration, tests)
  std::size_t entries = 1'000'000;           ///< about 60 bytes of memory each
  std::size_t entries_per_client = 500'000;  ///< so that one client cannot use up what all need
  /// What happens while the file cannot be written. false: tokens younger than `young` are accepted and remembered in
  /// this process alone; true: no token is.
  bool strict = false;
  std::chrono::seconds young{30};
  std::chrono::milliseconds retry_pause{1000};  ///< between attempts to write again
  std::size_t queue = 20'000;                   ///< ids on their way to the disk; more are told to try again
};

class ReplayMemory {
 public:
  struct Token {
    std::string_view issuer, jti;
    std::string_view client;         ///< for the bound per client
    std::int64_t issued = 0;         ///< seconds since 1970
    std::int64_t useless_after = 0;  ///< exp and skew; seconds since 1970
  };
  enum class Answer {
    first,            ///< durable
    first_in_memory,  ///< not durable: the file cannot be written, the token is young
    repeated,
    too_old,  ///< the file cannot be written and the token is not young
    full,         ///< nothing may be forgotten yet; or too much waits for the disk to be well again
    not_writable  ///< and strict; or too many ids on their way; or after stop()
  };
  using Reply = std::function<void(Answer)>;

  /// Failure codes: replay-memory-locked (another process has it), replay-memory-unusable (cannot be opened, is no such
  /// file). A file that can be opened but not written is no failure here.
  static Result<std::shared_ptr<ReplayMemory>> open(ReplayMemorySettings settings, Clocks clocks = {});
  /// As stop(). May happen within a reply.
  ~ReplayMemory();
  ReplayMemory(const ReplayMemory&) = delete;
  ReplayMemory& operator=(const ReplayMemory&) = delete;

  /// Of any number of calls with one (issuer, jti), one gets `first`. Calls back once, often from the writer's thread:
  /// the reply must be quick and must not throw. What it throws there is counted and ends nothing else.
  void remember(const Token& token, Reply reply);

  /// How long an id that came now would probably wait for the disk. Cheap; any thread.
  std::chrono::steady_clock::duration expected_wait() const;

  /// From now on no token is accepted. What is queued is written, or answered as not written, and the writer's thread
  /// is joined: no reply comes from it after this returned. Called within a reply it joins nothing, but answers all
  /// that is open first. May be called again, from any thread.
  void stop();

  struct Counters {
    std::size_t entries = 0;
    std::uint64_t repeated = 0, refused_full = 0, in_memory_only = 0, too_old = 0, not_writable = 0;
    std::uint64_t write_failures = 0, commits = 0;
    std::uint64_t reply_failures = 0;  ///< replies that threw on the writer's thread
    std::size_t unwritten = 0;         ///< accepted in memory only, and still to be written
    bool writable = true;
  };
  Counters counters() const;

 private:
  struct State;
  explicit ReplayMemory(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace cofactor::service::security
