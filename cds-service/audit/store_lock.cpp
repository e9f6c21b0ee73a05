// Promises: what store_lock.hpp says, by flock(2).
#include "cds-service/audit/store_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

namespace cofactor::service::audit {

Result<StoreLock> StoreLock::take(const std::string& store_path) {
  std::error_code ignored;
  auto real = std::filesystem::weakly_canonical(store_path, ignored);
  if (ignored) real = store_path;
  const std::string path = real.string() + ".lock";
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    return fail("audit-unwritable", "the lock file `" + path + "` cannot be opened: " + std::strerror(errno) +
                                        "; check the folder and the service account's rights");
  }
  StoreLock lock(descriptor);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) {
      return fail("audit-unwritable", "the lock file `" + path + "` cannot be locked: " + std::strerror(errno));
    }
    char owner[32] = {};
    const auto count = ::pread(descriptor, owner, sizeof owner - 1, 0);
    const std::string who = count > 1 ? " (process " + std::string(owner, std::strcspn(owner, "\n")) + ")" : "";
    return fail("audit-locked", "the audit store `" + store_path + "` is in use by another service" + who +
                                    "; one store has one writer: stop the other or give this one its own store");
  }
  const std::string owner = std::to_string(::getpid()) + "\n";
  // Only a help for the person who reads the message above: the lock holds without it.
  if (::ftruncate(descriptor, 0) == 0 && ::pwrite(descriptor, owner.data(), owner.size(), 0) < 0) errno = 0;
  return lock;
}

StoreLock::~StoreLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}
StoreLock::StoreLock(StoreLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
StoreLock& StoreLock::operator=(StoreLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

}  // namespace cofactor::service::audit
