// Promises: what audit_reader.hpp says.
#include "cds-service/audit/audit_reader.hpp"

#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <limits>
#include <system_error>

#include "cds-service/audit/compression.hpp"
#include "cds-service/audit/schema.hpp"
#include "cds-service/audit/uuid_bytes.hpp"
#include "fhir/json/reader.hpp"

namespace cofactor::service::audit {
namespace {

constexpr std::string_view decision_columns = R"sql(
SELECT e.seq, e.recorded_ms, client.text, issuer.text, hook.text, e.flags, e.duration_us, e.decision, e.hook_instance,
       e.user, e.encounter, e.kid, e.pid_enc, knowledge.text, software.text, content.dictionary, content.body, stream.uuid
FROM audit_event e
JOIN stream ON stream.id = e.stream
LEFT JOIN name client ON client.id = e.client
LEFT JOIN name issuer ON issuer.id = e.issuer
LEFT JOIN name hook ON hook.id = e.hook
LEFT JOIN name knowledge ON knowledge.id = e.knowledge
LEFT JOIN name software ON software.id = e.software
LEFT JOIN content ON content.seq = e.seq
WHERE e.kind = 1 AND )sql";

// A decision id carries its time to the millisecond, taken by the same clock as recorded_ms; the span allows for the
// two having been read apart.
constexpr std::int64_t id_time_span_ms = 60'000;

std::string id_text(const Statement& row, int column) {
  return row.is_blob(column) ? uuid_text(row.text(column)) : std::string(row.text(column));
}

std::string text_of(const Statement& row, int column) { return std::string(row.text(column)); }

Failure unreadable(Failure failure) {
  if (failure.code == "audit-unwritable") failure.code = "audit-unreadable";
  return failure;
}

/// What keeps a store from being read that SQLite says in no words that help: only the file system knows.
Failure with_cause(Failure failure, const std::string& store_path) {
  if (failure.code != "audit-unwritable") return failure;
  failure.code = "audit-unreadable";
  const std::filesystem::path store(store_path), folder = store.has_parent_path() ? store.parent_path() : ".";
  std::error_code error;
  if (!std::filesystem::exists(store, error)) {
    failure.text = error ? "the audit store `" + store_path + "` cannot be looked for: " + error.message()
                         : "there is no audit store `" + store_path + "`: look at `/audit/store` of the configuration, or start the service once";
  } else if (access(store.c_str(), R_OK) != 0) {
    failure.text = "the audit store `" + store_path + "` may not be read by this user: run it as the service's user";
  } else if (access(folder.c_str(), W_OK) != 0) {
    const std::string why = std::generic_category().message(errno), name = store.filename().string();
    failure.text = "the audit store `" + store_path + "` cannot be read where it lies, for reading needs a small file beside it, and its folder cannot be written (" +
                   why + "): copy `" + name + "` and, where it is there, `" + name +
                   "-wal` to a folder that can be written, and name the copy in a copy of the configuration";
  }
  return failure;
}

}  // namespace

Result<AuditReader> AuditReader::open(const std::string& store_path, const std::string& key_file) {
  auto database = Database::open(store_path, Database::Access::read_only);
  if (!database) return tl::unexpected(with_cause(database.error(), store_path));
  if (auto known = require_known_schema(*database); !known) return tl::unexpected(with_cause(known.error(), store_path));
  AuditReader reader;
  reader.database_ = std::move(*database);
  if (!key_file.empty()) {
    auto keys = KeyRing::load(key_file);
    if (!keys) return tl::unexpected(keys.error());
    reader.keys_ = std::move(*keys);
  }
  return reader;
}

Result<std::string> AuditReader::dictionary(std::int64_t id) {
  if (const auto known = dictionaries_.find(id); known != dictionaries_.end()) return known->second;
  auto find = database_.prepare("SELECT bytes FROM dictionary WHERE id = ?1");
  if (!find) return tl::unexpected(unreadable(find.error()));
  auto row = find->bind(1, id).step();
  if (!row) return tl::unexpected(unreadable(row.error()));
  if (!*row) return fail("audit-malformed", "the store has no dictionary " + std::to_string(id));
  return dictionaries_.emplace(id, text_of(*find, 0)).first->second;
}

