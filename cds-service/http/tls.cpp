// Promises: see tls.hpp and tls_private.hpp. Nothing of the machine's OpenSSL configuration weakens what is set here.
#include <arpa/inet.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <string_view>
#include <utility>

#include "cds-service/http/tls_private.hpp"

namespace cofactor::service::http {
namespace {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* it) const {
    Free(it);
  }
};
using Bio = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;

constexpr std::size_t kMostFileBytes = 1u << 20;

/// The bytes of a PEM file; wiped when they go, because they may be a private key.
class Secret {
 public:
  Secret() = default;
  Secret(Secret&&) = default;
  Secret(const Secret&) = delete;
  ~Secret() {
    if (!bytes.empty()) OPENSSL_cleanse(bytes.data(), bytes.size());
  }
  Bio reader() const { return Bio(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size()))); }
  std::vector<char> bytes;
};

/// Why OpenSSL said no, in its own words: they name no secret.
std::string reason() {
  const char* const text = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return text != nullptr ? text : "OpenSSL gives no reason";
}

Result<Secret> read_file(const std::string& path, std::string_view what, bool owner_only) {
  const std::string name = std::string(what) + " file `" + path + "`";
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (file < 0) return fail("tls-unreadable", "cannot read the " + name + ": " + std::strerror(errno));
  const auto closed = [file](Result<Secret> result) {
    ::close(file);
    return result;
  };
  // Of the open file, not of the name: the name may be given to another one between two looks.
  struct stat about {};
  if (::fstat(file, &about) != 0 || !S_ISREG(about.st_mode))
    return closed(fail("tls-unreadable", "the " + name + " is not a regular file"));
  if (owner_only && (about.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return closed(fail("tls-key-exposed", "the " + name +
                                              " may be read or changed by others than its owner: `chmod 600` it, and "
                                              "make a new key if others had access"));
  if (about.st_size <= 0 || static_cast<std::size_t>(about.st_size) > kMostFileBytes)
    return closed(fail("tls-malformed", "the " + name + " is empty or over 1 MiB: it must be PEM"));
  Secret secret;
  secret.bytes.resize(static_cast<std::size_t>(about.st_size));
  std::size_t have = 0;
  while (have < secret.bytes.size()) {
    const auto got = ::read(file, secret.bytes.data() + have, secret.bytes.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return closed(fail("tls-unreadable", "the " + name + " changed while it was read: try again"));
    have += static_cast<std::size_t>(got);
  }
  return closed(std::move(secret));
}

int no_password(char*, int, int, void*) { return -1; }

std::vector<Certificate> certificates_in(const Secret& pem) {
  std::vector<Certificate> found;
  const Bio reader = pem.reader();
  while (X509* const one = PEM_read_bio_X509(reader.get(), nullptr, no_password, nullptr)) found.emplace_back(one);
  ERR_clear_error();
  return found;
}

std::string text_of(const X509_NAME* name) {
  const Bio out(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253);
  char* text = nullptr;
  const long length = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(std::max(0L, length))};
}

Result<void> use_certificate(SSL_CTX* context, const TlsSettings& settings, TlsCertificate& about) {
  const auto pem = read_file(settings.certificate, "certificate", false);
  if (!pem) return tl::unexpected(pem.error());
  const std::string name = "certificate file `" + settings.certificate + "`";
  const auto chain = certificates_in(*pem);
  if (chain.empty()) return fail("tls-malformed", "the " + name + " holds no certificate in PEM form");
  X509* const own = chain.front().get();
  if (X509_cmp_current_time(X509_get0_notAfter(own)) < 0)
    return fail("tls-expired", "the certificate in the " + name + " has expired: get a new one");
  if (X509_cmp_current_time(X509_get0_notBefore(own)) > 0)
    return fail("tls-expired", "the certificate in the " + name + " is not valid yet: look at the clock of this machine");
  if (SSL_CTX_use_certificate(context, own) != 1)
    return fail("tls-weak", "the certificate in the " + name + " is not strong enough: " + reason());
  for (std::size_t i = 1; i < chain.size(); ++i)
    if (SSL_CTX_add1_chain_cert(context, chain[i].get()) != 1)
      return fail("tls-weak", "certificate " + std::to_string(i + 1) + " in the " + name + " cannot be used: " + reason());
  about.subject = text_of(X509_get_subject_name(own));
  std::tm expires{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(own), &expires) == 1) about.expires = ::timegm(&expires);
  return {};
}

Result<void> use_key(SSL_CTX* context, const TlsSettings& settings) {
  const auto pem = read_file(settings.key, "key", true);
  if (!pem) return tl::unexpected(pem.error());
  const std::string name = "key file `" + settings.key + "`";
  const Key key(PEM_read_bio_PrivateKey(pem->reader().get(), nullptr, no_password, nullptr));
  ERR_clear_error();
  if (!key)
    return fail("tls-malformed", "the " + name + " holds no private key in PEM form without a password");
  if (SSL_CTX_use_PrivateKey(context, key.get()) == 1 && SSL_CTX_check_private_key(context) == 1) return {};
  return fail("tls-mismatch",
              "the " + name + " does not belong to the certificate in `" + settings.certificate + "`: " + reason());
}

Result<void> ask_clients(SSL_CTX* context, const TlsSettings& settings) {
  if (settings.client_ca.empty()) return {};
  const auto pem = read_file(settings.client_ca, "client CA", false);
  if (!pem) return tl::unexpected(pem.error());
  const auto roots = certificates_in(*pem);
  if (roots.empty())
    return fail("tls-malformed", "the client CA file `" + settings.client_ca + "` holds no certificate in PEM form");
  for (const Certificate& root : roots) {
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), root.get());
    SSL_CTX_add_client_CA(context, root.get());
  }
  const bool required = settings.client_certificate == TlsSettings::ClientCertificate::required;
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | (required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), nullptr);
  SSL_CTX_set_verify_depth(context, 4);
  return {};
}

