// Promises: at most one process writes a store. The lock is a file beside the store that the kernel frees when its
// holder ends, however it ends; nothing has to be cleaned up after a crash.
#pragma once
#include <string>

#include "fhir/result.hpp"

namespace cofactor::service::audit {

class StoreLock {
 public:
  /// Failure code audit-locked. A link to the store leads to the same lock.
  static Result<StoreLock> take(const std::string& store_path);
  StoreLock() = default;
  ~StoreLock();
  StoreLock(StoreLock&& other) noexcept;
  StoreLock& operator=(StoreLock&& other) noexcept;

 private:
  explicit StoreLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

}  // namespace cofactor::service::audit