Result<std::string> AuditReader::opened(std::int64_t kid, std::string_view sealed, const SealContext& context) {
  if (!keys_ || sealed.empty()) return std::string();
  return keys_->open(kid, sealed, context);
}

Result<StoredDecision> AuditReader::decision_of(Statement& row) {
  StoredDecision stored;
  stored.seq = row.integer(0);
  auto& record = stored.record;
  record.received_ms = row.integer(1);
  record.client = text_of(row, 2);
  record.issuer = text_of(row, 3);
  record.hook = text_of(row, 4);
  const auto flags = static_cast<unsigned>(row.integer(5));
  record.relevant = (flags & flag_relevant) != 0;
  record.could_not_check = (flags & flag_could_not_check) != 0;
  record.duration_us = row.integer(6);
  record.decision = id_text(row, 7);
  record.hook_instance = id_text(row, 8);
  record.user = text_of(row, 9);
  record.encounter = text_of(row, 10);
  record.knowledge_revision = text_of(row, 13);
  record.software_version = text_of(row, 14);
  auto patient = opened(row.integer(11), row.text(12), {row.text(17), stored.seq});
  if (!patient) return tl::unexpected(patient.error());
  if (const auto separator = patient->find('\0'); separator != std::string::npos) {
    record.patient_id = patient->substr(separator + 1);
  }
  auto words = dictionary(row.integer(15));
  if (!words) return tl::unexpected(words.error());
  auto content = decompress(row.text(16), *words);
  if (!content) return tl::unexpected(content.error());
  record.content = std::move(*content);
  if (auto done = add_cards(stored); !done) return tl::unexpected(done.error());
  if (auto done = add_reasons(stored); !done) return tl::unexpected(done.error());
  return stored;
}

Result<void> AuditReader::add_cards(StoredDecision& decision) {
  auto find = database_.prepare(
      "SELECT card.uuid, rule.text, indicator.text, card.suggestions, card.finding FROM card JOIN name rule ON rule.id = card.rule "
      "JOIN name indicator ON indicator.id = card.indicator WHERE card.seq = ?1 ORDER BY card.position");
  if (!find) return tl::unexpected(unreadable(find.error()));
  find->bind(1, decision.seq);
  while (true) {
    auto row = find->step();
    if (!row) return tl::unexpected(unreadable(row.error()));
    if (!*row) return {};
    CardEntry card{id_text(*find, 0), text_of(*find, 1), text_of(*find, 2), {}, hex_of_bytes(find->text(4))};
    const auto suggestions = find->text(3);
    for (std::size_t i = 0; i + 16 <= suggestions.size(); i += 16) {
      card.suggestion_uuids.push_back(uuid_text(suggestions.substr(i, 16)));
    }
    decision.record.cards.push_back(std::move(card));
  }
}

Result<void> AuditReader::add_reasons(StoredDecision& decision) {
  auto find = database_.prepare(
      "SELECT name.text FROM could_not_check JOIN name ON name.id = could_not_check.reason WHERE seq = ?1 ORDER BY name.text");
  if (!find) return tl::unexpected(unreadable(find.error()));
  find->bind(1, decision.seq);
  while (true) {
    auto row = find->step();
    if (!row) return tl::unexpected(unreadable(row.error()));
    if (!*row) return {};
    decision.record.could_not_check_reasons.push_back(text_of(*find, 0));
  }
}

