// Promises: what digest.hpp says.
#include "cds-service/security/digest.hpp"

#include <openssl/evp.h>

#include <stdexcept>

namespace cofactor::service::security {

std::string sha256(std::string_view bytes) {
  std::string digest(32, '\0');
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()), &size, EVP_sha256(),
                 nullptr) != 1) {
    throw std::runtime_error("OpenSSL gives no SHA-256");
  }
  return digest;
}

std::string hex(std::string_view bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const char c : bytes) {
    text += digits[static_cast<unsigned char>(c) >> 4];
    text += digits[static_cast<unsigned char>(c) & 15];
  }
  return text;
}

std::string key_id_hash(std::string_view kid) {
  return kid.empty() ? std::string() : hex(std::string_view(sha256(kid)).substr(0, 8));
}

}  // namespace cofactor::service::security
