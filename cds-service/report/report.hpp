// Promises: the figures of a period, counted from the audit store by a connection that only reads. Nothing in a report
// names a patient or a user.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cds-service/audit/audit_reader.hpp"
#include "fhir/result.hpp"

namespace cofactor::service::report {

/// [from, to) in UTC milliseconds.
struct Period {
  std::int64_t from_ms = 0, to_ms = 0;
  std::string from, to;                ///< the dates as given: both days included
};
/// Dates are YYYY-MM-DD in UTC; `to` is the last day of the period. Failure code report-period.
Result<Period> period_of(std::string_view from, std::string_view to);

struct Percentiles {
  double p50_ms = 0, p95_ms = 0, p99_ms = 0, longest_ms = 0;
};
struct CallCount {
  std::string hook, client;
  std::int64_t calls = 0, relevant = 0, with_cards = 0, could_not_check = 0;
  Percentiles time;
};
struct CardCount {
  std::string rule, indicator;
  std::int64_t shown = 0, accepted = 0, overridden = 0;  ///< cards with at least one such feedback, whenever it came
};
struct WithheldCount {
  std::string rule, indicator, why;  ///< why: silent, line-only, overridden-recently
  std::int64_t count = 0;
};
struct Count {
  std::string name;
  std::int64_t count = 0;
};
struct FeedbackCount {
  std::string rule, outcome, reason_system, reason;  ///< rule empty: the card was not one of ours
  std::int64_t count = 0;
};

struct Report {
  Period period;
  CallCount all;                       ///< hook and client empty
  std::vector<CallCount> calls;        ///< by hook and client
  std::vector<CardCount> cards;        ///< by rule and indicator, most shown first
  std::vector<WithheldCount> withheld; ///< cards that were not shown, most frequent first
  std::vector<Count> could_not_check;  ///< calls by reason, most frequent first
  std::vector<FeedbackCount> feedback; ///< received in the period; most frequent first
  std::int64_t feedback_items = 0, feedback_unknown_card = 0, feedback_foreign_suggestion = 0;
};

Result<Report> compute(audit::AuditReader& reader, const Period& period);

std::string as_text(const Report& report);
/// One table: section, then columns; no cell can become a formula in a spreadsheet.
std::string as_csv(const Report& report);
std::string as_json(const Report& report);

}  // namespace cofactor::service::report
