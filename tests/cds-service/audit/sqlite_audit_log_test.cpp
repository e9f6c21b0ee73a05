// The log as its callers see it: durable, encrypted, one writer, bounded, recoverable.
#include "cds-service/audit/sqlite_audit_log.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <future>
#include <mutex>
#include <set>
#include <thread>

#include "cds-service/audit/schema.hpp"
#include "cds-service/audit/uuid_bytes.hpp"
#include "scratch_store.hpp"

namespace cofactor::service::audit {
namespace {

using testing::decision;
using testing::put;
using testing::ScratchStore;

std::string code_of_opening(const AuditConfig& config) {
  auto log = open_sqlite_audit_log(config, {.software_version = "test", .check_disk = false, .lost_record = {}});
  return log ? "opened" : log.error().code;
}

TEST(SqliteAuditLog, ADecisionComesBackWhole) {
  ScratchStore scratch;
  auto record = decision(1);
  record.could_not_check = true;
  record.could_not_check_reasons = {"b-reason", "a-reason", "a-reason"};
  {
    auto log = scratch.open();
    EXPECT_TRUE(log->writable());
    ASSERT_TRUE(put(*log, record));
  }
  auto reader = scratch.reader();
  auto found = reader.find(record.decision);
  ASSERT_TRUE(found) << found.error().text;
  ASSERT_TRUE(*found);
  const auto& got = (*found)->record;
  EXPECT_EQ(got.decision, record.decision);
  EXPECT_EQ(got.client, record.client);
  EXPECT_EQ(got.issuer, record.issuer);
  EXPECT_EQ(got.hook, record.hook);
  EXPECT_EQ(got.hook_instance, record.hook_instance);
  EXPECT_EQ(got.user, record.user);
  EXPECT_EQ(got.encounter, record.encounter);
  EXPECT_EQ(got.patient_id, record.patient_id);
  EXPECT_EQ(got.knowledge_revision, record.knowledge_revision);
  EXPECT_EQ(got.software_version, record.software_version);
  EXPECT_EQ(got.received_ms, record.received_ms);
  EXPECT_EQ(got.duration_us, record.duration_us);
  EXPECT_TRUE(got.relevant);
  EXPECT_TRUE(got.could_not_check);
  EXPECT_EQ(got.could_not_check_reasons, (std::vector<std::string>{"a-reason", "b-reason"}));
  ASSERT_EQ(got.cards.size(), 1u);
  EXPECT_EQ(got.cards[0].uuid, record.cards[0].uuid);
  EXPECT_EQ(got.cards[0].rule, record.cards[0].rule);
  EXPECT_EQ(got.cards[0].indicator, record.cards[0].indicator);
  EXPECT_EQ(got.cards[0].suggestion_uuids, record.cards[0].suggestion_uuids);
  EXPECT_EQ(got.content, record.content);
  EXPECT_FALSE(*reader.find(testing::decision_uuid(2)));
}

TEST(SqliteAuditLog, OddTextsSurvive) {
  ScratchStore scratch;
  auto record = decision(1);
  record.decision = "not-a-uuid";
  record.hook_instance = "D1577C69-DFBE-44AD-BA6D-3E05E953B2EA";  // capitals must come back as they were
  record.user = "'; DROP TABLE audit_event; --";
  record.patient_id = std::string("a\0b\xff", 4);
  record.encounter.clear();
  record.cards[0].uuid = "card-without-uuid";
  auto log = scratch.open();
  ASSERT_TRUE(put(*log, record));
  auto reader = scratch.reader();
  const auto got = reader.find("not-a-uuid").value().value().record;
  EXPECT_EQ(got.hook_instance, record.hook_instance);
  EXPECT_EQ(got.user, record.user);
  EXPECT_EQ(got.patient_id, record.patient_id);
  EXPECT_EQ(got.encounter, "");
  EXPECT_EQ(got.cards[0].uuid, "card-without-uuid");
}

TEST(SqliteAuditLog, AcknowledgedIsVisibleToAnotherConnectionAtOnce) {
  ScratchStore scratch;
  auto log = scratch.open();
  auto reader = scratch.reader();
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(put(*log, decision(i)));
    EXPECT_TRUE(*reader.find(testing::decision_uuid(i)));
  }
}

TEST(SqliteAuditLog, TimeOrderedDecisionIdsAreFound) {
  ScratchStore scratch;
  auto log = scratch.open();
  auto record = decision(1);
  record.decision = time_ordered_uuid(record.received_ms + 5);
  ASSERT_TRUE(put(*log, record));
  EXPECT_EQ(scratch.reader().find(record.decision).value().value().seq, 2);  // after the start event
}

TEST(SqliteAuditLog, FilesHoldNoPatientIdAndAreForTheOwnerOnly) {
  ScratchStore scratch;
  auto log = scratch.open();
  ASSERT_TRUE(put(*log, decision(1)));
  auto item = testing::feedback(1, "overridden");
  item.comment = "SYNTHETIC-COMMENT about the patient";
  ASSERT_TRUE(put(*log, std::vector{item}));
  std::string everything;
  for (const char* name : {"audit.db", "audit.db-wal"}) {
    everything += testing::bytes_of_file(scratch.path(name));
    struct stat status {};
    ASSERT_EQ(::stat(scratch.path(name).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u) << name;
  }
  EXPECT_NE(everything.find("Practitioner/example"), std::string::npos) << "the search below looks at the right bytes";
  EXPECT_EQ(everything.find("SYNTHETIC-PATIENT"), std::string::npos);
  EXPECT_EQ(everything.find("SYNTHETIC-COMMENT"), std::string::npos);
}

TEST(SqliteAuditLog, AnotherKeyFileIsRefusedAndAMissingOneIsNotReplaced) {
  ScratchStore scratch;
  {
    auto log = scratch.open();
    ASSERT_TRUE(put(*log, decision(1)));
  }
  const auto key = scratch.path("audit.key");
  std::filesystem::rename(key, scratch.path("right.key"));
  EXPECT_EQ(code_of_opening(scratch.config()), "audit-key-missing");
  ASSERT_TRUE(KeyRing::create(key));
  EXPECT_EQ(code_of_opening(scratch.config()), "audit-key-mismatch");
  auto reader = AuditReader::open(scratch.config().sqlite_path, key);
  ASSERT_TRUE(reader);
  EXPECT_EQ(reader->find(testing::decision_uuid(1)).error().code, "audit-key-mismatch");
  auto without = AuditReader::open(scratch.config().sqlite_path, "");
  ASSERT_TRUE(without);
  EXPECT_EQ(without->find(testing::decision_uuid(1)).value().value().record.patient_id, "");
}

TEST(SqliteAuditLog, NoncesNeverRepeatOverRestarts) {
  ScratchStore scratch;
  for (int start = 0; start < 5; ++start) {
    auto log = scratch.open();
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(put(*log, decision(start * 100 + i)));
  }
  auto reader = scratch.reader();
  EXPECT_EQ(reader.database().integer("SELECT count(*) FROM audit_event WHERE kind = 1").value(), 100);
  EXPECT_EQ(reader.database().integer("SELECT count(DISTINCT substr(pid_enc, 1, 12)) FROM audit_event").value(), 100);
  EXPECT_EQ(reader.database().integer("SELECT count(*) FROM stream").value(), 5);
  EXPECT_EQ(reader.database().integer("SELECT count(*) FROM audit_event WHERE kind = 4").value(), 5) << "clean stops";
}

TEST(SqliteAuditLog, ManyThreadsShareCommits) {
  ScratchStore scratch;
  auto log = scratch.open();
  constexpr int count = 2000;
  std::mutex guard;
  std::condition_variable all;
  int done = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = t; i < count; i += 4) {
        log->append(decision(i), [&](Result<void> result) {
          EXPECT_TRUE(result);
          const std::lock_guard lock(guard);
          ++done;
          all.notify_one();
        });
      }
    });
  }
  for (auto& thread : threads) thread.join();
  std::unique_lock lock(guard);
  ASSERT_TRUE(all.wait_for(lock, std::chrono::seconds(30), [&] { return done == count; }));
  lock.unlock();
  std::set<std::string> seen;
  std::int64_t last = 0;
  ASSERT_TRUE(scratch.reader().each(0, 2'000'000'000'000, [&](const StoredDecision& it) {
    seen.insert(it.record.decision);
    last = std::max(last, it.seq);
    return true;
  }));
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(count));
  EXPECT_EQ(last, count + 1) << "sequence numbers have no gap";
}

