// Proves: of a key set only keys that can be trusted are used; each other one is named with its fault, and its
// neighbours work (T-JWT-9, T-JWT-10, S-20).
#include "cds-service/security/key_set.hpp"

#include <gtest/gtest.h>
#include <openssl/bn.h>

#include <memory>

#include "cds-service/security/base64url.hpp"
#include "cds-service/security/digest.hpp"
#include "cds-service/security/test_keys.hpp"
#include "tests/cds-service/security/trust_setup.hpp"

namespace cofactor::service::security {
namespace {

using testing::ehr_key;
using testing::jwks;
using testing::SigningKey;

const SigningKey& rsa_key() {
  static const SigningKey key = SigningKey::rsa(2048);
  return key;
}

/// The fault of one key that stands beside a good one, which must stay usable.
std::string fault_beside_a_good_key(const std::string& jwk) {
  const auto set = KeySet::parse(jwks({jwk, ehr_key().jwk("good", "ES384")}), false);
  if (!set) return "whole set: " + std::string(name_of(set.error()));
  EXPECT_TRUE(set->find("good"));
  EXPECT_EQ(set->usable() + set->problems().size(), 2u);
  return set->problems().empty() ? "none" : std::string(name_of(set->problems().front().fault));
}

std::string rsa_jwk(const std::string& n, const std::string& e) {
  return R"({"kty":"RSA","kid":"bad","n":")" + base64url(n) + R"(","e":")" + base64url(e) + "\"}";
}

std::string number_bytes(const BIGNUM* number) {
  std::string bytes(static_cast<std::size_t>(BN_num_bytes(number)), '\0');
  BN_bn2bin(number, reinterpret_cast<unsigned char*>(bytes.data()));
  return bytes;
}

/// 65537^12345 modulo the product of the first primes, and a random multiple of that product: what the broken
/// generator's moduli have in common.
std::string roca_modulus() {
  const std::unique_ptr<BN_CTX, decltype(&BN_CTX_free)> context(BN_CTX_new(), BN_CTX_free);
  using Number = std::unique_ptr<BIGNUM, decltype(&BN_free)>;
  const Number product(BN_new(), BN_free), base(BN_new(), BN_free), power(BN_new(), BN_free), n(BN_new(), BN_free),
      factor(BN_new(), BN_free);
  BN_set_word(product.get(), 2);
  for (unsigned candidate = 3; candidate <= 167; candidate += 2) {
    bool prime = true;
    for (unsigned d = 3; d * d <= candidate; d += 2) prime = prime && candidate % d != 0;
    if (prime) BN_mul_word(product.get(), candidate);
  }
  BN_set_word(base.get(), 65537);
  BN_set_word(power.get(), 12345);
  BN_mod_exp(n.get(), base.get(), power.get(), product.get(), context.get());
  // A factor of so many bits with two ones on top, times the product, has 2047 or 2048 bits: half of the draws do.
  const Number modulus(BN_new(), BN_free);
  do {
    BN_rand(factor.get(), 2048 - BN_num_bits(product.get()), BN_RAND_TOP_TWO, BN_RAND_BOTTOM_ANY);
    BN_mul(factor.get(), factor.get(), product.get(), context.get());
    BN_add(modulus.get(), n.get(), factor.get());
  } while (BN_num_bits(modulus.get()) != 2048);
  return number_bytes(modulus.get());
}

std::string random_odd(int bits) {
  const std::unique_ptr<BIGNUM, decltype(&BN_free)> n(BN_new(), BN_free);
  BN_rand(n.get(), bits, BN_RAND_TOP_TWO, BN_RAND_BOTTOM_ODD);
  return number_bytes(n.get());
}

TEST(KeySet, T_JWT_9_EveryTypeOfKeyIsRead) {
  const SigningKey p256 = SigningKey::ec("P-256"), p521 = SigningKey::ec("P-521"), ed = SigningKey::ed25519();
  const auto set = KeySet::parse(jwks({p256.jwk("a", "ES256"), ehr_key().jwk("b", "ES384"), p521.jwk("c", "ES512"),
                                       rsa_key().jwk("d", "RS384"), ed.jwk("e", "EdDSA"), rsa_key().jwk("f")}),
                                 false);
  ASSERT_TRUE(set);
  EXPECT_EQ(set->usable(), 6u);
  EXPECT_EQ(set->find("c")->type(), KeyType::p521);
  EXPECT_TRUE(set->find("f")->fits(Algorithm::ps512));
  EXPECT_FALSE(set->find("d")->fits(Algorithm::rs256));
  EXPECT_FALSE(set->find("b")->fits(Algorithm::es256));
  EXPECT_EQ(set->find("B"), nullptr);
  EXPECT_EQ(set->find("a "), nullptr);
  EXPECT_EQ(set->find(""), nullptr);
}

TEST(KeySet, T_JWT_9_RsaKeysOfTheWrongSizeAreRefused) {
  EXPECT_EQ(fault_beside_a_good_key(SigningKey::rsa(1024).jwk("bad")), "rsa-size");
  EXPECT_EQ(fault_beside_a_good_key(rsa_jwk(random_odd(2047), "\x01\x00\x01")), "rsa-size");
  EXPECT_EQ(fault_beside_a_good_key(rsa_jwk(random_odd(4097), {"\x01\x00\x01", 3})), "rsa-size");
  EXPECT_EQ(fault_beside_a_good_key(rsa_jwk(random_odd(65536), {"\x01\x00\x01", 3})), "rsa-size");
  EXPECT_EQ(fault_beside_a_good_key(SigningKey::rsa(4096).jwk("good-4096")), "none");
}

TEST(KeySet, T_JWT_9_RsaExponentsOfOneOrEvenOrHugeAreRefused) {
  const std::string n = random_odd(2048);
  for (const std::string& e :
       {std::string("\x01"), std::string("\x02"), std::string("\x01\x00\x02", 3), std::string(9, '\x7f')}) {
    EXPECT_EQ(fault_beside_a_good_key(rsa_jwk(n, e)), "rsa-exponent") << e.size();
  }
  EXPECT_EQ(fault_beside_a_good_key(rsa_jwk(n, "")), "malformed");
}

TEST(KeySet, T_JWT_9_WeakModuliAreRefused) {
  EXPECT_EQ(fault_beside_a_good_key(rsa_jwk(roca_modulus(), {"\x01\x00\x01", 3})), "rsa-weak-modulus");
  std::string even = random_odd(2048);
  even.back() = static_cast<char>(even.back() & ~1);
  EXPECT_EQ(fault_beside_a_good_key(rsa_jwk(even, {"\x01\x00\x01", 3})), "rsa-weak-modulus");
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(fault_beside_a_good_key(SigningKey::rsa(2048).jwk("sound")), "none")
        << "a sound key was taken for a weak one";
  }
}

