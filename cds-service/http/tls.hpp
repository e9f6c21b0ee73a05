// Promises: what TLS on a listener needs, as plain values: the files, what was found in them, and whom a client's
// certificate names. TLS 1.2 and 1.3 only, forward secrecy only, no renegotiation, no early data, ALPN http/1.1.
#pragma once
#include <string>
#include <vector>

#include "fhir/result.hpp"

namespace cofactor::service::http {

struct TlsSettings {
  enum class ClientCertificate { optional, required };
  std::string certificate;  ///< PEM file: the server's certificate, then those that lead to its root
  std::string key;          ///< PEM file, not encrypted, readable by its owner alone
  std::string client_ca;    ///< PEM file of roots; empty: clients are not asked for a certificate
  /// With `client_ca` only. Optional: a client may show none, but one that does not verify ends the handshake.
  ClientCertificate client_certificate = ClientCertificate::required;
};

/// The server's own certificate, for the log and an alarm before it runs out.
struct TlsCertificate {
  std::string subject;    ///< RFC 2253 text
  long long expires = 0;  ///< seconds since 1970, UTC
};

/// Reads and checks the files as Server::use_tls does, and changes nothing. The text names the file and what to do, never
/// what is in it. Failure codes: tls-unreadable, tls-key-exposed (others than the owner may read the key file),
/// tls-malformed, tls-mismatch (key and certificate are not a pair), tls-expired (also: not valid yet), tls-weak.
Result<TlsCertificate> check_tls(const TlsSettings& settings);

/// The owner of a client certificate that was verified against `client_ca`.
struct TlsClient {
  /// RFC 2253 text as `openssl x509 -noout -subject -nameopt RFC2253` prints it: ASCII, everything else escaped.
  std::string subject;
  /// Subject alternative names: "DNS:host", "URI:uri", "email:a@b", "IP:address"; one that is not printable ASCII is
  /// left out.
  std::vector<std::string> names;
};

}  // namespace cofactor::service::http
