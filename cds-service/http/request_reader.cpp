// Promises: see request_reader.hpp.
#include "cds-service/http/request_reader.hpp"

#include <string.h>

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

namespace cofactor::service::http {
namespace {

// One read takes a whole 20 KB order-sign with its header. A longer header limit makes the buffer
// longer.
constexpr std::size_t kBuffer = 24u << 10;
// Bytes after a body that the JSON reader may want without moving it.
constexpr std::size_t kSpare = 64;

constexpr Refusal kBadLine{400, "invalid",
                           "the header is not valid HTTP/1.1: end lines with CR LF, without "
                           "control characters or folding"};
constexpr Refusal kHeaderTooLong{431, "too-long", "the header is too long or has too many fields"};
constexpr Refusal kBadChunk{400, "invalid", "the chunked body is not valid"};
constexpr Refusal kBodyTooLong{
    413, "too-long", "the body is too long: send only what the prefetch templates ask for"};

/// Tokens stand in headers and bodies: what was copied out of the buffer does not stay in it.
void forget(char* bytes, std::size_t count) {
  if (count > 0) explicit_bzero(bytes, count);  // without any there may be no buffer either
}

}  // namespace

std::size_t RequestReader::buffer_bytes(const ServerLimits& limits) { return std::max(kBuffer, limits.header_bytes + 1); }

RequestReader::~RequestReader() { forget(bytes_.get() + begin_, end_ - begin_); }

std::span<char> RequestReader::room() {
  if (!bytes_) bytes_ = buffers_.take();
  if (begin_ == end_) begin_ = end_ = 0;
  if (begin_ > 0 && end_ == buffers_.bytes()) {
    std::memmove(bytes_.get(), bytes_.get() + begin_, end_ - begin_);
    forget(bytes_.get() + end_ - begin_, begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  return {bytes_.get() + end_, buffers_.bytes() - end_};
}

void RequestReader::received(std::size_t bytes) { end_ += bytes; }

RequestReader::State RequestReader::advance() {
  if (advance_to_body() == State::body) state_ = advance_body();
  give_back();
  return state_;
}

RequestReader::State RequestReader::advance_to_body() {
  if (state_ == State::empty || state_ == State::header) state_ = advance_header();
  give_back();
  return state_;
}

void RequestReader::give_back() {
  if (!bytes_ || begin_ < end_) return;
  buffers_.give_back(std::move(bytes_));
  begin_ = end_ = 0;
}

std::uint64_t RequestReader::leave_body() {
  const auto received = static_cast<std::size_t>(std::min<std::uint64_t>(head_.length, end_ - begin_));
  forget(bytes_.get() + begin_, received);
  begin_ += received;
  const std::uint64_t missing = head_.length - received;
  give_back();
  begin_request();
  return missing;
}

RequestReader::State RequestReader::refuse(const Refusal& why) {
  refusal_ = why;
  return State::refused;
}

RequestReader::State RequestReader::advance_header() {
  // RFC 9112 2.2: some clients send an empty line after a body. A third one is a bad header.
  const auto bytes = [this] { return std::string_view(bytes_.get() + begin_, end_ - begin_); };
  for (; scan_.length() == 0 && empty_lines_ < 2 && bytes().starts_with("\r\n"); ++empty_lines_)
    begin_ += 2;
  const std::string_view pending = bytes();
  if (pending.empty()) return State::empty;
  if (pending == "\r") return State::header;
  switch (scan_.go(pending, limits_.header_fields)) {
    case HeaderScan::Found::bad_byte:
      return refuse(kBadLine);
    case HeaderScan::Found::too_many_fields:
      return refuse(kHeaderTooLong);
    case HeaderScan::Found::more:
      return pending.size() > limits_.header_bytes ? refuse(kHeaderTooLong) : State::header;
    case HeaderScan::Found::whole:
      break;
  }
  if (scan_.length() > limits_.header_bytes) return refuse(kHeaderTooLong);
  const auto refused = read_header(pending.substr(0, scan_.length()), limits_, head_);
  forget(bytes_.get() + begin_, scan_.length());
  begin_ += scan_.length();
  if (refused) return refuse(*refused);
  return State::body;
}

RequestReader::State RequestReader::advance_body() {
  std::string& body = head_.request.body;
  const std::string_view pending(bytes_.get() + begin_, end_ - begin_);
  if (!head_.chunked) {
    // Reserving does not touch the pages: a large claimed length costs address space only.
    if (body.empty() && head_.length > 0) body.reserve(static_cast<std::size_t>(head_.length) + kSpare);
    const auto missing = static_cast<std::size_t>(head_.length) - body.size();
    const auto taken = std::min(missing, pending.size());
    body.append(pending.substr(0, taken));
    forget(bytes_.get() + begin_, taken);
    begin_ += taken;
    return taken == missing ? State::complete : State::body;
  }
  std::size_t used = 0;
  const auto state = chunks_.go(pending, used, body, limits_.body_bytes);
  forget(bytes_.get() + begin_, used);
  begin_ += used;
  switch (state) {
    case ChunkDecoder::State::more:
      return State::body;
    case ChunkDecoder::State::done:
      return State::complete;
    case ChunkDecoder::State::malformed:
      return refuse(kBadChunk);
    case ChunkDecoder::State::too_long:
      break;
  }
  return refuse(kBodyTooLong);
}

bool RequestReader::owes_continue() {
  const bool owes = state_ == State::body && head_.expects_continue && head_.request.body.empty();
  head_.expects_continue = false;
  return owes;
}

void RequestReader::forget_body() {
  std::string& body = head_.request.body;
  forget(body.data(), body.size());
  std::string().swap(body);
}

void RequestReader::begin_request() {
  head_ = Head();
  scan_ = HeaderScan();
  chunks_ = ChunkDecoder();
  empty_lines_ = 0;
  state_ = State::empty;
}

Request RequestReader::take() {
  Request request = std::move(head_.request);
  begin_request();
  return request;
}

}  // namespace cofactor::service::http