TEST(KeySet, T_JWT_9_PointsThatAreOnNoCurveAreRefused) {
  std::string x(48, '\x11'), y(48, '\x22');
  const auto jwk = [&](const std::string& crv, const std::string& a, const std::string& b) {
    return R"({"kty":"EC","kid":"bad","crv":")" + crv + R"(","x":")" + base64url(a) + R"(","y":")" + base64url(b) +
           "\"}";
  };
  EXPECT_EQ(fault_beside_a_good_key(jwk("P-384", x, y)), "point-not-on-curve");
  EXPECT_EQ(fault_beside_a_good_key(jwk("P-384", std::string(48, '\0'), std::string(48, '\0'))), "point-not-on-curve");
  EXPECT_EQ(fault_beside_a_good_key(jwk("P-384", std::string(48, '\xff'), y)), "point-not-on-curve");
  EXPECT_EQ(fault_beside_a_good_key(jwk("P-256", x.substr(16), y.substr(16))), "point-not-on-curve");
  EXPECT_EQ(fault_beside_a_good_key(jwk("P-384", x.substr(1), y)), "malformed");
  EXPECT_EQ(fault_beside_a_good_key(jwk("P-384", x + "1", y)), "malformed");
  EXPECT_EQ(fault_beside_a_good_key(jwk("secp256k1", x, y)), "type-unknown");
}

