// Promises: see stream_private.hpp.
#include "cds-service/http/stream_private.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace cofactor::service::http {
namespace {

constexpr asio::use_awaitable_t<asio::io_context::executor_type> kAwait;

}  // namespace

Stream::Stream(Socket socket, std::shared_ptr<asio::ssl::context> tls)
    : socket_(std::move(socket)), context_(std::move(tls)) {
  if (context_) tls_.emplace(socket_, *context_);
}

Task<void> Stream::first_bytes(Code& failed) {
  return socket_.async_wait(Socket::wait_read, asio::redirect_error(kAwait, failed));
}

Task<void> Stream::handshake(Code& failed) {
  return tls_->async_handshake(asio::ssl::stream_base::server, asio::redirect_error(kAwait, failed));
}

Task<void> Stream::readable(Code& failed) {
  if (!tls_) co_await socket_.async_wait(Socket::wait_read, asio::redirect_error(kAwait, failed));
}

std::size_t Stream::read_now(asio::mutable_buffer room) {
  if (tls_) return 0;
  const auto got = ::recv(socket_.native_handle(), room.data(), room.size(), MSG_DONTWAIT);
  return got > 0 ? static_cast<std::size_t>(got) : 0;
}

Task<std::size_t> Stream::read_some(asio::mutable_buffer room, Code& failed) {
  return tls_ ? tls_->async_read_some(room, asio::redirect_error(kAwait, failed))
              : socket_.async_read_some(room, asio::redirect_error(kAwait, failed));
}

std::size_t Stream::write_now(const std::array<asio::const_buffer, 2>& parts) {
  if (tls_) return 0;
  std::array<iovec, 2> pieces;
  for (std::size_t i = 0; i < parts.size(); ++i) pieces[i] = {const_cast<void*>(parts[i].data()), parts[i].size()};
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = pieces.size();
  const auto sent = ::sendmsg(socket_.native_handle(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  return sent > 0 ? static_cast<std::size_t>(sent) : 0;
}

std::size_t Stream::skip_now(asio::mutable_buffer scratch) {
  if (tls_) return 0;
  // MSG_TRUNC: the kernel drops them without a copy (tcp(7)).
  const auto got = ::recv(socket_.native_handle(), scratch.data(), scratch.size(), MSG_TRUNC | MSG_DONTWAIT);
  return got > 0 ? static_cast<std::size_t>(got) : 0;
}

Task<std::size_t> Stream::write(const std::array<asio::const_buffer, 2>& parts, Code& failed) {
  return tls_ ? asio::async_write(*tls_, parts, asio::redirect_error(kAwait, failed))
              : asio::async_write(socket_, parts, asio::redirect_error(kAwait, failed));
}

Task<void> Stream::finish_sending(Code& failed) {
  if (tls_) {
    // As if the other side's close_notify had come: Asio would wait for it, and a client may never send it.
    SSL_set_shutdown(tls_->native_handle(), SSL_RECEIVED_SHUTDOWN);
    co_await tls_->async_shutdown(asio::redirect_error(kAwait, failed));
  }
  socket_.shutdown(Socket::shutdown_send, failed);
}

Task<std::size_t> Stream::skip(asio::mutable_buffer scratch, Code& failed) {
  const std::size_t got = co_await read_some(scratch, failed);
  ::explicit_bzero(scratch.data(), got);  // it may hold an access token
  co_return got;
}

Task<std::size_t> Stream::read_raw(asio::mutable_buffer room, Code& failed) {
  return socket_.async_read_some(room, asio::redirect_error(kAwait, failed));
}

std::chrono::milliseconds Stream::age_of_last_bytes() {
  tcp_info info{};
  socklen_t size = sizeof(info);
  if (::getsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return {};
  return std::chrono::milliseconds(info.tcpi_last_data_recv);
}

bool Stream::quiet() {
  Code ignored;
  if (socket_.available(ignored) > 0) return false;
  if (!tls_) return true;
  SSL* const ssl = tls_->native_handle();
  return SSL_has_pending(ssl) == 0 && BIO_pending(SSL_get_rbio(ssl)) == 0;
}

std::shared_ptr<const TlsClient> Stream::client() { return tls_ ? client_of(tls_->native_handle()) : nullptr; }

}  // namespace cofactor::service::http
