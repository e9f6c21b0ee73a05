// Promises: what token_maker.hpp says, by OpenSSL.
#include "tests/cds-service/security/token_maker.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <algorithm>
#include <stdexcept>

#include "cds-service/security/base64url.hpp"

namespace cofactor::service::security::testing {
namespace {

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

void must(bool good) {
  if (!good) throw std::runtime_error("OpenSSL could not do what the test needs");
}

std::string number(EVP_PKEY* key, const char* name, std::size_t bytes = 0) {
  BIGNUM* value = nullptr;
  must(EVP_PKEY_get_bn_param(key, name, &value) == 1);
  std::string out(bytes != 0 ? bytes : static_cast<std::size_t>(BN_num_bytes(value)), '\0');
  must(BN_bn2binpad(value, bytes_of(out), static_cast<int>(out.size())) >= 0);
  BN_free(value);
  return out;
}

std::size_t coordinate(EVP_PKEY* key) { return static_cast<std::size_t>(EVP_PKEY_get_bits(key) + 7) / 8; }

const char* digest_of(std::string_view alg) {
  if (alg == "EdDSA") return nullptr;
  return alg.ends_with("256") ? "SHA256" : alg.ends_with("384") ? "SHA384" : "SHA512";
}

}  // namespace

SigningKey::SigningKey(evp_pkey_st* key) : key_(key, EVP_PKEY_free) { must(key != nullptr); }
SigningKey SigningKey::ec(const char* curve) { return SigningKey(EVP_EC_gen(curve)); }
SigningKey SigningKey::ed25519() { return SigningKey(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")); }
SigningKey SigningKey::rsa(unsigned bits, unsigned exponent) {
  const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
      EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr), EVP_PKEY_CTX_free);
  const std::unique_ptr<BIGNUM, decltype(&BN_free)> e(BN_new(), BN_free);
  BN_set_word(e.get(), exponent);
  EVP_PKEY* key = nullptr;
  must(EVP_PKEY_keygen_init(context.get()) == 1);
  must(EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), static_cast<int>(bits)) == 1);
  must(EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context.get(), e.get()) == 1);
  must(EVP_PKEY_generate(context.get(), &key) == 1);
  return SigningKey(key);
}

std::string SigningKey::jwk(std::string_view kid, std::string_view alg, std::string_view extra) const {
  EVP_PKEY* key = key_.get();
  std::string text = "{\"kid\":" + json_string(kid);
  if (!alg.empty()) text += ",\"alg\":" + json_string(alg);
  if (EVP_PKEY_is_a(key, "RSA") == 1) {
    text += ",\"kty\":\"RSA\",\"n\":\"" + base64url(number(key, OSSL_PKEY_PARAM_RSA_N)) + "\",\"e\":\"" +
            base64url(number(key, OSSL_PKEY_PARAM_RSA_E)) + "\"";
  } else if (EVP_PKEY_is_a(key, "EC") == 1) {
    const std::size_t size = coordinate(key);
    text += ",\"kty\":\"EC\",\"crv\":\"P-" + std::to_string(EVP_PKEY_get_bits(key)) + "\",\"x\":\"" +
            base64url(number(key, OSSL_PKEY_PARAM_EC_PUB_X, size)) + "\",\"y\":\"" +
            base64url(number(key, OSSL_PKEY_PARAM_EC_PUB_Y, size)) + "\"";
  } else {
    std::string raw(32, '\0');
    std::size_t size = raw.size();
    must(EVP_PKEY_get_raw_public_key(key, bytes_of(raw), &size) == 1);
    text += ",\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" + base64url(raw) + "\"";
  }
  return text.append(extra) + "}";
}

std::string SigningKey::raw_signature(std::string_view alg, std::string_view bytes, bool der) const {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  EVP_PKEY_CTX* parameters = nullptr;
  must(EVP_DigestSignInit_ex(context.get(), &parameters, digest_of(alg), nullptr, nullptr, key_.get(), nullptr) == 1);
  if (alg.starts_with("PS")) {
    must(EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1);
    must(EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) == 1);
  }
  std::size_t size = 0;
  must(EVP_DigestSign(context.get(), nullptr, &size, bytes_of(bytes), bytes.size()) == 1);
  std::string signature(size, '\0');
  must(EVP_DigestSign(context.get(), bytes_of(signature), &size, bytes_of(bytes), bytes.size()) == 1);
  signature.resize(size);
  if (!alg.starts_with("ES") || der) return signature;
  const unsigned char* start = bytes_of(std::string_view(signature));
  ECDSA_SIG* pair = d2i_ECDSA_SIG(nullptr, &start, static_cast<long>(signature.size()));
  must(pair != nullptr);
  const auto half = static_cast<int>(coordinate(key_.get()));
  std::string raw(2 * static_cast<std::size_t>(half), '\0');
  BN_bn2binpad(ECDSA_SIG_get0_r(pair), bytes_of(raw), half);
  BN_bn2binpad(ECDSA_SIG_get0_s(pair), bytes_of(raw) + half, half);
  ECDSA_SIG_free(pair);
  return raw;
}

std::string SigningKey::sign(std::string_view alg, std::string_view bytes) const {
  return base64url(raw_signature(alg, bytes, false));
}
std::string SigningKey::sign_der(std::string_view alg, std::string_view bytes) const {
  return base64url(raw_signature(alg, bytes, true));
}

std::string SigningKey::pem() const {
  BIO* memory = BIO_new(BIO_s_mem());
  must(PEM_write_bio_PUBKEY(memory, key_.get()) == 1);
  char* start = nullptr;
  const long size = BIO_get_mem_data(memory, &start);
  std::string text(start, static_cast<std::size_t>(size));
  BIO_free(memory);
  return text;
}

std::string SigningKey::public_der() const {
  unsigned char* bytes = nullptr;
  const int size = i2d_PUBKEY(key_.get(), &bytes);
  must(size > 0);
  std::string der(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return der;
}

Members Members::set(std::string_view name, std::string raw) const {
  Members changed = *this;
  const auto at =
      std::find_if(changed.list.begin(), changed.list.end(), [&](const auto& m) { return m.first == name; });
  if (at != changed.list.end()) {
    at->second = std::move(raw);
  } else {
    changed.list.emplace_back(name, std::move(raw));
  }
  return changed;
}

Members Members::without(std::string_view name) const {
  Members changed = *this;
  std::erase_if(changed.list, [&](const auto& member) { return member.first == name; });
  return changed;
}

std::string Members::json() const {
  std::string text = "{";
  for (const auto& [name, raw] : list) text += (text.size() > 1 ? "," : "") + json_string(name) + ":" + raw;
  return text + "}";
}

std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string compact(const SigningKey& key, std::string_view alg, std::string_view header, std::string_view payload) {
  const std::string start = base64url(header) + "." + base64url(payload);
  return start + "." + key.sign(alg, start);
}

std::string hmac_token(std::string_view digest, std::string_view secret, std::string_view header,
                       std::string_view payload) {
  const std::string start = base64url(header) + "." + base64url(payload);
  std::string mac(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  must(HMAC(EVP_get_digestbyname(std::string(digest).c_str()), secret.data(), static_cast<int>(secret.size()),
            bytes_of(std::string_view(start)), start.size(), bytes_of(mac), &size) != nullptr);
  mac.resize(size);
  return start + "." + base64url(mac);
}

std::string jwks(const std::vector<std::string>& keys) {
  std::string text = "{\"keys\":[";
  for (std::size_t i = 0; i < keys.size(); ++i) text += (i == 0 ? "" : ",") + keys[i];
  return text + "]}";
}

}  // namespace cofactor::service::security::testing