TEST(KeySet, T_JWT_9_AKeyThatPublishesItsPrivateHalfIsRefused) {
  for (const char* member : {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}) {
    EXPECT_EQ(fault_beside_a_good_key(rsa_key().jwk("bad", "RS384", ",\"" + std::string(member) + "\":\"AQAB\"")),
              "private-members");
  }
  EXPECT_EQ(fault_beside_a_good_key(SigningKey::ec("P-384").jwk("bad", "ES384", R"(,"d":null)")), "private-members");
}

TEST(KeySet, T_JWT_10_SymmetricKeysAndKeysForOtherUsesAreRefused) {
  EXPECT_EQ(fault_beside_a_good_key(R"({"kty":"oct","kid":"bad","alg":"HS384","k":"c2VjcmV0"})"), "symmetric");
  EXPECT_EQ(fault_beside_a_good_key(rsa_key().jwk("bad", "RS384", R"(,"use":"enc")")), "not-for-signatures");
  EXPECT_EQ(fault_beside_a_good_key(rsa_key().jwk("bad", "RS384", R"(,"use":7)")), "malformed");
  EXPECT_EQ(fault_beside_a_good_key(rsa_key().jwk("bad", "RS384", R"(,"key_ops":["sign"])")), "not-for-signatures");
  EXPECT_EQ(fault_beside_a_good_key(rsa_key().jwk("bad", "RS384", R"(,"key_ops":[])")), "not-for-signatures");
  EXPECT_EQ(fault_beside_a_good_key(rsa_key().jwk("bad", "RS384", R"(,"key_ops":"verify")")), "malformed");
  EXPECT_EQ(fault_beside_a_good_key(rsa_key().jwk("fine", "RS384", R"(,"use":"sig","key_ops":["verify"],"ext":true)")),
            "none");
}

TEST(KeySet, T_JWT_10_AKidThatStandsTwiceIsRefusedWhereverItStands) {
  const SigningKey other = SigningKey::ec("P-384");
  const auto set = KeySet::parse(
      jwks({ehr_key().jwk("twice", "ES384"), rsa_key().jwk("once"), other.jwk("twice", "ES384", R"(,"use":"enc")")}),
      false);
  ASSERT_TRUE(set);
  EXPECT_EQ(set->find("twice"), nullptr);
  EXPECT_NE(set->find("once"), nullptr);
  ASSERT_EQ(set->problems().size(), 2u);
  EXPECT_EQ(set->problems()[1].fault, KeyFault::kid_repeated);
  EXPECT_EQ(set->problems()[1].position, 2u);
  EXPECT_EQ(set->problems()[1].key_id_hash, key_id_hash("twice"));
}

TEST(KeySet, T_JWT_3_AnAlgThatDoesNotFitTheKeyIsRefused) {
  EXPECT_EQ(fault_beside_a_good_key(rsa_key().jwk("bad", "ES384")), "algorithm-wrong");
  EXPECT_EQ(fault_beside_a_good_key(SigningKey::ec("P-256").jwk("bad", "ES384")), "algorithm-wrong");
  EXPECT_EQ(fault_beside_a_good_key(rsa_key().jwk("bad", "HS256")), "algorithm-wrong");
  EXPECT_EQ(fault_beside_a_good_key(rsa_key().jwk("bad", "none")), "algorithm-wrong");
  EXPECT_EQ(fault_beside_a_good_key(rsa_key().jwk("bad", "RSA-OAEP")), "algorithm-wrong");
}

