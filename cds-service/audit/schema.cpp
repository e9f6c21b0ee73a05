// Promises: what schema.hpp says. Published steps never change: what a later issue needs (hash chain, segments,
// retention) comes as a further step.
#include "cds-service/audit/schema.hpp"

#include <array>
#include <vector>

namespace cofactor::service::audit {
namespace {

constexpr std::int64_t application_id = 0x636f6661;  // "cofa"

// Choices, measured by tests/bench/audit_bench.cpp: names that come back (client, hook, rule, reason, revision) are
// numbers of `name`; contents stand apart from the columns, so that reports read 150 bytes a record; the index
// that joins feedback to cards grows at its end, because card ids begin with their time. A decision is found by the time in its uuid.
constexpr const char* first_schema = R"sql(
CREATE TABLE name (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE audit_key (kid INTEGER PRIMARY KEY, fingerprint BLOB NOT NULL) STRICT;
CREATE TABLE dictionary (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
CREATE TABLE stream (
  id INTEGER PRIMARY KEY, uuid BLOB NOT NULL UNIQUE, nonce_prefix BLOB NOT NULL UNIQUE,
  started_ms INTEGER NOT NULL, software TEXT NOT NULL) STRICT;
CREATE TABLE audit_event (
  seq INTEGER PRIMARY KEY,
  stream INTEGER NOT NULL REFERENCES stream,
  kind INTEGER NOT NULL,
  recorded_ms INTEGER NOT NULL,
  client INTEGER, issuer INTEGER, hook INTEGER,
  flags INTEGER, duration_us INTEGER,
  decision ANY, hook_instance ANY,
  user TEXT, encounter TEXT,
  kid INTEGER, pid_tag BLOB, pid_enc BLOB,
  knowledge INTEGER, software INTEGER) STRICT;
CREATE INDEX audit_event_time ON audit_event (recorded_ms);
CREATE TABLE content (
  seq INTEGER PRIMARY KEY REFERENCES audit_event, dictionary INTEGER NOT NULL, body BLOB NOT NULL) STRICT;
CREATE TABLE card (
  seq INTEGER NOT NULL REFERENCES audit_event, position INTEGER NOT NULL,
  uuid ANY NOT NULL, rule INTEGER NOT NULL, indicator INTEGER NOT NULL, suggestions BLOB,
  PRIMARY KEY (seq, position)) STRICT, WITHOUT ROWID;
CREATE INDEX card_uuid ON card (uuid);
CREATE TABLE could_not_check (
  seq INTEGER NOT NULL REFERENCES audit_event, reason INTEGER NOT NULL,
  PRIMARY KEY (seq, reason)) STRICT, WITHOUT ROWID;
CREATE TABLE feedback (
  seq INTEGER PRIMARY KEY REFERENCES audit_event,
  card ANY NOT NULL, outcome INTEGER NOT NULL, outcome_timestamp TEXT NOT NULL,
  card_seq INTEGER, card_position INTEGER,
  accepted TEXT NOT NULL, foreign_suggestions INTEGER NOT NULL,
  reason_system TEXT, reason_code TEXT, reason_display TEXT,
  comment_enc BLOB) STRICT;
CREATE INDEX feedback_card ON feedback (card);
CREATE TABLE knowledge_set (id INTEGER PRIMARY KEY, revision TEXT NOT NULL UNIQUE, kept_ms INTEGER NOT NULL) STRICT;
CREATE TABLE knowledge_file (
  knowledge_set INTEGER NOT NULL REFERENCES knowledge_set, path TEXT NOT NULL, body BLOB NOT NULL,
  PRIMARY KEY (knowledge_set, path)) STRICT, WITHOUT ROWID;
CREATE TABLE probe (id INTEGER PRIMARY KEY, tried_ms INTEGER NOT NULL) STRICT;
)sql";

// A card's finding stands with the card, in the order of writing. `overridden` holds only what a clinician overrode, by
// patient: it is read on the way of an answer, written with feedback.
constexpr const char* overrides_schema = R"sql(
ALTER TABLE card ADD COLUMN finding BLOB;
CREATE TABLE withheld (
  seq INTEGER NOT NULL REFERENCES audit_event, position INTEGER NOT NULL,
  rule INTEGER NOT NULL, indicator INTEGER NOT NULL, why INTEGER NOT NULL,
  PRIMARY KEY (seq, position)) STRICT, WITHOUT ROWID;
CREATE TABLE overridden (
  pid_tag BLOB NOT NULL, seq INTEGER NOT NULL REFERENCES audit_event, finding BLOB NOT NULL, day INTEGER NOT NULL,
  PRIMARY KEY (pid_tag, seq)) STRICT, WITHOUT ROWID;
)sql";

// Who was turned away at the door, and why. Reasons and endpoints are names.
constexpr const char* refusals_schema = R"sql(
CREATE TABLE refusal (
  seq INTEGER PRIMARY KEY REFERENCES audit_event,
  reason INTEGER NOT NULL, endpoint INTEGER NOT NULL, remote_address TEXT NOT NULL, request TEXT NOT NULL,
  count INTEGER NOT NULL) STRICT;
)sql";

// The wall clock was set while the service ran: times on both sides of that record cannot be compared, the order of seq can.
constexpr const char* clock_schema = R"sql(
CREATE TABLE clock_jump (seq INTEGER PRIMARY KEY REFERENCES audit_event, moved_ms INTEGER NOT NULL) STRICT;
)sql";

