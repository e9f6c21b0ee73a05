// Promises: a server on 127.0.0.1 that sends exactly the bytes a test wants, in plain text or over TLS, one thread a
// connection. It counts what reaches it, and ends with the test.
#pragma once
#include <openssl/ssl.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace cofactor::fhir::client::testing {

/// A certificate for tests with its key and the CA that signed it, made anew in memory.
struct Identity {
  std::shared_ptr<X509> certificate;
  std::shared_ptr<EVP_PKEY> key;
  std::string ca_pem;  ///< of the signer
  std::string pem;     ///< certificate and key
};
struct IdentityOptions {
  std::string dns = "localhost";  ///< subject alternative name; empty: none
  std::string ip;
  long valid_from_seconds = -3600, valid_for_seconds = 7200;
  bool self_signed = false;
};
Identity make_identity(const IdentityOptions& options);

/// One accepted connection, for the script of a test.
class Peer {
 public:
  Peer(int socket, SSL* tls) : socket_(socket), tls_(tls) {}
  /// Up to and with the blank line; empty when the other side went away.
  std::string read_request();
  bool send(std::string_view bytes);
  /// False when the other side went away before.
  bool pause(std::chrono::milliseconds time);

 private:
  long read_some(char* into, std::size_t most);
  int socket_;
  SSL* tls_;
  std::string unread_;
};

class StubServer {
 public:
  using Script = std::function<void(Peer&)>;
  explicit StubServer(Script script, const Identity* identity = nullptr, int most_tls = 0, bool on_ipv6 = false);
  /// Has this machine an IPv6 loopback?
  static bool ipv6_is_here();
  ~StubServer();
  StubServer(const StubServer&) = delete;
  StubServer& operator=(const StubServer&) = delete;

  std::uint16_t port() const { return port_; }
  int connections() const { return connections_; }
  std::vector<std::string> requests() const;
  int requests_count() const { return static_cast<int>(requests().size()); }
  std::string base(std::string_view path = "/fhir") const {
    if (on_ipv6_) return (tls_ ? "https://[::1]:" : "http://[::1]:") + std::to_string(port_) + std::string(path);
    return (tls_ ? "https://localhost:" : "http://127.0.0.1:") + std::to_string(port_) + std::string(path);
  }
  void note(std::string request);

 private:
  void accept_all();
  Script script_;
  std::shared_ptr<SSL_CTX> tls_;
  bool on_ipv6_ = false;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<int> connections_{0};
  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::vector<int> sockets_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

/// Answers every request on a connection with `response(request)`, until the other side goes away.
StubServer::Script answering(StubServer*& server, std::function<std::string(const std::string& request)> response);

std::string json_response(std::string_view body, std::string_view type = "application/fhir+json");

}  // namespace cofactor::fhir::client::testing
