// Promises: token ids in a SQLite file: what was written is there after a crash or a power cut. One connection, of one
// thread, that keeps every other out; other processes are kept out by a lock file. Holds hashes and client names only.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "cds-service/audit/sqlite.hpp"
#include "cds-service/audit/store_lock.hpp"
#include "cds-service/security/replay_index.hpp"
#include "fhir/result.hpp"

namespace cofactor::service::security {

class ReplayFile {
 public:
  struct Row {
    ReplayKey key{};
    std::string client;
    std::int64_t useless_after = 0;
  };

  /// Failure codes: replay-memory-locked, replay-memory-unusable.
  static Result<ReplayFile> open(const std::string& path);

  /// All or nothing, durable when it returns. After a failure the file must be opened again.
  Result<void> write(std::span<const Row> rows);
  Result<std::vector<Row>> rows_useful_at(std::int64_t system_seconds);
  /// Whether exactly that row is there. Looks through all rows of its second: not for every call.
  Result<bool> holds(const Row& row);
  /// Deletes up to `most` rows that are useless; the number of them.
  Result<std::int64_t> purge(std::int64_t system_seconds, std::int64_t most);
  /// Moves the write-ahead log into the file when it has grown; while others wait (`busy`) only when it has grown a
  /// lot.
  void tidy(bool busy);
  /// The disk has failed: lets go of the file without touching it. The lock stays.
  void abandon();
  /// After abandon().
  Result<void> reopen();

 private:
  Result<void> connect();
  std::string path_;
  audit::StoreLock lock_;
  audit::Database database_;
  audit::Statement insert_, purge_, count_changes_;
};

}  // namespace cofactor::service::security
