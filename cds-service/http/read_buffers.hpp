// Promises: the buffers that the connections of one thread read into, lent only while bytes are in them: the one that was used
// last is still in the processor's cache, and an idle connection holds none. Not thread-safe.
#pragma once
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace cofactor::service::http {

class ReadBuffers {
 public:
  using Buffer = std::unique_ptr<char[]>;

  explicit ReadBuffers(std::size_t bytes) : bytes_(bytes) {}
  std::size_t bytes() const { return bytes_; }

  Buffer take() {
    if (free_.empty()) return Buffer(new char[bytes_]);  // make_unique would write zeros over it
    Buffer buffer = std::move(free_.back());
    free_.pop_back();
    return buffer;
  }
  /// `buffer` holds nothing of a request any more.
  void give_back(Buffer buffer) {
    if (free_.size() < kKept) free_.push_back(std::move(buffer));
  }

 private:
  static constexpr std::size_t kKept = 16;
  const std::size_t bytes_;
  std::vector<Buffer> free_;
};

}  // namespace cofactor::service::http