TEST(KeySet, KeysThatCannotBeReadAreRefused) {
  for (const char* jwk :
       {"7", "null", "[]", "{}", R"({"kty":7})", R"({"kty":"RSA","kid":7})", R"({"kty":"RSA","kid":"bad"})",
        R"({"kty":"RSA","kid":"bad","n":"AQAB==","e":"AQAB"})", R"({"kty":"EC","crv":"P-384","kid":"bad","x":"AA"})",
        R"({"kty":"OKP","crv":"Ed25519","kid":"bad","x":"AAAA"})"}) {
    EXPECT_EQ(fault_beside_a_good_key(jwk), "malformed") << jwk;
  }
  EXPECT_EQ(fault_beside_a_good_key(R"({"kty":"DSA","kid":"bad"})"), "type-unknown");
  EXPECT_EQ(fault_beside_a_good_key(R"({"kty":"OKP","crv":"X25519","kid":"bad","x":"AAAA"})"), "type-unknown");
  std::string nameless = rsa_key().jwk("");
  EXPECT_EQ(fault_beside_a_good_key(nameless), "kid-missing");
  EXPECT_EQ(fault_beside_a_good_key("{" + nameless.substr(nameless.find("\"kty\""))), "kid-missing");
}

TEST(KeySet, T_JWT_19_WhatIsNoKeySetIsRefusedAsAWhole) {
  const auto fault = [](std::string text) {
    const auto set = KeySet::parse(std::move(text), false);
    return set ? "none" : std::string(name_of(set.error()));
  };
  EXPECT_EQ(fault("<html>"), "set-malformed");
  EXPECT_EQ(fault(""), "set-malformed");
  EXPECT_EQ(fault("[]"), "set-malformed");
  EXPECT_EQ(fault(R"({"keys":{}})"), "set-malformed");
  EXPECT_EQ(fault(R"({"keys":[],"keys":[]})"), "set-malformed");
  EXPECT_EQ(fault(R"({"keys":[]} )" + std::string(64 * 1024, ' ')), "set-too-large");
  EXPECT_EQ(fault(std::string(10'000'000, '{')), "set-too-large");
  std::vector<std::string> many(20, R"({"kty":"DSA"})");
  EXPECT_EQ(fault(jwks(many)), "none");
  many.push_back(many.back());
  EXPECT_EQ(fault(jwks(many)), "set-too-many-keys");
}

TEST(KeySet, T_JWT_19_AnEmptySetIsASetWithoutKeys) {
  const auto set = KeySet::parse(R"({"keys":[]})", false);
  ASSERT_TRUE(set);
  EXPECT_EQ(set->usable(), 0u);
}

// Public keys whose private halves are printed in RFC 7515 (A.3) and kept in the repository of the CDS Hooks sandbox.
constexpr const char* kRfc7515 =
    R"({"kty":"EC","crv":"P-256","kid":"bad","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})";
constexpr const char* kSandbox =
    R"({"kty":"EC","use":"sig","crv":"P-384","kid":"44823f3d-0b01-4a6c-a80e-b9d3e8a7226f","x":"dw_JGR8nB2I6XveNxUOl2qk699ZPLM2nYI5STSdiEl9avAkrm3CkfYMbrrjr8laB","y":"Sm3mLE-n1zYNla_aiE3cb3nZsL51RbC7ysw3q8aJLxGm-hx79RPMYpITDjp7kgzy","alg":"ES384"})";

TEST(KeySet, S_20_KeysThatEverybodyHasArePutOutOfUseWhateverTheirKid) {
  EXPECT_EQ(fault_beside_a_good_key(kRfc7515), "test-key");
  EXPECT_EQ(fault_beside_a_good_key(kSandbox), "test-key");
  std::string renamed = kSandbox;
  renamed.replace(renamed.find("44823f3d"), 36, "our-own-key");
  EXPECT_EQ(fault_beside_a_good_key(renamed), "test-key");
  const auto set = KeySet::parse(jwks({kRfc7515, kSandbox}), true);
  ASSERT_TRUE(set);
  EXPECT_EQ(set->usable(), 2u);
}

