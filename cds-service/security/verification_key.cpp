// Promises: what verification_key.hpp says.
#include "cds-service/security/verification_key.hpp"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>

#include "cds-service/security/base64url.hpp"
#include "cds-service/security/public_key.hpp"
#include "cds-service/security/test_keys.hpp"

namespace cofactor::service::security {
namespace {

constexpr std::array<std::string_view, 9> kPrivateMembers{"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"};

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

/// `use` and `key_ops`, where they stand, must allow to verify.
std::optional<KeyFault> fault_of_use(const json::Value& jwk) {
  if (const auto* use = jwk.find("use")) {
    if (!use->is_string()) return KeyFault::malformed;
    if (use->string() != "sig") return KeyFault::not_for_signatures;
  }
  if (const auto* operations = jwk.find("key_ops")) {
    if (!operations->is_array()) return KeyFault::malformed;
    const auto items = operations->items();
    if (!std::all_of(items.begin(), items.end(), [](const json::Value& item) { return item.is_string(); })) {
      return KeyFault::malformed;
    }
    if (std::none_of(items.begin(), items.end(), [](const json::Value& item) { return item.string() == "verify"; })) {
      return KeyFault::not_for_signatures;
    }
  }
  return std::nullopt;
}

std::optional<KeyType> type_of(const json::Value& jwk) {
  const auto kty = jwk["kty"].string(), crv = jwk["crv"].string();
  if (kty == "RSA") return KeyType::rsa;
  if (kty == "EC" && crv == "P-256") return KeyType::p256;
  if (kty == "EC" && crv == "P-384") return KeyType::p384;
  if (kty == "EC" && crv == "P-521") return KeyType::p521;
  if (kty == "OKP" && crv == "Ed25519") return KeyType::ed25519;
  return std::nullopt;
}

std::optional<std::string> bytes_member(const json::Value& jwk, std::string_view name) {
  const auto& member = jwk[name];
  if (!member.is_string() || member.string().empty()) return std::nullopt;
  return base64url_decoded(member.string());
}

/// Some writers put a zero byte in front, against RFC 7518; the number is the same.
std::string without_leading_zeros(std::string bytes) {
  bytes.erase(0, std::min(bytes.find_first_not_of('\0'), bytes.size()));
  return bytes;
}

tl::expected<PublicKey, KeyFault> key_of(const json::Value& jwk, KeyType type, std::string& thumbprint) {
  if (type == KeyType::rsa) {
    auto n = bytes_member(jwk, "n"), e = bytes_member(jwk, "e");
    if (!n || !e) return tl::unexpected(KeyFault::malformed);
    n = without_leading_zeros(std::move(*n)), e = without_leading_zeros(std::move(*e));
    thumbprint = rsa_thumbprint(*n, *e);
    return rsa_key(*n, *e);
  }
  const auto x = bytes_member(jwk, "x");
  if (!x) return tl::unexpected(KeyFault::malformed);
  if (type == KeyType::ed25519) {
    thumbprint = ed25519_thumbprint(*x);
    return ed25519_key(*x);
  }
  const auto y = bytes_member(jwk, "y");
  if (!y) return tl::unexpected(KeyFault::malformed);
  thumbprint = ec_thumbprint(jwk["crv"].string(), *x, *y);
  return ec_key(type, *x, *y);
}

/// DER of a raw R || S; empty when OpenSSL gives none.
std::string der_signature(std::string_view raw) {
  const std::size_t half = raw.size() / 2;
  const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> pair(ECDSA_SIG_new(), ECDSA_SIG_free);
  BIGNUM* r = BN_bin2bn(bytes_of(raw), static_cast<int>(half), nullptr);
  BIGNUM* s = BN_bin2bn(bytes_of(raw.substr(half)), static_cast<int>(half), nullptr);
  if (!pair || r == nullptr || s == nullptr || ECDSA_SIG_set0(pair.get(), r, s) != 1) {
    BN_free(r);
    BN_free(s);
    return {};
  }
  unsigned char* bytes = nullptr;
  const int size = i2d_ECDSA_SIG(pair.get(), &bytes);
  std::string der;
  if (size > 0) der.assign(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return der;
}

struct FreeDigest {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

}  // namespace

tl::expected<VerificationKey, KeyFault> VerificationKey::from_jwk(const json::Value& jwk, bool allow_test_keys) {
  if (!jwk.is_object() || !jwk["kty"].is_string()) return tl::unexpected(KeyFault::malformed);
  VerificationKey made;
  if (const auto* kid = jwk.find("kid")) {
    if (!kid->is_string()) return tl::unexpected(KeyFault::malformed);
    made.kid_ = std::string(kid->string());
  }
  if (jwk["kty"].string() == "oct") return tl::unexpected(KeyFault::symmetric);
  for (const auto member : kPrivateMembers) {
    if (jwk.find(member) != nullptr) return tl::unexpected(KeyFault::private_members);
  }
  if (const auto fault = fault_of_use(jwk)) return tl::unexpected(*fault);
  const auto type = type_of(jwk);
  if (!type) return tl::unexpected(KeyFault::type_unknown);
  made.type_ = *type;
  if (const auto* name = jwk.find("alg")) {
    if (!name->is_string()) return tl::unexpected(KeyFault::malformed);
    made.only_ = algorithm_named(name->string());
    if (!made.only_ || facts_of(*made.only_).key != *type) return tl::unexpected(KeyFault::algorithm_wrong);
  }
  std::string thumbprint;
  auto key = key_of(jwk, *type, thumbprint);
  if (!key) return tl::unexpected(key.error());
  if (!allow_test_keys && is_test_key(thumbprint)) return tl::unexpected(KeyFault::test_key);
  made.key_ = std::move(*key);
  return made;
}

bool VerificationKey::fits(Algorithm algorithm) const {
  return facts_of(algorithm).key == type_ && (!only_ || *only_ == algorithm);
}

bool VerificationKey::verify(Algorithm algorithm, std::string_view signed_bytes, std::string_view signature) const {
  if (!fits(algorithm)) return false;
  const AlgorithmFacts& facts = facts_of(algorithm);
  const std::size_t expected =
      facts.signature_bytes != 0 ? facts.signature_bytes : static_cast<std::size_t>(EVP_PKEY_get_size(key_.get()));
  if (signature.size() != expected) return false;
  const bool ecdsa = type_ == KeyType::p256 || type_ == KeyType::p384 || type_ == KeyType::p521;
  std::string der;
  if (ecdsa) {
    der = der_signature(signature);
    signature = der;
  }
  const std::unique_ptr<EVP_MD_CTX, FreeDigest> context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* parameters = nullptr;
  bool good = context && EVP_DigestVerifyInit_ex(context.get(), &parameters, facts.digest, nullptr, nullptr, key_.get(),
                                                 nullptr) == 1;
  if (good && type_ == KeyType::rsa) {
    good = EVP_PKEY_CTX_set_rsa_padding(parameters, facts.pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) == 1;
    if (good && facts.pss) good = EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) == 1;
  }
  good = good && EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(signed_bytes),
                                  signed_bytes.size()) == 1;
  ERR_clear_error();
  return good;
}

}  // namespace cofactor::service::security
