// Promises: what replay_memory.hpp says: the index under one lock, and one thread that makes what is new in it durable.
// No reply is called under the lock, so a reply may call anything here, also be the last to hold it.
#include "cds-service/security/replay_memory.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <iterator>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "cds-service/ops/commit_wait.hpp"
#include "cds-service/ops/log.hpp"
#include "cds-service/ops/prompt_thread.hpp"
#include "cds-service/security/replay_file.hpp"
#include "cds-service/security/replay_index.hpp"

namespace cofactor::service::security {
namespace {

constexpr std::size_t kMostPerCommit = 2000;
constexpr std::size_t kForgetPerCall = 64;
constexpr std::chrono::seconds kPurgePause(10);
constexpr std::chrono::milliseconds kMemoryPause(10);
/// Housekeeping waits for a moment without work, but not for ever.
constexpr std::chrono::seconds kNoPause(0), kPurgeOverdue(60);
constexpr std::int64_t kPurgeRows = 500;
/// Rows stay a while longer than they are needed, should the system clock be set back.
constexpr std::int64_t kRowSlack = 3600;

}  // namespace

struct ReplayMemory::State {
  using Row = ReplayFile::Row;
  struct Waiting {
    Row row;
    std::int64_t issued = 0;
    Reply reply;
  };

  ReplayMemorySettings settings;
  Clocks clocks;
  std::optional<ReplayFile> file;  ///< belongs to the thread once that runs
  /// The latest that the system clock ever said here: what was useless by then may be in the file and no longer in the index.
  std::atomic<std::int64_t> latest{0};

  mutable std::mutex mutex;
  std::condition_variable work;
  ReplayIndex index;
  std::vector<Waiting> queue;
  std::atomic<std::size_t> queued{0};  ///< its size, for who does not want to wait for the mutex
  ops::CommitWait commit_wait;
  std::vector<Row> unwritten;  ///< accepted in memory only; written when the disk is well again
  std::size_t being_written = 0;  ///< of those, taken out to be written now
  bool stopping = false;
  bool ended = false;  ///< the thread has answered everything and will call no reply again
  Counters counters;
  std::thread::id writer;
  /// Of the thread alone: answers that are certain and not given yet. Here and not on its stack, so that a reply that
  /// ends this memory finds the rest.
  std::deque<std::pair<Reply, Answer>> certain;

  std::mutex joining;  ///< of `thread`; never taken by the thread itself
  std::thread thread;

  State(ReplayMemorySettings given, Clocks its)
      : settings(std::move(given)), clocks(std::move(its)), index(settings.entries, settings.entries_per_client) {}

  ReplayTime now() const {
    return {clocks.seconds(), std::chrono::floor<std::chrono::seconds>(clocks.steady()).time_since_epoch().count()};
  }

  bool young(std::int64_t issued, std::int64_t system_seconds) const {
    return system_seconds - issued <= settings.young.count();
  }

