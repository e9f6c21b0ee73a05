// Promises: what public_key.hpp says, by OpenSSL's EVP_PKEY_fromdata and its own public key check.
#include "cds-service/security/public_key.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <array>
#include <string>

namespace cofactor::service::security {
namespace {

struct FreeNumber {
  void operator()(BIGNUM* number) const { BN_free(number); }
};
struct FreeContext {
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
};
struct FreeBuilder {
  void operator()(OSSL_PARAM_BLD* builder) const { OSSL_PARAM_BLD_free(builder); }
};
struct FreeParameters {
  void operator()(OSSL_PARAM* parameters) const { OSSL_PARAM_free(parameters); }
};
using Number = std::unique_ptr<BIGNUM, FreeNumber>;
using Context = std::unique_ptr<EVP_PKEY_CTX, FreeContext>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, FreeBuilder>;
using Parameters = std::unique_ptr<OSSL_PARAM, FreeParameters>;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

/// OpenSSL's error queue belongs to the thread: nothing of ours may stay in it for others to find.
struct CleanErrors {
  ~CleanErrors() { ERR_clear_error(); }
};

PublicKey built(const char* kind, OSSL_PARAM_BLD* builder) {
  const Parameters parameters(OSSL_PARAM_BLD_to_param(builder));
  const Context context(EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr));
  EVP_PKEY* key = nullptr;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    return nullptr;
  }
  return {key, EVP_PKEY_free};
}

bool passes_public_check(const PublicKey& key) {
  const Context context(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
  return context && EVP_PKEY_public_check(context.get()) == 1;
}

/// Moduli of the generator of CVE-2017-15361 are powers of 65537 modulo every one of the first primes; of good moduli
/// about one in 2^27 is as well.
bool looks_like_roca(const BIGNUM* modulus) {
  static constexpr std::array<unsigned, 38> primes{3,   5,   7,   11,  13,  17,  19,  23,  29,  31,  37,  41,  43,
                                                   47,  53,  59,  61,  67,  71,  73,  79,  83,  89,  97,  101, 103,
                                                   107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167};
  for (const unsigned prime : primes) {
    const auto rest = static_cast<unsigned>(BN_mod_word(modulus, prime));
    bool is_power = false;
    unsigned power = 1;
    do {
      is_power = power == rest;
      power = power * (65537 % prime) % prime;
    } while (!is_power && power != 1);
    if (!is_power) return false;
  }
  return true;
}

constexpr int kFewestBits = 2048, kMostBits = 4096, kMostExponentBits = 64;

}  // namespace

std::size_t coordinate_bytes(KeyType type) { return type == KeyType::p521 ? 66u : type == KeyType::p384 ? 48u : 32u; }

tl::expected<PublicKey, KeyFault> rsa_key(std::string_view modulus, std::string_view exponent) {
  const CleanErrors clean;
  if (modulus.size() > kMostBits / 8) return tl::unexpected(KeyFault::rsa_size);
  if (exponent.size() > kMostExponentBits / 8) return tl::unexpected(KeyFault::rsa_exponent);
  const Number n(BN_bin2bn(bytes_of(modulus), static_cast<int>(modulus.size()), nullptr));
  const Number e(BN_bin2bn(bytes_of(exponent), static_cast<int>(exponent.size()), nullptr));
  if (!n || !e) return tl::unexpected(KeyFault::malformed);
  if (BN_num_bits(n.get()) < kFewestBits || BN_num_bits(n.get()) > kMostBits) return tl::unexpected(KeyFault::rsa_size);
  if (BN_is_odd(e.get()) == 0 || BN_is_one(e.get()) != 0) return tl::unexpected(KeyFault::rsa_exponent);
  if (BN_is_odd(n.get()) == 0 || looks_like_roca(n.get())) return tl::unexpected(KeyFault::rsa_weak_modulus);
  const Builder builder(OSSL_PARAM_BLD_new());
  if (!builder || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
    return tl::unexpected(KeyFault::malformed);
  }
  auto key = built("RSA", builder.get());
  if (!key) return tl::unexpected(KeyFault::malformed);
  if (!passes_public_check(key)) return tl::unexpected(KeyFault::rsa_weak_modulus);
  return key;
}

tl::expected<PublicKey, KeyFault> ec_key(KeyType type, std::string_view x, std::string_view y) {
  const CleanErrors clean;
  const std::size_t bytes = coordinate_bytes(type);
  if (x.size() != bytes || y.size() != bytes) return tl::unexpected(KeyFault::malformed);
  const char* group = type == KeyType::p521 ? "P-521" : type == KeyType::p384 ? "P-384" : "P-256";
  std::string point("\x04");
  point.append(x).append(y);
  const Builder builder(OSSL_PARAM_BLD_new());
  if (!builder || OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, group, 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1) {
    return tl::unexpected(KeyFault::malformed);
  }
  auto key = built("EC", builder.get());
  if (!key || !passes_public_check(key)) return tl::unexpected(KeyFault::point_not_on_curve);
  return key;
}

tl::expected<PublicKey, KeyFault> ed25519_key(std::string_view x) {
  const CleanErrors clean;
  if (x.size() != 32) return tl::unexpected(KeyFault::malformed);
  PublicKey key(EVP_PKEY_new_raw_public_key_ex(nullptr, "ED25519", nullptr, bytes_of(x), x.size()), EVP_PKEY_free);
  if (!key) return tl::unexpected(KeyFault::point_not_on_curve);
  return key;
}

}  // namespace cofactor::service::security
