// Promises: what replay_file.hpp says. WAL with synchronous=FULL: a commit is one synced append. With locking_mode
// EXCLUSIVE no second connection can ever write or checkpoint, so that the WAL-reset fault of Debian's SQLite 3.40.1
// (docs/decisions/0003) has nothing to meet, and no shared memory file is needed.
#include "cds-service/security/replay_file.hpp"

#include <sys/stat.h>

#include <utility>

namespace cofactor::service::security {
namespace {

constexpr int kTidyPages = 1000, kTidyPagesWhenBusy = 8000;

/// Failures of the shared SQLite code speak of the audit store.
Failure renamed(Failure failure, const std::string& path) {
  constexpr std::string_view store = "the audit store";
  if (failure.text.starts_with(store)) failure.text.replace(0, store.size(), "the replay memory");
  const bool locked = failure.code == "audit-locked";
  if (locked) {
    failure.text = "the replay memory `" + path + "` is in use by another service; give each its own";
  } else {
    failure.text += "; check the folder of `" + path + "`, its space and its rights";
  }
  return {locked ? "replay-memory-locked" : "replay-memory-unusable", std::move(failure.text)};
}

}  // namespace

Result<ReplayFile> ReplayFile::open(const std::string& path) {
  ReplayFile file;
  file.path_ = path;
  auto lock = audit::StoreLock::take(path);
  if (!lock) return tl::unexpected(renamed(lock.error(), path));
  file.lock_ = std::move(*lock);
  if (auto connected = file.connect(); !connected) return tl::unexpected(renamed(connected.error(), path));
  return file;
}

Result<void> ReplayFile::reopen() {
  if (auto connected = connect(); !connected) return tl::unexpected(renamed(connected.error(), path_));
  return {};
}

Result<void> ReplayFile::connect() {
  auto database = audit::Database::open(path_, audit::Database::Access::read_write);
  if (!database) return tl::unexpected(database.error());
  ::chmod(path_.c_str(), 0600);
  for (const char* command : {"PRAGMA locking_mode=EXCLUSIVE", "PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL",
                              "PRAGMA journal_size_limit=4194304", "PRAGMA temp_store=MEMORY"}) {
    if (auto done = database->execute(command); !done) return done;
  }
  const auto version = database->integer("PRAGMA user_version");
  if (!version) return tl::unexpected(version.error());
  if (*version > 1) return fail("replay-memory-unusable", "the replay memory was written by a newer version");
  for (const char* command :
       {"BEGIN IMMEDIATE",
        "CREATE TABLE IF NOT EXISTS seen(useless_after INTEGER NOT NULL, key BLOB NOT NULL, client TEXT NOT NULL)",
        "CREATE INDEX IF NOT EXISTS seen_by_end ON seen(useless_after)", "PRAGMA user_version=1", "COMMIT"}) {
    if (auto done = database->execute(command); !done) return done;
  }
  auto insert = database->prepare_kept("INSERT INTO seen(useless_after, key, client) VALUES(?1, ?2, ?3)");
  if (!insert) return tl::unexpected(insert.error());
  auto purge = database->prepare_kept(
      "DELETE FROM seen WHERE rowid IN (SELECT rowid FROM seen WHERE useless_after < ?1 ORDER BY useless_after LIMIT "
      "?2)");
  if (!purge) return tl::unexpected(purge.error());
  auto changes = database->prepare_kept("SELECT changes()");
  if (!changes) return tl::unexpected(changes.error());
  database_ = std::move(*database);
  insert_ = std::move(*insert);
  purge_ = std::move(*purge);
  count_changes_ = std::move(*changes);
  return {};
}

Result<void> ReplayFile::write(std::span<const Row> rows) {
  if (rows.empty()) return {};
  if (auto begun = database_.execute("BEGIN IMMEDIATE"); !begun) return begun;
  for (const Row& row : rows) {
    auto done = insert_.bind(1, row.useless_after)
                    .bind_blob(2, std::string_view(row.key.data(), row.key.size()))
                    .bind_text(3, row.client)
                    .run();
    if (!done) return done;
  }
  return database_.execute("COMMIT");
}

Result<std::vector<ReplayFile::Row>> ReplayFile::rows_useful_at(std::int64_t system_seconds) {
  auto statement = database_.prepare("SELECT key, client, useless_after FROM seen WHERE useless_after >= ?1");
  if (!statement) return tl::unexpected(renamed(statement.error(), path_));
  statement->bind(1, system_seconds);
  std::vector<Row> rows;
  for (;;) {
    const auto more = statement->step();
    if (!more) return tl::unexpected(renamed(more.error(), path_));
    if (!*more) return rows;
    Row row;
    const auto key = statement->text(0);
    if (key.size() != row.key.size()) continue;
    key.copy(row.key.data(), row.key.size());
    row.client = std::string(statement->text(1));
    row.useless_after = statement->integer(2);
    rows.push_back(std::move(row));
  }
}

Result<bool> ReplayFile::holds(const Row& row) {
  auto statement = database_.prepare("SELECT 1 FROM seen WHERE useless_after = ?1 AND key = ?2");
  if (!statement) return tl::unexpected(statement.error());
  return statement->bind(1, row.useless_after).bind_blob(2, std::string_view(row.key.data(), row.key.size())).step();
}

Result<std::int64_t> ReplayFile::purge(std::int64_t system_seconds, std::int64_t most) {
  if (auto done = purge_.bind(1, system_seconds).bind(2, most).run(); !done) return tl::unexpected(done.error());
  const auto row = count_changes_.step();
  if (!row) return tl::unexpected(row.error());
  const std::int64_t count = count_changes_.integer(0);
  count_changes_.reset();
  return count;
}

void ReplayFile::tidy(bool busy) {
  if (database_.wal_pages() < (busy ? kTidyPagesWhenBusy : kTidyPages)) return;
  // A failure here shows at the next commit.
  static_cast<void>(database_.checkpoint(audit::Database::Checkpoint::passive));
}

void ReplayFile::abandon() {
  insert_ = audit::Statement();
  purge_ = audit::Statement();
  count_changes_ = audit::Statement();
  database_.close_without_checkpoint();
}

}  // namespace cofactor::service::security
