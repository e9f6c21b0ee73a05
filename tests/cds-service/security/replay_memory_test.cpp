// Proves: a token's id is accepted once, by any number of callers at once, over a restart and over a bad disk; the
// memory is bounded and forgets nothing that could come again (T-JWT-16, T-JWT-17, S-13).
#include "cds-service/security/replay_memory.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "tests/cds-service/security/replay_setup.hpp"

namespace cofactor::service::security {
namespace {

using namespace std::chrono_literals;
using testing::Answer;

class Replays : public testing::ReplaySetup {};
class ReplaysOnABadDisk : public testing::BadDiskSetup {};

TEST_F(Replays, T_JWT_16_TheSameIdIsSeenTwiceAndOfAnotherIssuerIsAnother) {
  open();
  EXPECT_EQ(put("a"), Answer::first);
  EXPECT_EQ(put("a"), Answer::repeated);
  EXPECT_EQ(put("b"), Answer::first);
  auto other = token("a");
  other.issuer = "https://other.example";
  EXPECT_EQ(put(other), Answer::first);
  auto joined = token("xa");  // no way to move a character from one to the other
  joined.issuer = "https://ehr.e";
  auto moved = token("exa");
  moved.issuer = "https://ehr.";
  EXPECT_EQ(put(joined), Answer::first);
  EXPECT_EQ(put(moved), Answer::first);
  EXPECT_EQ(memory->counters().repeated, 1u);
}

TEST_F(Replays, T_JWT_16_ARestartForgetsNothing) {
  open();
  EXPECT_EQ(put_all(100), 100);
  open();
  EXPECT_EQ(memory->counters().entries, 100u);
  EXPECT_EQ(put_all(100), 0);
}

TEST_F(Replays, T_JWT_16_WhatWasAcceptedIsDurableWhenTheAnswerComes) {
  open();
  EXPECT_EQ(put("a"), Answer::first);
  // What a kill at this moment would leave behind.
  std::filesystem::create_directory(folder.path("left"));
  for (const char* end : {"", "-wal"}) {
    if (std::filesystem::exists(settings.path + end)) {
      std::filesystem::copy_file(settings.path + end, folder.path("left/replay.db" + std::string(end)));
    }
  }
  settings.path = folder.path("left/replay.db");
  open();
  EXPECT_EQ(put("a"), Answer::repeated);
}

TEST_F(Replays, T_JWT_16_OfAThousandAtOnceOneWins) {
  open();
  constexpr int kThreads = 8, kCalls = 1000;
  std::atomic<int> first{0}, repeated{0}, other{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kCalls / kThreads; ++i) {
        memory->remember(token("burst"), [&](Answer answer) {
          ++(answer == Answer::first ? first : answer == Answer::repeated ? repeated : other);
        });
      }
    });
  }
  for (auto& thread : threads) thread.join();
  memory.reset();  // answers whatever is still open
  EXPECT_EQ(first, 1);
  EXPECT_EQ(repeated, kCalls - 1);
  EXPECT_EQ(other, 0);
}

TEST_F(Replays, T_JWT_16_ManyIdsShareACommit) {
  open();
  constexpr int kIds = 2000;
  std::atomic<int> first{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kIds / 4; ++i) {
        const std::string jti = std::to_string(t) + "-" + std::to_string(i);
        memory->remember(token(jti), [&](Answer answer) { first += answer == Answer::first ? 1 : 0; });
      }
    });
  }
  for (auto& thread : threads) thread.join();
  for (int i = 0; i < 6000 && first < kIds; ++i) std::this_thread::sleep_for(10ms);
  EXPECT_EQ(first, kIds);
  EXPECT_LT(memory->counters().commits, static_cast<std::uint64_t>(kIds));
  open();
  EXPECT_EQ(memory->counters().entries, static_cast<std::size_t>(kIds));
}

TEST_F(Replays, T_JWT_17_UselessIdsAreForgottenAndOthersNever) {
  open();
  put_all(50);
  time.advance(360s);
  EXPECT_EQ(put("jti-0"), Answer::repeated) << "its last second";
  time.advance(60s);
  for (int i = 0; i < 3; ++i) put("new-" + std::to_string(i));
  EXPECT_EQ(memory->counters().entries, 3u);
  open();
  EXPECT_EQ(memory->counters().entries, 3u);
}

TEST_F(Replays, T_JWT_17_AFullMemorySaysSoAndKeepsWhatItKnows) {
  settings.entries = 10;
  settings.entries_per_client = 6;
  open();
  for (int i = 0; i < 6; ++i) EXPECT_EQ(put("a-" + std::to_string(i), "greedy"), Answer::first);
  EXPECT_EQ(put("a-6", "greedy"), Answer::full) << "one client's share";
  for (int i = 0; i < 4; ++i) EXPECT_EQ(put("b-" + std::to_string(i), "modest"), Answer::first);
  EXPECT_EQ(put("b-4", "modest"), Answer::full);
  EXPECT_EQ(put("a-0", "greedy"), Answer::repeated) << "nothing was dropped to make room";
  EXPECT_EQ(memory->counters().refused_full, 2u);
  settings.entries = settings.entries_per_client = 3;
  open();
  EXPECT_EQ(put("a-5", "greedy"), Answer::repeated) << "a smaller bound forgets nothing either";
  EXPECT_EQ(put("c", "other"), Answer::full);
  time.advance(500s);
  EXPECT_EQ(put("c", "other"), Answer::first) << "room comes with time";
}

