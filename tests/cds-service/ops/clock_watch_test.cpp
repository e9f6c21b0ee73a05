// Proves: a wall clock that was set is noticed once, with how far; one that is slewed, and a process that was stopped, is not.
#include "cds-service/ops/clock_watch.hpp"

#include <gtest/gtest.h>

namespace cofactor::service::ops {
namespace {

using namespace std::chrono_literals;

struct ClockWatchTest : ::testing::Test {
  ClockWatch::Steady::time_point steady{1000s};
  ClockWatch::Wall::time_point wall{2'000'000'000s};
  std::function<void()> between = [] {};  ///< happens between the two readings of one look
  ClockWatch watch{[this] { return steady; }, [this] { between(); return wall; }};

  std::optional<std::chrono::milliseconds> after(std::chrono::milliseconds passed, std::chrono::milliseconds set = 0ms) {
    steady += passed;
    wall += passed + set;
    return watch.look();
  }
};

TEST_F(ClockWatchTest, AJumpIsToldOnceWithItsDirection) {
  EXPECT_EQ(after(1s), std::nullopt);
  EXPECT_EQ(after(1s, 1h), std::optional(3'600'000ms));
  EXPECT_EQ(after(1s), std::nullopt) << "told once";
  EXPECT_EQ(after(1s, -2h), std::optional(-7'200'000ms));
  EXPECT_EQ(after(1s), std::nullopt);
}

TEST_F(ClockWatchTest, FiveSecondsAreTolerated) {
  EXPECT_EQ(after(1s, 5s), std::nullopt);
  EXPECT_EQ(after(1s, -5s), std::nullopt);
  EXPECT_EQ(after(1s, 5001ms), std::optional(5001ms));
  EXPECT_EQ(after(1s, -5001ms), std::optional(-5001ms));
}

TEST_F(ClockWatchTest, ASlowCorrectionIsNoJumpHoweverFarItGoes) {
  for (int i = 0; i < 7200; ++i) ASSERT_EQ(after(1s, 1ms), std::nullopt);
}

TEST_F(ClockWatchTest, AProcessThatWasStoppedSawNoJump) {
  EXPECT_EQ(after(10s), std::nullopt) << "between two looks";
  int stops = 0;
  between = [&] {
    if (++stops > 1) return;
    steady += 30s;
    wall += 30s;
  };
  EXPECT_EQ(after(1s), std::nullopt) << "between the two readings of a look";
  EXPECT_EQ(stops, 2) << "read again";
  between = [&] { steady += 30s, wall += 30s; };
  EXPECT_EQ(after(1s), std::nullopt);
  between = [] {};
  EXPECT_EQ(after(1s, -1min), std::optional(-60'000ms)) << "the next look still sees what happened";
}

}  // namespace
}  // namespace cofactor::service::ops
