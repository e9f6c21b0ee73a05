// Promises: one public key from a JWK (RFC 7517, 7518, 8037), examined before it may be used, that verifies signatures
// of the algorithms it fits and of no others. Immutable; any number of threads may verify at once.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "cds-service/security/algorithm.hpp"
#include "cds-service/security/key_problem.hpp"
#include "fhir/json/value.hpp"

struct evp_pkey_st;

namespace cofactor::service::security {

class VerificationKey {
 public:
  /// A missing `kid` is no fault here: that is a matter of the set.
  static tl::expected<VerificationKey, KeyFault> from_jwk(const json::Value& jwk, bool allow_test_keys);

  const std::string& kid() const { return kid_; }
  KeyType type() const { return type_; }
  bool fits(Algorithm algorithm) const;

  /// False for anything that is not exactly a good signature, also when the key does not fit. ECDSA signatures are the
  /// raw R || S of RFC 7518, never DER.
  bool verify(Algorithm algorithm, std::string_view signed_bytes, std::string_view signature) const;

 private:
  VerificationKey() = default;
  std::shared_ptr<evp_pkey_st> key_;
  std::string kid_;
  KeyType type_ = KeyType::rsa;
  std::optional<Algorithm> only_;  ///< the JWK's `alg`
};

}  // namespace cofactor::service::security
