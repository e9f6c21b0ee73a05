// What happens when the disk does not take a record: refused, never acknowledged, and normal again afterwards.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "cds-service/audit/disk_check.hpp"
#include "faulty_disk.hpp"
#include "scratch_store.hpp"

namespace cofactor::service::audit {
namespace {

using testing::decision;
using testing::put;

/// No file of this process can grow beyond `bytes`: every write past it fails, as on a full disk.
class SmallFiles {
 public:
  explicit SmallFiles(rlim_t bytes) {
    previous_handler_ = std::signal(SIGXFSZ, SIG_IGN);
    EXPECT_EQ(::getrlimit(RLIMIT_FSIZE, &before_), 0);
    const rlimit limit{bytes, before_.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  }
  ~SmallFiles() {
    EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &before_), 0);
    std::signal(SIGXFSZ, previous_handler_);
  }

 private:
  rlimit before_{};
  void (*previous_handler_)(int);
};

bool becomes_writable(const AuditLog& log) {
  for (int i = 0; i < 100 && !log.writable(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  return log.writable();
}

TEST(DiskFault, AFullDiskRefusesEveryRecordItCannotStoreAndThenRecovers) {
  testing::ScratchStore scratch;
  auto log = scratch.open();
  ASSERT_TRUE(put(*log, decision(0)));
  std::vector<int> stored = {0}, refused;
  bool told = false;
  {
    const SmallFiles limit(std::filesystem::file_size(scratch.path("audit.db-wal")) + 100'000);
    for (int i = 1; i <= 200; ++i) {
      const auto result = put(*log, decision(i));
      (result ? stored : refused).push_back(i);
      if (!result) {
        EXPECT_EQ(result.error().code, "audit-unwritable");
        told = told || !log->writable();  // until it tries the disk again, ten milliseconds later
      }
    }
    EXPECT_FALSE(refused.empty());
    EXPECT_GT(stored.size(), 1u);
    EXPECT_TRUE(told);
  }
  ASSERT_TRUE(becomes_writable(*log));
  ASSERT_TRUE(put(*log, decision(1000)));
  log.reset();
  log = scratch.open();
  auto reader = scratch.reader();
  for (const int i : stored) EXPECT_TRUE(*reader.find(testing::decision_uuid(i))) << i;
  for (const int i : refused) EXPECT_FALSE(*reader.find(testing::decision_uuid(i))) << i;
  EXPECT_TRUE(*reader.find(testing::decision_uuid(1000)));
  auto check = reader.database().prepare("PRAGMA integrity_check");
  ASSERT_TRUE(check);
  ASSERT_TRUE(*check->step());
  EXPECT_EQ(check->text(0), "ok");
}

TEST(DiskFault, EveryAcknowledgementHasASyncBehindIt) {
  const testing::FaultyDisk disk;
  testing::ScratchStore scratch;
  auto log = scratch.open();
  for (int i = 0; i < 20; ++i) {
    const auto before = disk.syncs();
    ASSERT_TRUE(put(*log, decision(i)));
    EXPECT_GT(disk.syncs(), before);
  }
}

TEST(DiskFault, WhicheverWriteOrSyncFailsNothingAcknowledgedIsLost) {
  testing::FaultyDisk disk;
  int refused_in_all = 0;
  for (const int in_a_row : {1, 9}) {
    for (int nth = 1; nth <= 60; nth += in_a_row == 1 ? 1 : 5) {
      SCOPED_TRACE("operation " + std::to_string(nth) + ", " + std::to_string(in_a_row) + " in a row");
      testing::ScratchStore scratch;
      auto log = scratch.open();
      ASSERT_TRUE(put(*log, decision(0)));
      std::vector<int> stored = {0}, refused;
      disk.fail_from(nth, in_a_row);
      for (int i = 1; i <= 12; ++i) (put(*log, decision(i)) ? stored : refused).push_back(i);
      disk.heal();
      ASSERT_TRUE(becomes_writable(*log));
      ASSERT_TRUE(put(*log, decision(100)));
      stored.push_back(100);
      refused_in_all += static_cast<int>(refused.size());
      log.reset();
      auto reader = scratch.reader();
      for (const int i : stored) EXPECT_TRUE(*reader.find(testing::decision_uuid(i))) << i;
      for (const int i : refused) EXPECT_FALSE(*reader.find(testing::decision_uuid(i))) << i;
      auto check = reader.database().prepare("PRAGMA integrity_check");
      ASSERT_TRUE(check && *check->step());
      EXPECT_EQ(check->text(0), "ok");
    }
  }
  EXPECT_GT(disk.failures(), 60);
  EXPECT_GT(refused_in_all, 60);
}

TEST(DiskFault, ADiskThatStaysBadForLongIsOpenedAnewAndLosesNothing) {
  testing::FaultyDisk disk;
  testing::ScratchStore scratch;
  auto log = scratch.open();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(put(*log, decision(i)));
  disk.fail_from(1, 1'000'000);
  EXPECT_FALSE(put(*log, decision(5)));
  std::this_thread::sleep_for(std::chrono::milliseconds(4500));  // ten recoveries and one reopening have failed
  EXPECT_FALSE(log->writable());
  EXPECT_GT(disk.failures(), 10);
  disk.heal();
  for (int i = 0; i < 200 && !log->writable(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  ASSERT_TRUE(put(*log, decision(6)));
  log.reset();
  auto reader = scratch.reader();
  for (const int i : {0, 1, 2, 3, 4, 6}) EXPECT_TRUE(*reader.find(testing::decision_uuid(i))) << i;
}

TEST(DiskFault, AStoreThatIsTakenAwayIsNotWrittenIntoNowhere) {
  testing::ScratchStore scratch;
  auto log = scratch.open();
  ASSERT_TRUE(put(*log, decision(1)));
  std::filesystem::rename(scratch.path("audit.db"), scratch.path("moved.db"));
  const auto refused = put(*log, decision(2));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "audit-unwritable");
  EXPECT_FALSE(log->writable());
  std::filesystem::rename(scratch.path("moved.db"), scratch.path("audit.db"));
  ASSERT_TRUE(becomes_writable(*log));
  ASSERT_TRUE(put(*log, decision(3)));
  auto reader = scratch.reader();
  EXPECT_TRUE(*reader.find(testing::decision_uuid(1)));
  EXPECT_FALSE(*reader.find(testing::decision_uuid(2)));
  EXPECT_TRUE(*reader.find(testing::decision_uuid(3)));
}

TEST(DiskFault, AnotherProgramThatHoldsTheStoreDelaysButLosesNothing) {
  testing::ScratchStore scratch;
  auto log = scratch.open();
  {
    auto intruder = Database::open(scratch.config().sqlite_path, Database::Access::read_write);
    ASSERT_TRUE(intruder);
    ASSERT_TRUE(intruder->execute("BEGIN IMMEDIATE"));
    EXPECT_EQ(put(*log, decision(1)).error().code, "audit-unwritable");
    EXPECT_EQ(put(*log, decision(2)).error().code, "audit-unwritable");
    ASSERT_TRUE(intruder->execute("ROLLBACK"));
    intruder->close_without_checkpoint();
  }
  ASSERT_TRUE(becomes_writable(*log));
  EXPECT_TRUE(put(*log, decision(3)));
}

TEST(DiskFault, AFolderThatCannotBeWrittenIsRefusedAtStart) {
  AuditConfig config;
  config.sqlite_path = "/proc/cofactor-audit/audit.db";
  const auto log = open_sqlite_audit_log(config, {.software_version = "test", .check_disk = false, .lost_record = {}});
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().code, "audit-unwritable");
  EXPECT_NE(log.error().text.find("/proc/cofactor-audit"), std::string::npos);
}

TEST(DiskFault, ATornLogOpensWithAPrefixOfTheRecords) {
  testing::ScratchStore scratch, copy;
  auto log = scratch.open();
  constexpr int count = 20;
  for (int i = 0; i < count; ++i) ASSERT_TRUE(put(*log, decision(i)));
  const auto store = testing::bytes_of_file(scratch.path("audit.db"));
  const auto wal = testing::bytes_of_file(scratch.path("audit.db-wal"));
  ASSERT_GT(wal.size(), 20'000u);
  std::filesystem::copy_file(scratch.path("audit.key"), copy.path("audit.key"));
  // A sample; every 512 bytes as a drill.
  const std::size_t step = std::getenv("COFACTOR_EVERY_CUT") != nullptr ? 512 : 512 * 37;
  int cuts = 0;
  for (std::size_t cut = 32 + 4120 * 40; cut < wal.size(); cut += step, ++cuts) {
    for (const char* name : {"audit.db-shm", "audit.db-wal", "audit.db"}) std::filesystem::remove(copy.path(name));
    const auto write = [](const std::string& path, std::string_view bytes) {
      auto* file = std::fopen(path.c_str(), "wb");
      ASSERT_NE(file, nullptr);
      EXPECT_EQ(std::fwrite(bytes.data(), 1, bytes.size(), file), bytes.size());
      std::fclose(file);
    };
    write(copy.path("audit.db"), store);
    write(copy.path("audit.db-wal"), std::string_view(wal).substr(0, cut));
    copy.open().reset();
    auto reader = copy.reader();
    bool missing = false;
    for (int i = 0; i < count; ++i) {
      const bool there = reader.find(testing::decision_uuid(i)).value().has_value();
      EXPECT_FALSE(there && missing) << "record " << i << " without its predecessor, cut at " << cut;
      missing = missing || !there;
    }
  }
  EXPECT_GT(cuts, 5);
}

TEST(DiskCheck, MeasuresSyncsAndLeavesNothingBehind) {
  testing::ScratchStore scratch;
  const auto times = measure_sync(scratch.path("audit.db"), 20);
  ASSERT_TRUE(times);
  EXPECT_GT(times->median.count(), 0);
  EXPECT_GE(times->p99, times->median);
  EXPECT_FALSE(std::filesystem::exists(scratch.path("audit.db.sync-probe")));
  EXPECT_FALSE(measure_sync(scratch.path("no/such/folder/audit.db"), 1));
}

TEST(DiskCheck, RunsBesideTheServiceAndStopsWithIt) {
  testing::ScratchStore scratch;
  auto log = open_sqlite_audit_log(scratch.config(), {.software_version = "test", .check_disk = true, .lost_record = {}});
  ASSERT_TRUE(log);
  EXPECT_TRUE(put(**log, decision(1)));
}

}  // namespace
}  // namespace cofactor::service::audit
