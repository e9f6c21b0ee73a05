// Promises: SHA-256 by OpenSSL, as bytes and as hex, for names of keys and of tokens that must not be kept as text.
#pragma once
#include <string>
#include <string_view>

namespace cofactor::service::security {

std::string sha256(std::string_view bytes);  ///< 32 bytes
std::string hex(std::string_view bytes);     ///< lower case

/// How a key is named in audits and reports: the first 16 hex digits of SHA-256 of its kid; empty for an empty kid.
std::string key_id_hash(std::string_view kid);

}  // namespace cofactor::service::security
