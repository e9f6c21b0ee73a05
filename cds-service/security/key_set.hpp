// Promises: a JWK set (RFC 7517) as usable keys and a problem for each key that is not. One bad key never spoils its
// neighbours; two keys of one kid spoil each other. Immutable.
#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "cds-service/security/key_problem.hpp"
#include "cds-service/security/verification_key.hpp"

namespace cofactor::service::security {

class KeySet {
 public:
  static constexpr std::size_t kMostBytes = 64 * 1024, kMostKeys = 20;

  /// Fails only where the text as a whole is no key set: set_too_large, set_malformed, set_too_many_keys.
  static tl::expected<KeySet, KeyFault> parse(std::string text, bool allow_test_keys);

  /// Kids are compared byte for byte. nullptr: no usable key of that kid.
  std::shared_ptr<const VerificationKey> find(std::string_view kid) const;
  std::size_t usable() const { return keys_.size(); }
  const KeyProblems& problems() const { return problems_; }

 private:
  std::vector<std::shared_ptr<const VerificationKey>> keys_;
  KeyProblems problems_;
};

}  // namespace cofactor::service::security
