// Promises: an audit log in memory for tests of what stands before it. Records wait until release() when `hold`
// is set, and are refused when `broken` is.
#pragma once
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "cds-service/audit/audit_log.hpp"

namespace cofactor::service::audit {

class MemoryAuditLog final : public AuditLog {
 public:
  bool hold = false, broken = false;
  std::vector<DecisionRecord> decisions;
  std::vector<FeedbackRecord> feedback;
  std::vector<RefusalRecord> refusals;
  std::vector<ClockJumpRecord> clock_jumps;

  void append(DecisionRecord record, std::function<void(Result<void>)> done) override {
    const auto finish = [this, done = std::move(done)](bool refused) {
      done(refused ? Result<void>(fail("audit-unwritable", "the disk is full")) : Result<void>());
    };
    if (!broken) decisions.push_back(std::move(record));
    later([finish, refused = broken] { finish(refused); });
  }
  void append(std::vector<FeedbackRecord> items, std::function<void(Result<std::vector<FeedbackStored>>)> done) override {
    if (broken) return done(fail("audit-unwritable", "the disk is full"));
    std::vector<FeedbackStored> stored;
    for (FeedbackRecord& item : items) {
      stored.push_back({knows(item), false});
      feedback.push_back(std::move(item));
    }
    later([done = std::move(done), stored = std::move(stored)] { done(stored); });
  }
  void append(RefusalRecord record) override { refusals.push_back(std::move(record)); }
  void append(ClockJumpRecord record) override { clock_jumps.push_back(record); }
  Result<void> keep_knowledge(const std::string&, const std::vector<std::pair<std::string, std::string>>&) override { return {}; }
  bool writable() const override { return !broken; }

  void release() {
    for (const auto& each : std::exchange(waiting_, {})) each();
  }

 private:
  bool knows(const FeedbackRecord& item) const {
    for (const DecisionRecord& decision : decisions)
      for (const CardEntry& entry : decision.cards)
        if (entry.uuid == item.card && decision.client == item.client && decision.issuer == item.issuer) return true;
    return false;
  }
  void later(std::function<void()> what) {
    if (hold)
      waiting_.push_back(std::move(what));
    else
      what();
  }
  std::vector<std::function<void()>> waiting_;
};

}  // namespace cofactor::service::audit
