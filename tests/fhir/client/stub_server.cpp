// Promises: see stub_server.hpp.
#include "tests/fhir/client/stub_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>

namespace cofactor::fhir::client::testing {
namespace {

std::shared_ptr<EVP_PKEY> new_key() { return {EVP_EC_gen("P-256"), EVP_PKEY_free}; }

void extend(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

std::shared_ptr<X509> new_certificate(const char* name, EVP_PKEY* key, long from, long length) {
  static std::atomic<long> serial{1};
  std::shared_ptr<X509> out(X509_new(), X509_free);
  X509_set_version(out.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(out.get()), serial++);
  X509_gmtime_adj(X509_getm_notBefore(out.get()), from);
  X509_gmtime_adj(X509_getm_notAfter(out.get()), from + length);
  X509_set_pubkey(out.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(out.get()), "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
  return out;
}

std::string pem(X509* certificate) {
  const std::shared_ptr<BIO> out(BIO_new(BIO_s_mem()), BIO_free);
  PEM_write_bio_X509(out.get(), certificate);
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

std::string pem(EVP_PKEY* key) {
  const std::shared_ptr<BIO> out(BIO_new(BIO_s_mem()), BIO_free);
  PEM_write_bio_PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

}  // namespace

Identity make_identity(const IdentityOptions& options) {
  const auto ca_key = new_key();
  const auto ca = new_certificate("Test CA", ca_key.get(), -7200, 7200 * 2);
  X509_set_issuer_name(ca.get(), X509_get_subject_name(ca.get()));
  extend(ca.get(), ca.get(), NID_basic_constraints, "critical,CA:TRUE");
  X509_sign(ca.get(), ca_key.get(), EVP_sha256());

  Identity out;
  out.key = new_key();
  out.certificate = new_certificate("server", out.key.get(), options.valid_from_seconds, options.valid_for_seconds);
  X509* const issuer = options.self_signed ? out.certificate.get() : ca.get();
  X509_set_issuer_name(out.certificate.get(), X509_get_subject_name(issuer));
  std::string names;
  if (!options.dns.empty()) names = "DNS:" + options.dns;
  if (!options.ip.empty()) names += (names.empty() ? "IP:" : ",IP:") + options.ip;
  if (!names.empty()) extend(out.certificate.get(), issuer, NID_subject_alt_name, names);
  X509_sign(out.certificate.get(), options.self_signed ? out.key.get() : ca_key.get(), EVP_sha256());
  out.ca_pem = pem(ca.get());
  out.pem = pem(out.certificate.get()) + pem(out.key.get());
  return out;
}

long Peer::read_some(char* into, std::size_t most) {
  return tls_ ? SSL_read(tls_, into, static_cast<int>(most)) : recv(socket_, into, most, 0);
}

std::string Peer::read_request() {
  for (;;) {
    if (const auto end = unread_.find("\r\n\r\n"); end != std::string::npos) {
      std::string request = unread_.substr(0, end + 4);
      unread_.erase(0, end + 4);
      return request;
    }
    char buffer[4096];
    const long got = read_some(buffer, sizeof buffer);
    if (got <= 0) return {};
    unread_.append(buffer, static_cast<std::size_t>(got));
  }
}

bool Peer::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t piece = std::min<std::size_t>(bytes.size(), 1u << 20);
    const long sent = tls_ ? SSL_write(tls_, bytes.data(), static_cast<int>(piece)) : ::send(socket_, bytes.data(), piece, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool Peer::pause(std::chrono::milliseconds time) {
  pollfd gone{socket_, POLLRDHUP, 0};
  return poll(&gone, 1, static_cast<int>(time.count())) == 0;
}

namespace {

/// A listener on a free port of loopback, or -1.
int listen_on(int family, std::uint16_t& port) {
  const int listener = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in four{};
  sockaddr_in6 six{};
  four.sin_family = AF_INET;
  four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  six.sin6_family = AF_INET6;
  six.sin6_addr = in6addr_loopback;
  auto* const at = family == AF_INET ? reinterpret_cast<sockaddr*>(&four) : reinterpret_cast<sockaddr*>(&six);
  socklen_t size = family == AF_INET ? sizeof four : sizeof six;
  if (listener < 0 || bind(listener, at, size) != 0 || listen(listener, 128) != 0 || getsockname(listener, at, &size) != 0) {
    if (listener >= 0) close(listener);
    return -1;
  }
  port = ntohs(family == AF_INET ? four.sin_port : six.sin6_port);
  return listener;
}

}  // namespace

bool StubServer::ipv6_is_here() {
  std::uint16_t port = 0;
  const int listener = listen_on(AF_INET6, port);
  if (listener >= 0) close(listener);
  return listener >= 0;
}

StubServer::StubServer(Script script, const Identity* identity, int most_tls, bool on_ipv6) : script_(std::move(script)), on_ipv6_(on_ipv6) {
  std::signal(SIGPIPE, SIG_IGN);
  if (identity) {
    tls_.reset(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
    SSL_CTX_use_certificate(tls_.get(), identity->certificate.get());
    SSL_CTX_use_PrivateKey(tls_.get(), identity->key.get());
    if (most_tls) {
      SSL_CTX_set_security_level(tls_.get(), 0);
      SSL_CTX_set_min_proto_version(tls_.get(), TLS1_VERSION);
      SSL_CTX_set_max_proto_version(tls_.get(), most_tls);
    }
  }
  listener_ = listen_on(on_ipv6 ? AF_INET6 : AF_INET, port_);
  if (listener_ < 0) std::abort();
  acceptor_ = std::thread([this] { accept_all(); });
}

void StubServer::accept_all() {
  for (;;) {
    const int socket = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    ++connections_;
    const std::lock_guard lock(mutex_);
    if (stopping_) {
      close(socket);
      return;
    }
    sockets_.push_back(socket);
    threads_.emplace_back([this, socket] {
      const std::shared_ptr<SSL> tls(tls_ ? SSL_new(tls_.get()) : nullptr, [](SSL* each) { if (each) SSL_free(each); });
      bool ready = true;
      if (tls) {
        SSL_set_fd(tls.get(), socket);
        ready = SSL_accept(tls.get()) == 1;
      }
      Peer peer(socket, tls.get());
      if (ready) script_(peer);
      shutdown(socket, SHUT_RDWR);
    });
  }
}

StubServer::~StubServer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const int socket : sockets_) shutdown(socket, SHUT_RDWR);
  }
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  for (std::thread& each : threads_) each.join();
  for (const int socket : sockets_) close(socket);
  close(listener_);
}

std::vector<std::string> StubServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void StubServer::note(std::string request) {
  const std::lock_guard lock(mutex_);
  requests_.push_back(std::move(request));
}

StubServer::Script answering(StubServer*& server, std::function<std::string(const std::string&)> response) {
  return [&server, response = std::move(response)](Peer& peer) {
    for (;;) {
      const std::string request = peer.read_request();
      if (request.empty()) return;
      if (server) server->note(request);
      if (!peer.send(response(request))) return;
    }
  };
}

std::string json_response(std::string_view body, std::string_view type) {
  return "HTTP/1.1 200 OK\r\nContent-Type: " + std::string(type) + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

}  // namespace cofactor::fhir::client::testing
