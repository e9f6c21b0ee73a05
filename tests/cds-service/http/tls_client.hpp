// Promises: throw-away certificates in files of a folder that goes with them, and a raw client that speaks TLS.
#pragma once
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "tests/cds-service/http/raw_client.hpp"

namespace cofactor::service::http::testing {

/// A certificate with its key; signed by itself or by another one.
class TestCertificate {
 public:
  struct Options {
    std::string common_name = "localhost";
    std::string organisation{};            ///< empty: none
    std::string names = "DNS:localhost";   ///< subject alternative names; empty: none
    bool authority = false;
    long from_seconds = -3600, to_seconds = 3600;  ///< from now
    int rsa_bits = 0;                              ///< 0: EC P-256
    const TestCertificate* issuer = nullptr;       ///< null: signs itself
  };
  explicit TestCertificate(const Options& options) {
    key_ = options.rsa_bits > 0 ? EVP_RSA_gen(static_cast<unsigned>(options.rsa_bits)) : EVP_EC_gen("P-256");
    certificate_ = X509_new();
    X509_set_version(certificate_, 2);
    static long serial = 1;
    ASN1_INTEGER_set(X509_get_serialNumber(certificate_), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate_), options.from_seconds);
    X509_gmtime_adj(X509_getm_notAfter(certificate_), options.to_seconds);
    X509_set_pubkey(certificate_, key_);
    X509_NAME* const name = X509_get_subject_name(certificate_);
    const auto add = [name](const char* field, const std::string& text) {
      X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(text.data()),
                                 static_cast<int>(text.size()), -1, 0);
    };
    if (!options.organisation.empty()) add("O", options.organisation);
    add("CN", options.common_name);
    const TestCertificate& signer = options.issuer != nullptr ? *options.issuer : *this;
    X509_set_issuer_name(certificate_, X509_get_subject_name(signer.certificate_));
    extend(NID_basic_constraints, options.authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
    if (!options.names.empty()) extend(NID_subject_alt_name, options.names);
    X509_sign(certificate_, signer.key_, EVP_sha256());
  }
  TestCertificate(const TestCertificate&) = delete;
  TestCertificate& operator=(const TestCertificate&) = delete;
  ~TestCertificate() {
    X509_free(certificate_);
    EVP_PKEY_free(key_);
  }

  X509* certificate() const { return certificate_; }
  EVP_PKEY* key() const { return key_; }

 private:
  void extend(int kind, const std::string& value) {
    X509_EXTENSION* const one = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
    X509_add_ext(certificate_, one, -1);
    X509_EXTENSION_free(one);
  }

  X509* certificate_ = nullptr;
  EVP_PKEY* key_ = nullptr;
};

/// A folder of its own for PEM files.
class PemFolder {
 public:
  PemFolder() {
    std::string path = (std::filesystem::temp_directory_path() / "cofactor-tls-XXXXXX").string();
    path_ = ::mkdtemp(path.data());
  }
  PemFolder(const PemFolder&) = delete;
  PemFolder& operator=(const PemFolder&) = delete;
  ~PemFolder() { std::filesystem::remove_all(path_); }

  std::string certificate(const std::string& name, const TestCertificate& what) const {
    return write(name, 0644, [&](FILE* file) { PEM_write_X509(file, what.certificate()); });
  }
  std::string key(const std::string& name, const TestCertificate& what, mode_t mode = 0600,
                  const char* password = nullptr) const {
    return write(name, mode, [&](FILE* file) {
      PEM_write_PrivateKey(file, what.key(), password ? EVP_aes_128_cbc() : nullptr, nullptr, 0, nullptr,
                           const_cast<char*>(password));
    });
  }
  std::string text(const std::string& name, const std::string& content, mode_t mode = 0600) const {
    return write(name, mode, [&](FILE* file) { std::fwrite(content.data(), 1, content.size(), file); });
  }
  std::string path(const std::string& name) const { return path_ + "/" + name; }

