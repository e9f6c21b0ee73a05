// Promises: see deadline_thread.hpp.
#include "fhir/client/deadline_thread.hpp"

#include <exception>

#include "fhir/client/wiped_memory.hpp"

namespace cofactor::fhir::client {

DeadlineThread::DeadlineThread() : thread_([this] { run(); }) {}

DeadlineThread::~DeadlineThread() { stop(); }

void DeadlineThread::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
  std::map<Ticket, std::function<void()>> dropped;  // destroyed after the lock, as in cancel()
  const std::lock_guard lock(mutex_);
  dropped.swap(tasks_);
}

DeadlineThread::Ticket DeadlineThread::at(Clock::time_point when, std::function<void()> task) {
  const std::lock_guard lock(mutex_);
  const Ticket ticket{when, ++last_};
  const bool first = tasks_.empty() || ticket < tasks_.begin()->first;
  tasks_.emplace(ticket, std::move(task));
  if (first) changed_.notify_one();
  return ticket;
}

bool DeadlineThread::cancel(const Ticket& ticket) {
  std::function<void()> dropped;  // destroyed after the lock: it may own what comes back here
  const std::lock_guard lock(mutex_);
  const auto found = tasks_.find(ticket);
  if (found == tasks_.end()) return false;
  dropped = std::move(found->second);
  tasks_.erase(found);
  return true;
}

void DeadlineThread::run() {
  const WipeFreedMemory wiping(WipeFreedMemory::for_good);  // tasks own requests and what was answered
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (tasks_.empty()) {
      changed_.wait(lock);
      continue;
    }
    const auto first = tasks_.begin();
    const Clock::time_point due = first->first.first;  // a copy: the task may be cancelled while this waits for it
    if (due > Clock::now()) {
      changed_.wait_until(lock, due);
      continue;
    }
    auto task = std::move(first->second);
    tasks_.erase(first);
    lock.unlock();
    try {
      task();
    } catch (const std::exception&) {  // memory alone can fail here, and none of the others may suffer from it
    }
    task = nullptr;
    lock.lock();
  }
}

}  // namespace cofactor::fhir::client
