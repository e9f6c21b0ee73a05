// Promises: see refusal_journal.hpp.
#include "cds-service/security/refusal_journal.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace cofactor::service::security {
namespace {

constexpr double kSavedSeconds = 5;
const std::string kSeveral = "several";

}  // namespace

RefusalJournal::RefusalJournal(audit::AuditLog& log, RefusalJournalSettings settings, Clocks clocks)
    : log_(log),
      settings_(settings),
      clocks_(std::move(clocks)),
      saved_(settings.singly_per_second * kSavedSeconds),
      filled_(clocks_.steady()) {}

RefusalJournal::~RefusalJournal() { flush(); }

bool RefusalJournal::may_stand_alone() {
  const auto now = clocks_.steady();
  const double passed = std::chrono::duration<double>(now - filled_).count();
  saved_ = std::min(settings_.singly_per_second * kSavedSeconds, saved_ + passed * settings_.singly_per_second);
  filled_ = now;
  if (saved_ < 1) return false;
  saved_ -= 1;
  return true;
}

bool RefusalJournal::note(audit::RefusalRecord refusal) {
  {
    const std::lock_guard lock(mutex_);
    if (!may_stand_alone()) {
      Kind kind{refusal.client, refusal.issuer, refusal.reason, refusal.endpoint};
      const auto found = together_.find(kind);
      if (found != together_.end()) {
        found->second.count += refusal.count;
        if (found->second.remote_address != refusal.remote_address) found->second.remote_address = kSeveral;
        return false;
      }
      refusal.request_id.clear();
      if (together_.size() >= settings_.kinds) {
        auto& rest = together_[{}];
        const std::int64_t count = rest.reason.empty() ? refusal.count : rest.count + refusal.count;
        rest = {{}, {}, kSeveral, kSeveral, kSeveral, {}, refusal.received_ms, count};
        return false;
      }
      together_.emplace(std::move(kind), std::move(refusal));
      return false;
    }
  }
  log_.append(std::move(refusal));
  return true;
}

void RefusalJournal::flush() {
  std::map<Kind, audit::RefusalRecord> ready;
  {
    const std::lock_guard lock(mutex_);
    ready.swap(together_);
  }
  for (auto& [kind, refusal] : ready) log_.append(std::move(refusal));
}

}  // namespace cofactor::service::security
