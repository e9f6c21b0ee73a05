// Promises: OpenSSL public keys from the bytes of a JWK, with the checks that the format alone does not give: sizes,
// exponents, weak moduli, points that are on no curve. The faults are those of key_problem.hpp.
#pragma once
#include <memory>
#include <string_view>
#include <tl/expected.hpp>

#include "cds-service/security/algorithm.hpp"
#include "cds-service/security/key_problem.hpp"

struct evp_pkey_st;

namespace cofactor::service::security {

using PublicKey = std::shared_ptr<evp_pkey_st>;

/// Big-endian, without leading zeros.
tl::expected<PublicKey, KeyFault> rsa_key(std::string_view modulus, std::string_view exponent);
/// `type` p256, p384 or p521; coordinates of the full length.
tl::expected<PublicKey, KeyFault> ec_key(KeyType type, std::string_view x, std::string_view y);
/// 32 bytes.
tl::expected<PublicKey, KeyFault> ed25519_key(std::string_view x);

/// Bytes of a coordinate: 32, 48, 66.
std::size_t coordinate_bytes(KeyType type);

}  // namespace cofactor::service::security
