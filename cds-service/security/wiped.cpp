// Promises: what wiped.hpp says, by the one function that no optimiser takes out.
#include "cds-service/security/wiped.hpp"

#include <openssl/crypto.h>

namespace cofactor::service::security {

void Wiped::wipe() {
  OPENSSL_cleanse(text.data(), text.size());
  text.clear();
}

void WipedTexts::wipe() {
  for (std::string& text : texts) OPENSSL_cleanse(text.data(), text.size());
}

}  // namespace cofactor::service::security
