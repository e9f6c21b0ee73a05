// Promises: what test_keys.hpp says.
#include "cds-service/security/test_keys.hpp"

#include <algorithm>
#include <array>

#include "cds-service/security/base64url.hpp"
#include "cds-service/security/digest.hpp"

namespace cofactor::service::security {
namespace {

constexpr std::array<std::string_view, 14> kTestKeys{
    // CDS Hooks sandbox (cds-hooks/sandbox, keys/): 44823f3d-0b01-4a6c-a80e-b9d3e8a7226f, and the one it had before.
    "b3d7ce7be283603d66c99f180b395e52a25082b6192f8f645628c1c619d9bd97",
    "5941157c57a745f32d7438703d4cc209f9aa10de3987ad61747725c15a2a7deb",
    // CDS Hooks specification, "Trusting CDS Clients": the example key pair.
    "f94b4eca62366745c1e5266880466edece6833243861a7b01ed47d86eae84d0b",
    // Inferno's Da Vinci CRD test kit, crd_jwks.json: ES384 and RS384.
    "44116040515421fe217c6f2251466b7f7bc567f576af761118fc7d9ca2579393",
    "43b7e0708ceab746d500ab166b0fc5c941520c3a4e4dfb06746b63266027cc56",
    // RFC 7515, appendices A.2, A.3, A.4.
    "22c527ebf7b4e0c692857148212329e241bad8b5b33083f2fccbd2039a49817f",
    "a0a232c2f194a53553cb1310ddbc0821e414b9d7ebfc290b323084d7d1020fe5",
    "bb96144a3436fb6721062e75352937b7783b20ce28d8a61c9cfa8fb423467775",
    // RFC 7517, appendix A: EC and RSA (also RFC 7638, 3.1).
    "727f88fd634c0a57a1895a79d62ff4569384356d6ea447ab03cb046a6e619feb",
    "3736cbb1787cb8309c77ee8c3705c5e16ffb9e859715901f1e4c59b11182f57b",
    // RFC 7520 (JOSE cookbook), 3.1 and 3.3.
    "747ae2dd2003664aeeb21e4753fe7402846170a16bc8df8f23a8cf06d3cbe793",
    "f63838e96077ad1fc01c3f8405774dedc0641f558ebb4b40dccf5f9b6d66a932",
    // RFC 8037, appendix A.
    "90facafea9b1556698540f70c0117a22ea37bd5cf3ed3c47093c1707282b4b89",
    // jwt.io, the RSA pair that its page starts with.
    "a060e61ea089ef2ccc916124ae56551e4beb1c8c90c2d94399eab9168ad41de6",
};

std::string hashed(const std::string& members) { return hex(sha256(members)); }

}  // namespace

std::string rsa_thumbprint(std::string_view modulus, std::string_view exponent) {
  return hashed("{\"e\":\"" + base64url(exponent) + "\",\"kty\":\"RSA\",\"n\":\"" + base64url(modulus) + "\"}");
}

std::string ec_thumbprint(std::string_view curve, std::string_view x, std::string_view y) {
  return hashed("{\"crv\":\"" + std::string(curve) + "\",\"kty\":\"EC\",\"x\":\"" + base64url(x) + "\",\"y\":\"" +
                base64url(y) + "\"}");
}

std::string ed25519_thumbprint(std::string_view x) {
  return hashed("{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"" + base64url(x) + "\"}");
}

bool is_test_key(std::string_view thumbprint) {
  return std::find(kTestKeys.begin(), kTestKeys.end(), thumbprint) != kTestKeys.end();
}

}  // namespace cofactor::service::security