TEST_F(Replays, T_JWT_16_AStartUnderAClockThatRunsAheadForgetsNothing) {
  open();
  const auto seen = token("a"), other = token("b");
  EXPECT_EQ(put(seen), Answer::first);
  const auto at = time.seconds();
  time.set_system(at + 3000);
  open();
  EXPECT_EQ(memory->counters().entries, 0u) << "useless by that clock";
  EXPECT_EQ(put("c"), Answer::first);
  time.set_system(at);
  EXPECT_EQ(put(seen), Answer::repeated) << "by the file";
  EXPECT_EQ(put(other), Answer::first);
  EXPECT_EQ(put(seen), Answer::repeated) << "by the index";
  EXPECT_EQ(put(other), Answer::repeated);
  EXPECT_EQ(memory->counters().repeated, 3u);
}

TEST_F(Replays, T_JWT_16_WhatAClockThatRanAheadMadeForgottenIsStillKnown) {
  open();
  const auto seen = token("a");  // useless after 360 s
  time.set_system(time.seconds() + 180);
  EXPECT_EQ(put(seen), Answer::first);
  time.advance(200s);  // by both clocks
  for (int i = 0; i < 5; ++i) put("b-" + std::to_string(i));
  EXPECT_EQ(memory->counters().entries, 5u) << "useless by that clock";
  time.set_system(time.seconds() - 180);
  EXPECT_EQ(put(seen), Answer::repeated) << "200 s old: still good";
}

TEST_F(Replays, T_JWT_16_AClockThatJumpsForwardAndBackForgetsNothing) {
  open();
  const auto seen = token("a");
  EXPECT_EQ(put(seen), Answer::first);
  const auto at = time.seconds();
  time.set_system(at + 7200);
  EXPECT_EQ(put("b"), Answer::first);
  time.set_system(at);
  EXPECT_EQ(put(seen), Answer::repeated);
  time.advance(360s);
  time.set_system(at - 3600);  // an hour back: the token would be valid for long
  for (int i = 0; i < 5; ++i) {
    time.advance(30s);
    put("c-" + std::to_string(i));
  }
  EXPECT_EQ(put(seen), Answer::repeated);
}

TEST_F(ReplaysOnABadDisk, YoungTokensAreLetInByMemory) {
  settings.retry_pause = 20ms;
  open();
  put("before");
  disk.fail_from(1, 1'000'000);
  EXPECT_EQ(put("young"), Answer::first_in_memory);
  EXPECT_EQ(put("young"), Answer::repeated);
  EXPECT_FALSE(memory->counters().writable);
  auto old = token("old");
  old.issued -= 31;
  EXPECT_EQ(put(old), Answer::too_old);
  EXPECT_EQ(put(old), Answer::too_old) << "nobody was let in with it";
  auto limit = token("limit");
  limit.issued -= 30;
  EXPECT_EQ(put(limit), Answer::first_in_memory);
  EXPECT_EQ(put("before"), Answer::repeated);
  EXPECT_EQ(memory->counters().in_memory_only, 2u);
  EXPECT_EQ(memory->counters().too_old, 2u);
  EXPECT_GT(memory->counters().write_failures, 0u);
  disk.heal();
  ASSERT_TRUE(becomes_writable());
  EXPECT_EQ(put("after"), Answer::first);
  open();
  for (const char* jti : {"before", "young", "limit", "after"}) EXPECT_EQ(put(jti), Answer::repeated) << jti;
  EXPECT_EQ(put("old"), Answer::first);
}

TEST_F(ReplaysOnABadDisk, AStrictSiteLetsNobodyIn) {
  settings.retry_pause = 20ms;
  settings.strict = true;
  open();
  disk.fail_from(1, 1'000'000);
  EXPECT_EQ(put("a"), Answer::not_writable);
  EXPECT_EQ(put("a"), Answer::not_writable);
  EXPECT_EQ(memory->counters().not_writable, 2u);
  disk.heal();
  ASSERT_TRUE(becomes_writable());
  EXPECT_EQ(put("a"), Answer::first);
  EXPECT_EQ(put("a"), Answer::repeated);
}

