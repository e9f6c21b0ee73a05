// Proves: who waits, who is refused and whose turn it is, with a clock of the test's own.
#include "cds-service/http/admission.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cofactor::service::http {
namespace {

using namespace std::chrono_literals;

class AdmissionTest : public ::testing::Test {
 protected:
  /// Turns of exactly that cost, long enough to be believed.
  void learn(Clock::duration cost) {
    for (int i = 0; i < 200; ++i) {
      queue_.turn_took(cost);
      queue_.round_ends(now_);
    }
  }
  /// "address" or "address/client".
  static Sender sender(const std::string& caller) {
    const auto slash = caller.find('/');
    return slash == std::string::npos ? Sender{caller} : Sender{caller.substr(0, slash), caller.substr(slash + 1)};
  }
  bool enter(const std::string& caller, const std::string& job, Clock::duration left = 500ms) {
    std::string mine = job;
    const bool entered = queue_.enter(sender(caller), now_, now_ + left, mine);
    EXPECT_EQ(mine.empty(), entered) << "a refused job is left alone";
    return entered;
  }
  std::size_t fill(const std::string& caller, std::size_t most) {
    std::size_t entered = 0;
    while (entered < most && enter(caller, caller)) ++entered;
    return entered;
  }
  std::string order(std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += queue_.next().value_or("-");
    return text;
  }

