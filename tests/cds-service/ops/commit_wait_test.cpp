// Proves: how long one would wait for a commit is told from the last ones, from the one under way and from what is queued.
#include "cds-service/ops/commit_wait.hpp"

#include <gtest/gtest.h>

namespace cofactor::service::ops {
namespace {

using namespace std::chrono_literals;

class CommitWaitTest : public ::testing::Test {
 protected:
  void commits(CommitWait::Clock::duration each) {
    for (int i = 0; i < 50; ++i) {
      wait_.begins(now_);
      wait_.ends(now_ += each);
    }
  }
  CommitWait::Clock::time_point now_{1000s};
  CommitWait wait_;
};

TEST_F(CommitWaitTest, NothingWaitsWhereNothingIsQueuedOrCommitted) {
  EXPECT_EQ(wait_.expected(0, 10, {}, now_), 0ns);
  commits(10ms);
  EXPECT_EQ(wait_.expected(0, 10, {}, now_), 0ns);
}

TEST_F(CommitWaitTest, TheRestOfTheOneUnderWayAndTheOnesOfTheQueueCount) {
  commits(10ms);
  EXPECT_NEAR(static_cast<double>(wait_.expected(1, 10, {}, now_).count()), 10e6, 1e5);
  EXPECT_NEAR(static_cast<double>(wait_.expected(25, 10, {}, now_).count()), 30e6, 3e5);
  wait_.begins(now_);
  EXPECT_NEAR(static_cast<double>(wait_.expected(0, 10, {}, now_ + 4ms).count()), 16e6, 2e5);
}

TEST_F(CommitWaitTest, TheOneUnderWayMayBeOverWhenItComes) {
  commits(10ms);
  wait_.begins(now_);
  EXPECT_NEAR(static_cast<double>(wait_.expected(0, 10, 3ms, now_ + 4ms).count()), 13e6, 2e5);
  EXPECT_NEAR(static_cast<double>(wait_.expected(0, 10, 30ms, now_ + 4ms).count()), 10e6, 2e5);
}

TEST_F(CommitWaitTest, OneThatTakesLongMayTakeAsLongAgain) {
  commits(1ms);
  wait_.begins(now_);
  EXPECT_NEAR(static_cast<double>(wait_.expected(0, 10, {}, now_ + 300ms).count()), 301e6, 1e6);
  wait_.ends(now_ + 400ms);
  EXPECT_EQ(wait_.expected(0, 10, {}, now_ + 400ms), 0ns) << "what was slow once keeps nobody away once it is over";
  wait_.begins(now_);
  wait_.ends(now_ += 10s);
  EXPECT_LT(wait_.expected(1, 10, {}, now_), 40ms) << "nor those that come while the next is under way";
  commits(2s);
  EXPECT_GT(wait_.expected(1, 10, {}, now_), 1900ms) << "a disk that stays slow is believed";
}

TEST_F(CommitWaitTest, WhoComesLaterWaitsForACommitAtLeast) {
  commits(10ms);
  EXPECT_NEAR(static_cast<double>(wait_.expected(0, 10, 3ms, now_).count()), 10e6, 1e5);
}

TEST_F(CommitWaitTest, OtherWorkOnTheDiskIsWaitedForAndTellsNothingAboutCommits) {
  commits(10ms);
  wait_.begins(now_);
  EXPECT_NEAR(static_cast<double>(wait_.expected(0, 10, {}, now_ + 300ms).count()), 310e6, 1e6);
  wait_.ends_other();
  EXPECT_EQ(wait_.expected(0, 10, {}, now_ + 300ms), 0ns);
  EXPECT_NEAR(static_cast<double>(wait_.expected(1, 10, {}, now_ + 300ms).count()), 10e6, 1e5);
}

}  // namespace
}  // namespace cofactor::service::ops