Result<std::optional<StoredDecision>> AuditReader::find(const std::string& decision) {
  const auto bytes = uuid_bytes(decision);
  auto search = database_.prepare(std::string(decision_columns) +
                                  "e.recorded_ms >= ?2 AND e.recorded_ms < ?3 AND e.decision = ?1 LIMIT 1");
  if (!search) return tl::unexpected(unreadable(search.error()));
  const auto look = [&](std::int64_t from, std::int64_t to) -> Result<std::optional<StoredDecision>> {
    search->reset();
    bytes ? search->bind_blob(1, *bytes) : search->bind_text(1, decision);
    auto row = search->bind(2, from).bind(3, to).step();
    if (!row) return tl::unexpected(unreadable(row.error()));
    if (!*row) return std::optional<StoredDecision>();
    auto found = decision_of(*search);
    if (!found) return tl::unexpected(found.error());
    return std::optional<StoredDecision>(std::move(*found));
  };
  if (const auto time = bytes ? time_of_uuid(*bytes) : std::nullopt) {
    auto found = look(*time - id_time_span_ms, *time + id_time_span_ms);
    if (!found || *found) return found;
  }
  constexpr auto all = std::numeric_limits<std::int64_t>::max();
  return look(-all, all);
}

Result<void> AuditReader::each(std::int64_t from_ms, std::int64_t to_ms,
                               const std::function<bool(const StoredDecision&)>& visit) {
  auto search = database_.prepare(std::string(decision_columns) +
                                  "e.recorded_ms >= ?1 AND e.recorded_ms < ?2 ORDER BY e.recorded_ms, e.seq");
  if (!search) return tl::unexpected(unreadable(search.error()));
  search->bind(1, from_ms).bind(2, to_ms);
  while (true) {
    auto row = search->step();
    if (!row) return tl::unexpected(unreadable(row.error()));
    if (!*row) return {};
    auto decision = decision_of(*search);
    if (!decision) return tl::unexpected(decision.error());
    if (!visit(*decision)) return {};
  }
}

Result<void> AuditReader::each_feedback(std::int64_t from_ms, std::int64_t to_ms,
                                        const std::function<bool(const StoredFeedback&)>& visit) {
  auto search = database_.prepare(R"sql(
SELECT e.seq, e.recorded_ms, client.text, f.card, outcome.text, f.outcome_timestamp, f.accepted, f.foreign_suggestions,
       f.reason_system, f.reason_code, f.reason_display, e.kid, f.comment_enc, stream.uuid, f.card_seq, d.decision,
       rule.text, indicator.text
FROM audit_event e
JOIN feedback f ON f.seq = e.seq
JOIN stream ON stream.id = e.stream
JOIN name client ON client.id = e.client
JOIN name outcome ON outcome.id = f.outcome
LEFT JOIN audit_event d ON d.seq = f.card_seq
LEFT JOIN card ON card.seq = f.card_seq AND card.position = f.card_position
LEFT JOIN name rule ON rule.id = card.rule
LEFT JOIN name indicator ON indicator.id = card.indicator
WHERE e.kind = 2 AND e.recorded_ms >= ?1 AND e.recorded_ms < ?2 ORDER BY e.recorded_ms, e.seq)sql");
  if (!search) return tl::unexpected(unreadable(search.error()));
  search->bind(1, from_ms).bind(2, to_ms);
  while (true) {
    auto row = search->step();
    if (!row) return tl::unexpected(unreadable(row.error()));
    if (!*row) return {};
    StoredFeedback stored;
    stored.seq = search->integer(0);
    auto& record = stored.record;
    record.received_ms = search->integer(1);
    record.client = text_of(*search, 2);
    record.card = id_text(*search, 3);
    record.outcome = text_of(*search, 4);
    record.outcome_timestamp = text_of(*search, 5);
    auto accepted = json::parse(text_of(*search, 6));
    if (!accepted) return fail("audit-malformed", "the accepted suggestions of a feedback record cannot be read");
    for (const auto& item : accepted->root().items()) record.accepted_suggestions.emplace_back(item.string());
    stored.foreign_suggestions = search->integer(7);
    record.reason_system = text_of(*search, 8);
    record.reason_code = text_of(*search, 9);
    record.reason_display = text_of(*search, 10);
    auto comment = opened(search->integer(11), search->text(12), {search->text(13), stored.seq});
    if (!comment) return tl::unexpected(comment.error());
    record.comment = std::move(*comment);
    stored.known_card = !search->is_null(14);
    stored.decision = id_text(*search, 15);
    stored.rule = text_of(*search, 16);
    stored.indicator = text_of(*search, 17);
    if (!visit(stored)) return {};
  }
}

