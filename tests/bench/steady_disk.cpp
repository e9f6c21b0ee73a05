// Promises: a disk of which each flush takes the same time. Preloaded into a server whose files lie in memory, it makes two
// runs comparable where the machine's own disk stands still every few seconds. STEADY_DISK_US: microseconds a flush.
#include <time.h>

#include <cstdlib>

namespace {

int flush() {
  static const long microseconds = [] {
    const char* given = std::getenv("STEADY_DISK_US");
    return given ? std::atol(given) : 500;
  }();
  const timespec time{microseconds / 1'000'000, microseconds % 1'000'000 * 1000};
  ::nanosleep(&time, nullptr);
  return 0;
}

}  // namespace

extern "C" int fsync(int) { return flush(); }
extern "C" int fdatasync(int) { return flush(); }
