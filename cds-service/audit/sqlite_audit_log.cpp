// Promises: what sqlite_audit_log.hpp says: the queue and the writer's thread around a Store.
#include "cds-service/audit/sqlite_audit_log.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <filesystem>
#include <future>
#include <mutex>
#include <new>
#include <optional>
#include <span>
#include <thread>
#include <variant>

#include "cds-service/audit/compression.hpp"
#include "cds-service/audit/disk_check.hpp"
#include "cds-service/audit/override_lookup.hpp"
#include "cds-service/audit/store.hpp"
#include "cds-service/ops/commit_wait.hpp"
#include "cds-service/ops/log.hpp"
#include "cds-service/ops/prompt_thread.hpp"

namespace cofactor::service::audit {
namespace {

using ops::Level;
using Clock = std::chrono::steady_clock;

constexpr std::size_t most_items_per_commit = 1024;
constexpr std::chrono::microseconds gathering{500};
constexpr std::chrono::milliseconds idle_before_tidying{200}, first_recovery{10}, slowest_recovery{500};

struct DecisionItem {
  PreparedDecision decision;
  std::function<void(Result<void>)> done;
  bool acknowledged = false;
};
struct FeedbackItem {
  std::vector<FeedbackRecord> records;
  std::function<void(Result<std::vector<FeedbackStored>>)> done;
  std::vector<FeedbackStored> stored;
};
struct KnowledgeItem {
  const std::string* revision;
  const std::vector<std::pair<std::string, std::string>>* files;
  std::promise<Result<void>>* done;
};
using Item = std::variant<DecisionItem, FeedbackItem, KnowledgeItem, RefusalRecord, ClockJumpRecord>;

template <class... F>
struct Match : F... {
  using F::operator()...;
};

Result<void> write_item(RecordWriter& writer, Item& item) {
  return std::visit(Match{[&](DecisionItem& it) { return writer.write(it.decision); },
                          [&](FeedbackItem& it) -> Result<void> {
                            it.stored.clear();
                            for (const auto& record : it.records) {
                              auto stored = writer.write(record);
                              if (!stored) return tl::unexpected(stored.error());
                              it.stored.push_back(*stored);
                            }
                            return {};
                          },
                          [&](KnowledgeItem& it) { return writer.write_knowledge(*it.revision, *it.files, now_ms()); },
                          [&](RefusalRecord& it) { return writer.write(it); },
                          [&](ClockJumpRecord& it) { return writer.write(it); }},
                    item);
}

bool overrides_in(const FeedbackItem& item) {
  return std::any_of(item.records.begin(), item.records.end(),
                     [](const FeedbackRecord& record) { return record.outcome == "overridden"; });
}

class SqliteAuditLog final : public AuditLog {
 public:
  SqliteAuditLog(const AuditConfig& config, StoreOptions options, std::unique_ptr<Store> store,
                 std::unique_ptr<OverrideLookup> lookup, bool has_overrides)
      : acknowledge_before_(config.acknowledge_before),
        limit_(config.queue_records),
        options_(std::move(options)),
        compressor_(record_dictionary()),
        store_(std::move(store)),
        has_overrides_(has_overrides),
        lookup_(std::move(lookup)) {
    if (options_.check_disk) disk_check_.emplace(config.sqlite_path);
    thread_ = std::thread([this] {
      ops::wake_promptly();
      run();
    });
  }