/// RFC 7301 3.2: a client that offers protocols without ours is told so.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_length, const unsigned char* offered,
                    unsigned int offered_length, void*) {
  static constexpr std::array<unsigned char, 9> kOurs{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_length, kOurs.data(), kOurs.size(), offered, offered_length) !=
      OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

bool set_rules(SSL_CTX* context) {
  static constexpr std::array<unsigned char, 8> kSessions{'c', 'o', 'f', 'a', 'c', 't', 'o', 'r'};
  SSL_CTX_set_security_level(context, 2);  // 112 bits: RSA from 2048, no SHA-1 signatures
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_CLEANSE_PLAINTEXT);
  // Resumption is by tickets, which cost us no memory; after a reload they end in a full handshake, so that a client
  // whose root was taken out cannot come back on an old one.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
         SSL_CTX_set_max_proto_version(context, 0) == 1 &&
         SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1 &&
         SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384") == 1 &&
         SSL_CTX_set_session_id_context(context, kSessions.data(), kSessions.size()) == 1;
}

bool printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

void add_name(std::vector<std::string>& names, std::string_view kind, const ASN1_STRING* value) {
  const auto* const bytes = reinterpret_cast<const char*>(ASN1_STRING_get0_data(value));
  const std::string_view text(bytes, static_cast<std::size_t>(ASN1_STRING_length(value)));
  if (!text.empty() && printable(text)) names.push_back(std::string(kind).append(text));
}

void add_address(std::vector<std::string>& names, const ASN1_STRING* value) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int length = ASN1_STRING_length(value);
  if (length != 4 && length != 16) return;
  if (::inet_ntop(length == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(value), text.data(), text.size()) != nullptr)
    names.push_back(std::string("IP:") + text.data());
}

}  // namespace

Result<LoadedTls> load_tls(const TlsSettings& settings) {
  ERR_clear_error();
  LoadedTls loaded;
  loaded.context.reset(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* const context = loaded.context.get();
  if (context == nullptr || !set_rules(context))
    return fail("tls-unreadable", "this OpenSSL cannot do TLS as it is needed: " + reason());
  if (const auto done = use_certificate(context, settings, loaded.certificate); !done)
    return tl::unexpected(done.error());
  if (const auto done = use_key(context, settings); !done) return tl::unexpected(done.error());
  if (const auto done = ask_clients(context, settings); !done) return tl::unexpected(done.error());
  ERR_clear_error();
  return loaded;
}

Result<TlsCertificate> check_tls(const TlsSettings& settings) {
  return load_tls(settings).map([](LoadedTls loaded) { return std::move(loaded.certificate); });
}

std::shared_ptr<const TlsClient> client_of(const SSL* connection) {
  const Certificate shown(SSL_get1_peer_certificate(connection));
  if (!shown || SSL_get_verify_result(connection) != X509_V_OK) return nullptr;
  auto client = std::make_shared<TlsClient>();
  client->subject = text_of(X509_get_subject_name(shown.get()));
  const std::unique_ptr<GENERAL_NAMES, Freed<GENERAL_NAMES_free>> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(shown.get(), NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    int kind = 0;
    const void* const value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &kind);
    const auto* const text = static_cast<const ASN1_STRING*>(value);
    if (kind == GEN_DNS) add_name(client->names, "DNS:", text);
    if (kind == GEN_URI) add_name(client->names, "URI:", text);
    if (kind == GEN_EMAIL) add_name(client->names, "email:", text);
    if (kind == GEN_IPADD) add_address(client->names, text);
  }
  ERR_clear_error();
  return client;
}

}  // namespace cofactor::service::http