 private:
  template <class Writer>
  std::string write(const std::string& name, mode_t mode, Writer writer) const {
    const std::string at = path(name);
    FILE* const file = std::fopen(at.c_str(), "w");
    writer(file);
    std::fclose(file);
    ::chmod(at.c_str(), mode);
    return at;
  }
  std::string path_;
};

class TlsRawClient : public RawClient {
 public:
  struct Options {
    const TestCertificate* root = nullptr;         ///< checks the server against it; null: takes any
    const TestCertificate* certificate = nullptr;  ///< shown to the server
    int least = TLS1_2_VERSION, most = 0;
    std::string ciphers{};       ///< of TLS 1.2 and below
    std::string protocols{};     ///< ALPN, each with its length before it
    SSL_SESSION* session = nullptr;
    int security_level = 0;      ///< a test client may be weak: the server must not
  };
  explicit TlsRawClient(std::uint16_t port) : TlsRawClient(port, Options()) {}
  TlsRawClient(std::uint16_t port, const Options& options) : RawClient(port) {
    context_.reset(SSL_CTX_new(TLS_client_method()));
    SSL_CTX_set_security_level(context_.get(), options.security_level);
    SSL_CTX_set_min_proto_version(context_.get(), options.least);
    SSL_CTX_set_max_proto_version(context_.get(), options.most);
    if (!options.ciphers.empty()) SSL_CTX_set_cipher_list(context_.get(), options.ciphers.c_str());
    if (!options.protocols.empty())
      SSL_CTX_set_alpn_protos(context_.get(), reinterpret_cast<const unsigned char*>(options.protocols.data()),
                              static_cast<unsigned>(options.protocols.size()));
    if (options.root != nullptr) {
      X509_STORE_add_cert(SSL_CTX_get_cert_store(context_.get()), options.root->certificate());
      SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
    }
    if (options.certificate != nullptr) {
      SSL_CTX_use_certificate(context_.get(), options.certificate->certificate());
      SSL_CTX_use_PrivateKey(context_.get(), options.certificate->key());
    }
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_fd(ssl_.get(), socket());
    if (options.session != nullptr) SSL_set_session(ssl_.get(), options.session);
    // A server that says nothing must not hold the test.
    const timeval most{10, 0};
    ::setsockopt(socket(), SOL_SOCKET, SO_RCVTIMEO, &most, sizeof(most));
    shook_hands_ = connected() && SSL_connect(ssl_.get()) == 1;
  }
  ~TlsRawClient() override {
    ssl_.reset();
    ERR_clear_error();
  }

  /// As this side saw it: in TLS 1.3 the server may still refuse this side's certificate.
  bool shook_hands() const { return shook_hands_; }
  SSL* ssl() const { return ssl_.get(); }
  std::string subject() const {
    const std::unique_ptr<X509, decltype(&X509_free)> shown(SSL_get1_peer_certificate(ssl_.get()), X509_free);
    if (!shown) return {};
    char text[256];
    return X509_NAME_oneline(X509_get_subject_name(shown.get()), text, sizeof(text));
  }
  /// The other side said goodbye inside TLS, not only by closing the socket.
  bool said_goodbye() const { return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0; }

 protected:
  ssize_t write_some(std::string_view bytes) override {
    return shook_hands_ ? SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) : -1;
  }
  ssize_t read_some(char* room, std::size_t size) override {
    return shook_hands_ ? SSL_read(ssl_.get(), room, static_cast<int>(size)) : -1;
  }
  bool has_some() const override { return shook_hands_ && SSL_pending(ssl_.get()) > 0; }

 private:
  struct Free {
    void operator()(SSL_CTX* it) const { SSL_CTX_free(it); }
    void operator()(SSL* it) const { SSL_free(it); }
  };
  std::unique_ptr<SSL_CTX, Free> context_;
  std::unique_ptr<SSL, Free> ssl_;
  bool shook_hands_ = false;
};

}  // namespace cofactor::service::http::testing
