// Proves: a token's id is accepted once, by any number of callers at once, over a restart and over a bad disk; the
// memory is bounded and forgets nothing that could come again (T-JWT-16, T-JWT-17, S-13).
#include "cds-service/security/replay_memory.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <future>
#include <stdexcept>
#include <thread>

#include "tests/cds-service/audit/faulty_disk.hpp"
#include "tests/cds-service/security/trust_setup.hpp"

namespace cofactor::service::security {
namespace {

using namespace std::chrono_literals;
using Answer = ReplayMemory::Answer;

class Replays : public ::testing::Test {
 protected:
  Replays() { settings.path = folder.path("replay.db"); }
  void open() {
    memory.reset();
    auto opened = ReplayMemory::open(settings, time.clocks());
    ASSERT_TRUE(opened) << opened.error().text;
    memory = *opened;
  }
  ReplayMemory::Token token(std::string_view jti, std::string_view client = "ehr") const {
    return {"https://ehr.example", jti, client, time.seconds(), time.seconds() + 360};
  }
  Answer put(const ReplayMemory::Token& token) {
    auto promise = std::make_shared<std::promise<Answer>>();
    auto answer = promise->get_future();
    memory->remember(token, [promise](Answer given) { promise->set_value(given); });
    EXPECT_EQ(answer.wait_for(60s), std::future_status::ready);
    return answer.get();
  }
  Answer put(const std::string& jti, std::string_view client = "ehr") { return put(token(jti, client)); }
  /// Many at once: they share a few commits. The number of those that were accepted.
  int put_all(int count) {
    std::vector<std::future<Answer>> answers;
    for (int i = 0; i < count; ++i) {
      auto promise = std::make_shared<std::promise<Answer>>();
      answers.push_back(promise->get_future());
      const std::string jti = "jti-" + std::to_string(i);
      memory->remember(token(jti), [promise](Answer given) { promise->set_value(given); });
    }
    int accepted = 0;
    for (auto& answer : answers) accepted += answer.get() == Answer::first ? 1 : 0;
    return accepted;
  }
  bool becomes_writable() {
    for (int i = 0; i < 6000 && !memory->counters().writable; ++i) std::this_thread::sleep_for(10ms);
    return memory->counters().writable;
  }

  testing::Folder folder;
  testing::SetClocks time;
  ReplayMemorySettings settings;
  std::shared_ptr<ReplayMemory> memory;
};

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

class ReplaysOnABadDisk : public Replays {
 protected:
  void TearDown() override { memory.reset(); }  // before the disk goes
  audit::testing::FaultyDisk disk;
};

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

TEST_F(Replays, TheLastHolderMayBeAReply) {
  open();
  std::promise<void> done;
  auto held = memory;
  memory.reset();
  auto* bare = held.get();
  bare->remember(token("a"), [held = std::move(held), &done](Answer) mutable {
    held.reset();
    done.set_value();
  });
  EXPECT_EQ(done.get_future().wait_for(10s), std::future_status::ready);
}

TEST_F(Replays, AReplyThatIsTheLastHolderLeavesNoReplyForLater) {
  settings.retry_pause = 1ms;
  open();
  constexpr int kIds = 500;
  std::atomic<int> answered{0};
  std::promise<int> after_the_end;
  auto held = memory;
  memory.reset();
  auto* bare = held.get();
  std::promise<void> all_queued;
  auto queued = all_queued.get_future().share();
  bare->remember(token("gate"), [queued](Answer) { queued.wait(); });
  bare->remember(token("last"), [held = std::move(held), &answered, &after_the_end](Answer) mutable {
    held.reset();
    after_the_end.set_value(answered.load());
  });
  for (int i = 0; i < kIds; ++i) bare->remember(token("jti-" + std::to_string(i)), [&](Answer) { ++answered; });
  all_queued.set_value();
  auto seen = after_the_end.get_future();
  ASSERT_EQ(seen.wait_for(60s), std::future_status::ready);
  EXPECT_EQ(seen.get(), kIds) << "all were answered before the memory was gone";
  EXPECT_EQ(answered, kIds);
}

TEST_F(Replays, AfterStopNoReplyComesAndNoTokenIsTaken) {
  open();
  constexpr int kIds = 3000;
  std::atomic<int> first{0};
  for (int i = 0; i < kIds; ++i)
    memory->remember(token("jti-" + std::to_string(i)), [&](Answer answer) { first += answer == Answer::first ? 1 : 0; });
  memory->stop();
  EXPECT_EQ(first, kIds) << "what was queued is written and answered before stop() returns";
  EXPECT_EQ(put("late"), Answer::not_writable);
  EXPECT_EQ(put("jti-0"), Answer::not_writable);
  memory->stop();
  EXPECT_EQ(first, kIds);
  open();
  EXPECT_EQ(memory->counters().entries, static_cast<std::size_t>(kIds));
  EXPECT_EQ(put("late"), Answer::first);
  settings.path.clear();
  open();
  memory->stop();
  EXPECT_EQ(put("late"), Answer::not_writable) << "without a file as well";
}

TEST_F(Replays, StopMayComeFromManyThreadsAndFromAReply) {
  open();
  std::promise<void> stopped;
  memory->remember(token("a"), [&](Answer) {
    memory->stop();
    stopped.set_value();
  });
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) threads.emplace_back([&] { memory->stop(); });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(stopped.get_future().wait_for(60s), std::future_status::ready);
  EXPECT_EQ(put("b"), Answer::not_writable);
}

TEST_F(Replays, AReplyThatThrowsEndsNothingElse) {
  open();
  memory->remember(token("bad"), [](Answer) { throw std::runtime_error("a defect of the caller"); });
  EXPECT_EQ(put("good"), Answer::first);
  EXPECT_EQ(memory->counters().reply_failures, 1u);
  EXPECT_EQ(put("bad"), Answer::repeated);
}

TEST_F(ReplaysOnABadDisk, StopDoesNotWaitForADiskThatStaysBad) {
  settings.retry_pause = std::chrono::hours(1);
  settings.strict = true;
  open();
  put("before");
  disk.fail_from(1, 1'000'000);
  std::atomic<int> answered{0};
  for (int i = 0; i < 100; ++i)
    memory->remember(token("jti-" + std::to_string(i)), [&](Answer answer) {
      answered += answer == Answer::not_writable ? 1 : 0;
    });
  memory->stop();
  EXPECT_EQ(answered, 100);
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
