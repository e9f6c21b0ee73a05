// Promises: the cards of a stored decision made again, from nothing but its record and the knowledge set that the store
// keeps for its revision, be it older than this program. Reads only. One replayer belongs to one thread.
#pragma once
#include <map>
#include <memory>
#include <string>

#include "cards/engine/knowledge.hpp"
#include "cds-service/audit/audit_reader.hpp"
#include "fhir/result.hpp"

namespace cofactor::service::audit {

struct Replay {
  std::string sent;      ///< {"cards":[...]} as the client got it; the patient's id stands as "{patient}"
  std::string refused;   ///< not empty: the client got a refusal instead, for this reason
  std::string again;     ///< {"cards":[...]} from the stored facts, with the uuids that were sent
  bool same() const { return sent == again; }
};

class Replayer {
 public:
  explicit Replayer(AuditReader& reader) : reader_(reader) {}
  /// Failure codes: audit-no-such-decision, audit-no-such-knowledge, audit-malformed, audit-other-version (the set cannot be read
  /// or lacks what this program asks for: the text says which, and the version that wrote the record), and those of the reader.
  Result<Replay> replay(const std::string& decision);
  Result<Replay> replay(const StoredDecision& decision);

 private:
  Result<Replay> replay_under(const StoredDecision& decision);
  Result<std::shared_ptr<const cards::Knowledge>> knowledge(const DecisionRecord& record);

  AuditReader& reader_;
  std::map<std::string, std::shared_ptr<const cards::Knowledge>> loaded_;
};

}  // namespace cofactor::service::audit
