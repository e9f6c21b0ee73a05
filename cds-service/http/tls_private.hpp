// Promises: the OpenSSL side of TLS, without sockets: a context from files, and what a finished handshake tells.
#pragma once
#include <openssl/ssl.h>

#include <memory>

#include "cds-service/http/tls.hpp"

namespace cofactor::service::http {

struct FreeSslContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using SslContext = std::unique_ptr<SSL_CTX, FreeSslContext>;

struct LoadedTls {
  SslContext context;
  TlsCertificate certificate;
};

/// As check_tls. The context may serve connections of several threads.
Result<LoadedTls> load_tls(const TlsSettings& settings);

/// Null when the client showed no certificate. After the handshake only.
std::shared_ptr<const TlsClient> client_of(const SSL* connection);

}  // namespace cofactor::service::http
