// Promises: memory for one parsed tree: handed out by bumping a pointer, given back all at once.
// Blocks are kept per thread for the next document, a bounded number of them. Private to fhir/json.
#pragma once
#include <cstddef>
#include <memory>
#include <vector>

namespace cofactor::json {

class Arena {
 public:
  Arena() = default;
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  /// `count` default-aligned objects, not constructed. T must be trivially destructible.
  template <class T>
  T* allocate(std::size_t count) {
    return static_cast<T*>(allocate_bytes(count * sizeof(T)));
  }

 private:
  void* allocate_bytes(std::size_t bytes) {
    constexpr std::size_t alignment = alignof(std::max_align_t);
    bytes = (bytes + alignment - 1) / alignment * alignment;
    if (bytes > left_) return allocate_elsewhere(bytes);
    std::byte* out = next_;
    next_ += bytes;
    left_ -= bytes;
    return out;
  }
  void* allocate_elsewhere(std::size_t bytes);

  using Block = std::unique_ptr<std::byte[]>;
  std::vector<Block> blocks_;     ///< of the standard size
  std::vector<Block> oversized_;  ///< one object each
  std::byte* next_ = nullptr;
  std::size_t left_ = 0;
};

}  // namespace cofactor::json
