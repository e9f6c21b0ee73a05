// Promises: what disk_check.hpp says.
#include "cds-service/audit/disk_check.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "cds-service/audit/sqlite.hpp"
#include "cds-service/ops/log.hpp"

namespace cofactor::service::audit {
namespace {

using ops::Level;

std::string milliseconds(std::chrono::microseconds time) {
  const auto count = time.count();
  const auto fraction = std::to_string(1000 + count % 1000);
  return std::to_string(count / 1000) + "." + fraction.substr(1);
}

}  // namespace

Result<SyncTimes> measure_sync(const std::string& store_path, int rounds) {
  const std::string path = store_path + ".sync-probe";
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return fail("audit-unwritable", "the disk under the store cannot be measured: " + std::string(std::strerror(errno)));
  const std::string block(4096, 'x');
  std::vector<std::chrono::microseconds> times;
  bool good = true;
  for (int i = 0; i < rounds && good; ++i) {
    const auto start = std::chrono::steady_clock::now();
    good = ::pwrite(file, block.data(), block.size(), static_cast<off_t>(i) * 4096) == 4096 && ::fdatasync(file) == 0;
    times.push_back(std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - start));
  }
  const int reason = errno;
  ::close(file);
  ::unlink(path.c_str());
  if (!good || times.empty()) {
    return fail("audit-unwritable", "the disk under the store cannot be measured: " + std::string(std::strerror(reason)));
  }
  std::sort(times.begin(), times.end());
  return SyncTimes{times[times.size() / 2], times[(times.size() * 99) / 100]};
}

struct DiskCheck::State {
  std::string path;
  std::mutex guard;
  Database* reading = nullptr;
  std::atomic<bool> stop{false};
  std::thread thread;

  void measure() const {
    constexpr int rounds = 200;
    const auto times = measure_sync(path, rounds);
    if (!times) {
      ops::log(Level::warn, "audit-sync-not-measured", {{"why", times.error().text}});
      return;
    }
    const auto median = milliseconds(times->median), p99 = milliseconds(times->p99);
    if (times->p99 > slow_sync) {
      ops::log(Level::warn, "audit-sync-slow", {{"medianMs", median}, {"p99Ms", p99}, {"advice", "put the audit store on a faster disk, or choose \"ack\": \"after\" knowingly"}});
    } else {
      ops::log(Level::info, "audit-sync", {{"medianMs", median}, {"p99Ms", p99}});
    }
  }

  void check() {
    auto database = Database::open(path, Database::Access::read_only);
    if (!database) return;
    {
      const std::lock_guard lock(guard);
      if (stop) return;
      reading = &*database;
    }
    std::string verdict;
    if (auto statement = database->prepare("PRAGMA quick_check(1)")) {
      if (auto row = statement->step(); row && *row) verdict = std::string(statement->text(0));
    }
    {
      const std::lock_guard lock(guard);
      reading = nullptr;
    }
    if (stop || verdict.empty()) return;
    if (verdict == "ok") {
      ops::log(Level::info, "audit-store-sound");
    } else {
      ops::log(Level::error, "audit-store-damaged", {{"finding", verdict}, {"advice", "stop the service, keep a copy of the store, restore from the last good copy"}});
    }
  }
};

DiskCheck::DiskCheck(std::string store_path) : state_(std::make_unique<State>()) {
  state_->path = std::move(store_path);
  state_->thread = std::thread([state = state_.get()] {
    try {
      state->measure();
      if (!state->stop) state->check();
    } catch (const std::exception&) {  // memory alone can fail here: what is measured or checked is only told
    }
  });
}

DiskCheck::~DiskCheck() {
  {
    const std::lock_guard lock(state_->guard);
    state_->stop = true;
    if (state_->reading != nullptr) state_->reading->interrupt();
  }
  state_->thread.join();
}

}  // namespace cofactor::service::audit
