// Promises: what report.hpp says of period_of and compute: fixed queries over columns, no content is decompressed.
#include "cds-service/report/report.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <tuple>

#include "cds-service/audit/schema.hpp"

namespace cofactor::service::report {
namespace {

using audit::Statement;

std::optional<std::chrono::sys_days> day_of(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  int parts[3] = {};
  const std::size_t starts[4] = {0, 5, 8, 11};
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t at = starts[i]; at + 1 < starts[i + 1]; ++at) {
      if (text[at] < '0' || text[at] > '9') return std::nullopt;
      parts[i] = parts[i] * 10 + (text[at] - '0');
    }
  }
  const std::chrono::year_month_day date{std::chrono::year{parts[0]}, std::chrono::month{static_cast<unsigned>(parts[1])},
                                         std::chrono::day{static_cast<unsigned>(parts[2])}};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date);
}

std::int64_t milliseconds(std::chrono::sys_days day) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(day.time_since_epoch()).count();
}

Failure unreadable(Failure failure) {
  if (failure.code == "audit-unwritable") failure.code = "audit-unreadable";
  return failure;
}

/// Runs a query over the period (?1, ?2) and hands over each row.
Result<void> for_each_row(audit::Database& database, const char* sql, const Period& period,
                          const std::function<void(const Statement&)>& visit) {
  auto query = database.prepare(sql);
  if (!query) return tl::unexpected(unreadable(query.error()));
  query->bind(1, period.from_ms).bind(2, period.to_ms);
  while (true) {
    auto row = query->step();
    if (!row) return tl::unexpected(unreadable(row.error()));
    if (!*row) return {};
    visit(*query);
  }
}

std::string text_of(const Statement& row, int column) { return std::string(row.text(column)); }

/// The nearest-rank percentiles; reorders `times`.
Percentiles percentiles_of(std::vector<std::uint32_t>& times) {
  if (times.empty()) return {};
  const auto at = [&](std::size_t percent) {
    const std::size_t rank = std::max<std::size_t>((times.size() * percent + 99) / 100, 1);
    const auto place = times.begin() + static_cast<std::ptrdiff_t>(rank - 1);
    std::nth_element(times.begin(), place, times.end());
    return static_cast<double>(*place) / 1000;
  };
  return {at(50), at(95), at(99), at(100)};
}

void add(CallCount& count, std::int64_t flags, bool with_cards) {
  ++count.calls;
  count.relevant += (flags & audit::flag_relevant) != 0 ? 1 : 0;
  count.could_not_check += (flags & audit::flag_could_not_check) != 0 ? 1 : 0;
  count.with_cards += with_cards ? 1 : 0;
}

struct Group {
  CallCount count;
  std::vector<std::uint32_t> times;
};

Result<void> count_calls(audit::Database& database, Report& report) {
  std::map<std::pair<std::int64_t, std::int64_t>, Group> groups;
  auto done = for_each_row(database, R"sql(
SELECT hook, client, flags, duration_us, EXISTS (SELECT 1 FROM card WHERE card.seq = audit_event.seq)
FROM audit_event WHERE kind = 1 AND recorded_ms >= ?1 AND recorded_ms < ?2)sql",
                           report.period, [&](const Statement& row) {
                             auto& group = groups[{row.integer(0), row.integer(1)}];
                             add(group.count, row.integer(2), row.integer(4) != 0);
                             const auto longest = static_cast<std::int64_t>(UINT32_MAX);
                             group.times.push_back(static_cast<std::uint32_t>(std::clamp<std::int64_t>(row.integer(3), 0, longest)));
                           });
  if (!done) return done;
  std::map<std::int64_t, std::string> names;
  done = for_each_row(database, "SELECT id, text FROM name WHERE ?1 <= ?2", report.period,
                      [&](const Statement& row) { names[row.integer(0)] = text_of(row, 1); });
  if (!done) return done;
  std::vector<std::uint32_t> all_times;
  for (auto& [key, group] : groups) {
    group.count.hook = names[key.first];
    group.count.client = names[key.second];
    all_times.insert(all_times.end(), group.times.begin(), group.times.end());
    group.count.time = percentiles_of(group.times);
    group.times = {};
    report.all.calls += group.count.calls;
    report.all.relevant += group.count.relevant;
    report.all.with_cards += group.count.with_cards;
    report.all.could_not_check += group.count.could_not_check;
    report.calls.push_back(group.count);
  }
  report.all.time = percentiles_of(all_times);
  std::sort(report.calls.begin(), report.calls.end(),
            [](const auto& a, const auto& b) { return std::tie(a.hook, a.client) < std::tie(b.hook, b.client); });
  return {};
}

