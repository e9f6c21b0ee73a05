// Promises: tells when the wall clock was set, forward or back, by more than five seconds against the monotonic one: between
// two looks both must have gone the same way. A slow correction (NTP slewing) is no jump. The clocks are given and not
// taken, so that a test can set them. Belongs to one thread.
#pragma once
#include <chrono>
#include <functional>
#include <optional>

namespace cofactor::service::ops {

class ClockWatch {
 public:
  using Steady = std::chrono::steady_clock;
  using Wall = std::chrono::system_clock;
  static constexpr std::chrono::seconds tolerated{5};

  explicit ClockWatch(std::function<Steady::time_point()> steady = Steady::now, std::function<Wall::time_point()> wall = Wall::now);

  /// By how much the wall clock went further (less than 0: back) since the look before, when that is a jump.
  std::optional<std::chrono::milliseconds> look();

 private:
  struct Moment {
    Steady::time_point steady;
    Wall::time_point wall;
  };
  std::optional<Moment> now() const;

  const std::function<Steady::time_point()> steady_;
  const std::function<Wall::time_point()> wall_;
  std::optional<Moment> before_;
};

}  // namespace cofactor::service::ops
