// Promises: each call that was turned away becomes an audit record; in a flood, calls of one kind become one record a
// second, and in one that does not end one record a minute, that says how many they were: who floods cannot fill the
// disk, and none is lost. Thread-safe; never blocks on the disk.
#pragma once
#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>

#include "cds-service/audit/audit_log.hpp"
#include "cds-service/security/clocks.hpp"

namespace cofactor::service::security {

struct RefusalJournalSettings {
  double singly_per_second = 20;  ///< as many may be saved up for five seconds
  std::size_t kinds = 1000;       ///< told apart in a minute while counting together; more are one kind
  /// Records in an hour, counted from its first. Beyond, until the hour is over, none stands alone and each kind gets
  /// one a minute.
  std::size_t records_per_hour = 2000;
};

class RefusalJournal {
 public:
  /// `log` must outlive the journal.
  explicit RefusalJournal(audit::AuditLog& log, RefusalJournalSettings settings = {}, Clocks clocks = {});
  /// As finish().
  ~RefusalJournal();
  RefusalJournal(const RefusalJournal&) = delete;
  RefusalJournal& operator=(const RefusalJournal&) = delete;

  /// True when it got a record of its own.
  bool note(audit::RefusalRecord refusal);
  /// To be called about once a second: writes what was counted together and is due.
  void flush();
  /// Writes all that is still counted together: before the log goes, if the journal goes later.
  void finish();

 private:
  using Kind = std::tuple<std::string, std::string, std::string, std::string>;
  struct Counted {
    std::optional<audit::RefusalRecord> record;  ///< what is counted and not written yet
    std::optional<Clock::time_point> written;    ///< the record before
  };
  bool within_budget(Clock::time_point now);
  bool may_stand_alone();
  void count(audit::RefusalRecord refusal);

  audit::AuditLog& log_;
  const RefusalJournalSettings settings_;
  const Clocks clocks_;
  std::mutex mutex_;
  double saved_;
  Clock::time_point filled_;
  std::optional<Clock::time_point> hour_began_;
  std::size_t records_this_hour_ = 0;
  std::map<Kind, Counted> together_;
};

}  // namespace cofactor::service::security
