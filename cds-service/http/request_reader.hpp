// Promises: bytes in, whole requests out, with every limit and every strictness rule of the edge
// applied. Does no I/O and reads no clock, so that each rule can be tried without a socket. Keeps
// what follows a request (pipelining). One per connection; not thread-safe.
#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "cds-service/http/chunk_decoder.hpp"
#include "cds-service/http/message.hpp"
#include "cds-service/http/request_header.hpp"
#include "cds-service/http/server.hpp"

namespace cofactor::service::http {

class RequestReader {
 public:
  /// `limits` must outlive the reader.
  explicit RequestReader(const ServerLimits& limits) : limits_(limits) {}

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

  /// True once per request, when the client waits for "100 Continue" and nothing speaks against its
  /// body.
  bool owes_continue();
  const Refusal& refusal() const { return refusal_; }
  /// The header of the request under way: whole from `body` on, as far as it was read after a
  /// refusal.
  const Head& head() const { return head_; }
  /// Bytes that no request has used yet.
  bool has_more() const { return begin_ < end_; }
  /// The complete request; the reader is ready for the next one.
  Request take();

 private:
  State refuse(const Refusal& why);
  State advance_header();
  State advance_body();

  const ServerLimits& limits_;
  std::unique_ptr<char[]>
      bytes_;  // got with the first room(), so that an unused connection costs nothing
  std::size_t begin_ = 0, end_ = 0;
  unsigned empty_lines_ = 0;
  HeaderScan scan_;
  Head head_;
  ChunkDecoder chunks_;
  State state_ = State::empty;
  Refusal refusal_;
};

}  // namespace cofactor::service::http
