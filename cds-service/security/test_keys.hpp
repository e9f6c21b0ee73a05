// Promises: RFC 7638 thumbprints, and the list of those keys whose private halves anybody can read: in specifications
// and in the repositories of test tools. A site that trusts one lets everybody in.
#pragma once
#include <string>
#include <string_view>

namespace cofactor::service::security {

// Thumbprints as lower-case hex of SHA-256, from the bytes of the members.
std::string rsa_thumbprint(std::string_view modulus, std::string_view exponent);
std::string ec_thumbprint(std::string_view curve, std::string_view x, std::string_view y);
std::string ed25519_thumbprint(std::string_view x);

bool is_test_key(std::string_view thumbprint);

}  // namespace cofactor::service::security
