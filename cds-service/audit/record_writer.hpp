// Promises: audit records as rows, through statements prepared once. Knows nothing of threads or commits: the caller
// opens a transaction around it, commits, or rolls back and says so by forget_uncommitted().
#pragma once
#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "cds-service/audit/audit_log.hpp"
#include "cds-service/audit/key_ring.hpp"
#include "cds-service/audit/schema.hpp"
#include "cds-service/audit/sqlite.hpp"

namespace cofactor::service::audit {

/// A decision on its way to the store: the costly part, compression, is done on the thread that submits it.
struct PreparedDecision {
  DecisionRecord record;      ///< `content` is empty here
  std::string compressed;
};

class RecordWriter {
 public:
  /// Prepares statements, finds the last sequence number, enters the keys, the dictionary and a new stream.
  /// Failure codes: audit-unwritable, audit-key-mismatch.
  static Result<RecordWriter> start(Database& database, KeyRing& keys, std::string_view dictionary,
                                    const std::string& software, std::int64_t now_ms);

  Result<void> write(const PreparedDecision& decision);
  Result<FeedbackStored> write(const FeedbackRecord& feedback);
  Result<void> write(const RefusalRecord& refusal);
  Result<void> write(const ClockJumpRecord& jump);
  Result<void> write_knowledge(const std::string& revision, const std::vector<std::pair<std::string, std::string>>& files,
                               std::int64_t now_ms);
  Result<void> write_mark(EventKind kind, std::int64_t now_ms);
  /// Shows that the store takes a commit again; leaves no record.
  Result<void> write_probe(std::int64_t now_ms);

  void committed();
  void forget_uncommitted();

 private:
  RecordWriter(KeyRing& keys, std::int64_t seq) : keys_(&keys), seq_(seq), committed_seq_(seq) {}
  Result<void> prepare(Database& database);
  Result<void> enter_keys(Database& database);
  Result<void> enter_dictionary(Database& database, std::string_view dictionary);
  Result<void> enter_stream(Database& database, const std::string& software, std::int64_t now_ms);
  Result<std::int64_t> name(std::string_view text);
  Result<void> write_cards(const std::vector<CardEntry>& cards);
  Result<void> write_withheld(const std::vector<WithheldEntry>& withheld);
  struct CardFound {
    std::int64_t seq = 0, position = 0;
    std::string suggestions;
    bool known = false;
  };
  struct Origin {
    std::int64_t client = 0, issuer = 0, hook = 0;
  };
  Result<CardFound> find_card(std::string_view card_key, bool card_is_uuid, const Origin& from);

  KeyRing* keys_;
  std::int64_t seq_, committed_seq_;
  std::int64_t stream_ = 0, dictionary_ = 0;
  std::string stream_uuid_, software_;
  NonceSource nonces_{std::string()};
  std::unordered_map<std::string, std::int64_t> names_, uncommitted_names_;
  Statement insert_event_, insert_content_, insert_card_, insert_reason_, insert_feedback_, insert_mark_, find_name_,
      insert_name_, find_card_, find_repeat_, insert_knowledge_set_, find_knowledge_, insert_knowledge_file_, probe_, insert_withheld_, insert_overridden_,
      insert_refusal_, insert_clock_jump_;
};

}  // namespace cofactor::service::audit
