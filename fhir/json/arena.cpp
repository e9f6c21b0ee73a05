// Promises: see arena.hpp.
#include "fhir/json/arena.hpp"

namespace cofactor::json {
namespace {

constexpr std::size_t block_bytes = 64u << 10;
constexpr std::size_t kept_blocks = 16;

struct Pool;
thread_local Pool* this_threads_pool =
    nullptr;  // trivially destroyed: safe to ask while a thread ends

struct Pool {
  std::vector<std::unique_ptr<std::byte[]>> blocks;
  Pool() {
    blocks.reserve(kept_blocks);
    this_threads_pool = this;
  }
  ~Pool() { this_threads_pool = nullptr; }
};

}  // namespace

Arena::~Arena() {
  Pool* pool = this_threads_pool;
  if (pool == nullptr) return;
  for (Block& block : blocks_)
    if (pool->blocks.size() < kept_blocks) pool->blocks.push_back(std::move(block));
}

/// `bytes` is a multiple of the alignment, and more than the block at hand has left.
void* Arena::allocate_elsewhere(std::size_t bytes) {
  if (bytes > block_bytes / 4) {
    oversized_.push_back(std::make_unique_for_overwrite<std::byte[]>(bytes));
    return oversized_.back().get();
  }
  thread_local Pool pool;
  if (!pool.blocks.empty()) {
    blocks_.push_back(std::move(pool.blocks.back()));
    pool.blocks.pop_back();
  } else {
    blocks_.push_back(std::make_unique_for_overwrite<std::byte[]>(block_bytes));
  }
  next_ = blocks_.back().get() + bytes;
  left_ = block_bytes - bytes;
  return blocks_.back().get();
}

}  // namespace cofactor::json
