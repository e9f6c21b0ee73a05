// Proves: work is done elsewhere and all of it, also what comes after the end; an exception ends the work and not the thread.
#include "cds-service/ops/workers.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <stdexcept>
#include <thread>

namespace cofactor::service::ops {
namespace {

TEST(Workers, DoAllThatWasPostedElsewhereAndWhatComesLaterAtOnce) {
  std::atomic<int> done{0}, here{0};
  Workers workers(2);
  for (int i = 0; i < 200; ++i)
    workers.post([&, asked = std::this_thread::get_id()] {
      ++done;
      if (std::this_thread::get_id() == asked) ++here;
      if (done == 100) workers.post([&] { ++done; });  // work may bring work
    });
  workers.stop();
  EXPECT_EQ(done, 201);
  EXPECT_EQ(here, 0);
  workers.post([&] { ++done; });
  EXPECT_EQ(done, 202);
  workers.stop();
}

TEST(Workers, HowLongNewWorkWouldWaitIsKnown) {
  using namespace std::chrono_literals;
  Workers workers(1);
  EXPECT_EQ(workers.expected_wait(), 0ns);
  std::promise<void> go_on;
  auto held = go_on.get_future().share();
  for (int i = 0; i < 300; ++i) workers.post([held] { held.wait(); });
  const auto many = workers.expected_wait();
  EXPECT_GT(many, 10ms) << "300 of some tenths of a millisecond each";
  for (int i = 0; i < 300; ++i) workers.post([held] { held.wait(); });
  EXPECT_EQ(workers.expected_wait(), 2 * many);
  go_on.set_value();
  workers.stop();
  EXPECT_EQ(workers.expected_wait(), 0ns);
}

TEST(Workers, AnExceptionEndsTheWorkAndNotTheThread) {
  std::atomic<int> done{0};
  Workers workers(1);
  workers.post([] { throw std::runtime_error("canary"); });
  workers.post([&] { ++done; });
  workers.stop();
  EXPECT_EQ(done, 1);
}

}  // namespace
}  // namespace cofactor::service::ops