  ~SqliteAuditLog() override {
    lookup_.reset();  // its answers become records
    disk_check_.reset();
    {
      const std::lock_guard lock(guard_);
      stop_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }

  void append(DecisionRecord record, std::function<void(Result<void>)> done) override {
    if (auto refused = refusal()) return done(tl::unexpected(std::move(*refused)));
    DecisionItem item;
    item.decision.compressed = compressor_.compress(record.content);
    std::string().swap(record.content);
    item.decision.record = std::move(record);
    item.done = std::move(done);
    item.acknowledged = !acknowledge_before_;
    std::function<void(Result<void>)> now;
    if (item.acknowledged) now = std::exchange(item.done, nullptr);
    Item boxed(std::move(item));
    auto refused = push(boxed);
    if (refused) {
      if (!now) now = std::move(std::get<DecisionItem>(boxed).done);
      return now(tl::unexpected(std::move(*refused)));
    }
    if (now) now({});
  }

  void append(std::vector<FeedbackRecord> items, std::function<void(Result<std::vector<FeedbackStored>>)> done) override {
    Item boxed(FeedbackItem{std::move(items), std::move(done), {}});
    if (auto refused = push(boxed)) std::get<FeedbackItem>(boxed).done(tl::unexpected(std::move(*refused)));
  }

  void append(RefusalRecord record) override { append_alone(Item(std::move(record))); }
  void append(ClockJumpRecord record) override { append_alone(Item(record)); }

  Result<void> keep_knowledge(const std::string& revision,
                              const std::vector<std::pair<std::string, std::string>>& files) override {
    std::promise<Result<void>> promise;
    auto future = promise.get_future();
    Item boxed(KnowledgeItem{&revision, &files, &promise});
    if (auto refused = push(boxed)) return tl::unexpected(std::move(*refused));
    return future.get();
  }

  void overrides(std::string issuer, std::string patient_id, fhir::Day since,
                 std::function<void(Result<std::vector<cards::EarlierOverride>>)> done) override {
    // Only this process writes the store: without any override in it there is nothing to look for.
    if (!has_overrides_) return done(std::vector<cards::EarlierOverride>());
    if (!lookup_->ask(std::move(issuer), std::move(patient_id), since, done))
      done(fail("audit-queue-full", "too many look-ups of earlier overrides are waiting; the disk does not keep up"));
  }

  bool writable() const override { return writable_; }

  Clock::duration expected_wait(Clock::duration after) const override {
    return acknowledge_before_ ? commit_wait_.expected(queued_, most_items_per_commit, after) : Clock::duration::zero();
  }

 private:
  /// What nobody waits for.
  void append_alone(Item boxed) {
    if (push(boxed) && options_.lost_record) options_.lost_record();
  }

  std::optional<Failure> refusal() const {
    if (!writable_) {
      return Failure{"audit-unwritable", "the audit store does not take records at the moment; the log says why"};
    }
    if (queued_ >= limit_) {
      return Failure{"audit-queue-full", "the audit queue holds " + std::to_string(limit_) + " records; the disk does not keep up"};
    }
    return std::nullopt;
  }

  /// Moves from `item` only when it is taken.
  std::optional<Failure> push(Item& item) {
    bool was_empty = false;
    {
      const std::lock_guard lock(guard_);
      if (auto refused = refusal()) return refused;
      was_empty = queue_.empty();
      queue_.push_back(std::move(item));
      queued_ = queue_.size();
    }
    if (was_empty) wake_.notify_one();
    return std::nullopt;
  }

  /// Memory alone can fail here. Who waits for a record that was lost with it meets its deadline.
  void run() {
    for (;;) {
      try {
        write_until_stopped();
        return;
      } catch (const std::exception&) {
        ops::log(Level::error, "audit-write-failed", {{"why", "no memory"}});
        std::this_thread::sleep_for(first_recovery);
      }
    }
  }

  void write_until_stopped() {
    std::vector<Item> batch;
    auto recovery_wait = first_recovery;
    while (true) {
      {
        std::unique_lock lock(guard_);
        const auto something = [this] { return stop_ || !queue_.empty(); };
        if (!writable_) {
          wake_.wait_for(lock, recovery_wait, [this] { return stop_; });
        } else if (store_->worth_tidying()) {
          if (!wake_.wait_for(lock, idle_before_tidying, something)) {
            lock.unlock();
            commit_wait_.begins();
            store_->tidy(true);
            commit_wait_.ends_other();
            lock.lock();
          }
        } else {
          wake_.wait(lock, something);
        }
        // Where records come side by side, more are about to: a commit costs as much for a dozen as for two.
        if (shared_last_ && writable_ && !stop_) wake_.wait_for(lock, gathering, [this] { return stop_; });
        take(batch);
        if (!batch.empty()) shared_last_ = batch.size() > 1;
        if (batch.empty() && stop_) break;
      }
      if (!batch.empty()) {
        commit_wait_.begins();
        commit({batch.data(), batch.size()});
        batch.clear();
        store_->tidy(false);  // the next commit waits for it
        commit_wait_.ends();
      }
      if (writable_) continue;
      if (store_->recover()) {
        ops::log(Level::info, "audit-writable-again");
        writable_ = true;
        recovery_wait = first_recovery;
      } else {
        recovery_wait = std::min(recovery_wait * 2, slowest_recovery);
      }
    }
    store_.reset();
  }

  void take(std::vector<Item>& batch) {
    if (queue_.size() <= most_items_per_commit) {
      batch.swap(queue_);
    } else {
      const auto end = queue_.begin() + most_items_per_commit;
      batch.assign(std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
      queue_.erase(queue_.begin(), end);
    }
    queued_ = queue_.size();
  }

  void commit(std::span<Item> items) {
    Store::Outcome outcome;
    try {
      outcome = store_->commit([&](RecordWriter& writer) -> Result<void> {
        for (auto& item : items) {
          if (auto done = write_item(writer, item); !done) return done;
        }
        return {};
      });
    } catch (const std::bad_alloc&) {
      outcome.verdict = Store::Verdict::store_failed;
      outcome.failure.code = "no-memory", outcome.failure.text = "no memory";  // so short that they need none
    } catch (const std::exception& error) {
      outcome = {Store::Verdict::store_failed, {"audit-unwritable", error.what()}};
    }
    if (outcome.verdict == Store::Verdict::bad_record && items.size() > 1) {
      // One record that the tables do not take must not fail its neighbours: each in a transaction of its own.
      for (auto& item : items) commit({&item, 1});
      return;
    }
    if (outcome.verdict != Store::Verdict::durable) {
      ops::log(Level::error, "audit-write-failed", {{"why", outcome.failure.text}});
      if (outcome.verdict == Store::Verdict::store_failed) writable_ = false;
    }
    for (auto& item : items) {
      try {
        answer(item, outcome);
      } catch (const std::exception&) {  // it meets its deadline; its neighbours are answered
        ops::log(Level::error, "audit-answer-failed");
      }
    }
  }

  void answer(Item& item, const Store::Outcome& outcome) {
    const bool durable = outcome.verdict == Store::Verdict::durable;
    const auto refused = [&] { return tl::unexpected(outcome.failure); };
    const auto alone = [&] {
      if (!durable && options_.lost_record) options_.lost_record();
    };
    std::visit(Match{[&](DecisionItem& it) {
                       if (!it.acknowledged) {
                         durable ? it.done({}) : it.done(refused());
                       } else {
                         alone();
                       }
                     },
                     [&](FeedbackItem& it) {
                       if (durable) has_overrides_ = has_overrides_ || overrides_in(it);
                       durable ? it.done(std::move(it.stored)) : it.done(refused());
                     },
                     [&](RefusalRecord&) { alone(); },
                     [&](ClockJumpRecord&) { alone(); },
                     [&](KnowledgeItem& it) { it.done->set_value(durable ? Result<void>() : Result<void>(refused())); }},
               item);
  }

  const bool acknowledge_before_;
  const std::size_t limit_;
  const StoreOptions options_;
  const Compressor compressor_;
  std::unique_ptr<Store> store_;          ///< the writer's thread only, once that runs
  std::optional<DiskCheck> disk_check_;
  std::mutex guard_;
  std::condition_variable wake_;
  std::vector<Item> queue_;               ///< under guard_
  bool stop_ = false;                     ///< under guard_
  bool shared_last_ = false;              ///< the last commit was of several records; the writer's thread only
  std::atomic<std::size_t> queued_{0};
  ops::CommitWait commit_wait_;
  std::atomic<bool> writable_{true};
  std::atomic<bool> has_overrides_;
  std::unique_ptr<OverrideLookup> lookup_;
  std::thread thread_;
};

}  // namespace

std::string key_file_of(const AuditConfig& config) {
  if (!config.key_file.empty()) return config.key_file;
  return (std::filesystem::path(config.sqlite_path).parent_path() / "audit.key").string();
}

Result<std::unique_ptr<AuditLog>> open_sqlite_audit_log(const AuditConfig& config, StoreOptions options) {
  auto store = Store::open(config.sqlite_path, key_file_of(config), options.software_version);
  if (!store) return tl::unexpected(store.error());
  auto lookup = OverrideLookup::open(config.sqlite_path, key_file_of(config));
  if (!lookup) return tl::unexpected(lookup.error());
  auto has_overrides = (*store)->has_overrides();
  if (!has_overrides) return tl::unexpected(has_overrides.error());
  return std::unique_ptr<AuditLog>(
      new SqliteAuditLog(config, std::move(options), std::move(*store), std::move(*lookup), *has_overrides));
}

}  // namespace cofactor::service::audit
