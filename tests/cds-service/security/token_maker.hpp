// Promises: keys made at run time, and tokens signed with them, also such as no honest client would make. For tests.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

struct evp_pkey_st;

namespace cofactor::service::security::testing {

class SigningKey {
 public:
  static SigningKey ec(const char* curve);  ///< "P-256", "P-384", "P-521"
  static SigningKey rsa(unsigned bits, unsigned exponent = 65537);
  static SigningKey ed25519();

  /// The public half. `extra` is put in front of the closing brace, such as `,"use":"enc"`. An empty `alg` is left out.
  std::string jwk(std::string_view kid, std::string_view alg = {}, std::string_view extra = {}) const;
  /// base64url of the signature of an algorithm's name ("ES384", "PS256", "EdDSA").
  std::string sign(std::string_view alg, std::string_view bytes) const;
  std::string sign_der(std::string_view alg, std::string_view bytes) const;  ///< ECDSA as DER
  std::string pem() const;                                                   ///< public
  std::string public_der() const;                                            ///< SubjectPublicKeyInfo

 private:
  explicit SigningKey(evp_pkey_st* key);
  std::string raw_signature(std::string_view alg, std::string_view bytes, bool der) const;
  std::shared_ptr<evp_pkey_st> key_;
};

/// A JSON object as names and raw JSON values, in order; set() replaces or adds, without() removes.
struct Members {
  std::vector<std::pair<std::string, std::string>> list;
  Members set(std::string_view name, std::string raw) const;
  Members without(std::string_view name) const;
  std::string json() const;
};
std::string json_string(std::string_view text);

std::string compact(const SigningKey& key, std::string_view alg, std::string_view header, std::string_view payload);
std::string hmac_token(std::string_view digest, std::string_view secret, std::string_view header,
                       std::string_view payload);
std::string jwks(const std::vector<std::string>& keys);

}  // namespace cofactor::service::security::testing
