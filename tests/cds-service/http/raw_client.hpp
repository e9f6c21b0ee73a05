// Promises: a client that sends exactly the bytes it is given, and splits what comes back into
// responses.
#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace cofactor::service::http::testing {

struct RawResponse {
  int status = 0;
  std::string head, body;
  /// The value of a header, or nothing.
  std::optional<std::string> header(std::string_view name) const {
    std::string wanted("\r\n");
    wanted.append(name).append(": ");
    const auto at = head.find(wanted);
    if (at == std::string::npos) return std::nullopt;
    const auto start = at + wanted.size();
    return head.substr(start, head.find("\r\n", start) - start);
  }
};

class RawClient {
 public:
  /// `from` is the client's own address on loopback; null: whatever the kernel takes.
  explicit RawClient(std::uint16_t port, const char* from = nullptr)
      : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sockaddr_in own{};
    own.sin_family = AF_INET;
    if (from != nullptr && ::inet_pton(AF_INET, from, &own.sin_addr) == 1)
      ::bind(socket_, reinterpret_cast<const sockaddr*>(&own), sizeof(own));
    connected_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) == 0;
  }
  virtual ~RawClient() { ::close(socket_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool connected() const { return connected_; }
  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = write_some(bytes);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  void finish_sending() { ::shutdown(socket_, SHUT_WR); }
  /// Resets the connection instead of closing it.
  void reset() {
    const linger hard{1, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
  }

  /// The next response, or nothing when the connection ends or the time is over.
  std::optional<RawResponse> response(bool head_only = false,
                                      std::chrono::milliseconds within = std::chrono::seconds(10)) {
    const auto until = std::chrono::steady_clock::now() + within;
    for (;;) {
      const auto end = bytes_.find("\r\n\r\n");
      if (end != std::string::npos) {
        RawResponse found;
        found.head = bytes_.substr(0, end + 2);
        found.status = std::atoi(found.head.c_str() + 9);
        const auto length = found.header("Content-Length");
        const std::size_t size = head_only || !length ? 0 : std::stoul(*length);
        if (bytes_.size() >= end + 4 + size) {
          found.body = bytes_.substr(end + 4, size);
          bytes_.erase(0, end + 4 + size);
          return found;
        }
      }
      if (!read_more(until)) return std::nullopt;
    }
  }
  /// True when the server closes within that time; what it sends before is kept.
  bool closed_within(std::chrono::milliseconds time) {
    const auto until = std::chrono::steady_clock::now() + time;
    while (read_more(until)) {
    }
    return ended_;
  }
  const std::string& unread() const { return bytes_; }
  /// Bytes below TLS, when there is any.
  void send_raw(std::string_view bytes) { ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }

 protected:
  virtual ssize_t write_some(std::string_view bytes) {
    return ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  virtual ssize_t read_some(char* room, std::size_t size) { return ::recv(socket_, room, size, 0); }
  /// Bytes that read_some() has without the socket.
  virtual bool has_some() const { return false; }
  int socket() const { return socket_; }

 private:
  bool read_more(std::chrono::steady_clock::time_point until) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
                          until - std::chrono::steady_clock::now())
                          .count();
    pollfd readable{socket_, POLLIN, 0};
    if (ended_ || left < 0) return false;
    if (!has_some() && ::poll(&readable, 1, static_cast<int>(left) + 1) <= 0) return false;
    char some[8192];
    const auto got = read_some(some, sizeof(some));
    if (got <= 0) {
      ended_ = true;
      return false;
    }
    bytes_.append(some, static_cast<std::size_t>(got));
    return true;
  }

  int socket_;
  bool connected_ = false, ended_ = false;
  std::string bytes_;
};

/// A whole request; `more` is further header lines, each with its line end.
inline std::string request(std::string_view method, std::string_view path,
                           std::string_view body = {}, std::string_view more = {}) {
  std::string text(method);
  text.append(" ").append(path).append(" HTTP/1.1\r\nHost: localhost\r\n").append(more);
  if (!body.empty())
    text.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n");
  return text.append("\r\n").append(body);
}

}  // namespace cofactor::service::http::testing
