// Promises: what sqlite.hpp says; the one place of cds-service/audit that calls SQLite's C API.
#include "cds-service/audit/sqlite.hpp"

#include <sqlite3.h>

#include <utility>

namespace cofactor::service::audit {
namespace {

constexpr int largest_value = 64 << 20;  // no record is near that

Failure failure_of(sqlite3* database, const std::string& doing) {
  // sqlite3_errmsg names tables and files, never bound values.
  std::string text = "the audit store could not " + doing;
  if (database != nullptr) {
    text += ": ";
    text += sqlite3_errmsg(database);
    text += " (sqlite " + std::to_string(sqlite3_extended_errcode(database)) + ")";
  }
  return Failure{"audit-unwritable", std::move(text)};
}

int count_wal_pages(void* counter, sqlite3*, const char*, int pages) {
  *static_cast<int*>(counter) = pages;
  return SQLITE_OK;
}

}  // namespace

Statement::~Statement() { sqlite3_finalize(handle_); }
Statement::Statement(Statement&& other) noexcept
    : handle_(std::exchange(other.handle_, nullptr)), refused_(other.refused_) {}
Statement& Statement::operator=(Statement&& other) noexcept {
  std::swap(handle_, other.handle_);
  std::swap(refused_, other.refused_);
  return *this;
}

Statement& Statement::bind(int index, std::int64_t value) {
  refused_ |= sqlite3_bind_int64(handle_, index, value) != SQLITE_OK;
  return *this;
}
Statement& Statement::bind_text(int index, std::string_view value) {
  const char* start = value.data() == nullptr ? "" : value.data();
  refused_ |= sqlite3_bind_text64(handle_, index, start, value.size(), SQLITE_STATIC, SQLITE_UTF8) != SQLITE_OK;
  return *this;
}
Statement& Statement::bind_blob(int index, std::string_view value) {
  const char* start = value.data() == nullptr ? "" : value.data();
  refused_ |= sqlite3_bind_blob64(handle_, index, start, value.size(), SQLITE_STATIC) != SQLITE_OK;
  return *this;
}
Statement& Statement::bind_null(int index) {
  refused_ |= sqlite3_bind_null(handle_, index) != SQLITE_OK;
  return *this;
}

Result<bool> Statement::step() {
  if (refused_) return fail("audit-too-large", "the audit store does not take a value of that size");
  const int code = sqlite3_step(handle_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return tl::unexpected(failure_of(sqlite3_db_handle(handle_), "run a statement"));
}

Result<void> Statement::run() {
  auto stepped = step();
  reset();
  if (!stepped) return tl::unexpected(stepped.error());
  return {};
}

void Statement::reset() {
  sqlite3_reset(handle_);
  refused_ = false;
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(handle_, column); }
std::string_view Statement::text(int column) const {
  const void* bytes = sqlite3_column_blob(handle_, column);
  const int size = sqlite3_column_bytes(handle_, column);
  if (bytes == nullptr) return {};
  return {static_cast<const char*>(bytes), static_cast<std::size_t>(size)};
}
bool Statement::is_null(int column) const { return sqlite3_column_type(handle_, column) == SQLITE_NULL; }
bool Statement::is_blob(int column) const { return sqlite3_column_type(handle_, column) == SQLITE_BLOB; }

Result<Database> Database::open(const std::string& path, Access access) {
  const int flags = (access == Access::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) |
                    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  Database database(handle);
  if (code != SQLITE_OK) {
    return tl::unexpected(failure_of(handle, "open `" + path + "`"));
  }
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, 2000);
  sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, largest_value);
  // The schema's own SQL is trusted no further than it needs to be.
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  if (access == Access::read_write) {
    // Takes the place of SQLite's own hook, which would checkpoint in the middle of a commit.
    database.wal_pages_ = std::make_unique<int>(0);
    sqlite3_wal_hook(handle, count_wal_pages, database.wal_pages_.get());
  }
  return database;
}

Database::~Database() { sqlite3_close_v2(handle_); }
Database::Database(Database&& other) noexcept
    : handle_(std::exchange(other.handle_, nullptr)), wal_pages_(std::move(other.wal_pages_)) {}
Database& Database::operator=(Database&& other) noexcept {
  std::swap(handle_, other.handle_);
  std::swap(wal_pages_, other.wal_pages_);
  return *this;
}

Result<void> Database::execute(const char* sql) {
  if (sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
    return tl::unexpected(failure("run a command"));
  }
  return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()), 0, &statement, nullptr) != SQLITE_OK) {
    return tl::unexpected(failure("prepare a statement"));
  }
  return Statement(statement);
}

Result<Statement> Database::prepare_kept(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &statement,
                         nullptr) != SQLITE_OK) {
    return tl::unexpected(failure("prepare a statement"));
  }
  return Statement(statement);
}

Result<std::int64_t> Database::integer(const char* sql) {
  auto statement = prepare(sql);
  if (!statement) return tl::unexpected(statement.error());
  auto row = statement->step();
  if (!row) return tl::unexpected(row.error());
  return *row ? statement->integer(0) : 0;
}

bool Database::in_transaction() const { return handle_ != nullptr && sqlite3_get_autocommit(handle_) == 0; }

bool Database::last_failure_was_of_the_record() const {
  const int code = sqlite3_errcode(handle_) & 0xff;
  return code == SQLITE_CONSTRAINT || code == SQLITE_TOOBIG || code == SQLITE_MISMATCH;
}

Result<Database::WalState> Database::checkpoint(Checkpoint mode) {
  WalState state;
  const int kind = mode == Checkpoint::passive ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_TRUNCATE;
  if (sqlite3_wal_checkpoint_v2(handle_, nullptr, kind, &state.pages, &state.moved) != SQLITE_OK) {
    return tl::unexpected(failure("move its write-ahead log into the store"));
  }
  return state;
}

void Database::interrupt() {
  if (handle_ != nullptr) sqlite3_interrupt(handle_);
}

void Database::close_without_checkpoint() {
  if (handle_ == nullptr) return;
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  sqlite3_close_v2(std::exchange(handle_, nullptr));
}

Failure Database::failure(const char* doing) const { return failure_of(handle_, doing); }

bool has_wal_reset_fault(int version) {
  if (version < 3'007'000 || version >= 3'051'003) return false;
  if (version >= 3'044'006 && version < 3'045'000) return false;
  if (version >= 3'050'007 && version < 3'051'000) return false;
  return true;
}
int sqlite_version() { return sqlite3_libversion_number(); }
std::string_view sqlite_version_text() { return sqlite3_libversion(); }

}  // namespace cofactor::service::audit