struct Step {
  const char* sql;
  std::vector<const char*> written_once;  ///< its tables whose records never change: stops accidents, not attackers
};

const std::array<Step, 4>& steps() {
  static const std::array<Step, 4> all{
      {{first_schema,
        {"audit_event", "content", "card", "could_not_check", "feedback", "knowledge_set", "knowledge_file", "dictionary",
         "stream"}},
       {overrides_schema, {"withheld", "overridden"}},
       {refusals_schema, {"refusal"}},
       {clock_schema, {"clock_jump"}}}};
  return all;
}

Result<void> protect(Database& database, const Step& step) {
  for (const auto* table : step.written_once) {
    for (const auto* change : {"UPDATE", "DELETE"}) {
      const std::string sql = std::string("CREATE TRIGGER IF NOT EXISTS ") + table + "_no_" + change + " BEFORE " +
                              change + " ON " + table + " BEGIN SELECT RAISE(ABORT, 'audit records are written once'); END";
      if (auto done = database.execute(sql.c_str()); !done) return done;
    }
  }
  return {};
}

Result<void> newer(std::int64_t version) {
  return fail("audit-newer-schema", "the audit store has schema " + std::to_string(version) +
                                        ", this program knows up to " + std::to_string(known_schema()) +
                                        ": it was written by a newer version; run that one, or restore a copy");
}

Result<std::int64_t> version_of(Database& database) {
  auto version = database.integer("PRAGMA user_version");
  if (!version) return version;
  auto owner = database.integer("PRAGMA application_id");
  if (!owner) return owner;
  auto tables = database.integer("SELECT count(*) FROM sqlite_schema");
  if (!tables) return tables;
  if (*tables > 0 && *owner != application_id) {
    return fail("audit-foreign-file", "the file given as audit store is a database of another program; give another path");
  }
  return version;
}

Result<void> step_to(Database& database, int version) {
  if (auto begun = database.execute("BEGIN IMMEDIATE"); !begun) return begun;
  const Step& step = steps()[static_cast<std::size_t>(version - 1)];
  auto done = database.execute(step.sql);
  if (done) done = protect(database, step);
  if (done) {
    const std::string mark = "PRAGMA application_id = " + std::to_string(application_id) +
                             "; PRAGMA user_version = " + std::to_string(version);
    done = database.execute(mark.c_str());
  }
  if (done) done = database.execute("COMMIT");
  if (!done && database.in_transaction()) {
    if (auto undone = database.execute("ROLLBACK"); !undone) return undone;
  }
  return done;
}

}  // namespace

int known_schema() { return static_cast<int>(steps().size()); }

Result<void> migrate(Database& database) {
  auto version = version_of(database);
  if (!version) return tl::unexpected(version.error());
  if (*version > known_schema()) return newer(*version);
  for (int next = static_cast<int>(*version) + 1; next <= known_schema(); ++next) {
    if (auto done = step_to(database, next); !done) return done;
  }
  return {};
}

Result<void> require_known_schema(Database& database) {
  auto version = version_of(database);
  if (!version) return tl::unexpected(version.error());
  if (*version > known_schema()) return newer(*version);
  if (*version < known_schema()) {
    return fail("audit-older-schema", "the audit store has schema " + std::to_string(*version) + ", this program reads " +
                                          std::to_string(known_schema()) + ": start the service once to bring it up");
  }
  return {};
}

}  // namespace cofactor::service::audit
