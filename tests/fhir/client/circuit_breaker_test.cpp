// Proves: five failures in a row open the breaker, ten seconds later one call tries, and its result decides.
#include "fhir/client/circuit_breaker.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace cofactor::fhir::client {
namespace {

using namespace std::chrono_literals;
using State = CircuitBreaker::State;

struct CircuitBreakerTest : ::testing::Test {
  CircuitBreaker::Clock::time_point now{};
  CircuitBreaker breaker{{}, [this] { return now; }};
  void fail(int times) {
    for (int i = 0; i < times; ++i) {
      ASSERT_TRUE(breaker.admit());
      breaker.failed();
    }
  }
};

TEST_F(CircuitBreakerTest, T_FHIR_4_OpensAfterFiveInARowAndTriesAfterTenSeconds) {
  fail(4);
  EXPECT_EQ(breaker.state(), State::closed);
  breaker.succeeded();
  fail(5);
  EXPECT_EQ(breaker.state(), State::open);
  now += 9999ms;
  EXPECT_FALSE(breaker.admit());
  now += 1ms;
  EXPECT_EQ(breaker.state(), State::half_open);
  EXPECT_TRUE(breaker.admit());
  EXPECT_FALSE(breaker.admit()) << "one trial at a time";
  breaker.succeeded();
  EXPECT_EQ(breaker.state(), State::closed);
  EXPECT_TRUE(breaker.admit());
}

TEST_F(CircuitBreakerTest, AFailedTrialKeepsItOpen) {
  fail(5);
  now += 10s;
  EXPECT_TRUE(breaker.admit());
  breaker.failed();
  EXPECT_FALSE(breaker.admit());
  now += 10s;
  EXPECT_TRUE(breaker.admit());
}

TEST_F(CircuitBreakerTest, ATrialThatNeverReportsDoesNotBlockForEver) {
  fail(5);
  now += 10s;
  EXPECT_TRUE(breaker.admit());
  now += 10s;
  EXPECT_TRUE(breaker.admit());
  breaker.abandoned();
  EXPECT_TRUE(breaker.admit());
}

TEST_F(CircuitBreakerTest, LateFailuresOfEarlierCallsChangeNothing) {
  fail(5);
  now += 5s;
  breaker.failed();
  now += 5s;
  EXPECT_TRUE(breaker.admit());
}

TEST(CircuitBreaker, ManyThreadsAgree) {
  CircuitBreaker breaker({});
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int j = 0; j < 1000; ++j)
        if (breaker.admit()) breaker.failed();
    });
  for (std::thread& each : threads) each.join();
  EXPECT_EQ(breaker.state(), State::open);
}

}  // namespace
}  // namespace cofactor::fhir::client
