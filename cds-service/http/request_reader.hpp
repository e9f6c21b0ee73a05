// Promises: bytes in, whole requests out, with every limit and every strictness rule of the edge
// applied. Does no I/O and reads no clock, so that each rule can be tried without a socket. Keeps
// what follows a request (pipelining). One per connection; not thread-safe.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "cds-service/http/chunk_decoder.hpp"
#include "cds-service/http/message.hpp"
#include "cds-service/http/read_buffers.hpp"
#include "cds-service/http/request_header.hpp"
#include "cds-service/http/server.hpp"

namespace cofactor::service::http {

class RequestReader {
 public:
  /// What a buffer for such a reader must hold.
  static std::size_t buffer_bytes(const ServerLimits& limits);
  /// `limits` and `buffers` must outlive the reader.
  RequestReader(const ServerLimits& limits, ReadBuffers& buffers) : limits_(limits), buffers_(buffers) {}
  ~RequestReader();
  RequestReader(const RequestReader&) = delete;
  RequestReader& operator=(const RequestReader&) = delete;

  enum class State {
    empty,     ///< not one byte of a next request
    header,    ///< part of a header
    body,      ///< header is fine, body is not whole
    complete,  ///< take() it
    refused    ///< see refusal(); nothing more is read
  };

  /// Where the next bytes go; never empty before `complete` or `refused`.
  std::span<char> room();
  /// That many bytes were put at the start of room().
  void received(std::size_t bytes);
  /// Goes as far as the bytes allow.
  State advance();
  /// The same, but not into the body: `body` once the header is whole.
  State advance_to_body();
  /// Leaves a body alone of which nothing was taken: the bytes of it that have not been received yet. The reader is ready for
  /// the request behind them. Not for chunks, whose end only reading finds.
  std::uint64_t leave_body();

  /// True once per request, when the client waits for "100 Continue" and nothing speaks against its
  /// body.
  bool owes_continue();
  const Refusal& refusal() const { return refusal_; }
  /// The header of the request under way: whole from `body` on, as far as it was read after a
  /// refusal.
  const Head& head() const { return head_; }
  /// What was read of a body that nobody will want is overwritten and given back.
  void forget_body();
  /// The buffer, when everything in it is used: while nothing comes, none is needed.
  void give_back();
  /// For what the connection alone knows: who sends it.
  Request& request() { return head_.request; }
  /// Bytes that no request has used yet.
  bool has_more() const { return begin_ < end_; }
  /// The complete request; the reader is ready for the next one.
  Request take();

 private:
  State refuse(const Refusal& why);
  void begin_request();
  State advance_header();
  State advance_body();

  const ServerLimits& limits_;
  ReadBuffers& buffers_;
  ReadBuffers::Buffer bytes_;  // only from room() until everything in it is used
  std::size_t begin_ = 0, end_ = 0;
  unsigned empty_lines_ = 0;
  HeaderScan scan_;
  Head head_;
  ChunkDecoder chunks_;
  State state_ = State::empty;
  Refusal refusal_;
};

}  // namespace cofactor::service::http
