// Promises: the two clocks of this room, given and not taken, so that a test can set them: the steady one for waits and
// ages, the system one for what tokens say.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>

namespace cofactor::service::security {

using Clock = std::chrono::steady_clock;

struct Clocks {
  std::function<Clock::time_point()> steady = [] { return Clock::now(); };
  std::function<std::chrono::system_clock::time_point()> system = [] { return std::chrono::system_clock::now(); };

  /// Whole seconds since 1970, rounded down: what tokens are compared with.
  std::int64_t seconds() const { return std::chrono::floor<std::chrono::seconds>(system()).time_since_epoch().count(); }
};

}  // namespace cofactor::service::security
