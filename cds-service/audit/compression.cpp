// Promises: what compression.hpp says. Level 1: the dictionary does the work, higher levels cost time and save little.
#include "cds-service/audit/compression.hpp"

#include <zstd.h>

#include <new>

namespace cofactor::service::audit {
namespace {

constexpr int record_level = 1, knowledge_level = 9;
constexpr unsigned long long largest_text = 256ull << 20;

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

ZSTD_CCtx* working_memory() {
  thread_local const std::unique_ptr<ZSTD_CCtx, FreeContext> context(ZSTD_createCCtx());
  if (!context) throw std::bad_alloc();
  return context.get();
}

Failure malformed(const char* why) {
  return Failure{"audit-malformed", std::string("a stored content cannot be decompressed: ") + why};
}

}  // namespace

struct Compressor::State {
  ZSTD_CDict* dictionary = nullptr;
};

Compressor::Compressor(std::string_view dictionary) : state_(std::make_unique<State>()) {
  state_->dictionary = ZSTD_createCDict(dictionary.data(), dictionary.size(), record_level);
  if (state_->dictionary == nullptr) throw std::bad_alloc();
}
Compressor::~Compressor() { ZSTD_freeCDict(state_->dictionary); }

std::string Compressor::compress(std::string_view text) const {
  thread_local std::string room;
  room.resize(ZSTD_compressBound(text.size()));
  const auto size = ZSTD_compress_usingCDict(working_memory(), room.data(), room.size(), text.data(), text.size(),
                                             state_->dictionary);
  // Cannot fail with room of that bound, other than for want of memory.
  if (ZSTD_isError(size)) throw std::bad_alloc();
  std::string compressed(room.data(), size);
  constexpr std::size_t kept_room = 256u << 10;
  if (room.capacity() > kept_room) std::string().swap(room);
  return compressed;
}

Result<std::string> decompress(std::string_view compressed, std::string_view dictionary) {
  const auto size = ZSTD_getFrameContentSize(compressed.data(), compressed.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size > largest_text) {
    return tl::unexpected(malformed("no size is told"));
  }
  std::string text(static_cast<std::size_t>(size), '\0');
  const std::unique_ptr<ZSTD_DCtx, FreeContext> context(ZSTD_createDCtx());
  if (!context) throw std::bad_alloc();
  const auto got = ZSTD_decompress_usingDict(context.get(), text.data(), text.size(), compressed.data(),
                                             compressed.size(), dictionary.data(), dictionary.size());
  if (ZSTD_isError(got)) return tl::unexpected(malformed(ZSTD_getErrorName(got)));
  if (got != text.size()) return tl::unexpected(malformed("its size is another than told"));
  return text;
}

std::string compress_alone(std::string_view text) {
  std::string room(ZSTD_compressBound(text.size()), '\0');
  const auto size = ZSTD_compressCCtx(working_memory(), room.data(), room.size(), text.data(), text.size(), knowledge_level);
  if (ZSTD_isError(size)) throw std::bad_alloc();
  room.resize(size);
  return room;
}

}  // namespace cofactor::service::audit
