// Promises: what a site says about one client that may call, as plain settings.
#pragma once
#include <chrono>
#include <string>
#include <vector>

namespace cofactor::service::security {

enum class Authentication { none, jwt, mtls };

struct TrustedClient {
  std::string name;
  Authentication authentication = Authentication::jwt;

  // For jwt.
  std::string issuer;  ///< `iss`, byte for byte
  /// A file, read when the Authenticator is made, or an https URL. With a URL, a `jku` in a token must equal it byte
  /// for byte; with a file a `jku` says nothing and is never fetched.
  std::string jwks;
  std::vector<std::string> algorithms{"ES384", "RS384"};  ///< see known_algorithms() in jws.hpp
  /// In addition to the URLs under the public base URL: audiences.hpp.
  std::vector<std::string> audiences;
  /// If not empty, the claim must be there and be one of these. They also tell apart the clients of one issuer.
  std::vector<std::string> tenants, subjects;
  std::chrono::seconds max_token_lifetime{3600};  ///< exp - iat; at least 1 s
  bool replay_protection = true;                  ///< false: a token may come again (Inferno does that)

  /// For mtls: the subject of the client certificate as OpenSSL prints it (RFC 2253), byte for byte. For jwt: if not
  /// empty, the caller must show this certificate as well.
  std::string mtls_subject;
};

}  // namespace cofactor::service::security
