// Promises: see workers.hpp.
#include "cds-service/ops/workers.hpp"

#include <atomic>
#include <chrono>
#include <exception>
#include <thread>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include "cds-service/ops/cores.hpp"
#include "cds-service/ops/log.hpp"

namespace cofactor::service::ops {
namespace {

using Clock = std::chrono::steady_clock;

void run(const std::function<void()>& work) {
  try {
    work();
  } catch (const std::exception&) {  // its text could quote a request
    log(Level::error, "work-failed");
  }
}

}  // namespace

struct Workers::State {
  explicit State(unsigned count) : threads(count), pool(count) {}
  const unsigned threads;
  std::atomic<std::size_t> open{0};   // posted and not done
  // Between one end of work and the next of all threads together, while there is more of it: on busy cores that is longer than
  // the work itself. Means of the last few dozen, in nanoseconds; of two threads at once one may lose its part.
  std::atomic<Clock::rep> gap{200'000}, ended{0};  // 0: nothing more was there
  boost::asio::thread_pool pool;
  std::atomic<bool> stopped{false};
};

Workers::Workers(unsigned threads)
    : state_(std::make_unique<State>(threads != 0 ? threads : usable_cores())) {}
Workers::~Workers() { stop(); }

void Workers::post(std::function<void()> work) {
  if (state_->stopped) return run(work);
  ++state_->open;
  boost::asio::post(state_->pool, [work = std::move(work), &state = *state_] {
    run(work);
    const auto now = Clock::now().time_since_epoch().count();
    const auto before = state.ended.exchange(--state.open > 0 ? now : 0);
    if (before > 0) state.gap = state.gap + (now - before - state.gap) / 32;
  });
}

Clock::duration Workers::expected_wait() const {
  const std::size_t open = state_->open;
  if (open < state_->threads) return {};
  return Clock::duration(state_->gap) * static_cast<Clock::rep>(open);
}

void Workers::stop() {
  state_->pool.join();
  state_->stopped = true;
}

}  // namespace cofactor::service::ops
