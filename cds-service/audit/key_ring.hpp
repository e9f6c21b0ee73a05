// Promises: the secrets of the audit store. Patient ids become a keyed tag (for search) and a sealed text (for
// exports); both keys live in a key file that only the service account can read, never in the store. Several key
// pairs may stand in the file: the last one is used for new records, all of them for reading.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "fhir/result.hpp"

namespace cofactor::service::audit {

/// What a sealed text is bound to: moved to another row it no longer opens.
struct SealContext {
  std::string_view stream;  ///< 16 bytes
  std::int64_t seq = 0;
};

/// Nonces for AES-GCM: a random prefix per start of the service and a counter. Never gives the same value twice;
/// not shared between threads.
class NonceSource {
 public:
  static constexpr std::size_t prefix_size = 6, size = 12;
  explicit NonceSource(std::string prefix) : prefix_(std::move(prefix)) {}
  std::string next();

 private:
  std::string prefix_;
  std::uint64_t counter_ = 0;
};

class KeyRing {
 public:
  /// Failure codes: audit-key-missing, audit-key-exposed (readable by group or others), audit-key-malformed.
  static Result<KeyRing> load(const std::string& path);
  /// Writes a new key file with mode 0600; fails when there is one already.
  static Result<KeyRing> create(const std::string& path);
  ~KeyRing();
  KeyRing(KeyRing&&) noexcept;
  KeyRing& operator=(KeyRing&&) noexcept;

  std::int64_t current() const;
  std::vector<std::int64_t> ids() const;
  /// Tells whether a key file belongs to a store, without telling anything about the key.
  std::string fingerprint(std::int64_t kid) const;
  /// 16 bytes: HMAC-SHA256 over "patient", issuer and id. Not thread-safe.
  std::string patient_tag(std::int64_t kid, std::string_view issuer, std::string_view id);
  /// nonce, AES-256-GCM ciphertext and tag in one string, under the current key. Not thread-safe.
  std::string seal(std::string_view text, std::string nonce, const SealContext& context);
  /// Failure code audit-key-mismatch.
  Result<std::string> open(std::int64_t kid, std::string_view sealed, const SealContext& context);

 private:
  struct State;
  explicit KeyRing(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

std::string random_bytes(std::size_t count);

}  // namespace cofactor::service::audit
