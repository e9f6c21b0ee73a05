// Promises: whatever bytes come and wherever packets end, the reader of requests never crashes,
// never passes a limit, and sees the same requests: a difference would be a way to smuggle one.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "cds-service/http/request_reader.hpp"

namespace {

namespace http = cofactor::service::http;
using State = http::RequestReader::State;

struct Outcome {
  bool refused = false;
  std::vector<http::Request> requests;
};

Outcome feed(std::string_view bytes, std::size_t piece, const http::ServerLimits& limits) {
  http::ReadBuffers buffers(http::RequestReader::buffer_bytes(limits));
  http::RequestReader reader(limits, buffers);
  Outcome outcome;
  while (!bytes.empty() && !outcome.refused) {
    const auto room = reader.room();
    if (room.empty()) std::abort();
    const auto some = std::min({piece, bytes.size(), room.size()});
    std::memcpy(room.data(), bytes.data(), some);
    reader.received(some);
    bytes.remove_prefix(some);
    State state = State::empty;
    while ((state = reader.advance()) == State::complete) outcome.requests.push_back(reader.take());
    outcome.refused = state == State::refused;
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  http::ServerLimits limits;
  limits.header_bytes = 512;
  limits.header_fields = 8;
  limits.target_bytes = 64;
  limits.body_bytes = 256;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Outcome whole = feed(bytes, bytes.size(), limits),
                cut = feed(bytes, 1u + data[0] % 16u, limits);
  if (whole.refused != cut.refused || whole.requests.size() != cut.requests.size()) std::abort();
  for (std::size_t i = 0; i < whole.requests.size(); ++i) {
    const http::Request &a = whole.requests[i], &b = cut.requests[i];
    if (a.method != b.method || a.path != b.path || a.query != b.query || a.body != b.body)
      std::abort();
    if (a.headers.size() != b.headers.size() || a.headers.size() > limits.header_fields + 1)
      std::abort();
    if (a.body.size() > limits.body_bytes || a.path.size() > limits.target_bytes) std::abort();
  }
  return 0;
}
