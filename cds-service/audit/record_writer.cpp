// Promises: what record_writer.hpp says.
#include "cds-service/audit/record_writer.hpp"

#include <algorithm>

#include "cds-service/audit/compression.hpp"
#include "cds-service/audit/uuid_bytes.hpp"
#include "fhir/dates/partial_date.hpp"
#include "fhir/json/writer.hpp"

namespace cofactor::service::audit {
namespace {

/// A uuid in its canonical text is kept as 16 bytes, anything else as the text it is.
struct Id {
  std::string bytes;
  bool is_uuid = false;
  explicit Id(const std::string& text) {
    const bool lower = text.find_first_of("ABCDEF") == std::string::npos;  // only then the bytes give the same text
    if (auto uuid = uuid_bytes(text); uuid && lower) {
      bytes = std::move(*uuid);
      is_uuid = true;
    } else {
      bytes = text;
    }
  }
  void bind(Statement& statement, int index) const {
    is_uuid ? statement.bind_blob(index, bytes) : statement.bind_text(index, bytes);
  }
};

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

std::string suggestion_bytes(const std::vector<std::string>& uuids) {
  std::string bytes;
  for (const auto& uuid : uuids) bytes += uuid_bytes(uuid).value_or(std::string());
  return bytes;
}

bool contains_uuid(std::string_view joined, std::string_view uuid) {
  for (std::size_t i = 0; i + 16 <= joined.size(); i += 16) {
    if (joined.substr(i, 16) == uuid) return true;
  }
  return false;
}

/// The day of the override by UTC, as the client tells it; a clock that runs ahead must not make it last longer.
std::int64_t override_day(const FeedbackRecord& feedback) {
  constexpr std::int64_t day_ms = 86'400'000;
  const auto told = fhir::PartialDate::read(feedback.outcome_timestamp);
  const std::int64_t at = told && told->has_time ? std::min(told->instant_ms, feedback.received_ms) : feedback.received_ms;
  return at / day_ms;
}

std::string json_strings(const std::vector<std::string>& texts) {
  json::Writer out;
  out.begin_array();
  for (const auto& text : texts) out.string(text);
  out.end_array();
  return out.take();
}

void bind_optional(Statement& statement, int index, const std::string& text) {
  text.empty() ? statement.bind_null(index) : statement.bind_text(index, text);
}

}  // namespace

Result<RecordWriter> RecordWriter::start(Database& database, KeyRing& keys, std::string_view dictionary,
                                         const std::string& software, std::int64_t now_ms) {
  auto last = database.integer("SELECT coalesce(max(seq), 0) FROM audit_event");
  if (!last) return tl::unexpected(last.error());
  RecordWriter writer(keys, *last);
  writer.software_ = software;
  if (auto done = writer.prepare(database); !done) return tl::unexpected(done.error());
  if (auto begun = database.execute("BEGIN IMMEDIATE"); !begun) return tl::unexpected(begun.error());
  auto done = writer.enter_keys(database);
  if (done) done = writer.enter_dictionary(database, dictionary);
  if (done) done = writer.enter_stream(database, software, now_ms);
  if (done) done = writer.write_mark(EventKind::start, now_ms);
  if (done) done = database.execute("COMMIT");
  if (!done) {
    if (database.in_transaction()) static_cast<void>(database.execute("ROLLBACK"));
    return tl::unexpected(done.error());
  }
  writer.committed();
  return writer;
}

Result<void> RecordWriter::prepare(Database& database) {
  const std::pair<Statement*, const char*> statements[] = {
      {&insert_event_,
       "INSERT INTO audit_event (seq, stream, kind, recorded_ms, client, issuer, hook, flags, duration_us, decision, "
       "hook_instance, user, encounter, kid, pid_tag, pid_enc, knowledge, software) "
       "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)"},
      {&insert_mark_, 
       "INSERT INTO audit_event (seq, stream, kind, recorded_ms, client, kid, issuer, hook) "
       "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"},
      {&insert_refusal_,
       "INSERT INTO refusal (seq, reason, endpoint, remote_address, request, count) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"},
      {&insert_clock_jump_, "INSERT INTO clock_jump (seq, moved_ms) VALUES (?1, ?2)"},
      {&insert_content_, "INSERT INTO content (seq, dictionary, body) VALUES (?1, ?2, ?3)"},
      {&insert_card_,
       "INSERT INTO card (seq, position, uuid, rule, indicator, suggestions, finding) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"},
      {&insert_withheld_, "INSERT INTO withheld (seq, position, rule, indicator, why) VALUES (?1, ?2, ?3, ?4, ?5)"},
      {&insert_overridden_,
       "INSERT INTO overridden (pid_tag, seq, finding, day) SELECT e.pid_tag, ?1, card.finding, ?2 "
       "FROM card JOIN audit_event e ON e.seq = card.seq "
       "WHERE card.seq = ?3 AND card.position = ?4 AND card.finding IS NOT NULL"},
      {&insert_reason_, "INSERT OR IGNORE INTO could_not_check (seq, reason) VALUES (?1, ?2)"},
      {&insert_feedback_,
       "INSERT INTO feedback (seq, card, outcome, outcome_timestamp, card_seq, card_position, accepted, "
       "foreign_suggestions, reason_system, reason_code, reason_display, comment_enc) "
       "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"},
      {&find_name_, "SELECT id FROM name WHERE text = ?1"},
      {&insert_name_, "INSERT INTO name (text) VALUES (?1) RETURNING id"},
      {&find_card_,
       "SELECT card.seq, card.position, card.suggestions FROM card JOIN audit_event ON audit_event.seq = card.seq "
       "WHERE card.uuid = ?1 AND audit_event.client = ?2 AND audit_event.issuer = ?3 AND audit_event.hook = ?4 LIMIT 1"},
      {&find_repeat_,
       "SELECT feedback.seq FROM feedback JOIN audit_event ON audit_event.seq = feedback.seq WHERE feedback.card = ?1 "
       "AND feedback.outcome = ?2 AND feedback.outcome_timestamp = ?3 AND audit_event.client = ?4 AND audit_event.issuer = ?5 "
       "AND audit_event.hook = ?6 LIMIT 1"},
      {&find_knowledge_, "SELECT id FROM knowledge_set WHERE revision = ?1"},
      {&insert_knowledge_set_, "INSERT INTO knowledge_set (revision, kept_ms) VALUES (?1, ?2) RETURNING id"},
      {&insert_knowledge_file_, "INSERT INTO knowledge_file (knowledge_set, path, body) VALUES (?1, ?2, ?3)"},
      {&probe_, "INSERT OR REPLACE INTO probe (id, tried_ms) VALUES (1, ?1)"},
  };
  for (const auto& [target, sql] : statements) {
    auto prepared = database.prepare_kept(sql);
    if (!prepared) return tl::unexpected(prepared.error());
    *target = std::move(*prepared);
  }
  return {};
}

Result<void> RecordWriter::enter_keys(Database& database) {
  auto find = database.prepare("SELECT fingerprint FROM audit_key WHERE kid = ?1");
  auto insert = database.prepare("INSERT INTO audit_key (kid, fingerprint) VALUES (?1, ?2)");
  if (!find) return tl::unexpected(find.error());
  if (!insert) return tl::unexpected(insert.error());
  for (const auto kid : keys_->ids()) {
    const auto fingerprint = keys_->fingerprint(kid);
    find->reset();
    auto row = find->bind(1, kid).step();
    if (!row) return tl::unexpected(row.error());
    if (*row && find->text(0) != fingerprint) {
      return fail("audit-key-mismatch", "the audit key file is not the one that the store was written with (key " +
                                            std::to_string(kid) + "); restore the right file, or start a new store");
    }
    find->reset();
    if (*row) continue;
    if (auto done = insert->bind(1, kid).bind_blob(2, fingerprint).run(); !done) return done;
  }
  return {};
}

Result<void> RecordWriter::enter_dictionary(Database& database, std::string_view dictionary) {
  auto find = database.prepare("SELECT id FROM dictionary WHERE bytes = ?1");
  if (!find) return tl::unexpected(find.error());
  auto row = find->bind_blob(1, dictionary).step();
  if (!row) return tl::unexpected(row.error());
  if (*row) {
    dictionary_ = find->integer(0);
    return {};
  }
  auto insert = database.prepare("INSERT INTO dictionary (bytes) VALUES (?1) RETURNING id");
  if (!insert) return tl::unexpected(insert.error());
  row = insert->bind_blob(1, dictionary).step();
  if (!row) return tl::unexpected(row.error());
  dictionary_ = insert->integer(0);
  return {};
}

Result<void> RecordWriter::enter_stream(Database& database, const std::string& software, std::int64_t now_ms) {
  stream_uuid_ = random_bytes(16);
  const auto prefix = random_bytes(NonceSource::prefix_size);
  // A prefix that was used before would violate the unique index and stop the start, never repeat a nonce.
  auto insert = database.prepare(
      "INSERT INTO stream (uuid, nonce_prefix, started_ms, software) VALUES (?1, ?2, ?3, ?4) RETURNING id");
  if (!insert) return tl::unexpected(insert.error());
  auto row = insert->bind_blob(1, stream_uuid_).bind_blob(2, prefix).bind(3, now_ms).bind_text(4, software).step();
  if (!row) return tl::unexpected(row.error());
  stream_ = insert->integer(0);
  nonces_ = NonceSource(prefix);
  return {};
}

Result<std::int64_t> RecordWriter::name(std::string_view text) {
  const std::string key(text);
  if (const auto found = names_.find(key); found != names_.end()) return found->second;
  if (const auto found = uncommitted_names_.find(key); found != uncommitted_names_.end()) return found->second;
  auto row = find_name_.bind_text(1, text).step();
  if (!row) {
    find_name_.reset();
    return tl::unexpected(row.error());
  }
  std::int64_t id = *row ? find_name_.integer(0) : 0;
  find_name_.reset();
  if (id == 0) {
    row = insert_name_.bind_text(1, text).step();
    if (row && *row) id = insert_name_.integer(0);
    // RETURNING gives its row before the insert is finished; a second step ends it.
    if (row) row = insert_name_.step();
    insert_name_.reset();
    if (!row) return tl::unexpected(row.error());
  }
  uncommitted_names_.emplace(key, id);
  return id;
}

void RecordWriter::forget_uncommitted() {
  seq_ = committed_seq_;
  uncommitted_names_.clear();
}

void RecordWriter::committed() {
  committed_seq_ = seq_;
  if (uncommitted_names_.empty()) return;
  // The names of a store are few; if some caller makes them many, memory stays bounded all the same.
  constexpr std::size_t most_names = 10'000;
  if (names_.size() > most_names) names_.clear();
  names_.merge(uncommitted_names_);
  uncommitted_names_.clear();
}

Result<void> RecordWriter::write(const PreparedDecision& decision) {
  const auto& record = decision.record;
  std::int64_t ids[5] = {};
  const std::string* texts[5] = {&record.client, &record.issuer, &record.hook, &record.knowledge_revision,
                                 &record.software_version};
  for (std::size_t i = 0; i < 5; ++i) {
    auto id = name(*texts[i]);
    if (!id) return tl::unexpected(id.error());
    ids[i] = *id;
  }
  const std::int64_t seq = ++seq_;
  const auto kid = keys_->current();
  const auto tag = keys_->patient_tag(kid, record.issuer, record.patient_id);
  const auto sealed = keys_->seal(record.issuer + std::string(1, '\0') + record.patient_id, nonces_.next(), {stream_uuid_, seq});
  const Id decision_id(record.decision), hook_instance(record.hook_instance);
  const std::int64_t flags = (record.relevant ? flag_relevant : 0u) | (record.could_not_check ? flag_could_not_check : 0u);
  auto& event = insert_event_;
  event.bind(1, seq).bind(2, stream_).bind(3, static_cast<int>(EventKind::decision)).bind(4, record.received_ms);
  event.bind(5, ids[0]).bind(6, ids[1]).bind(7, ids[2]).bind(8, flags).bind(9, record.duration_us);
  decision_id.bind(event, 10);
  hook_instance.bind(event, 11);
  event.bind_text(12, record.user).bind_text(13, record.encounter);
  event.bind(14, kid).bind_blob(15, tag).bind_blob(16, sealed).bind(17, ids[3]).bind(18, ids[4]);
  if (auto done = event.run(); !done) return done;
  if (auto done = insert_content_.bind(1, seq).bind(2, dictionary_).bind_blob(3, decision.compressed).run(); !done) {
    return done;
  }
  for (const auto& reason : record.could_not_check_reasons) {
    auto id = name(reason);
    if (!id) return tl::unexpected(id.error());
    if (auto done = insert_reason_.bind(1, seq).bind(2, *id).run(); !done) return done;
  }
  if (auto done = write_cards(record.cards); !done) return done;
  return write_withheld(record.withheld);
}

Result<void> RecordWriter::write_cards(const std::vector<CardEntry>& cards) {
  std::int64_t position = 0;
  for (const auto& card : cards) {
    auto rule = name(card.rule);
    auto indicator = name(card.indicator);
    if (!rule) return tl::unexpected(rule.error());
    if (!indicator) return tl::unexpected(indicator.error());
    const Id uuid(card.uuid);
    const auto suggestions = suggestion_bytes(card.suggestion_uuids);
    insert_card_.bind(1, seq_).bind(2, position++);
    uuid.bind(insert_card_, 3);
    insert_card_.bind(4, *rule).bind(5, *indicator);
    suggestions.empty() ? insert_card_.bind_null(6) : insert_card_.bind_blob(6, suggestions);
    const auto finding = bytes_of_hex(card.finding);
    finding.empty() ? insert_card_.bind_null(7) : insert_card_.bind_blob(7, finding);
    if (auto done = insert_card_.run(); !done) return done;
  }
  return {};
}

Result<void> RecordWriter::write_withheld(const std::vector<WithheldEntry>& withheld) {
  std::int64_t position = 0;
  for (const auto& card : withheld) {
    const auto rule = name(card.rule), indicator = name(card.indicator), why = name(card.why);
    for (const auto* id : {&rule, &indicator, &why})
      if (!*id) return tl::unexpected(id->error());
    insert_withheld_.bind(1, seq_).bind(2, position++).bind(3, *rule).bind(4, *indicator).bind(5, *why);
    if (auto done = insert_withheld_.run(); !done) return done;
  }
  return {};
}

Result<RecordWriter::CardFound> RecordWriter::find_card(std::string_view card, bool is_uuid, const Origin& from) {
  CardFound found;
  is_uuid ? find_card_.bind_blob(1, card) : find_card_.bind_text(1, card);
  auto row = find_card_.bind(2, from.client).bind(3, from.issuer).bind(4, from.hook).step();
  if (row && *row) {
    found = {find_card_.integer(0), find_card_.integer(1), std::string(find_card_.text(2)), true};
  }
  find_card_.reset();
  if (!row) return tl::unexpected(row.error());
  return found;
}

Result<FeedbackStored> RecordWriter::write(const FeedbackRecord& feedback) {
  const auto client = name(feedback.client), issuer = name(feedback.issuer), hook = name(feedback.hook),
             outcome = name(feedback.outcome);
  for (const auto* id : {&client, &issuer, &hook, &outcome})
    if (!*id) return tl::unexpected(id->error());
  const Id card(lower_case(feedback.card));
  auto found = find_card(card.bytes, card.is_uuid, {*client, *issuer, *hook});
  if (!found) return tl::unexpected(found.error());

  card.bind(find_repeat_, 1);
  find_repeat_.bind(2, *outcome).bind_text(3, feedback.outcome_timestamp).bind(4, *client).bind(5, *issuer).bind(6, *hook);
  auto repeat = find_repeat_.step();
  find_repeat_.reset();
  if (!repeat) return tl::unexpected(repeat.error());
  if (*repeat) return FeedbackStored{found->known, true};

  std::int64_t foreign = 0;
  for (const auto& suggestion : feedback.accepted_suggestions) {
    const auto uuid = uuid_bytes(suggestion);
    if (!uuid || !contains_uuid(found->suggestions, *uuid)) ++foreign;
  }
  const std::int64_t seq = ++seq_;
  const auto kid = keys_->current();
  insert_mark_.bind(1, seq).bind(2, stream_).bind(3, static_cast<int>(EventKind::feedback)).bind(4, feedback.received_ms);
  insert_mark_.bind(5, *client).bind(6, kid).bind(7, *issuer).bind(8, *hook);
  if (auto done = insert_mark_.run(); !done) return tl::unexpected(done.error());

  std::string sealed;
  if (!feedback.comment.empty()) sealed = keys_->seal(feedback.comment, nonces_.next(), {stream_uuid_, seq});
  const auto accepted = json_strings(feedback.accepted_suggestions);
  auto& insert = insert_feedback_;
  insert.bind(1, seq);
  card.bind(insert, 2);
  insert.bind(3, *outcome).bind_text(4, feedback.outcome_timestamp);
  found->known ? insert.bind(5, found->seq).bind(6, found->position) : insert.bind_null(5).bind_null(6);
  insert.bind_text(7, accepted).bind(8, foreign);
  bind_optional(insert, 9, feedback.reason_system);
  bind_optional(insert, 10, feedback.reason_code);
  bind_optional(insert, 11, feedback.reason_display);
  sealed.empty() ? insert.bind_null(12) : insert.bind_blob(12, sealed);
  if (auto done = insert.run(); !done) return tl::unexpected(done.error());
  if (feedback.outcome == "overridden" && found->known) {
    insert_overridden_.bind(1, seq).bind(2, override_day(feedback)).bind(3, found->seq).bind(4, found->position);
    if (auto done = insert_overridden_.run(); !done) return tl::unexpected(done.error());
  }
  return FeedbackStored{found->known, false};
}

Result<void> RecordWriter::write(const RefusalRecord& refusal) {
  const auto reason = name(refusal.reason), endpoint = name(refusal.endpoint), client = name(refusal.client),
             issuer = name(refusal.issuer);
  for (const auto* id : {&reason, &endpoint, &client, &issuer})
    if (!*id) return tl::unexpected(id->error());
  const std::int64_t seq = ++seq_;
  auto& mark = insert_mark_;
  mark.bind(1, seq).bind(2, stream_).bind(3, static_cast<int>(EventKind::refusal)).bind(4, refusal.received_ms);
  refusal.client.empty() ? mark.bind_null(5) : mark.bind(5, *client);
  refusal.issuer.empty() ? mark.bind_null(7) : mark.bind(7, *issuer);
  if (auto done = mark.bind_null(6).bind_null(8).run(); !done) return done;
  insert_refusal_.bind(1, seq).bind(2, *reason).bind(3, *endpoint).bind_text(4, refusal.remote_address);
  return insert_refusal_.bind_text(5, refusal.request_id).bind(6, refusal.count).run();
}

Result<void> RecordWriter::write(const ClockJumpRecord& jump) {
  if (auto done = write_mark(EventKind::clock_jump, jump.noticed_ms); !done) return done;
  return insert_clock_jump_.bind(1, seq_).bind(2, jump.moved_ms).run();
}

Result<void> RecordWriter::write_knowledge(const std::string& revision,
                                           const std::vector<std::pair<std::string, std::string>>& files,
                                           std::int64_t now_ms) {
  auto row = find_knowledge_.bind_text(1, revision).step();
  find_knowledge_.reset();
  if (!row) return tl::unexpected(row.error());
  if (*row) return {};
  row = insert_knowledge_set_.bind_text(1, revision).bind(2, now_ms).step();
  const std::int64_t id = row && *row ? insert_knowledge_set_.integer(0) : 0;
  if (row) row = insert_knowledge_set_.step();
  insert_knowledge_set_.reset();
  if (!row) return tl::unexpected(row.error());
  for (const auto& [path, bytes] : files) {
    const auto body = compress_alone(bytes);
    if (auto done = insert_knowledge_file_.bind(1, id).bind_text(2, path).bind_blob(3, body).run(); !done) return done;
  }
  return {};
}

Result<void> RecordWriter::write_mark(EventKind kind, std::int64_t now_ms) {
  insert_mark_.bind(1, ++seq_).bind(2, stream_).bind(3, static_cast<int>(kind)).bind(4, now_ms);
  return insert_mark_.bind_null(5).bind_null(6).bind_null(7).bind_null(8).run();
}

Result<void> RecordWriter::write_probe(std::int64_t now_ms) { return probe_.bind(1, now_ms).run(); }

}  // namespace cofactor::service::audit
