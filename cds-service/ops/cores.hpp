// Promises: how many threads can run at once in this process.
#pragma once
#include <string>

namespace cofactor::service::ops {

/// At least 1. Of the machine's cores those that this process may use: its affinity, and the quota of its cgroup (v2: `cpu.max`
/// of it and of the groups around it, as far as this process sees them), rounded up. More threads than that would keep each
/// other waiting for a whole time slice.
unsigned usable_cores();

/// What a `cpu.max` file grants, in cores rounded up; 0: no limit, or not such a file.
unsigned quota_cores(const std::string& cpu_max);

}  // namespace cofactor::service::ops