TEST(KeySet, S_20_AZeroInFrontOfAModulusIsTheSameKey) {
  // RFC 7638, 3.1: the key and its thumbprint NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs.
  const auto n = base64url_decoded(
      "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_"
      "BJECPebWKRXjBZCiFV4n3oknjhMstn64t"
      "Z_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_"
      "FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbO"
      "pbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw");
  ASSERT_TRUE(n);
  EXPECT_EQ(rsa_thumbprint(*n, {"\x01\x00\x01", 3}),
            hex(*base64url_decoded("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs")));
  EXPECT_EQ(fault_beside_a_good_key(rsa_jwk(std::string(1, '\0') + *n, {"\x01\x00\x01", 3})), "test-key");
}

TEST(VerificationKey, S_15_OnlyRawSignaturesOfTheExactLengthAreGood) {
  const auto set = KeySet::parse(jwks({ehr_key().jwk("k")}), false);
  const auto key = set->find("k");
  const std::string text = "header.payload";
  const std::string good = *base64url_decoded(ehr_key().sign("ES384", text));
  EXPECT_EQ(good.size(), 96u);
  EXPECT_TRUE(key->verify(Algorithm::es384, text, good));
  EXPECT_FALSE(key->verify(Algorithm::es384, text, *base64url_decoded(ehr_key().sign_der("ES384", text))));
  EXPECT_FALSE(key->verify(Algorithm::es384, text, good.substr(1)));
  EXPECT_FALSE(key->verify(Algorithm::es384, text, good + '\0'));
  EXPECT_FALSE(key->verify(Algorithm::es384, text, ""));
  EXPECT_FALSE(key->verify(Algorithm::es384, text, std::string(96, '\0')));
  EXPECT_FALSE(key->verify(Algorithm::es384, "header.payloae", good));
  EXPECT_FALSE(key->verify(Algorithm::rs384, text, good));
  EXPECT_FALSE(key->verify(Algorithm::es256, text, good));
}

TEST(VerificationKey, EveryAlgorithmVerifiesItsOwnAndNoOther) {
  const SigningKey p256 = SigningKey::ec("P-256"), p521 = SigningKey::ec("P-521"), ed = SigningKey::ed25519();
  const auto set = KeySet::parse(
      jwks({p256.jwk("P-256"), ehr_key().jwk("P-384"), p521.jwk("P-521"), rsa_key().jwk("RSA"), ed.jwk("Ed")}), false);
  ASSERT_EQ(set->usable(), 5u);
  const auto signer = [&](Algorithm algorithm) -> std::pair<const SigningKey*, const char*> {
    switch (facts_of(algorithm).key) {
      case KeyType::p256:
        return {&p256, "P-256"};
      case KeyType::p384:
        return {&ehr_key(), "P-384"};
      case KeyType::p521:
        return {&p521, "P-521"};
      case KeyType::ed25519:
        return {&ed, "Ed"};
      case KeyType::rsa:
        break;
    }
    return {&rsa_key(), "RSA"};
  };
  int good = 0;
  for (const auto& mine : known_algorithms()) {
    const auto [key, kid] = signer(mine.algorithm);
    const std::string signature = *base64url_decoded(key->sign(mine.name, "text"));
    for (const auto& other : known_algorithms()) {
      const bool verified = set->find(kid)->verify(other.algorithm, "text", signature);
      EXPECT_EQ(verified, mine.algorithm == other.algorithm) << mine.name << " as " << other.name;
      good += verified ? 1 : 0;
    }
  }
  EXPECT_EQ(good, 10);
}

}  // namespace
}  // namespace cofactor::service::security
