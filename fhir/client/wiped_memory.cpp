// Promises: see wiped_memory.hpp. All forms of operator new and delete are replaced together, on malloc() and free(), so
// that whichever allocator the program is linked with serves both and none of them sees the other's memory.
#include "fhir/client/wiped_memory.hpp"

#include <malloc.h>
#include <string.h>

#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

thread_local constinit bool wiping = false;

void* allocated(std::size_t bytes) {
  if (bytes == 0) bytes = 1;
  for (;;) {
    if (void* const memory = std::malloc(bytes)) return memory;
    const std::new_handler handler = std::get_new_handler();
    if (handler == nullptr) return nullptr;
    handler();
  }
}

void* allocated(std::size_t bytes, std::align_val_t alignment) {
  const auto align = static_cast<std::size_t>(alignment);
  return std::aligned_alloc(align, (bytes + align - 1) / align * align + (bytes == 0 ? align : 0));
}

void* or_throw(void* memory) {
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void released(void* memory) noexcept {
  if (wiping && memory != nullptr) explicit_bzero(memory, malloc_usable_size(memory));
  std::free(memory);
}

}  // namespace

namespace cofactor::fhir::client {

WipeFreedMemory::WipeFreedMemory(Extent extent) : restore_(extent == this_scope && !wiping) { wiping = true; }
WipeFreedMemory::~WipeFreedMemory() {
  if (restore_) wiping = false;
}

}  // namespace cofactor::fhir::client

void* operator new(std::size_t bytes) { return or_throw(allocated(bytes)); }
void* operator new[](std::size_t bytes) { return or_throw(allocated(bytes)); }
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept { return allocated(bytes); }
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept { return allocated(bytes); }
void* operator new(std::size_t bytes, std::align_val_t align) { return or_throw(allocated(bytes, align)); }
void* operator new[](std::size_t bytes, std::align_val_t align) { return or_throw(allocated(bytes, align)); }
void* operator new(std::size_t bytes, std::align_val_t align, const std::nothrow_t&) noexcept { return allocated(bytes, align); }
void* operator new[](std::size_t bytes, std::align_val_t align, const std::nothrow_t&) noexcept { return allocated(bytes, align); }
void operator delete(void* memory) noexcept { released(memory); }
void operator delete[](void* memory) noexcept { released(memory); }
void operator delete(void* memory, std::size_t) noexcept { released(memory); }
void operator delete[](void* memory, std::size_t) noexcept { released(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { released(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { released(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { released(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { released(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { released(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { released(memory); }
void operator delete(void* memory, std::align_val_t, const std::nothrow_t&) noexcept { released(memory); }
void operator delete[](void* memory, std::align_val_t, const std::nothrow_t&) noexcept { released(memory); }
