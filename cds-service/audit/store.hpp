// Promises: one open audit store with everything that writing needs: lock, connection, keys, prepared statements. Used
// by one thread. commit() is all or nothing; checkpoints happen between commits, on the same connection.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "cds-service/audit/key_ring.hpp"
#include "cds-service/audit/record_writer.hpp"
#include "cds-service/audit/sqlite.hpp"
#include "cds-service/audit/store_lock.hpp"

namespace cofactor::service::audit {

class Store {
 public:
  static Result<std::unique_ptr<Store>> open(const std::string& path, const std::string& key_file,
                                             const std::string& software);
  ~Store();

  enum class Verdict { durable, bad_record, store_failed };
  struct Outcome {
    Verdict verdict = Verdict::durable;
    Failure failure;
  };
  /// Runs `write` in one transaction and makes it durable. After any other verdict nothing of it is stored.
  Outcome commit(const std::function<Result<void>(RecordWriter&)>& write);
  /// After a failure of the store: true once it takes a durable commit again.
  bool recover();
  /// Moves the write-ahead log into the store when it has grown past a bound, or when `idle` and worth it.
  void tidy(bool idle);
  bool worth_tidying() const;
  Result<bool> has_overrides();

 private:
  Store(std::string path, std::string software, StoreLock lock, KeyRing keys)
      : path_(std::move(path)), software_(std::move(software)), lock_(std::move(lock)), keys_(std::move(keys)) {}
  Result<void> connect();
  bool still_in_place() const;
  bool reconnect();

  std::string path_, software_;
  StoreLock lock_;
  KeyRing keys_;
  Database database_;
  std::optional<RecordWriter> writer_;
  std::optional<Statement> begin_, end_, undo_;
  unsigned long long device_ = 0, inode_ = 0;
  int checkpoint_at_ = 0, tidied_pages_ = 0, failed_recoveries_ = 0;
};

std::int64_t now_ms();

}  // namespace cofactor::service::audit