TEST_F(ReplaysOnABadDisk, NoAcceptedIdIsLostWhicheverWriteFails) {
  settings.retry_pause = 1ms;
  for (int nth = 1; nth <= 12; ++nth) {
    settings.path = folder.path("n" + std::to_string(nth) + ".db");
    disk.heal();
    open();
    const auto failures = disk.failures();
    disk.fail_from(nth, 2);
    for (int i = 0; i < 5; ++i) {
      const Answer answer = put(std::to_string(i));
      ASSERT_TRUE(answer == Answer::first || answer == Answer::first_in_memory) << nth;
    }
    EXPECT_GT(disk.failures(), failures) << nth;
    disk.heal();
    ASSERT_TRUE(becomes_writable()) << nth;
    open();
    for (int i = 0; i < 5; ++i) ASSERT_EQ(put(std::to_string(i)), Answer::repeated) << "write " << nth << ", id " << i;
  }
}

TEST_F(ReplaysOnABadDisk, T_JWT_16_ABurstOverAFailureHasOneWinner) {
  settings.retry_pause = 1ms;
  open();
  disk.fail_from(1, 3);
  std::atomic<int> first{0}, repeated{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 250; ++i) {
        memory->remember(token("burst"), [&](Answer answer) {
          first += answer == Answer::first || answer == Answer::first_in_memory ? 1 : 0;
          repeated += answer == Answer::repeated ? 1 : 0;
        });
      }
    });
  }
  for (auto& thread : threads) thread.join();
  ASSERT_TRUE(becomes_writable());
  memory.reset();
  EXPECT_EQ(first, 1);
  EXPECT_EQ(repeated, 999);
}

TEST_F(Replays, AQueueThatIsFullAsksToTryAgain) {
  settings.queue = 0;
  open();
  EXPECT_EQ(put("a"), Answer::not_writable);
  EXPECT_EQ(memory->counters().entries, 0u);
}

TEST_F(Replays, AnotherServiceIsKeptOutAndForeignFilesAreNotTouched) {
  open();
  const auto second = ReplayMemory::open(settings, time.clocks());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, "replay-memory-locked");
  memory.reset();
  settings.path = folder.file("text.db", std::string(5000, 'x'));
  const auto foreign = ReplayMemory::open(settings, time.clocks());
  ASSERT_FALSE(foreign);
  EXPECT_EQ(foreign.error().code, "replay-memory-unusable");
  EXPECT_EQ(foreign.error().text.find("audit"), std::string::npos) << foreign.error().text;
  settings.path = folder.path("no/such/folder.db");
  EXPECT_EQ(ReplayMemory::open(settings, time.clocks()).error().code, "replay-memory-unusable");
}

TEST_F(Replays, ADamagedFileIsSaidAtStart) {
  open();
  put_all(500);
  memory.reset();
  std::filesystem::resize_file(settings.path, std::filesystem::file_size(settings.path) / 2);
  const auto damaged = ReplayMemory::open(settings, time.clocks());
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().code, "replay-memory-unusable");
}

TEST_F(Replays, TheFileHoldsNoIdOfAToken) {
  open();
  put("a-recognisable-token-id");
  memory.reset();
  std::string bytes;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path(""))) {
    std::FILE* file = std::fopen(entry.path().c_str(), "rb");
    for (int c = 0; file != nullptr && (c = std::fgetc(file)) != EOF;) bytes += static_cast<char>(c);
    if (file != nullptr) std::fclose(file);
  }
  EXPECT_GT(bytes.size(), 1000u);
  EXPECT_EQ(bytes.find("recognisable"), std::string::npos);
  EXPECT_EQ(bytes.find("ehr.example"), std::string::npos);
}

TEST_F(ReplaysOnABadDisk, WhatWaitsForTheDiskIsForgottenWhenItIsUseless) {
  settings.retry_pause = 5ms;
  open();
  disk.fail_from(1, 1'000'000);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(put(std::to_string(i)), Answer::first_in_memory);
  EXPECT_EQ(memory->counters().unwritten, 10u);
  time.advance(500s);
  for (int i = 0; i < 6000 && memory->counters().unwritten > 0; ++i) std::this_thread::sleep_for(10ms);
  EXPECT_EQ(memory->counters().unwritten, 0u);
  EXPECT_FALSE(memory->counters().writable);
}

TEST_F(ReplaysOnABadDisk, WhatWaitsForTheDiskIsBounded) {
  settings.retry_pause = std::chrono::hours(1);
  settings.entries = 10;
  open();
  disk.fail_from(1, 1'000'000);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(put(std::to_string(i)), Answer::first_in_memory);
  time.advance(500s);  // the index has room again, the rows still wait
  EXPECT_EQ(put("more"), Answer::full);
  EXPECT_EQ(put("more"), Answer::full) << "nobody was let in with it";
  EXPECT_EQ(memory->counters().unwritten, 10u);
  EXPECT_EQ(memory->counters().entries, 0u);
}

TEST_F(Replays, WithoutAFileItIsThisProcessAlone) {
  settings.path.clear();
  open();
  EXPECT_EQ(put("a"), Answer::first);
  EXPECT_EQ(put("a"), Answer::repeated);
}

}  // namespace
}  // namespace cofactor::service::security
