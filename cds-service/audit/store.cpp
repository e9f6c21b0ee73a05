// Promises: what store.hpp says.
#include "cds-service/audit/store.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>

#include "cds-service/audit/compression.hpp"
#include "cds-service/audit/schema.hpp"
#include "cds-service/ops/log.hpp"

namespace cofactor::service::audit {
namespace {

constexpr int wal_bound_pages = 2000;     // 8 MB: a checkpoint of that takes some milliseconds
constexpr int idle_worth_pages = 64;      // below this an idle checkpoint costs two syncs for nothing
constexpr int recoveries_before_reconnect = 10;

// secure_delete is of no use before records are purged, but it must stand before the first one is.
constexpr const char* writer_settings = R"sql(
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA foreign_keys = ON;
PRAGMA secure_delete = ON;
PRAGMA mmap_size = 0;
PRAGMA journal_size_limit = 67108864;
PRAGMA cell_size_check = ON;
PRAGMA temp_store = MEMORY;
PRAGMA cache_size = -8192;
)sql";

Result<void> make_private_file(const std::string& path) {
  std::error_code error;
  const auto folder = std::filesystem::absolute(path, error).parent_path();
  if (!std::filesystem::exists(folder, error)) {
    std::filesystem::create_directories(folder, error);
    if (error) {
      return fail("audit-unwritable", "the folder `" + folder.string() + "` of the audit store cannot be made: " + error.message());
    }
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
  }
  // SQLite gives its side files the rights of the store; the store itself must not be born readable by others.
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) {
    return fail("audit-unwritable", "the audit store `" + path + "` cannot be opened for writing: " + std::strerror(errno) +
                                        "; check the folder and the service account's rights");
  }
  ::close(file);
  return {};
}

Result<KeyRing> keys_for(Database& database, const std::string& key_file) {
  std::error_code error;
  if (std::filesystem::exists(key_file, error) || error) return KeyRing::load(key_file);
  auto keys_used = database.integer("SELECT count(*) FROM audit_key");
  if (!keys_used) return tl::unexpected(keys_used.error());
  if (*keys_used > 0) {
    return fail("audit-key-missing", "the audit key file `" + key_file +
                                         "` is missing although the store was written with one; restore it, or start a new store");
  }
  ops::log(ops::Level::info, "audit-key-created", {{"file", key_file}});
  return KeyRing::create(key_file);
}

}  // namespace

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

Result<std::unique_ptr<Store>> Store::open(const std::string& path, const std::string& key_file, const std::string& software) {
  if (auto made = make_private_file(path); !made) return tl::unexpected(made.error());
  auto lock = StoreLock::take(path);
  if (!lock) return tl::unexpected(lock.error());
  if (has_wal_reset_fault(sqlite_version())) {
    ops::log(ops::Level::info, "audit-sqlite-version",
             {{"version", sqlite_version_text()},
              {"note", "has the WAL-reset fault; one connection writes and checkpoints, so it cannot strike"}});
  }
  auto database = Database::open(path, Database::Access::read_write);
  if (!database) return tl::unexpected(database.error());
  if (auto set = database->execute(writer_settings); !set) return tl::unexpected(set.error());
  if (auto done = migrate(*database); !done) return tl::unexpected(done.error());
  auto keys = keys_for(*database, key_file);
  if (!keys) return tl::unexpected(keys.error());
  std::unique_ptr<Store> store(new Store(path, software, std::move(*lock), std::move(*keys)));
  store->database_ = std::move(*database);
  if (auto done = store->connect(); !done) return tl::unexpected(done.error());
  return store;
}

Result<void> Store::connect() {
  auto begin = database_.prepare_kept("BEGIN IMMEDIATE");
  auto end = database_.prepare_kept("COMMIT");
  auto undo = database_.prepare_kept("ROLLBACK");
  if (!begin) return tl::unexpected(begin.error());
  if (!end) return tl::unexpected(end.error());
  if (!undo) return tl::unexpected(undo.error());
  begin_ = std::move(*begin);
  end_ = std::move(*end);
  undo_ = std::move(*undo);
  auto writer = RecordWriter::start(database_, keys_, record_dictionary(), software_, now_ms());
  if (!writer) return tl::unexpected(writer.error());
  writer_ = std::move(*writer);
  struct stat status {};
  if (::stat(path_.c_str(), &status) == 0) {
    device_ = status.st_dev;
    inode_ = status.st_ino;
  }
  return {};
}

