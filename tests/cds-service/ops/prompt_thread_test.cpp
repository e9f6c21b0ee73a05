// Proves: a thread asks for short turns and keeps what else was arranged for it.
#include "cds-service/ops/prompt_thread.hpp"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <thread>

namespace cofactor::service::ops {
namespace {

/// sched_getattr(2): 48 bytes, of which the runtime stands at 24.
std::uint64_t slice() {
  std::array<std::uint64_t, 6> attributes{};
  return ::syscall(SYS_sched_getattr, 0, attributes.data(), sizeof(attributes), 0) == 0 ? attributes[3] : 0;
}

TEST(PromptThread, HasShortTurnsWhereTheKernelKnowsThem) {
  std::thread([] {
    const std::uint64_t before = slice();
    wake_promptly();
    // Kernels before 6.12 tell no slice and take none.
    EXPECT_EQ(slice(), before == 0 ? 0u : 100'000u);
  }).join();
  EXPECT_NE(slice(), 100'000u) << "of that thread alone";
}

TEST(PromptThread, KeepsItsNicenessAndItsPolicy) {
  std::thread([] {
    const auto thread = static_cast<id_t>(::syscall(SYS_gettid));
    ASSERT_EQ(::setpriority(PRIO_PROCESS, thread, 7), 0);
    wake_promptly();
    EXPECT_EQ(::getpriority(PRIO_PROCESS, thread), 7);
    const sched_param none{};
    ASSERT_EQ(::sched_setscheduler(0, SCHED_BATCH, &none), 0);
    wake_promptly();
    EXPECT_EQ(::sched_getscheduler(0), SCHED_BATCH);
  }).join();
}

}  // namespace
}  // namespace cofactor::service::ops
