// Promises: a thin owner of SQLite connections and prepared statements. Failures are values; every text and blob
// travels as a bound parameter, so no SQL is ever built from data. One connection belongs to one thread.
// Private to cds-service: SQLite's own header stays in the .cpp.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "fhir/result.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace cofactor::service::audit {

class Statement {
 public:
  Statement() = default;
  ~Statement();
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&& other) noexcept;

  // Parameters count from 1. Text and blobs must live until the next step(), which also tells of a value that was
  // refused (too long).
  Statement& bind(int index, std::int64_t value);
  Statement& bind_text(int index, std::string_view value);
  Statement& bind_blob(int index, std::string_view value);
  Statement& bind_null(int index);

  /// Runs to the next row: true with a row, false when done.
  Result<bool> step();
  /// Runs a statement that gives no rows, and makes it ready for the next use.
  Result<void> run();
  void reset();

  // Columns count from 0.
  std::int64_t integer(int column) const;
  std::string_view text(int column) const;  ///< text or blob bytes; valid until the next step or reset
  bool is_null(int column) const;
  bool is_blob(int column) const;

 private:
  friend class Database;
  explicit Statement(sqlite3_stmt* handle) : handle_(handle) {}
  sqlite3_stmt* handle_ = nullptr;
  bool refused_ = false;
};

class Database {
 public:
  enum class Access { read_write, read_only };
  static Result<Database> open(const std::string& path, Access access);
  Database() = default;
  ~Database();
  Database(Database&& other) noexcept;
  Database& operator=(Database&& other) noexcept;

  /// Fixed SQL of ours only.
  Result<void> execute(const char* sql);
  Result<Statement> prepare(std::string_view sql);
  /// A statement that is kept for the life of the connection.
  Result<Statement> prepare_kept(std::string_view sql);
  Result<std::int64_t> integer(const char* sql);
  bool in_transaction() const;
  /// The last failure concerned one statement's data (constraint, too big), not the store as a whole.
  bool last_failure_was_of_the_record() const;
  /// PASSIVE moves what it can without waiting; TRUNCATE fails when a reader is in the way.
  enum class Checkpoint { passive, truncate };
  struct WalState {
    int pages = 0, moved = 0;
  };
  Result<WalState> checkpoint(Checkpoint mode);
  /// Pages in the write-ahead log after the last commit of this connection; automatic checkpoints are off.
  int wal_pages() const { return wal_pages_ ? *wal_pages_ : 0; }
  void interrupt();
  /// Closing must not checkpoint: used when the disk has failed under us.
  void close_without_checkpoint();

 private:
  explicit Database(sqlite3* handle) : handle_(handle) {}
  Failure failure(const char* doing) const;
  sqlite3* handle_ = nullptr;
  std::unique_ptr<int> wal_pages_;
};

/// SQLite 3.7.0 to 3.51.2 can damage a store when two connections write or checkpoint at once (WAL-reset fault);
/// fixed in 3.51.3 and in the back-ports 3.44.6 and 3.50.7. `version` as sqlite3_libversion_number().
bool has_wal_reset_fault(int version);
int sqlite_version();
std::string_view sqlite_version_text();

}  // namespace cofactor::service::audit
