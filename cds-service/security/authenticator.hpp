// Promises: who is calling. A call's credentials go in, one verdict comes out: a configured client, a refusal with a
// reason for the audit alone, or "cannot tell now". Cheap checks first; signature work is capped before it starts; no
// character of a token is kept. Thread-safe; never blocks (an ES384 verification takes about 0.7 ms on the caller).
#pragma once
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cds-service/security/audiences.hpp"
#include "cds-service/security/clocks.hpp"
#include "cds-service/security/key_cache.hpp"
#include "cds-service/security/key_problem.hpp"
#include "cds-service/security/reasons.hpp"
#include "cds-service/security/replay_memory.hpp"
#include "cds-service/security/signature_budget.hpp"
#include "cds-service/security/trusted_client.hpp"
#include "fhir/result.hpp"

namespace cofactor::service::security {

struct Credentials {
  std::vector<std::string_view> authorization;  ///< every value of that header, as received
  std::string_view tls_subject;                 ///< of a client certificate that TLS has verified; empty: none
  std::string_view peer_network;                ///< of the socket (http/caller_network.hpp), never of a header; for the signature budget
};

struct Verdict {
  enum class Outcome { accepted, refused, unavailable };
  Outcome outcome = Outcome::refused;
  Reason reason = Reason::none;

  /// Index into AuthenticatorSettings::clients. When accepted: the caller. Otherwise the client the token claims to be,
  /// unproven, and only if that is one; for the audit, never for an answer.
  std::optional<std::size_t> client;
  Authentication by = Authentication::none;  ///< what an accepted caller proved itself with
  std::string issuer;                        ///< only one that is configured, also when refused
  std::string tenant, subject, jti;          ///< only when accepted; each at most 256 bytes; empty: not said
  std::string algorithm;                     ///< of the token's header, if it is one that this version knows
  std::string key_id_hash;  ///< first 16 hex digits of SHA-256 of `kid`, to compare with a key set; empty: no kid
  std::chrono::system_clock::time_point at;  ///< when the call came
  /// Accepted while the replay memory could not be written: known to this process only until it ends.
  bool replay_in_memory_only = false;
};

using VerdictReply = std::function<void(Verdict)>;

struct AuthenticatorSettings {
  std::vector<TrustedClient> clients;
  std::string public_base_url;    ///< without a slash at its end; never taken from a request
  bool allow_test_keys = false;   ///< take keys whose private halves are published (test profile only)
  std::chrono::seconds skew{60};  ///< how far the clocks of client and service may differ
  SignatureBudgetSettings budget;
};

struct AuthenticatorState;

class Authenticator {
 public:
  /// Reads the pinned key files. `keys` and `replay` are shared with earlier and later Authenticators: a reload makes a
  /// new one and keeps both, so that nothing replayed is forgotten and key sets of unchanged URLs stay. `replay` may be
  /// null if no client asks for replay protection.
  /// Failure codes: client-settings-wrong (text names the client and the setting), client-keys-unreadable (a pinned
  /// file that cannot be read, is no key set, or has no usable key). A key server that does not answer is none of
  /// these.
  static Result<std::unique_ptr<Authenticator>> create(AuthenticatorSettings settings, std::shared_ptr<KeyCache> keys,
                                                       std::shared_ptr<ReplayMemory> replay, Clocks clocks = {});
  ~Authenticator();
  Authenticator(const Authenticator&) = delete;
  Authenticator& operator=(const Authenticator&) = delete;

  /// Calls `reply` exactly once: at once on this thread where it can, later on another one where a key set is on its
  /// way or the token's id has to become durable. `credentials` and `service_id` are not used after the return.
  /// `service_id` is the id in the path (empty for discovery); `deadline` is that of the call.
  /// The Authenticator may be destroyed while calls are open.
  void authenticate(const Credentials& credentials, Purpose purpose, std::string_view service_id,
                    Clock::time_point deadline, VerdictReply reply);

  /// The client that these credentials claim to be of, if it is one; nothing is proved by it. Cheap: no key is looked at.
  std::optional<std::size_t> claimed_client(const Credentials& credentials) const;
  /// How long the id of a token that came now would probably wait for the disk. Cheap; any thread.
  Clock::duration expected_wait() const;

  /// Issuers without any usable key, in the order of the clients, each once. Empty: ready.
  std::vector<std::string> issuers_not_ready() const;

  /// What `cofactor doctor` shows of each client's key set.
  struct KeyReport {
    std::string client, issuer, jwks;
    KeySourceState state;
  };
  std::vector<KeyReport> key_report() const;

  const std::vector<TrustedClient>& clients() const;

 private:
  explicit Authenticator(std::shared_ptr<AuthenticatorState> state);
  std::shared_ptr<AuthenticatorState> state_;
  std::shared_ptr<KeyCache> keys_;  ///< not in the state: an open call must not be the last to hold it
};

}  // namespace cofactor::service::security
