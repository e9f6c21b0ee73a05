// Promises: what key_cache.hpp says: the list of sources in use, and the thread that keeps them fresh.
#include "cds-service/security/key_cache.hpp"

#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "cds-service/security/url_keys.hpp"

namespace cofactor::service::security {

struct KeyCache::State {
  std::shared_ptr<const KeyCacheParts> parts;
  std::mutex mutex;
  std::condition_variable stop_asked;
  bool stopping = false;
  std::map<std::pair<std::string, bool>, std::weak_ptr<UrlKeys>> sources;
  std::thread thread;

  std::vector<std::shared_ptr<UrlKeys>> in_use() {
    const std::lock_guard lock(mutex);
    std::vector<std::shared_ptr<UrlKeys>> found;
    for (auto entry = sources.begin(); entry != sources.end();) {
      auto source = entry->second.lock();
      if (source) found.push_back(std::move(source));
      entry = entry->second.expired() ? sources.erase(entry) : std::next(entry);
    }
    return found;
  }

  void tick() {
    for (const auto& source : in_use()) source->tick();
  }

  void run() {
    // Short enough to end a wait in time; looking at a few sources costs nothing.
    constexpr std::chrono::milliseconds pause(50);
    std::unique_lock lock(mutex);
    while (!stop_asked.wait_for(lock, pause, [&] { return stopping; })) {
      lock.unlock();
      try {
        tick();
      } catch (const std::exception&) {  // memory alone can fail here: next time
      }
      lock.lock();
    }
  }
};

KeyCache::KeyCache(KeyCacheSettings settings, KeyFetch fetch, Clocks clocks) : state_(std::make_unique<State>()) {
  state_->parts =
      std::make_shared<const KeyCacheParts>(KeyCacheParts{std::move(settings), std::move(fetch), std::move(clocks)});
}

KeyCache::~KeyCache() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->stop_asked.notify_all();
  if (state_->thread.joinable()) state_->thread.join();
  for (const auto& source : state_->in_use()) source->close();
}

std::shared_ptr<KeySource> KeyCache::source(const std::string& url, bool allow_test_keys) {
  std::shared_ptr<UrlKeys> made;
  {
    const std::lock_guard lock(state_->mutex);
    auto& known = state_->sources[{url, allow_test_keys}];
    if (auto source = known.lock()) return source;
    made = std::make_shared<UrlKeys>(state_->parts, url, allow_test_keys);
    known = made;
    if (state_->parts->settings.own_thread && !state_->thread.joinable()) {
      state_->thread = std::thread([state = state_.get()] { state->run(); });
    }
  }
  made->tick();
  return made;
}

void KeyCache::tick() { state_->tick(); }

}  // namespace cofactor::service::security