Store::~Store() {
  if (!writer_) return;
  commit([](RecordWriter& writer) { return writer.write_mark(EventKind::stop, now_ms()); });
}

bool Store::still_in_place() const {
  struct stat status {};
  return ::stat(path_.c_str(), &status) == 0 && status.st_dev == device_ && status.st_ino == inode_;
}

Store::Outcome Store::commit(const std::function<Result<void>(RecordWriter&)>& write) {
  if (!writer_) return {Verdict::store_failed, {"audit-unwritable", "the audit store is closed"}};
  // A store that was moved or deleted would take commits into nowhere.
  if (!still_in_place()) {
    return {Verdict::store_failed, {"audit-unwritable", "the audit store `" + path_ + "` is no longer where it was opened"}};
  }
  auto done = begin_->run();
  if (!done) return {Verdict::store_failed, done.error()};
  done = write(*writer_);
  const bool record_fault = !done && (done.error().code == "audit-too-large" || database_.last_failure_was_of_the_record());
  if (done) done = end_->run();
  if (done) {
    writer_->committed();
    return {};
  }
  if (database_.in_transaction()) static_cast<void>(undo_->run());
  writer_->forget_uncommitted();
  return {record_fault && !database_.in_transaction() ? Verdict::bad_record : Verdict::store_failed, done.error()};
}

bool Store::recover() {
  const auto probe = [](RecordWriter& writer) { return writer.write_probe(now_ms()); };
  // The connection is kept at first: after a failed sync its next commit writes over the frames of the failed one, so
  // that everything acknowledged later is synced. Only when that does not help is the store opened anew.
  if (writer_ && commit(probe).verdict == Verdict::durable) {
    failed_recoveries_ = 0;
    return true;
  }
  if (writer_ && ++failed_recoveries_ % recoveries_before_reconnect != 0) return false;
  return reconnect();
}

bool Store::reconnect() {
  // Opening another file at that path would leave the records in the old one's log behind.
  if (!still_in_place()) return false;
  writer_.reset();
  begin_.reset();
  end_.reset();
  undo_.reset();
  database_.close_without_checkpoint();
  auto database = Database::open(path_, Database::Access::read_write);
  if (!database) return false;
  database_ = std::move(*database);
  if (!database_.execute(writer_settings)) return false;
  // Frames that a failed sync may have lost must not lie under later ones: empty the log before using it.
  if (!database_.checkpoint(Database::Checkpoint::truncate)) return false;
  if (!migrate(database_) || !connect()) {
    writer_.reset();
    return false;
  }
  checkpoint_at_ = 0;
  return true;
}

Result<bool> Store::has_overrides() {
  auto any = database_.integer("SELECT EXISTS (SELECT 1 FROM overridden)");
  if (!any) return tl::unexpected(any.error());
  return *any != 0;
}

bool Store::worth_tidying() const { return database_.wal_pages() - tidied_pages_ >= idle_worth_pages; }

void Store::tidy(bool idle) {
  const int pages = database_.wal_pages();
  if (pages < tidied_pages_) tidied_pages_ = checkpoint_at_ = 0;  // the log has started over
  const bool due = pages >= std::max(wal_bound_pages, checkpoint_at_);
  if (!due && !(idle && worth_tidying())) return;
  const auto state = database_.checkpoint(Database::Checkpoint::passive);
  tidied_pages_ = pages;
  // A reader can hold the log; then it grows, and each further bound's worth of pages is one more try.
  checkpoint_at_ = state && state->moved == state->pages ? 0 : pages + wal_bound_pages;
}

}  // namespace cofactor::service::audit
