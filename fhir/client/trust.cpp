// Promises: see trust.hpp.
#include "fhir/client/trust.hpp"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <openssl/x509_vfy.h>

#include <sys/stat.h>

#include <cstdlib>
#include <utility>

namespace cofactor::fhir::client {
namespace {

bool is_numeric(const std::string& host) {
  unsigned char bytes[16];
  return inet_pton(AF_INET, host.c_str(), bytes) == 1 || inet_pton(AF_INET6, host.c_str(), bytes) == 1;
}

/// Instead of the library's own callback, which would judge a name that may carry a port: OpenSSL's verdict alone counts.
int verify_peer(X509_STORE_CTX* chain, void*) {
  X509_STORE_CTX_set_verify_cb(chain, [](int verdict, X509_STORE_CTX*) { return verdict; });
  return X509_verify_cert(chain) == 1 ? 1 : 0;
}

std::string default_ca_file() {
  // What the operator named, OpenSSL's default, and where Debian keeps the bundle.
  static const std::string named = [] {
    const char* const value = std::getenv(X509_get_default_cert_file_env());
    return std::string(value != nullptr ? value : "");
  }();
  for (const char* file : {named.c_str(), X509_get_default_cert_file(), "/etc/ssl/certs/ca-certificates.crt"}) {
    if (*file == 0) continue;
    const std::unique_ptr<BIO, int (*)(BIO*)> probe(BIO_new_file(file, "r"), BIO_free);
    if (probe) return file;
  }
  return "/etc/ssl/certs/ca-certificates.crt";
}

}  // namespace

TrustStores::TrustStores(std::string system_ca_file)
    : system_ca_file_(system_ca_file.empty() ? default_ca_file() : std::move(system_ca_file)) {}

std::string version_of_file(const std::string& path) {
  struct stat about {};
  if (path.empty() || stat(path.c_str(), &about) != 0) return {};
  return std::to_string(about.st_mtim.tv_sec) + "." + std::to_string(about.st_mtim.tv_nsec) + "." + std::to_string(about.st_ino);
}

Result<TrustStore> TrustStores::of(const std::string& ca_file, const std::string& version) {
  const std::lock_guard lock(mutex_);
  if (const auto known = stores_.find({ca_file, version}); known != stores_.end()) return known->second;
  const bool own = !ca_file.empty();
  const std::string file = own ? ca_file : system_ca_file_;
  TrustStore store(X509_STORE_new(), X509_STORE_free);
  if (!store || X509_STORE_load_file(store.get(), file.c_str()) != 1)
    return fail("fhir-tls", own ? "`fhirCa` names a file without PEM certificates that can be read: give the CA of the FHIR server"
                                : "the system's CA certificates cannot be read: install ca-certificates or set `fhirCa`");
  // The file was replaced: who still holds what it was before keeps it.
  std::erase_if(stores_, [&](const auto& known) { return known.first.first == ca_file; });
  return stores_.emplace(std::pair(ca_file, version), std::move(store)).first->second;
}

void begin_openssl() { OPENSSL_init_ssl(0, nullptr); }

void forget_default_ca_file() { setenv(X509_get_default_cert_file_env(), "/dev/null", 1); }

void demand_trust(ssl_ctx_st* context, const TrustStore& store, const std::string& host) {
  SSL_CTX_set1_cert_store(context, store.get());
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CLEANSE_PLAINTEXT);
  SSL_CTX_set_cert_verify_callback(context, verify_peer, nullptr);
  X509_VERIFY_PARAM* wanted = SSL_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (is_numeric(host))
    X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str());
  else
    X509_VERIFY_PARAM_set1_host(wanted, host.c_str(), host.size());
}

void name_server(ssl_st* connection, const std::string& host) {
  if (!is_numeric(host)) SSL_set_tlsext_host_name(connection, host.c_str());
}

}  // namespace cofactor::fhir::client
