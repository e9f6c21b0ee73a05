// Promises: a folder of its own for each test, removed at the end, and synthetic records for an audit store in it.
#pragma once
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "cds-service/audit/audit_reader.hpp"
#include "cds-service/audit/sqlite_audit_log.hpp"

namespace cofactor::service::audit::testing {

class ScratchStore {
 public:
  ScratchStore();
  ~ScratchStore();
  AuditConfig config() const;
  std::string path(const std::string& name) const { return folder_ + "/" + name; }
  /// Opens the store, or throws with the failure's text.
  std::unique_ptr<AuditLog> open() const;
  AuditReader reader() const;

 private:
  std::string folder_;
};

/// A decision with one card and one suggestion; `number` makes its ids.
DecisionRecord decision(int number);
std::string decision_uuid(int number);
std::string card_uuid(int number);
FeedbackRecord feedback(int number, const std::string& outcome = "accepted");

/// Waits for the acknowledgement.
Result<void> put(AuditLog& log, DecisionRecord record);
Result<std::vector<FeedbackStored>> put(AuditLog& log, std::vector<FeedbackRecord> items);
std::string bytes_of_file(const std::string& path);

}  // namespace cofactor::service::audit::testing
