// Promises: the bytes of one connection, plain or inside TLS, with one set of calls, so that the connection is written
// (and compiled) once. One call at a time.
#pragma once
#include <utility>

#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <chrono>
#include <memory>
#include <optional>

#include "cds-service/http/tls_private.hpp"

namespace cofactor::service::http {

namespace asio = boost::asio;
using Code = boost::system::error_code;
using Socket = asio::basic_stream_socket<asio::ip::tcp, asio::io_context::executor_type>;
template <class T>
using Task = asio::awaitable<T, asio::io_context::executor_type>;

class Stream {
 public:
  /// Without `tls` it is plain. Throws when memory is short.
  Stream(Socket socket, std::shared_ptr<asio::ssl::context> tls);

  bool secure() const { return tls_.has_value(); }
  Socket& socket() { return socket_; }

  /// Returns once something has come, before TLS has looked at it. Before handshake() only.
  Task<void> first_bytes(Code& failed);
  Task<void> handshake(Code& failed);
  /// Returns once something has come, so that nobody needs room for it before. At once with TLS, which reads ahead.
  Task<void> readable(Code& failed);
  /// What is here already; 0 also on a failure, which read_some() meets, and with TLS.
  std::size_t read_now(asio::mutable_buffer room);
  /// 0 with a failure at the end of the stream.
  Task<std::size_t> read_some(asio::mutable_buffer room, Code& failed);
  Task<std::size_t> write(const std::array<asio::const_buffer, 2>& parts, Code& failed);
  /// Says that nothing more will come: close_notify and FIN. Does not wait for the other side.
  Task<void> finish_sending(Code& failed);
  /// What the kernel takes at once; 0 also on a failure, which the next write() meets, and with TLS.
  std::size_t write_now(const std::array<asio::const_buffer, 2>& parts);
  /// Takes bytes that nobody wants, as many as `scratch` has room for; none of them stays in it. The first only those that
  /// are here already, without looking at them; 0 also on a failure, which skip() meets, and with TLS.
  std::size_t skip_now(asio::mutable_buffer scratch);
  Task<std::size_t> skip(asio::mutable_buffer scratch, Code& failed);
  /// What the other side still sends, thrown away; TLS is over by then.
  Task<std::size_t> read_raw(asio::mutable_buffer room, Code& failed);

  /// How long ago the kernel got the newest bytes: they may have waited for us, most of all after the process or the
  /// machine stood still. Milliseconds; zero when the kernel does not tell.
  std::chrono::milliseconds age_of_last_bytes();
  /// Nothing has come that was not read yet.
  bool quiet();
  /// Null on a plain connection and without a client certificate.
  std::shared_ptr<const TlsClient> client();

 private:
  Socket socket_;
  std::shared_ptr<asio::ssl::context> context_;
  std::optional<asio::ssl::stream<Socket&>> tls_;
};

}  // namespace cofactor::service::http
