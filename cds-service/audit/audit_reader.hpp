// Promises: stored records back as values, through a connection that can only read: safe beside a running service.
// Contents are decompressed with the dictionary that they were written with; patient ids and comments open only when
// the keys are given. One reader belongs to one thread.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cds-service/audit/audit_log.hpp"
#include "cds-service/audit/key_ring.hpp"
#include "cds-service/audit/sqlite.hpp"

namespace cofactor::service::audit {

/// `record.patient_id` is empty when the reader has no keys.
struct StoredDecision {
  std::int64_t seq = 0;
  DecisionRecord record;
};

struct StoredFeedback {
  std::int64_t seq = 0;
  FeedbackRecord record;            ///< `comment` is empty when the reader has no keys
  bool known_card = false;
  std::string decision;             ///< of the card, when known
  std::string rule, indicator;      ///< of the card, when known
  std::int64_t foreign_suggestions = 0;  ///< accepted suggestions that the card did not make
};

class AuditReader {
 public:
  using KnowledgeFiles = std::vector<std::pair<std::string, std::string>>;

  /// `key_file` empty: without keys. Failure codes: audit-unreadable, audit-newer-schema, audit-older-schema,
  /// audit-foreign-file and those of KeyRing::load.
  static Result<AuditReader> open(const std::string& store_path, const std::string& key_file);

  Result<std::optional<StoredDecision>> find(const std::string& decision);
  /// Decisions received in [from_ms, to_ms), oldest record first, until `visit` says false.
  Result<void> each(std::int64_t from_ms, std::int64_t to_ms, const std::function<bool(const StoredDecision&)>& visit);
  Result<void> each_feedback(std::int64_t from_ms, std::int64_t to_ms,
                             const std::function<bool(const StoredFeedback&)>& visit);
  /// Calls that were turned away, the newest first.
  Result<std::vector<RefusalRecord>> last_refusals(std::int64_t most);
  /// Each time the clock was set while the service ran, the newest first.
  Result<std::vector<ClockJumpRecord>> last_clock_jumps(std::int64_t most);
  /// Every decision about a patient, under every key of the ring; needs keys.
  Result<std::vector<StoredDecision>> about_patient(const std::string& issuer, const std::string& patient_id);
  /// Failure code audit-no-such-knowledge.
  Result<KnowledgeFiles> knowledge(const std::string& revision);
  /// For reports, which count in SQL.
  Database& database() { return database_; }

 private:
  Result<StoredDecision> decision_of(Statement& row);
  Result<std::string> dictionary(std::int64_t id);
  Result<std::string> opened(std::int64_t kid, std::string_view sealed, const SealContext& context);
  Result<void> add_cards(StoredDecision& decision);
  Result<void> add_reasons(StoredDecision& decision);

  Database database_;
  std::optional<KeyRing> keys_;
  std::map<std::int64_t, std::string> dictionaries_;
};

}  // namespace cofactor::service::audit
