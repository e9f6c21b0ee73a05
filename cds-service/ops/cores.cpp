// Promises: see cores.hpp.
#include "cds-service/ops/cores.hpp"

#include <sched.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>
#include <thread>

namespace cofactor::service::ops {
namespace {

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Of this process in the unified hierarchy, e.g. "/system.slice/cofactor.service"; empty: none.
std::string cgroup() {
  std::istringstream lines(text_of("/proc/self/cgroup"));
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("0::/")) return line.substr(3);
  return {};
}

unsigned quota() {
  unsigned least = 0;
  for (std::string group = cgroup();; group.erase(group.find_last_of('/'))) {
    if (const unsigned cores = quota_cores(text_of("/sys/fs/cgroup" + group + "/cpu.max")); cores > 0)
      least = least == 0 ? cores : std::min(least, cores);
    if (group.find('/') == std::string::npos) return least;
  }
}

unsigned affinity() {
  cpu_set_t mine;
  CPU_ZERO(&mine);
  // Fails with more than 1,024 cores.
  return ::sched_getaffinity(0, sizeof(mine), &mine) == 0 ? static_cast<unsigned>(CPU_COUNT(&mine)) : std::thread::hardware_concurrency();
}

}  // namespace

unsigned quota_cores(const std::string& cpu_max) {
  std::istringstream words(cpu_max);
  long long granted = 0, period = 0;  // "max 100000" reads no number
  if (!(words >> granted >> period) || granted <= 0 || period <= 0) return 0;
  return static_cast<unsigned>(std::min((granted + period - 1) / period, 100'000LL));
}

unsigned usable_cores() {
  const unsigned granted = quota();
  const unsigned mine = std::max(1u, affinity());
  return granted == 0 ? mine : std::min(mine, granted);
}

}  // namespace cofactor::service::ops
