// Promises: see refusal_journal.hpp.
#include "cds-service/security/refusal_journal.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>
#include <vector>

namespace cofactor::service::security {
namespace {

constexpr double kSavedSeconds = 5;
constexpr std::chrono::minutes kKindPause(1);
const std::string kSeveral = "several";

}  // namespace

RefusalJournal::RefusalJournal(audit::AuditLog& log, RefusalJournalSettings settings, Clocks clocks)
    : log_(log),
      settings_(settings),
      clocks_(std::move(clocks)),
      saved_(settings.singly_per_second * kSavedSeconds),
      filled_(clocks_.steady()) {}

RefusalJournal::~RefusalJournal() { finish(); }

void RefusalJournal::finish() {
  std::map<Kind, Counted> all;
  {
    const std::lock_guard lock(mutex_);
    all.swap(together_);
  }
  for (auto& [kind, counted] : all)
    if (counted.record) log_.append(std::move(*counted.record));
}

bool RefusalJournal::within_budget(Clock::time_point now) {
  if (!hour_began_ || now - *hour_began_ >= std::chrono::hours(1)) {
    hour_began_ = now;
    records_this_hour_ = 0;
  }
  return records_this_hour_ < settings_.records_per_hour;
}

bool RefusalJournal::may_stand_alone() {
  const auto now = clocks_.steady();
  const double passed = std::chrono::duration<double>(now - filled_).count();
  saved_ = std::min(settings_.singly_per_second * kSavedSeconds, saved_ + passed * settings_.singly_per_second);
  filled_ = now;
  if (saved_ < 1 || !within_budget(now)) return false;
  saved_ -= 1;
  ++records_this_hour_;
  return true;
}

/// Under the lock.
void RefusalJournal::count(audit::RefusalRecord refusal) {
  Kind kind{refusal.client, refusal.issuer, refusal.reason, refusal.endpoint};
  auto found = together_.find(kind);
  if (found == together_.end() && together_.size() >= settings_.kinds) {
    kind = {};
    found = together_.find(kind);
    refusal = {{}, {}, kSeveral, kSeveral, kSeveral, {}, refusal.received_ms, refusal.count};
  }
  if (found == together_.end()) found = together_.emplace(std::move(kind), Counted{}).first;
  auto& record = found->second.record;
  if (!record) {
    refusal.request_id.clear();
    record = std::move(refusal);
    return;
  }
  record->count += refusal.count;
  if (record->remote_address != refusal.remote_address) record->remote_address = kSeveral;
}

bool RefusalJournal::note(audit::RefusalRecord refusal) {
  {
    const std::lock_guard lock(mutex_);
    if (!may_stand_alone()) {
      count(std::move(refusal));
      return false;
    }
  }
  log_.append(std::move(refusal));
  return true;
}

void RefusalJournal::flush() {
  std::vector<audit::RefusalRecord> due;
  {
    const std::lock_guard lock(mutex_);
    const auto now = clocks_.steady();
    for (auto entry = together_.begin(); entry != together_.end();) {
      auto& [record, written] = entry->second;
      const bool room = record && within_budget(now);
      const bool paused = written && now - *written < kKindPause;
      if (record && (room || !paused)) {
        due.push_back(std::move(*record));
        record.reset();
        written = now;
        ++records_this_hour_;
      }
      // A kind is known for the pause after its record, so that it cannot come sooner by being forgotten.
      entry = !record && !paused && written != now ? together_.erase(entry) : std::next(entry);
    }
  }
  for (auto& refusal : due) log_.append(std::move(refusal));
}

}  // namespace cofactor::service::security
