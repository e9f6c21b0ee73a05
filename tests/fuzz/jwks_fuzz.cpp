// Promises: whatever a key server says, reading it never crashes, every key is either usable or named with its fault,
// and no usable key takes a signature that nobody made.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "cds-service/security/key_set.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace security = cofactor::service::security;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto strict = security::KeySet::parse(text, false), lenient = security::KeySet::parse(text, true);
  if (strict.has_value() != lenient.has_value()) std::abort();
  if (!strict) return 0;
  if (lenient->usable() > security::KeySet::kMostKeys) std::abort();
  // Which side a key falls on may differ: OpenSSL looks for factors of a modulus with random numbers, and a modulus
  // that nobody made as a key has small ones. (Found by fuzzing; a real key has none.)
  if (strict->usable() + strict->problems().size() != lenient->usable() + lenient->problems().size()) std::abort();
  for (const auto& problem : strict->problems()) {
    if (security::name_of(problem.fault).empty() || problem.position >= security::KeySet::kMostKeys) std::abort();
  }
  // Any usable key will do; its kid is hidden in the text, so names that the corpus uses are tried.
  for (const char* kid : {"a", "b", "c", "key-1"}) {
    const auto key = lenient->find(kid);
    if (!key) continue;
    for (const auto& facts : security::known_algorithms()) {
      const std::size_t bytes = facts.signature_bytes != 0 ? facts.signature_bytes : 256;
      if (key->verify(facts.algorithm, "text", std::string(bytes, '\0'))) std::abort();
    }
  }
  return 0;
}
