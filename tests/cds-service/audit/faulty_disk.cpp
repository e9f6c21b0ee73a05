// Promises: what faulty_disk.hpp says: a SQLite VFS that hands every call to the real one, except where it fails it.
#include "faulty_disk.hpp"

#include <sqlite3.h>

#include <atomic>
#include <stdexcept>

namespace cofactor::service::audit::testing {
namespace {

std::atomic<std::int64_t> operations{0}, fail_first{0}, fail_last{-1}, sync_count{0}, failure_count{0};

bool fails() {
  const auto now = ++operations;
  if (now < fail_first || now > fail_last) return false;
  ++failure_count;
  return true;
}

struct File {
  sqlite3_file base;
  sqlite3_file* real;
};

sqlite3_file* real_of(sqlite3_file* file) { return reinterpret_cast<File*>(file)->real; }

int close(sqlite3_file* f) { return real_of(f)->pMethods != nullptr ? real_of(f)->pMethods->xClose(real_of(f)) : SQLITE_OK; }
int read(sqlite3_file* f, void* to, int n, sqlite3_int64 at) { return real_of(f)->pMethods->xRead(real_of(f), to, n, at); }
int write(sqlite3_file* f, const void* from, int n, sqlite3_int64 at) {
  if (fails()) {
    // Half of it arrives.
    real_of(f)->pMethods->xWrite(real_of(f), from, n / 2, at);
    return SQLITE_IOERR_WRITE;
  }
  return real_of(f)->pMethods->xWrite(real_of(f), from, n, at);
}
int truncate(sqlite3_file* f, sqlite3_int64 size) { return real_of(f)->pMethods->xTruncate(real_of(f), size); }
int sync(sqlite3_file* f, int flags) {
  if (fails()) return SQLITE_IOERR_FSYNC;
  ++sync_count;
  return real_of(f)->pMethods->xSync(real_of(f), flags);
}
int file_size(sqlite3_file* f, sqlite3_int64* size) { return real_of(f)->pMethods->xFileSize(real_of(f), size); }
int lock(sqlite3_file* f, int kind) { return real_of(f)->pMethods->xLock(real_of(f), kind); }
int unlock(sqlite3_file* f, int kind) { return real_of(f)->pMethods->xUnlock(real_of(f), kind); }
int check_lock(sqlite3_file* f, int* out) { return real_of(f)->pMethods->xCheckReservedLock(real_of(f), out); }
int control(sqlite3_file* f, int code, void* argument) { return real_of(f)->pMethods->xFileControl(real_of(f), code, argument); }
int sector_size(sqlite3_file* f) { return real_of(f)->pMethods->xSectorSize(real_of(f)); }
int characteristics(sqlite3_file* f) { return real_of(f)->pMethods->xDeviceCharacteristics(real_of(f)); }
int shm_map(sqlite3_file* f, int page, int size, int extend, void volatile** out) {
  return real_of(f)->pMethods->xShmMap(real_of(f), page, size, extend, out);
}
int shm_lock(sqlite3_file* f, int offset, int n, int flags) { return real_of(f)->pMethods->xShmLock(real_of(f), offset, n, flags); }
void shm_barrier(sqlite3_file* f) { real_of(f)->pMethods->xShmBarrier(real_of(f)); }
int shm_unmap(sqlite3_file* f, int remove) { return real_of(f)->pMethods->xShmUnmap(real_of(f), remove); }

constexpr sqlite3_io_methods methods = {
    2,         close,  read,       write,   truncate,    sync,            file_size, lock,     unlock,
    check_lock, control, sector_size, characteristics, shm_map, shm_lock, shm_barrier, shm_unmap, nullptr, nullptr};

sqlite3_vfs faulty{};
sqlite3_vfs* real_vfs = nullptr;

int open(sqlite3_vfs*, const char* name, sqlite3_file* out, int flags, int* out_flags) {
  auto* file = reinterpret_cast<File*>(out);
  file->real = reinterpret_cast<sqlite3_file*>(file + 1);
  const int code = real_vfs->xOpen(real_vfs, name, file->real, flags, out_flags);
  file->base.pMethods = code == SQLITE_OK ? &methods : nullptr;
  return code;
}

}  // namespace

FaultyDisk::FaultyDisk() {
  heal();
  sync_count = failure_count = 0;
  real_vfs = sqlite3_vfs_find(nullptr);
  faulty = *real_vfs;
  faulty.pNext = nullptr;
  faulty.zName = "faulty";
  faulty.szOsFile = static_cast<int>(sizeof(File)) + real_vfs->szOsFile;
  faulty.xOpen = open;
  if (sqlite3_vfs_register(&faulty, 1) != SQLITE_OK) throw std::runtime_error("no VFS");
}

FaultyDisk::~FaultyDisk() {
  sqlite3_vfs_unregister(&faulty);
  sqlite3_vfs_register(real_vfs, 1);
}

void FaultyDisk::fail_from(int nth, int count) {
  operations = 0;
  fail_first = nth;
  fail_last = nth + count - 1;
}
void FaultyDisk::heal() { fail_last = -1; }
std::int64_t FaultyDisk::syncs() const { return sync_count; }
std::int64_t FaultyDisk::failures() const { return failure_count; }

}  // namespace cofactor::service::audit::testing
