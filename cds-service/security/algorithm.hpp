// Promises: the signature algorithms that this version can verify (RFC 7518, RFC 8037), all asymmetric, each bound to
// one type of key. What is not here cannot be reached: there is no "none" and no HMAC.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace cofactor::service::security {

enum class KeyType : std::uint8_t { rsa, p256, p384, p521, ed25519 };
enum class Algorithm : std::uint8_t { es256, es384, es512, rs256, rs384, rs512, ps256, ps384, ps512, eddsa };

struct AlgorithmFacts {
  Algorithm algorithm;
  std::string_view name;  ///< as `alg`, compared byte for byte
  KeyType key;
  const char* digest;  ///< OpenSSL's name; nullptr: the algorithm brings its own
  bool pss;
  std::size_t signature_bytes;     ///< 0: as long as the RSA modulus
  std::chrono::microseconds cost;  ///< of one verification, rounded up; for the signature budget
};

const AlgorithmFacts& facts_of(Algorithm algorithm);
std::optional<Algorithm> algorithm_named(std::string_view name);
/// Every algorithm that a client's list may name.
std::span<const AlgorithmFacts> known_algorithms();

}  // namespace cofactor::service::security
