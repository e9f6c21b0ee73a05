// Promises: see workers.hpp.
#include "cds-service/ops/workers.hpp"

#include <atomic>
#include <exception>
#include <thread>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include "cds-service/ops/cores.hpp"
#include "cds-service/ops/log.hpp"

namespace cofactor::service::ops {
namespace {

void run(const std::function<void()>& work) {
  try {
    work();
  } catch (const std::exception&) {  // its text could quote a request
    log(Level::error, "work-failed");
  }
}

}  // namespace

struct Workers::State {
  explicit State(unsigned threads) : pool(threads) {}
  boost::asio::thread_pool pool;
  std::atomic<bool> stopped{false};
};

Workers::Workers(unsigned threads)
    : state_(std::make_unique<State>(threads != 0 ? threads : usable_cores())) {}
Workers::~Workers() { stop(); }

void Workers::post(std::function<void()> work) {
  if (state_->stopped) return run(work);
  boost::asio::post(state_->pool, [work = std::move(work)] { run(work); });
}

void Workers::stop() {
  state_->pool.join();
  state_->stopped = true;
}

}  // namespace cofactor::service::ops
