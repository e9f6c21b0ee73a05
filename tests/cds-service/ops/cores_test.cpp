// Proves: how many threads the service starts when it may use a part of the machine only.
#include "cds-service/ops/cores.hpp"

#include <gtest/gtest.h>
#include <sched.h>

#include <thread>

namespace cofactor::service::ops {
namespace {

TEST(Cores, AQuotaIsRoundedUp) {
  EXPECT_EQ(quota_cores("50000 100000\n"), 1u);
  EXPECT_EQ(quota_cores("100000 100000\n"), 1u);
  EXPECT_EQ(quota_cores("100001 100000\n"), 2u);
  EXPECT_EQ(quota_cores("400000 100000"), 4u);
}

TEST(Cores, WithoutAQuotaThereIsNone) {
  for (const char* text : {"max 100000\n", "", "max", "0 100000", "-1 100000", "100000 0", "100000"}) EXPECT_EQ(quota_cores(text), 0u) << text;
}

TEST(Cores, OnlyCoresThatThisProcessMayUseCount) {
  cpu_set_t before;
  ASSERT_EQ(::sched_getaffinity(0, sizeof(before), &before), 0);
  cpu_set_t one;
  CPU_ZERO(&one);
  for (int i = 0; CPU_COUNT(&one) == 0; ++i)
    if (CPU_ISSET(i, &before)) CPU_SET(i, &one);
  // On a thread of its own, whose affinity nobody inherits.
  std::thread([&] {
    ASSERT_EQ(::sched_setaffinity(0, sizeof(one), &one), 0);
    EXPECT_EQ(usable_cores(), 1u);
  }).join();
  EXPECT_LE(usable_cores(), static_cast<unsigned>(CPU_COUNT(&before)));
}

}  // namespace
}  // namespace cofactor::service::ops
