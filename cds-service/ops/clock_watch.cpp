// Promises: see clock_watch.hpp.
#include "cds-service/ops/clock_watch.hpp"

#include <utility>

namespace cofactor::service::ops {

ClockWatch::ClockWatch(std::function<Steady::time_point()> steady, std::function<Wall::time_point()> wall)
    : steady_(std::move(steady)), wall_(std::move(wall)), before_(now()) {}

/// Both clocks as of one moment. Whoever is stopped between the two readings would take the pause for a jump: it is read
/// again, and where that does not help, nothing is said this time.
std::optional<ClockWatch::Moment> ClockWatch::now() const {
  for (int tries = 0; tries < 3; ++tries) {
    const auto begin = steady_();
    const auto wall = wall_();
    if (steady_() - begin < std::chrono::seconds(1)) return Moment{begin, wall};
  }
  return std::nullopt;
}

std::optional<std::chrono::milliseconds> ClockWatch::look() {
  const auto at = now();
  if (!at) return std::nullopt;
  const auto before = std::exchange(before_, at);
  if (!before) return std::nullopt;
  using std::chrono::milliseconds;
  const auto moved = std::chrono::duration_cast<milliseconds>(at->wall - before->wall) -
                     std::chrono::duration_cast<milliseconds>(at->steady - before->steady);
  if (moved <= tolerated && moved >= -tolerated) return std::nullopt;
  return moved;
}

}  // namespace cofactor::service::ops