Result<std::vector<ClockJumpRecord>> AuditReader::last_clock_jumps(std::int64_t most) {
  auto search = database_.prepare("SELECT e.recorded_ms, j.moved_ms FROM clock_jump j JOIN audit_event e ON e.seq = j.seq ORDER BY j.seq DESC LIMIT ?1");
  if (!search) return tl::unexpected(unreadable(search.error()));
  search->bind(1, most);
  std::vector<ClockJumpRecord> found;
  while (true) {
    auto row = search->step();
    if (!row) return tl::unexpected(unreadable(row.error()));
    if (!*row) return found;
    found.push_back({search->integer(0), search->integer(1)});
  }
}

Result<std::vector<RefusalRecord>> AuditReader::last_refusals(std::int64_t most) {
  auto search = database_.prepare(R"sql(
SELECT e.recorded_ms, client.text, issuer.text, reason.text, endpoint.text, r.remote_address, r.request, r.count
FROM refusal r
JOIN audit_event e ON e.seq = r.seq
JOIN name reason ON reason.id = r.reason
JOIN name endpoint ON endpoint.id = r.endpoint
LEFT JOIN name client ON client.id = e.client
LEFT JOIN name issuer ON issuer.id = e.issuer
ORDER BY r.seq DESC LIMIT ?1)sql");
  if (!search) return tl::unexpected(unreadable(search.error()));
  search->bind(1, most);
  std::vector<RefusalRecord> found;
  while (true) {
    auto row = search->step();
    if (!row) return tl::unexpected(unreadable(row.error()));
    if (!*row) return found;
    RefusalRecord& refusal = found.emplace_back();
    refusal.received_ms = search->integer(0);
    refusal.client = text_of(*search, 1);
    refusal.issuer = text_of(*search, 2);
    refusal.reason = text_of(*search, 3);
    refusal.endpoint = text_of(*search, 4);
    refusal.remote_address = text_of(*search, 5);
    refusal.request_id = text_of(*search, 6);
    refusal.count = search->integer(7);
  }
}

Result<std::vector<StoredDecision>> AuditReader::about_patient(const std::string& issuer, const std::string& patient_id) {
  if (!keys_) return fail("audit-key-missing", "a search for a patient needs the audit key file");
  auto search = database_.prepare(std::string(decision_columns) + "e.kid = ?1 AND e.pid_tag = ?2 ORDER BY e.seq");
  if (!search) return tl::unexpected(unreadable(search.error()));
  std::vector<StoredDecision> found;
  for (const auto kid : keys_->ids()) {
    const auto tag = keys_->patient_tag(kid, issuer, patient_id);
    search->reset();
    search->bind(1, kid).bind_blob(2, tag);
    while (true) {
      auto row = search->step();
      if (!row) return tl::unexpected(unreadable(row.error()));
      if (!*row) break;
      auto decision = decision_of(*search);
      if (!decision) return tl::unexpected(decision.error());
      found.push_back(std::move(*decision));
    }
  }
  return found;
}

Result<AuditReader::KnowledgeFiles> AuditReader::knowledge(const std::string& revision) {
  auto search = database_.prepare(
      "SELECT path, body FROM knowledge_file JOIN knowledge_set ON knowledge_set.id = knowledge_file.knowledge_set "
      "WHERE revision = ?1 ORDER BY path");
  if (!search) return tl::unexpected(unreadable(search.error()));
  search->bind_text(1, revision);
  KnowledgeFiles files;
  while (true) {
    auto row = search->step();
    if (!row) return tl::unexpected(unreadable(row.error()));
    if (!*row) break;
    auto bytes = decompress(search->text(1), {});
    if (!bytes) return tl::unexpected(bytes.error());
    files.emplace_back(text_of(*search, 0), std::move(*bytes));
  }
  if (files.empty()) {
    return fail("audit-no-such-knowledge", "the store holds no knowledge set with revision `" + revision + "`");
  }
  return files;
}

}  // namespace cofactor::service::audit
