// Promises: the port through which decisions and feedback become durable. `done` is called once, from the
// writer's thread, after the record is on disk or could not be put there; nothing is dropped silently.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cards/engine/evaluate.hpp"
#include "fhir/dates/partial_date.hpp"
#include "fhir/result.hpp"

namespace cofactor::service::audit {

/// A card as the client will see it, for joining feedback.
struct CardEntry {
  std::string uuid, rule, indicator;
  std::vector<std::string> suggestion_uuids;
  std::string finding = {};         ///< cards::Card::finding; empty: an override never silences it
};

/// A card that was not shown: its site keeps the rule silent, or the same finding was overridden recently.
struct WithheldEntry {
  std::string rule, indicator, why;
};

/// One audited call. `content` is a JSON object (facts, rule outcomes, cards, draft orders by reference and
/// code): enough with the knowledge of that revision to evaluate again. It is stored compressed; the patient
/// id is stored encrypted and as a keyed tag (audit.md 3.7), never inside `content`.
struct DecisionRecord {
  std::string decision;             ///< uuid
  std::string client, issuer;       ///< issuer separates equal patient ids of two hospitals: client, or client/tenant
  std::string hook, hook_instance, user, encounter, patient_id;
  std::string knowledge_revision, software_version;
  std::int64_t received_ms = 0;     ///< UTC milliseconds
  std::int64_t duration_us = 0;     ///< from last request byte to the audit queue
  bool relevant = false;            ///< drafts held something the rules are about
  bool could_not_check = false;
  std::vector<std::string> could_not_check_reasons;
  std::vector<CardEntry> cards;
  std::vector<WithheldEntry> withheld;
  std::string content;
};

struct FeedbackRecord {
  std::string client, issuer;  ///< a card is known only to the client and issuer (as in DecisionRecord) that it went to,
  std::string hook;            ///< and only on the service whose hook it answered
  std::string card, outcome, outcome_timestamp;
  std::vector<std::string> accepted_suggestions;
  std::string reason_system, reason_code, reason_display, comment;  ///< comment is encrypted at rest
  std::int64_t received_ms = 0;
};

/// A call that was turned away: before its body was looked at, or for what it wants of another server. Nothing of what it showed is kept but what the
/// configuration names.
struct RefusalRecord {
  std::string client, issuer;  ///< empty: no configured one was recognised
  std::string reason;          ///< from a closed set
  std::string endpoint;        ///< "discovery", or the service id; feedback as "<id>/feedback"
  std::string remote_address, request_id;
  std::int64_t received_ms = 0;
  std::int64_t count = 1;      ///< calls of this kind that it stands for, when there are too many to tell apart
};

/// The wall clock was set while the service ran, by more than a correction.
struct ClockJumpRecord {
  std::int64_t noticed_ms = 0;  ///< UTC milliseconds, by the clock as it was set
  std::int64_t moved_ms = 0;    ///< less than 0: back
};

/// Whether the card was one of ours, told after the item is durable.
struct FeedbackStored {
  bool known_card = false;
  bool repeat = false;
};

class AuditLog {
 public:
  virtual ~AuditLog() = default;
  /// Failure codes: audit-unwritable, audit-queue-full, audit-too-large. A record that is refused at once (and, with
  /// "ack": "after", every acknowledgement of a decision) calls `done` on the caller's thread before append returns.
  virtual void append(DecisionRecord record, std::function<void(Result<void>)> done) = 0;
  virtual void append(std::vector<FeedbackRecord> items, std::function<void(Result<std::vector<FeedbackStored>>)> done) = 0;
  /// Nobody waits for it; one that cannot be written is counted by StoreOptions::lost_record.
  virtual void append(RefusalRecord record) = 0;
  virtual void append(ClockJumpRecord record) = 0;  ///< likewise
  /// Stores the knowledge set of a revision once; returns when durable.
  virtual Result<void> keep_knowledge(const std::string& revision, const std::vector<std::pair<std::string, std::string>>& files) = 0;
  /// Cards about a patient of that issuer that were overridden on that day or later. `done` is called once, at once when
  /// there can be none, else from a thread of the log's; a failure means that nobody knows, and silences nothing.
  virtual void overrides(std::string issuer, std::string patient_id, fhir::Day since,
                         std::function<void(Result<std::vector<cards::EarlierOverride>>)> done) {
    static_cast<void>(issuer), static_cast<void>(patient_id), static_cast<void>(since);
    done(std::vector<cards::EarlierOverride>());
  }
  virtual bool writable() const = 0;
  /// How long a record that came `after` a while would probably take to become durable. Cheap; any thread.
  virtual std::chrono::steady_clock::duration expected_wait(std::chrono::steady_clock::duration after = {}) const {
    static_cast<void>(after);
    return {};
  }
};

}  // namespace cofactor::service::audit
