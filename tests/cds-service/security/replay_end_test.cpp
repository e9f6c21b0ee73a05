// Proves: when a replay memory is stopped or let go, by whomever, what is open is answered first and nothing is called
// afterwards; a reply that throws ends nothing else.
#include "cds-service/security/replay_memory.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>

#include "tests/cds-service/security/replay_setup.hpp"

namespace cofactor::service::security {
namespace {

using namespace std::chrono_literals;
using testing::Answer;

class ReplaysAtTheEnd : public testing::ReplaySetup {};
class ReplaysAtTheEndOnABadDisk : public testing::BadDiskSetup {};

TEST_F(ReplaysAtTheEnd, TheLastHolderMayBeAReply) {
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

TEST_F(ReplaysAtTheEnd, AReplyThatIsTheLastHolderLeavesNoReplyForLater) {
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

TEST_F(ReplaysAtTheEnd, AfterStopNoReplyComesAndNoTokenIsTaken) {
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

TEST_F(ReplaysAtTheEnd, StopMayComeFromManyThreadsAndFromAReply) {
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

TEST_F(ReplaysAtTheEnd, AReplyThatThrowsEndsNothingElse) {
  open();
  memory->remember(token("bad"), [](Answer) { throw std::runtime_error("a defect of the caller"); });
  EXPECT_EQ(put("good"), Answer::first);
  EXPECT_EQ(memory->counters().reply_failures, 1u);
  EXPECT_EQ(put("bad"), Answer::repeated);
}

TEST_F(ReplaysAtTheEndOnABadDisk, StopDoesNotWaitForADiskThatStaysBad) {
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

}  // namespace
}  // namespace cofactor::service::security
