// Promises: why a key, or a whole key set, is not used: a closed set with stable names. Names a key by its place and a
// hash of its kid, never by its content.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cofactor::service::security {

enum class KeyFault : std::uint8_t {
  // The whole set is not used.
  set_too_large,      ///< more than 64 KiB
  set_malformed,      ///< no JSON object with an array `keys`
  set_too_many_keys,  ///< more than 20

  // One key is not used; the others of the set are.
  malformed,           ///< no object, a member of the wrong type, not base64url, wrong length
  kid_missing,         ///< a token could not name it
  kid_repeated,        ///< every key of that kid is refused
  type_unknown,        ///< `kty` or `crv` that this version does not know
  symmetric,           ///< `kty` oct
  private_members,     ///< the private half is published
  not_for_signatures,  ///< `use` is not sig, or `key_ops` lacks verify
  algorithm_wrong,     ///< `alg` is unknown or does not fit `kty` and `crv`
  rsa_size,            ///< fewer than 2048 or more than 4096 bits
  rsa_exponent,        ///< 1, even, or longer than 64 bits
  rsa_weak_modulus,    ///< made by the broken generator of CVE-2017-15361 (ROCA), or not a product of two large primes
  point_not_on_curve,
  test_key,  ///< its private half is published in a specification or a tool
};

std::string_view name_of(KeyFault fault);

struct KeyProblem {
  KeyFault fault = KeyFault::malformed;
  std::size_t position = 0;  ///< in `keys`; 0 for the whole set
  std::string key_id_hash;   ///< as Verdict::key_id_hash; empty: no kid
};
using KeyProblems = std::vector<KeyProblem>;

}  // namespace cofactor::service::security
