// Promises: see prompt_thread.hpp.
#include "cds-service/ops/prompt_thread.hpp"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace cofactor::service::ops {
namespace {

/// As the kernel has it (sched_setattr(2)): this C library does not declare it, and the kernel's header cannot stand beside sched.h.
struct SchedAttr {
  std::uint32_t size = sizeof(SchedAttr), policy = 0;
  std::uint64_t flags = 0;
  std::int32_t nice = 0;
  std::uint32_t priority = 0;
  std::uint64_t runtime = 0, deadline = 0, period = 0;
};
constexpr std::uint64_t kLeastSlice = 100'000;  // nanoseconds

}  // namespace

void wake_promptly() {
  SchedAttr wanted;
  if (::syscall(SYS_sched_getattr, 0, &wanted, sizeof(wanted), 0) != 0) return;
  if (wanted.policy != SCHED_OTHER) return;  // somebody has arranged this otherwise
  wanted.runtime = kLeastSlice;
  ::syscall(SYS_sched_setattr, 0, &wanted, 0);
}

}  // namespace cofactor::service::ops
