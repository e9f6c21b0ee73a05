// Promises: who is believed to be a server: one store of certificates a CA file, read once and shared by all connections,
// and the settings that make OpenSSL verify chain and host name itself. OpenSSL's types are named, not included.
#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "fhir/result.hpp"

struct ssl_ctx_st;
struct ssl_st;
struct x509_store_st;

namespace cofactor::fhir::client {

using TrustStore = std::shared_ptr<x509_store_st>;

class TrustStores {
 public:
  /// `system_ca_file`: what an empty file name stands for; empty: OpenSSL's default file.
  explicit TrustStores(std::string system_ca_file);
  /// The certificates of a PEM file, read once for each version of it. Failure code: fhir-tls.
  Result<TrustStore> of(const std::string& ca_file, const std::string& version = {});

 private:
  const std::string system_ca_file_;
  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, TrustStore> stores_;
};

/// Changes when the file is replaced or written, so that a reload takes new certificates; empty without a file.
std::string version_of_file(const std::string& path);

/// OpenSSL begins here and not at the first handshake. What begins first ends last: when the process ends, a pool of threads
/// that began later is joined before OpenSSL is taken down, and each thread gives its state of OpenSSL back.
void begin_openssl();

/// From now on OpenSSL's own default file is empty in this process: cpprestsdk would read all of the system's certificates
/// for each new connection, 20 ms each time, before demand_trust() replaces them. Call it once, after the first TrustStores
/// was made and before other threads read the environment.
void forget_default_ca_file();

/// TLS 1.2 or later, no compression, no renegotiation, received text wiped after use; the peer's chain must lead to
/// `store` and its certificate must name `host`. Whatever else verifies beside it is overruled.
void demand_trust(ssl_ctx_st* context, const TrustStore& store, const std::string& host);
/// The name that the client asks for in the handshake; nothing for an address.
void name_server(ssl_st* connection, const std::string& host);

}  // namespace cofactor::fhir::client