Result<void> count_cards(audit::Database& database, Report& report) {
  std::map<std::pair<std::string, std::string>, CardCount> counts;
  const auto count_of = [&](const Statement& row) -> CardCount& {
    auto& count = counts[{text_of(row, 0), text_of(row, 1)}];
    count.rule = text_of(row, 0);
    count.indicator = text_of(row, 1);
    return count;
  };
  auto done = for_each_row(database, R"sql(
SELECT rule.text, indicator.text, shown FROM (
  SELECT card.rule AS rule, card.indicator AS indicator, count(*) AS shown
  FROM audit_event CROSS JOIN card ON card.seq = audit_event.seq
  WHERE audit_event.kind = 1 AND audit_event.recorded_ms >= ?1 AND audit_event.recorded_ms < ?2 GROUP BY 1, 2) counted
JOIN name rule ON rule.id = counted.rule JOIN name indicator ON indicator.id = counted.indicator)sql",
                           report.period, [&](const Statement& row) { count_of(row).shown = row.integer(2); });
  if (!done) return done;
  // From the feedback's side: there is far less of it than of cards.
  done = for_each_row(database, R"sql(
SELECT rule.text, indicator.text, outcome.text, count(DISTINCT feedback.card)
FROM feedback
JOIN audit_event ON audit_event.seq = feedback.card_seq
JOIN card ON card.seq = feedback.card_seq AND card.position = feedback.card_position
JOIN name rule ON rule.id = card.rule
JOIN name indicator ON indicator.id = card.indicator
JOIN name outcome ON outcome.id = feedback.outcome
WHERE audit_event.recorded_ms >= ?1 AND audit_event.recorded_ms < ?2 GROUP BY 1, 2, 3)sql",
                      report.period, [&](const Statement& row) {
                        const auto outcome = row.text(2);
                        const auto cards = row.integer(3);
                        if (outcome == "accepted") count_of(row).accepted = cards;
                        if (outcome == "overridden") count_of(row).overridden = cards;
                      });
  if (!done) return done;
  for (auto& [key, count] : counts) report.cards.push_back(count);
  std::stable_sort(report.cards.begin(), report.cards.end(), [](const auto& a, const auto& b) { return a.shown > b.shown; });
  return {};
}

Result<void> count_feedback(audit::Database& database, Report& report) {
  auto done = for_each_row(database, R"sql(
SELECT coalesce(rule.text, ''), outcome.text, coalesce(feedback.reason_system, ''), coalesce(feedback.reason_code, ''),
       count(*), sum(feedback.card_seq IS NULL), sum(feedback.foreign_suggestions > 0)
FROM audit_event JOIN feedback ON feedback.seq = audit_event.seq
JOIN name outcome ON outcome.id = feedback.outcome
LEFT JOIN card ON card.seq = feedback.card_seq AND card.position = feedback.card_position
LEFT JOIN name rule ON rule.id = card.rule
WHERE audit_event.kind = 2 AND audit_event.recorded_ms >= ?1 AND audit_event.recorded_ms < ?2
GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC, 1, 2, 3, 4)sql",
                           report.period, [&](const Statement& row) {
                             report.feedback.push_back(
                                 {text_of(row, 0), text_of(row, 1), text_of(row, 2), text_of(row, 3), row.integer(4)});
                             report.feedback_items += row.integer(4);
                             report.feedback_unknown_card += row.integer(5);
                             report.feedback_foreign_suggestion += row.integer(6);
                           });
  return done;
}

}  // namespace

Result<Period> period_of(std::string_view from, std::string_view to) {
  const auto first = day_of(from), last = day_of(to);
  if (!first) return fail("report-period", "`" + std::string(from) + "` is no date; write --from YYYY-MM-DD");
  if (!last) return fail("report-period", "`" + std::string(to) + "` is no date; write --to YYYY-MM-DD");
  if (*last < *first) return fail("report-period", "the period ends before it begins; exchange --from and --to");
  return Period{milliseconds(*first), milliseconds(*last + std::chrono::days(1)), std::string(from), std::string(to)};
}

Result<Report> compute(audit::AuditReader& reader, const Period& period) {
  auto& database = reader.database();
  Report report;
  report.period = period;
  // One read transaction: all figures are of the same moment.
  if (auto begun = database.execute("BEGIN"); !begun) return tl::unexpected(unreadable(begun.error()));
  auto done = count_calls(database, report);
  if (done) done = count_cards(database, report);
  if (done) {
    done = for_each_row(database, R"sql(
SELECT name.text, count(*) FROM audit_event CROSS JOIN could_not_check ON could_not_check.seq = audit_event.seq
JOIN name ON name.id = could_not_check.reason
WHERE audit_event.kind = 1 AND audit_event.recorded_ms >= ?1 AND audit_event.recorded_ms < ?2
GROUP BY 1 ORDER BY 2 DESC, 1)sql",
                        period, [&](const Statement& row) { report.could_not_check.push_back({text_of(row, 0), row.integer(1)}); });
  }
  if (done) {
    done = for_each_row(database, R"sql(
SELECT rule.text, indicator.text, why.text, count(*)
FROM audit_event CROSS JOIN withheld ON withheld.seq = audit_event.seq
JOIN name rule ON rule.id = withheld.rule JOIN name indicator ON indicator.id = withheld.indicator
JOIN name why ON why.id = withheld.why
WHERE audit_event.kind = 1 AND audit_event.recorded_ms >= ?1 AND audit_event.recorded_ms < ?2
GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3)sql",
                        period, [&](const Statement& row) {
                          report.withheld.push_back({text_of(row, 0), text_of(row, 1), text_of(row, 2), row.integer(3)});
                        });
  }
  if (done) done = count_feedback(database, report);
  auto ended = database.execute("COMMIT");
  if (!done) return tl::unexpected(done.error());
  if (!ended) return tl::unexpected(unreadable(ended.error()));
  return report;
}

}  // namespace cofactor::service::report
