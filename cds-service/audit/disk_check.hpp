// Promises: says at start how fast the disk under the store makes writes durable, and whether the store is sound,
// without holding up the service: both run on a thread of their own and end early when told to.
#pragma once
#include <chrono>
#include <memory>
#include <string>

#include "fhir/result.hpp"

namespace cofactor::service::audit {

struct SyncTimes {
  std::chrono::microseconds median{0}, p99{0};
};
/// Writes and syncs 4 KB `rounds` times in a file beside the store, then removes it.
Result<SyncTimes> measure_sync(const std::string& store_path, int rounds);

/// Above this a durable record before the answer no longer fits the answer times that are promised.
constexpr std::chrono::microseconds slow_sync{1500};

class DiskCheck {
 public:
  /// Starts measuring and checking in the background; findings go to the log.
  explicit DiskCheck(std::string store_path);
  /// Stops both and waits for them.
  ~DiskCheck();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cofactor::service::audit
