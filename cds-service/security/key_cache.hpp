// Promises: the key sets of https URLs, read by a given fetch function, kept for every Authenticator that names the
// URL. A call never waits longer than a second for one; a key that its owner removed stops working within ten minutes;
// a source that fails leaves the last good set in force for up to 24 hours, counted. Thread-safe.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "cds-service/security/clocks.hpp"
#include "cds-service/security/key_problem.hpp"
#include "cds-service/security/reasons.hpp"
#include "fhir/result.hpp"

namespace cofactor::service::security {

class VerificationKey;

using FetchReply = std::function<void(Result<std::string>)>;
/// Gets the text behind an allow-listed https URL and calls back once, from any thread, at the latest a little after
/// the deadline. Must not follow redirects. A size limit of its own is wanted; the text is measured here again.
using KeyFetch = std::function<void(const std::string& url, Clock::time_point deadline, FetchReply reply)>;

struct KeyCacheSettings {
  std::chrono::seconds keep{600};              ///< a removed key works no longer than this
  std::chrono::seconds refresh_after{480};     ///< in the background; less than `keep`
  std::chrono::seconds unknown_key_pause{60};  ///< at most one fetch because of unknown kids in this time
  std::chrono::seconds retry_pause{15};        ///< between fetches after a failure
  std::chrono::hours keep_while_failing{24};
  std::chrono::milliseconds longest_wait{900};  ///< of a call, so that it is never more than a second
  std::chrono::milliseconds fetch_time{5000};   ///< of a fetch
  std::size_t waiting_calls = 1000;             ///< per source; more are told to try again
  /// false: no thread of its own; the owner calls tick(). For tests with clocks of their own.
  bool own_thread = true;
};

/// For readiness, metrics and `cofactor doctor`.
struct KeySourceState {
  std::size_t usable_keys = 0;
  KeyProblems problems;                     ///< of the set in force, or of the last one that was refused as a whole
  std::optional<std::chrono::seconds> age;  ///< since the set was last confirmed; absent: never read. Files: since read
  std::uint64_t fetches = 0, failures = 0;  ///< since the source is known
  std::uint64_t failures_in_a_row = 0;
  std::string last_failure;  ///< Failure::code of the last fetch or the fault's name; empty: it was good
};

/// What a call gets for its kid. Without a key the reason says why.
struct KeyAnswer {
  std::shared_ptr<const VerificationKey> key;
  Reason reason = Reason::none;
};
using KeyReply = std::function<void(KeyAnswer)>;

class KeySource {
 public:
  virtual ~KeySource() = default;
  /// Calls back once: at once on this thread, or from another one within the longest wait and the deadline.
  virtual void find(std::string_view kid, Clock::time_point deadline, KeyReply reply) = 0;
  virtual KeySourceState state() const = 0;
};

class KeyCache {
 public:
  /// `fetch` may be empty if no client uses a URL.
  KeyCache(KeyCacheSettings settings, KeyFetch fetch, Clocks clocks = {});
  /// Open waits are answered with keys_not_available. A fetch that replies later is ignored.
  ~KeyCache();
  KeyCache(const KeyCache&) = delete;
  KeyCache& operator=(const KeyCache&) = delete;

  /// The source of that URL: the one that is in use already, or a new one, whose first fetch starts now.
  /// It is refreshed as long as somebody holds it.
  std::shared_ptr<KeySource> source(const std::string& url, bool allow_test_keys);

  /// Does what is due by the given clocks: refreshes, ends of waits. Called by the own thread if there is one.
  void tick();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cofactor::service::security
