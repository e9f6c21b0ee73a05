// Promises: what algorithm.hpp says. Costs were measured on one core with OpenSSL 3.0 and rounded up; those of RSA are
// for keys of 4096 bits, four times those of 2048.
#include "cds-service/security/algorithm.hpp"

#include <array>

namespace cofactor::service::security {
namespace {

using std::chrono::microseconds;

constexpr std::array kFacts{
    AlgorithmFacts{Algorithm::es256, "ES256", KeyType::p256, "SHA256", false, 64, microseconds(80)},
    AlgorithmFacts{Algorithm::es384, "ES384", KeyType::p384, "SHA384", false, 96, microseconds(700)},
    AlgorithmFacts{Algorithm::es512, "ES512", KeyType::p521, "SHA512", false, 132, microseconds(600)},
    AlgorithmFacts{Algorithm::rs256, "RS256", KeyType::rsa, "SHA256", false, 0, microseconds(80)},
    AlgorithmFacts{Algorithm::rs384, "RS384", KeyType::rsa, "SHA384", false, 0, microseconds(80)},
    AlgorithmFacts{Algorithm::rs512, "RS512", KeyType::rsa, "SHA512", false, 0, microseconds(80)},
    AlgorithmFacts{Algorithm::ps256, "PS256", KeyType::rsa, "SHA256", true, 0, microseconds(80)},
    AlgorithmFacts{Algorithm::ps384, "PS384", KeyType::rsa, "SHA384", true, 0, microseconds(80)},
    AlgorithmFacts{Algorithm::ps512, "PS512", KeyType::rsa, "SHA512", true, 0, microseconds(80)},
    AlgorithmFacts{Algorithm::eddsa, "EdDSA", KeyType::ed25519, nullptr, false, 64, microseconds(150)},
};

constexpr bool in_order() {
  for (std::size_t i = 0; i < kFacts.size(); ++i) {
    if (static_cast<std::size_t>(kFacts[i].algorithm) != i) return false;
  }
  return true;
}
static_assert(in_order());

}  // namespace

const AlgorithmFacts& facts_of(Algorithm algorithm) { return kFacts[static_cast<std::size_t>(algorithm)]; }

std::optional<Algorithm> algorithm_named(std::string_view name) {
  for (const auto& facts : kFacts) {
    if (facts.name == name) return facts.algorithm;
  }
  return std::nullopt;
}

std::span<const AlgorithmFacts> known_algorithms() { return kFacts; }

}  // namespace cofactor::service::security