  Clock::time_point now_ = Clock::time_point(1000s);
  Admission<std::string> queue_{{100ms, 20ms}};
};

TEST_F(AdmissionTest, FirstComeFirstServedForOneCaller) {
  for (const char* job : {"1", "2", "3"}) EXPECT_TRUE(enter("a", job));
  EXPECT_EQ(queue_.waiting(), 3u);
  EXPECT_EQ(order(4), "123-");
  EXPECT_EQ(queue_.waiting(), 0u);
}

TEST_F(AdmissionTest, CallersTakeTurns) {
  for (const char* job : {"1", "2", "3", "4"}) enter("a", job);
  for (const char* job : {"x", "y"}) enter("b", job);
  enter("c", "!");
  EXPECT_EQ(order(7), "1x!2y34");
}

TEST_F(AdmissionTest, WhomAnAddressClaimsToBeDividesItsOwnTurnsOnly) {
  for (int i = 0; i < 50; ++i) enter("proxy/" + std::to_string(i), "p");
  for (const char* job : {"1", "2", "3"}) enter("direct", job);
  EXPECT_EQ(order(6), "p1p2p3");
  queue_ = Admission<std::string>{{100ms, 20ms}};
  for (const char* job : {"1", "2", "3"}) enter("proxy/loud", job);
  for (const char* job : {"a", "b"}) enter("proxy/quiet", job);
  enter("direct", "!");
  EXPECT_EQ(order(6), "1!a2b3");
}

TEST_F(AdmissionTest, ThePlaceOfACallerIsItsOwnAndItsAddresss) {
  learn(1ms);
  for (int i = 0; i < 40; ++i) enter("proxy/loud", "x");
  // Two turns for a new client of that proxy, four for one more of a third address: within 5 ms, where 40 would not be.
  EXPECT_TRUE(enter("proxy/quiet", "x", 5ms));
  EXPECT_TRUE(enter("direct", "x", 5ms));
  EXPECT_FALSE(enter("proxy/loud", "x", 30ms));
}

TEST_F(AdmissionTest, ASlowDiskMakesAStandingQueueShorterAndNeverTakesItAway) {
  learn(250us);
  fill("a", 1000);  // was refused a moment ago from here on
  const auto taken = [&](Clock::duration disk) {
    while (queue_.next()) {
    }
    std::size_t entered = 0;
    for (std::string job = "x"; entered < 200 && queue_.enter({"a"}, now_, now_ + 500ms, job, disk); job = "x") ++entered;
    return static_cast<double>(entered) / 4;  // milliseconds
  };
  EXPECT_NEAR(taken(0ms), 20, 1);
  EXPECT_NEAR(taken(29ms), 20, 1);
  EXPECT_NEAR(taken(40ms), 10, 1) << "half of what a burst may wait, with the disk";
  EXPECT_NEAR(taken(46ms), 5, 1);
  EXPECT_NEAR(taken(90ms), 5, 1) << "a short queue is left";
  EXPECT_NEAR(taken(98ms), 2, 1) << "together no longer than a burst";
}

TEST_F(AdmissionTest, AsManyCallsAsAnEhrMayHaveUnderWayAreNoLongQueueWhileHalfABurstHoldsThem) {
  const auto standing = [this](Clock::duration cost) {
    learn(cost);
    fill("a", 1000);
    while (queue_.next()) {
    }
    const std::size_t entered = fill("a", 1000);
    while (queue_.next()) {
    }
    return static_cast<double>(entered);
  };
  EXPECT_NEAR(standing(100us), 200, 4) << "20 ms";
  EXPECT_NEAR(standing(312us), 64, 3);
  EXPECT_NEAR(standing(500us), 64, 3);
  EXPECT_NEAR(standing(781us), 64, 3);
  EXPECT_NEAR(standing(2ms), 25, 2) << "50 ms";
  EXPECT_NEAR(standing(10ms), 5, 1);
}

TEST_F(AdmissionTest, ABurstWaitsAsLongAsItMayAndNoLonger) {
  learn(1ms);
  EXPECT_NEAR(static_cast<double>(fill("a", 1000)), 100, 2);
}

TEST_F(AdmissionTest, AQueueThatStandsIsKeptShort) {
  learn(1ms);
  fill("a", 1000);
  now_ += 101ms;
  EXPECT_FALSE(enter("a", "late"));
  while (queue_.waiting() > 55) queue_.next();
  EXPECT_FALSE(enter("a", "still too long"));
  while (queue_.waiting() > 45) queue_.next();
  EXPECT_TRUE(enter("a", "short enough"));
  while (queue_.next()) {
  }
  EXPECT_NEAR(static_cast<double>(fill("a", 1000)), 50, 2) << "who was refused in the last second gets no new burst";
  EXPECT_NEAR(static_cast<double>(fill("b", 1000)), 50, 2) << "others do, behind what waits";
  while (queue_.next()) {
  }
  now_ += 1001ms;
  EXPECT_NEAR(static_cast<double>(fill("a", 1000)), 100, 2) << "and a second later it does too";
}

TEST_F(AdmissionTest, CallersThatWereRefusedAreForgotten) {
  learn(10ms);
  for (int i = 0; i < 12; ++i) enter("in the queue " + std::to_string(i), "x");
  const std::size_t waiting = queue_.callers();
  for (int i = 0; i < 50; ++i) EXPECT_FALSE(enter(std::to_string(i), "x"));
  EXPECT_EQ(queue_.callers(), waiting + 50);
  now_ += 1001ms;
  queue_.round_ends(now_);
  EXPECT_EQ(queue_.callers(), queue_.waiting());
  for (int i = 0; i < 100'000; ++i) EXPECT_FALSE(enter(std::to_string(i), "x"));
  EXPECT_LE(queue_.callers(), 5000u) << "and never too many of them";
}

TEST_F(AdmissionTest, ABurstOfOneIsServedWhileTheQueueOfAnotherStands) {
  learn(1ms);
  fill("hog", 1000);
  now_ += 101ms;
  while (queue_.waiting() > 15) queue_.next();
  EXPECT_GE(fill("quiet", 30), 30u) << "its own turns only count against it";
}

TEST_F(AdmissionTest, IsCrowdedBeforeAStandingQueueWouldBeCut) {
  learn(1ms);
  fill("a", 24);  // of 50
  EXPECT_FALSE(queue_.crowded());
  fill("a", 3);
  EXPECT_TRUE(queue_.crowded());
}

TEST_F(AdmissionTest, OneWhoFillsTheQueueDoesNotKeepOthersOut) {
  learn(1ms);
  fill("hog", 1000);
  now_ += 101ms;
  EXPECT_FALSE(enter("hog", "h"));
  EXPECT_TRUE(enter("quiet", "q"));
  EXPECT_EQ(order(2).find('q') == std::string::npos, false) << "the second turn at the latest";
}

TEST_F(AdmissionTest, NothingEntersWhoseTurnWouldComeTooLate) {
  learn(10ms);
  EXPECT_FALSE(enter("a", "1", 15ms));
  EXPECT_TRUE(enter("a", "1", 25ms));
  EXPECT_FALSE(enter("a", "2", 25ms));
  EXPECT_TRUE(enter("a", "2", 35ms));
}

TEST_F(AdmissionTest, WhatComesAfterTheTurnCountsAsWaiting) {
  learn(1ms);
  std::string job = "x";
  EXPECT_FALSE(queue_.enter({"b"}, now_, now_ + 50ms, job, 50ms));
  EXPECT_TRUE(queue_.enter({"c"}, now_, now_ + 500ms, job, 50ms));
}

TEST_F(AdmissionTest, ADiskThatStandsStillIsWaitedForByAllButThoseWhoSendTooMuch) {
  learn(1ms);
  const auto enters = [this](const char* caller, Clock::duration disk) {
    std::string job = "x";
    return queue_.enter({caller}, now_, now_ + 500ms, job, disk);
  };
  EXPECT_TRUE(queue_.in_time(now_, now_ + 500ms, 498ms));
  EXPECT_FALSE(queue_.in_time(now_, now_ + 500ms, 500ms));
  EXPECT_TRUE(enters("a", 497ms));
  EXPECT_FALSE(enters("a", 499ms)) << "nothing is late";
  EXPECT_FALSE(queue_.sends_too_much({"a"}, now_)) << "and it is not to blame for that";
  EXPECT_TRUE(enters("a", 400ms));
  fill("hog", 1000);
  EXPECT_TRUE(queue_.sends_too_much({"hog"}, now_));
  while (queue_.next()) {
  }
  EXPECT_FALSE(enters("hog", 101ms));
  EXPECT_TRUE(enters("hog", 90ms));
  EXPECT_TRUE(enters("a", 101ms));
  now_ += 600ms;
  EXPECT_FALSE(enters("hog", 101ms));
  now_ += 401ms;
  while (queue_.next()) {
  }
  EXPECT_TRUE(enters("hog", 101ms)) << "a second after the queue was too long for it, whatever the disk did since";
}

TEST_F(AdmissionTest, WhoHasBeenWaitingForLongerThanABurstIsNotLetWaitForTheDiskToo) {
  learn(1ms);
  fill("a", 30);
  EXPECT_FALSE(queue_.sends_too_much({"a"}, now_));
  now_ += 101ms;
  EXPECT_TRUE(queue_.sends_too_much({"a"}, now_));
  std::string job = "x";
  EXPECT_FALSE(queue_.enter({"a"}, now_, now_ + 500ms, job, 101ms));
}

TEST_F(AdmissionTest, WhoSendsLessThanItsTurnsIsLetInAtOnceAndTakesNoOnesTurn) {
  EXPECT_FALSE(queue_.lets_in({"quiet"}, now_)) << "nobody had a turn yet that could stand against it";
  for (int i = 0; i < 20; ++i) enter("hog", "h");
  EXPECT_FALSE(queue_.lets_in({"quiet"}, now_));
  EXPECT_EQ(order(2), "hh");
  EXPECT_TRUE(queue_.would_let_in({"quiet"}));
  EXPECT_TRUE(queue_.lets_in({"quiet"}, now_));
  EXPECT_TRUE(queue_.lets_in({"quiet", "whoever"}, now_));
  EXPECT_FALSE(queue_.lets_in({"quiet"}, now_)) << "as many as had a turn, and no more";
  EXPECT_FALSE(queue_.would_let_in({"quiet"}));
  EXPECT_EQ(order(15), std::string(15, 'h'));
  EXPECT_FALSE(queue_.lets_in({"hog"}, now_)) << "it waits behind its own";
  EXPECT_FALSE(queue_.lets_in({"hog", "by another name"}, now_));
  int at_once = 0;
  while (queue_.lets_in({"quiet"}, now_)) ++at_once;
  EXPECT_EQ(at_once, 5) << "a few that come together, not what it missed for hours";
  EXPECT_TRUE(queue_.lets_in({"another"}, now_)) << "and the others' places are left to them";
}

TEST_F(AdmissionTest, WhileOthersCallBesideACrowdItIsOneTurnAtATime) {
  learn(1ms);
  fill("hog", 100);
  order(5);
  EXPECT_FALSE(queue_.one_at_a_time()) << "a crowd alone";
  ASSERT_TRUE(queue_.lets_in({"quiet"}, now_));
  order(63);
  EXPECT_TRUE(queue_.one_at_a_time());
  order(1);
  ASSERT_TRUE(queue_.crowded());
  EXPECT_FALSE(queue_.one_at_a_time()) << "nobody for 64 turns";
  ASSERT_TRUE(queue_.lets_in({"quiet"}, now_));
  EXPECT_TRUE(queue_.one_at_a_time());
  order(20);
  EXPECT_FALSE(queue_.one_at_a_time()) << "no crowd any more";
}

TEST_F(AdmissionTest, OneOfACrowdThatIsLetInIsNobodyBesideIt) {
  learn(1ms);
  fill("another", 200);
  while (queue_.waiting() > 0) queue_.next();
  fill("hog", 200);
  order(5);
  ASSERT_TRUE(queue_.crowded());
  ASSERT_TRUE(queue_.lets_in({"another"}, now_));
  EXPECT_FALSE(queue_.one_at_a_time()) << "it was refused a moment ago";
  ASSERT_TRUE(queue_.lets_in({"another"}, now_ + 2s));
  EXPECT_TRUE(queue_.one_at_a_time());
}

TEST_F(AdmissionTest, OneThatComesAgainAndAgainIsLetInAsOftenAsItsTurnComesAndLeavesTheRestToOthers) {
  for (int i = 0; i < 100; ++i) enter("loud " + std::to_string(i % 10), "h");
  int greedy = 0, quiet = 0, asked = 0;
  for (int i = 0; i < 4000; ++i) {
    enter("loud " + std::to_string(i % 10), "h");
    if (queue_.lets_in({"greedy"}, now_)) ++greedy;
    if (i % 20 == 0) {
      ++asked;
      if (queue_.lets_in({"quiet"}, now_)) ++quiet;
    }
    queue_.next();
  }
  EXPECT_NEAR(greedy, 4000 / 11, 20);
  EXPECT_GE(quiet, asked - 2);
}

TEST_F(AdmissionTest, WhatGoesOnBeforeTheQueueIsWaitedForToo) {
  learn(1ms);
  for (int i = 0; i < 200; ++i) queue_.rest_took(2ms);
  queue_.before_all(4);
  EXPECT_FALSE(enter("a", "x", 9ms));
  EXPECT_TRUE(enter("a", "x", 11ms));
  queue_.before_all(60);
  EXPECT_FALSE(enter("b", "x"));
}

TEST_F(AdmissionTest, TheQueueIsBoundedWhateverTheCallersAreCalled) {
  learn(1ms);
  std::size_t entered = 0;
  for (int i = 0; i < 100000; ++i) entered += enter("caller " + std::to_string(i), "x") ? 1u : 0u;
  EXPECT_LE(entered, 101u);
}

TEST(TurnCost, CountsTheHandlerAloneWhileNobodyWaitsAndTheWholeRoundElse) {
  TurnCost cost;
  Clock::time_point now(1000s);
  for (int i = 0; i < 300; ++i) {
    cost.turn(1ms);
    cost.turn(3ms);
    cost.round_ends(now += 1s, false);  // a quiet second
  }
  EXPECT_NEAR(std::chrono::duration<double>(cost.mean()).count(), 0.002, 1e-4);
  cost.round_ends(now, true);
  for (int i = 0; i < 300; ++i) {
    cost.turn(1ms);
    cost.turn(3ms);
    cost.round_ends(now += 10ms, true);  // six of them went to other work of the thread
  }
  EXPECT_NEAR(std::chrono::duration<double>(cost.mean()).count(), 0.005, 1e-4);
}

TEST(TurnCost, ATimeInWhichNobodyWaitedIsNoCost) {
  TurnCost cost;
  Clock::time_point now(1000s);
  for (int i = 0; i < 100; ++i) {
    cost.turn(1ms);
    cost.round_ends(now += 1ms, true);
  }
  cost.nobody_waits();  // all that waited had expired: no turn, no round, for an hour
  cost.turn(1ms);
  cost.round_ends(now += 1h, false);
  EXPECT_NEAR(std::chrono::duration<double>(cost.mean()).count(), 0.001, 1e-4);
}

TEST(TurnCost, WhatACallTakesLaterIsPartOfItsCost) {
  TurnCost cost;
  Clock::time_point now(1000s);
  for (int i = 0; i < 300; ++i) {
    cost.turn(1ms);
    cost.round_ends(now += 10ms, false);
    cost.rest(2ms);
    cost.round_ends(now += 10ms, false);  // without a turn
  }
  EXPECT_NEAR(std::chrono::duration<double>(cost.mean()).count(), 0.003, 1e-4);
  cost.round_ends(now, true);
  for (int i = 0; i < 300; ++i) {
    cost.turn(1ms);
    cost.round_ends(now += 5ms, true);
    cost.rest(2ms);
    cost.round_ends(now += 5ms, true);
  }
  EXPECT_NEAR(std::chrono::duration<double>(cost.mean()).count(), 0.010, 1e-4);
}

TEST(TurnCost, OneStandstillIsNotBelieved) {
  TurnCost cost;
  cost.turn(10s);
  cost.round_ends(Clock::time_point(1000s), false);
  EXPECT_LT(cost.mean(), 4ms);
}

}  // namespace
}  // namespace cofactor::service::http