TEST(SqliteAuditLog, ClosingStoresWhatIsQueued) {
  ScratchStore scratch;
  std::atomic<int> done = 0;
  {
    auto log = scratch.open();
    for (int i = 0; i < 500; ++i) log->append(decision(i), [&](Result<void> result) { done += result ? 1 : 0; });
  }
  EXPECT_EQ(done, 500);
  EXPECT_EQ(scratch.reader().database().integer("SELECT count(*) FROM content").value(), 500);
}

TEST(SqliteAuditLog, AFullQueueRefusesAndTheOthersAreStored) {
  ScratchStore scratch;
  auto config = scratch.config();
  config.queue_records = 8;
  auto log = open_sqlite_audit_log(config, {.software_version = "test", .check_disk = false, .lost_record = {}});
  ASSERT_TRUE(log);
  // The writer is held inside an acknowledgement while the queue fills.
  std::promise<void> entered, leave;
  (*log)->append(decision(0), [&](Result<void>) {
    entered.set_value();
    leave.get_future().wait();
  });
  entered.get_future().wait();
  std::atomic<int> stored = 0, refused = 0;
  for (int i = 1; i <= 20; ++i) {
    (*log)->append(decision(i), [&](Result<void> result) {
      if (result) {
        ++stored;
      } else {
        EXPECT_EQ(result.error().code, "audit-queue-full");
        ++refused;
      }
    });
  }
  EXPECT_EQ(refused, 12);
  leave.set_value();
  for (int i = 0; i < 100 && stored < 8; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(stored, 8);
  EXPECT_TRUE((*log)->writable());
  EXPECT_TRUE(put(**log, decision(100)));
}

TEST(SqliteAuditLog, HowLongARecordWouldTakeIsKnownAlsoWhileTheDiskHangs) {
  using namespace std::chrono_literals;
  ScratchStore scratch;
  auto log = scratch.open();
  EXPECT_EQ(log->expected_wait(), 0ns) << "nothing waits";
  std::promise<void> begun, go_on, ended;
  log->append(decision(1), [&](const Result<void>&) {
    begun.set_value();
    go_on.get_future().wait();  // the writer stands still, as on a disk that hangs
  });
  begun.get_future().wait();
  const auto before = log->expected_wait();
  std::this_thread::sleep_for(30ms);
  EXPECT_GE(log->expected_wait(), 30ms);
  EXPECT_GT(log->expected_wait(), before);
  log->append(decision(2), [&](const Result<void>&) { ended.set_value(); });
  go_on.set_value();
  ended.get_future().wait();
  const auto until = std::chrono::steady_clock::now() + 10s;
  while (log->expected_wait() > 0ns && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(1ms);
  EXPECT_EQ(log->expected_wait(), 0ns) << "what was slow once keeps nobody away once it is over";
}

TEST(SqliteAuditLog, AcknowledgingEarlyIsAChoiceAndStillStores) {
  ScratchStore scratch;
  auto config = scratch.config();
  config.acknowledge_before = false;
  {
    auto log = open_sqlite_audit_log(config, {.software_version = "test", .check_disk = false, .lost_record = {}});
    ASSERT_TRUE(log);
    bool acknowledged = false;
    (*log)->append(decision(1), [&](Result<void> result) { acknowledged = result.has_value(); });
    EXPECT_TRUE(acknowledged) << "before append returns";
  }
  EXPECT_TRUE(*scratch.reader().find(testing::decision_uuid(1)));
}

TEST(SqliteAuditLog, ARecordThatTheTablesRefuseFailsAlone) {
  ScratchStore scratch;
  auto log = scratch.open();
  std::promise<void> entered, leave;
  log->append(decision(0), [&](Result<void>) {
    entered.set_value();
    leave.get_future().wait();
  });
  entered.get_future().wait();
  auto bad = decision(2);
  bad.user = std::string(65u << 20, 'x');  // beyond what a row may hold
  std::promise<Result<void>> first, second, third;
  log->append(decision(1), [&](Result<void> result) { first.set_value(result); });
  log->append(std::move(bad), [&](Result<void> result) { second.set_value(result); });
  log->append(decision(3), [&](Result<void> result) { third.set_value(result); });
  leave.set_value();
  EXPECT_TRUE(first.get_future().get());
  EXPECT_EQ(second.get_future().get().error().code, "audit-too-large");
  EXPECT_TRUE(third.get_future().get());
  EXPECT_TRUE(log->writable());
  EXPECT_TRUE(*scratch.reader().find(testing::decision_uuid(3)));
}

TEST(SqliteAuditLog, ASecondWriterIsRefusedClearly) {
  ScratchStore scratch;
  auto log = scratch.open();
  auto second = open_sqlite_audit_log(scratch.config(), {.software_version = "test", .check_disk = false, .lost_record = {}});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, "audit-locked");
  EXPECT_NE(second.error().text.find("in use by another service"), std::string::npos);
  std::filesystem::create_symlink(scratch.path("audit.db"), scratch.path("other.db"));
  auto config = scratch.config();
  config.sqlite_path = scratch.path("other.db");
  EXPECT_EQ(code_of_opening(config), "audit-locked") << "through a link";
  log.reset();
  EXPECT_EQ(code_of_opening(scratch.config()), "opened");
}

TEST(SqliteAuditLog, RecordsCannotBeChangedOrDeleted) {
  ScratchStore scratch;
  auto log = scratch.open();
  ASSERT_TRUE(put(*log, decision(1)));
  log.reset();
  auto database = Database::open(scratch.config().sqlite_path, Database::Access::read_write);
  ASSERT_TRUE(database);
  EXPECT_FALSE(database->execute("UPDATE audit_event SET user = 'x'"));
  EXPECT_FALSE(database->execute("DELETE FROM audit_event WHERE seq = 1"));
  EXPECT_FALSE(database->execute("DELETE FROM card"));
  EXPECT_FALSE(database->execute("UPDATE content SET body = x'00'"));
  auto reading = Database::open(scratch.config().sqlite_path, Database::Access::read_only);
  ASSERT_TRUE(reading);
  EXPECT_FALSE(reading->execute("INSERT INTO name (text) VALUES ('x')"));
}

TEST(SqliteAuditLog, KnowledgeIsKeptOncePerRevision) {
  ScratchStore scratch;
  auto log = scratch.open();
  const std::vector<std::pair<std::string, std::string>> files = {{"policy/a.json", "{}"},
                                                                  {"value-sets/b.csv", std::string(50'000, 'b')}};
  ASSERT_TRUE(log->keep_knowledge("sha256:1", files));
  ASSERT_TRUE(log->keep_knowledge("sha256:1", files));
  ASSERT_TRUE(log->keep_knowledge("sha256:2", {{"policy/a.json", "{ }"}}));
  auto reader = scratch.reader();
  EXPECT_EQ(reader.knowledge("sha256:1").value(), files);
  EXPECT_EQ(reader.knowledge("sha256:2").value().size(), 1u);
  EXPECT_EQ(reader.knowledge("sha256:3").error().code, "audit-no-such-knowledge");
  EXPECT_EQ(reader.database().integer("SELECT count(*) FROM knowledge_set").value(), 2);
}

TEST(SqliteAuditLog, PatientSearchFindsEveryCallOfThatPatientOfThatIssuer) {
  ScratchStore scratch;
  auto log = scratch.open();
  auto elsewhere = decision(2);
  elsewhere.patient_id = decision(1).patient_id;
  elsewhere.issuer = "https://other.example/fhir";
  ASSERT_TRUE(put(*log, decision(1)));
  ASSERT_TRUE(put(*log, elsewhere));
  auto reader = scratch.reader();
  const auto found = reader.about_patient(decision(1).issuer, decision(1).patient_id);
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 1u);
  EXPECT_EQ(found->front().record.decision, testing::decision_uuid(1));
}

TEST(SqliteAuditLog, AClockThatWasSetIsOnRecordInTheOrderOfSeq) {
  ScratchStore scratch;
  {
    auto log = scratch.open();
    ASSERT_TRUE(put(*log, decision(1)));
    log->append(ClockJumpRecord{1'772'000'000'000, -7'200'000});
    log->append(ClockJumpRecord{1'772'000'500'000, 3'600'000});
    ASSERT_TRUE(put(*log, decision(2)));
  }
  auto reader = scratch.reader();
  const auto jumps = reader.last_clock_jumps(5).value();
  ASSERT_EQ(jumps.size(), 2u);
  EXPECT_EQ(jumps[0].moved_ms, 3'600'000);
  EXPECT_EQ(jumps[1].moved_ms, -7'200'000);
  EXPECT_EQ(jumps[1].noticed_ms, 1'772'000'000'000);
  EXPECT_EQ(reader.last_clock_jumps(1).value().size(), 1u);
  const auto between = reader.database().integer(
      "SELECT count(*) FROM clock_jump WHERE seq > (SELECT min(seq) FROM audit_event WHERE kind = 1) AND seq < (SELECT max(seq) FROM audit_event WHERE kind = 1)");
  EXPECT_EQ(between.value(), 2);
}

TEST(SqliteAuditLog, AStoreOfTheThirdSchemaIsBroughtUpAndUntilThenNotRead) {
  ScratchStore scratch;
  { auto log = scratch.open(); }
  {
    auto database = Database::open(scratch.config().sqlite_path, Database::Access::read_write).value();
    ASSERT_TRUE(database.execute("DROP TABLE clock_jump; PRAGMA user_version = 3"));
  }
  EXPECT_EQ(AuditReader::open(scratch.config().sqlite_path, {}).error().code, "audit-older-schema");
  { scratch.open()->append(ClockJumpRecord{1, 6000}); }
  EXPECT_EQ(scratch.reader().last_clock_jumps(5).value().size(), 1u);
  auto database = Database::open(scratch.config().sqlite_path, Database::Access::read_write).value();
  EXPECT_FALSE(database.execute("UPDATE clock_jump SET moved_ms = 1")) << "written once";
  EXPECT_FALSE(database.execute("DELETE FROM clock_jump"));
}

TEST(SqliteAuditLog, NewerSchemaAndForeignFilesAreRefusedUntouched) {
  ScratchStore scratch;
  scratch.open().reset();
  {
    auto database = Database::open(scratch.config().sqlite_path, Database::Access::read_write);
    ASSERT_TRUE(database);
    ASSERT_TRUE(database->execute("PRAGMA user_version = 999"));
  }
  EXPECT_EQ(code_of_opening(scratch.config()), "audit-newer-schema");
  EXPECT_EQ(AuditReader::open(scratch.config().sqlite_path, "").error().code, "audit-newer-schema");
  auto config = scratch.config();
  config.sqlite_path = scratch.path("foreign.db");
  {
    auto database = Database::open(config.sqlite_path, Database::Access::read_write);
    ASSERT_TRUE(database);
    ASSERT_TRUE(database->execute("CREATE TABLE theirs (x)"));
  }
  EXPECT_EQ(code_of_opening(config), "audit-foreign-file");
  config.sqlite_path = scratch.path("noise.db");
  std::ofstream(config.sqlite_path) << std::string(5000, 'n');
  EXPECT_EQ(code_of_opening(config), "audit-unwritable");
  EXPECT_EQ(AuditReader::open(scratch.path("none.db"), "").error().code, "audit-unreadable");
  EXPECT_NE(AuditReader::open(scratch.path("none.db"), "").error().text.find("there is no audit store `"), std::string::npos);
}

TEST(SqliteAuditLog, TheWalResetFaultIsKnownByVersion) {
  for (const int faulty : {3'007'000, 3'040'001, 3'044'005, 3'045'000, 3'050'006, 3'051'000, 3'051'002}) {
    EXPECT_TRUE(has_wal_reset_fault(faulty)) << faulty;
  }
  for (const int sound : {3'006'023, 3'044'006, 3'050'007, 3'051'003, 3'053'000}) EXPECT_FALSE(has_wal_reset_fault(sound)) << sound;
}

}  // namespace
}  // namespace cofactor::service::audit
