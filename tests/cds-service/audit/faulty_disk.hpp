// Promises: while one stands, every SQLite file of this process goes through it: it counts writes and syncs, and fails
// those that it is told to fail, as a bad disk would.
#pragma once
#include <cstdint>

namespace cofactor::service::audit::testing {

class FaultyDisk {
 public:
  FaultyDisk();
  ~FaultyDisk();
  FaultyDisk(const FaultyDisk&) = delete;
  FaultyDisk& operator=(const FaultyDisk&) = delete;

  /// The n-th write or sync from now (counted from 1) fails, and `count` in a row from there.
  void fail_from(int nth, int count);
  void heal();
  std::int64_t syncs() const;
  std::int64_t failures() const;
};

}  // namespace cofactor::service::audit::testing
