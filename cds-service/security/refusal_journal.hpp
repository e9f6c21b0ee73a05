// Promises: each call that was turned away becomes an audit record; in a flood, calls of one kind become one record a
// second that says how many they were, so that who floods cannot fill the disk. Thread-safe; never blocks on the disk.
#pragma once
#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <tuple>

#include "cds-service/audit/audit_log.hpp"
#include "cds-service/security/clocks.hpp"

namespace cofactor::service::security {

struct RefusalJournalSettings {
  double singly_per_second = 20;  ///< as many may be saved up for five seconds
  std::size_t kinds = 1000;       ///< told apart while counting together; more are one kind
};

class RefusalJournal {
 public:
  /// `log` must outlive the journal.
  explicit RefusalJournal(audit::AuditLog& log, RefusalJournalSettings settings = {}, Clocks clocks = {});
  /// Writes what is still counted together.
  ~RefusalJournal();
  RefusalJournal(const RefusalJournal&) = delete;
  RefusalJournal& operator=(const RefusalJournal&) = delete;

  /// True when it got a record of its own.
  bool note(audit::RefusalRecord refusal);
  /// To be called about once a second: writes what was counted together.
  void flush();

 private:
  using Kind = std::tuple<std::string, std::string, std::string, std::string>;
  bool may_stand_alone();

  audit::AuditLog& log_;
  const RefusalJournalSettings settings_;
  const Clocks clocks_;
  std::mutex mutex_;
  double saved_;
  Clock::time_point filled_;
  std::map<Kind, audit::RefusalRecord> together_;
};

}  // namespace cofactor::service::security