  Answer enter(const Token& token, Reply& reply);
  Answer without_file(const Row& row, std::int64_t issued, std::int64_t system_seconds);
  void run();
  void write_until_stopped();
  void answer();
  void finish_here();
  bool set_known_apart(std::vector<Waiting>& batch);
  void commit(std::vector<Waiting> batch);
  void give_up(std::vector<Waiting> batch);
  void try_again();
  bool purge_file();
};

/// For an id that is in the index and cannot be written. Under the lock.
ReplayMemory::Answer ReplayMemory::State::without_file(const Row& row, std::int64_t issued,
                                                       std::int64_t system_seconds) {
  if (!settings.strict && young(issued, system_seconds) && unwritten.size() + being_written >= settings.entries) {
    index.erase(row.key);
    ++counters.refused_full;
    return Answer::full;
  }
  if (!settings.strict && young(issued, system_seconds)) {
    unwritten.push_back(row);
    ++counters.in_memory_only;
    return Answer::first_in_memory;
  }
  // Nobody was let in with it: it may come again when the disk is well.
  index.erase(row.key);
  ++(settings.strict ? counters.not_writable : counters.too_old);
  return settings.strict ? Answer::not_writable : Answer::too_old;
}

/// Takes the reply only if the answer has to wait for the disk; the value returned then means nothing.
ReplayMemory::Answer ReplayMemory::State::enter(const Token& token, Reply& reply) {
  const ReplayTime time = now();
  Row row{replay_key(token.issuer, token.jti), std::string(token.client), token.useless_after};
  const std::lock_guard lock(mutex);
  if (stopping) {
    ++counters.not_writable;
    return Answer::not_writable;
  }
  latest = std::max(latest.load(), time.system);
  index.purge(time, kForgetPerCall);
  switch (index.enter(row.key, token.client, token.useless_after, time)) {
    case ReplayIndex::Entered::repeated:
      ++counters.repeated;
      return Answer::repeated;
    case ReplayIndex::Entered::full:
      ++counters.refused_full;
      return Answer::full;
    case ReplayIndex::Entered::first:
      break;
  }
  if (settings.path.empty()) return Answer::first;
  if (!counters.writable) return without_file(row, token.issued, time.system);
  if (queue.size() >= settings.queue) {
    index.erase(row.key);
    ++counters.not_writable;
    return Answer::not_writable;
  }
  queue.push_back({std::move(row), token.issued, std::move(reply)});
  queued = queue.size();
  reply = nullptr;
  work.notify_one();
  return Answer::first;
}

/// Gives what is certain. What a reply throws is its caller's loss, not that of everybody else.
void ReplayMemory::State::answer() {
  while (!certain.empty()) {
    const auto [reply, answer] = std::move(certain.front());
    certain.pop_front();
    try {
      reply(answer);
    } catch (...) {
      const std::lock_guard lock(mutex);
      ++counters.reply_failures;
    }
  }
}

/// On the thread, within a reply: all that is open is answered before this returns.
void ReplayMemory::State::finish_here() {
  answer();
  run();
}

/// A clock that ran ahead made ids useless that count again once it is right: they were not loaded at start, or forgotten
/// since. The file keeps them for a while longer. False: the file failed.
bool ReplayMemory::State::set_known_apart(std::vector<Waiting>& batch) {
  bool good = true;
  const auto known = [&](const Waiting& waiting) {
    if (!good || waiting.row.useless_after >= latest) return false;
    const auto held = file->holds(waiting.row);
    good = held.has_value();
    return good && *held;
  };
  const auto repeated = std::stable_partition(batch.begin(), batch.end(), std::not_fn(known));
  const auto count = static_cast<std::uint64_t>(std::distance(repeated, batch.end()));
  if (count == 0) return good;
  for (auto each = repeated; each != batch.end(); ++each) certain.emplace_back(std::move(each->reply), Answer::repeated);
  batch.erase(repeated, batch.end());
  const std::lock_guard lock(mutex);
  counters.repeated += count;
  return good;
}

void ReplayMemory::State::commit(std::vector<Waiting> batch) {
  commit_wait.begins();
  bool good = set_known_apart(batch);
  std::vector<Row> rows;
  rows.reserve(batch.size());
  for (const Waiting& waiting : batch) rows.push_back(waiting.row);
  good = good && file->write(rows).has_value();
  commit_wait.ends();
  if (!good) return give_up(std::move(batch));
  {
    const std::lock_guard lock(mutex);
    ++counters.commits;
  }
  for (Waiting& waiting : batch) certain.emplace_back(std::move(waiting.reply), Answer::first);
  answer();
}

/// The file cannot be written: nobody may wait for it any longer.
void ReplayMemory::State::give_up(std::vector<Waiting> batch) {
  file->abandon();
  {
    const std::int64_t system_seconds = now().system;
    const std::lock_guard lock(mutex);
    ++counters.write_failures;
    counters.writable = false;
    std::move(queue.begin(), queue.end(), std::back_inserter(batch));
    queue.clear();
    queued = 0;
    for (Waiting& waiting : batch) {
      const Answer answer = without_file(waiting.row, waiting.issued, system_seconds);
      certain.emplace_back(std::move(waiting.reply), answer);
    }
  }
  answer();
}

/// Opens the file again and writes what it missed, also what it misses meanwhile.
void ReplayMemory::State::try_again() {
  bool good = file->reopen().has_value();
  std::vector<Row> rows;
  for (;;) {
    if (good) good = file->write(rows).has_value();
    if (!good) file->abandon();
    const std::int64_t system_seconds = now().system;
    const auto useless = [&](const Row& row) { return row.useless_after < system_seconds; };
    const std::lock_guard lock(mutex);
    being_written = 0;
    if (!good) {
      ++counters.write_failures;
      std::move(rows.begin(), rows.end(), std::back_inserter(unwritten));
      std::erase_if(unwritten, useless);  // a disk may be away for days
      return;
    }
    rows = std::exchange(unwritten, {});
    std::erase_if(rows, useless);
    being_written = rows.size();
    if (rows.empty()) {
      counters.writable = true;
      return;
    }
  }
}

/// A small part at a time, so that nobody waits long behind it. True: there is more to do.
bool ReplayMemory::State::purge_file() {
  const auto deleted = file->purge(clocks.seconds() - kRowSlack, kPurgeRows);
  if (!deleted) {
    give_up({});
    return false;
  }
  return *deleted == kPurgeRows;
}

/// Memory alone can fail here. Who waits for a token that was lost with it meets its deadline.
void ReplayMemory::State::run() {
  for (;;) {
    try {
      return write_until_stopped();
    } catch (const std::exception&) {
      ops::log(ops::Level::error, "replay-write-failed", {{"why", "no memory"}});
      std::this_thread::sleep_for(kMemoryPause);
    }
  }
}

void ReplayMemory::State::write_until_stopped() {
  auto next_purge = Clock::now();
  std::unique_lock lock(mutex);
  writer = std::this_thread::get_id();
  for (;;) {
    if (ended) return;
    if (!counters.writable) {
      work.wait_for(lock, settings.retry_pause, [&] { return stopping; });
      const bool last = stopping;
      lock.unlock();
      try_again();
      lock.lock();
      ended = last && !counters.writable;
      continue;
    }
    work.wait_until(lock, next_purge, [&] { return stopping || !queue.empty(); });
    ended = queue.empty() && stopping;
    if (ended) return;
    std::vector<Waiting> batch;
    if (queue.size() <= kMostPerCommit) {
      batch.swap(queue);
    } else {
      const auto end = queue.begin() + kMostPerCommit;
      batch.assign(std::make_move_iterator(queue.begin()), std::make_move_iterator(end));
      queue.erase(queue.begin(), end);
    }
    queued = queue.size();
    lock.unlock();
    if (!batch.empty()) commit(std::move(batch));
    lock.lock();
    if (ended || !counters.writable) continue;
    const bool busy = !queue.empty();
    const auto time = Clock::now();
    lock.unlock();
    commit_wait.begins();
    file->tidy(busy);
    if (time >= next_purge + (busy ? kPurgeOverdue : kNoPause)) {
      next_purge = purge_file() ? time : time + kPurgePause;
    }
    commit_wait.ends_other();
    lock.lock();
  }
}

ReplayMemory::ReplayMemory(std::shared_ptr<State> state) : state_(std::move(state)) {}

Result<std::shared_ptr<ReplayMemory>> ReplayMemory::open(ReplayMemorySettings settings, Clocks clocks) {
  auto state = std::make_shared<State>(std::move(settings), std::move(clocks));
  if (!state->settings.path.empty()) {
    auto file = ReplayFile::open(state->settings.path);
    if (!file) return tl::unexpected(file.error());
    state->file = std::move(*file);
    const ReplayTime time = state->now();
    state->latest = time.system;
    const auto rows = state->file->rows_useful_at(time.system);
    if (!rows) return tl::unexpected(rows.error());
    for (const auto& row : *rows) state->index.restore(row.key, row.client, row.useless_after, time);
    state->thread = std::thread([state] {
      ops::wake_promptly();
      state->run();
    });
  }
  return std::shared_ptr<ReplayMemory>(new ReplayMemory(std::move(state)));
}

ReplayMemory::~ReplayMemory() {
  stop();
  // Only when a reply was the last to hold this: the thread ends by itself, its state with it, and calls nobody.
  if (state_->thread.joinable()) state_->thread.detach();
}

void ReplayMemory::stop() {
  bool within_a_reply = false;
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
    within_a_reply = state_->writer == std::this_thread::get_id();
  }
  state_->work.notify_all();
  if (within_a_reply) return state_->finish_here();
  const std::lock_guard lock(state_->joining);
  if (state_->thread.joinable()) state_->thread.join();
}

void ReplayMemory::remember(const Token& token, Reply reply) {
  const Answer answer = state_->enter(token, reply);
  if (reply) reply(answer);
}

std::chrono::steady_clock::duration ReplayMemory::expected_wait() const {
  return state_->commit_wait.expected(state_->queued, kMostPerCommit);
}

ReplayMemory::Counters ReplayMemory::counters() const {
  const std::lock_guard lock(state_->mutex);
  Counters counted = state_->counters;
  counted.entries = state_->index.size();
  counted.unwritten = state_->unwritten.size() + state_->being_written;
  return counted;
}

}  // namespace cofactor::service::security
