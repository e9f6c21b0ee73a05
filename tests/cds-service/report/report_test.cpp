// The figures of a report, and that no cell of the CSV can become a formula (security.md T-CSV-1).
#include "cds-service/report/report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../audit/scratch_store.hpp"
#include "fhir/json/reader.hpp"

namespace cofactor::service::report {
namespace {

using audit::testing::decision;
using audit::testing::feedback;
using audit::testing::put;
using ::testing::HasSubstr;
using ::testing::Not;

class ReportTest : public ::testing::Test {
 protected:
  audit::testing::ScratchStore scratch;
  std::unique_ptr<audit::AuditLog> log = scratch.open();

  // decision(n) is received on 2026-03-01 21:20:00 UTC and n milliseconds.
  Report report(const char* from = "2026-03-01", const char* to = "2026-03-01") {
    auto reader = scratch.reader();
    auto computed = compute(reader, period_of(from, to).value());
    if (!computed) throw std::runtime_error(computed.error().text);
    return *computed;
  }
  void put_decision(audit::DecisionRecord record) { ASSERT_TRUE(put(*log, std::move(record))); }
};

TEST_F(ReportTest, CountsCallsByHookAndClient) {
  for (int i = 0; i < 100; ++i) {
    auto record = decision(i);
    record.duration_us = (i + 1) * 1000;
    if (i % 2 == 1) {
      record.relevant = false;
      record.cards.clear();
    }
    if (i % 4 == 0) {
      record.hook = "order-select";
      record.client = "second-ehr";
    }
    if (i % 10 == 0) {
      record.could_not_check = true;
      record.could_not_check_reasons = {"magnesium-unavailable"};
      if (i == 0) record.could_not_check_reasons.push_back("medications-failed");
    }
    put_decision(record);
  }
  const auto got = report();
  EXPECT_EQ(got.all.calls, 100);
  EXPECT_EQ(got.all.relevant, 50);
  EXPECT_EQ(got.all.with_cards, 50);
  EXPECT_EQ(got.all.could_not_check, 10);
  EXPECT_DOUBLE_EQ(got.all.time.p50_ms, 50);
  EXPECT_DOUBLE_EQ(got.all.time.p95_ms, 95);
  EXPECT_DOUBLE_EQ(got.all.time.p99_ms, 99);
  EXPECT_DOUBLE_EQ(got.all.time.longest_ms, 100);
  ASSERT_EQ(got.calls.size(), 2u);
  EXPECT_EQ(got.calls[0].hook, "order-select");
  EXPECT_EQ(got.calls[0].client, "second-ehr");
  EXPECT_EQ(got.calls[0].calls, 25);
  EXPECT_EQ(got.calls[1].calls, 75);
  ASSERT_EQ(got.could_not_check.size(), 2u);
  EXPECT_EQ(got.could_not_check[0].name, "magnesium-unavailable");
  EXPECT_EQ(got.could_not_check[0].count, 10);
  EXPECT_EQ(got.could_not_check[1].count, 1);
}

TEST_F(ReportTest, CountsCardsAndFeedback) {
  for (int i = 0; i < 5; ++i) put_decision(decision(i));
  auto other = decision(5);
  other.cards.push_back({audit::testing::card_uuid(500), "low-magnesium", "critical", {}});
  put_decision(other);
  auto with_reason = feedback(1, "overridden");
  with_reason.reason_system = "urn:cofactor:override-reason";
  with_reason.reason_code = "will-monitor";
  auto changed_mind = feedback(1, "overridden");
  changed_mind.outcome_timestamp = "2026-03-02T15:00:00Z";
  auto strange = feedback(2);
  strange.accepted_suggestions = {"not one of ours"};
  ASSERT_TRUE(put(*log, std::vector{feedback(0), with_reason, changed_mind, strange, feedback(99)}));
  const auto got = report();
  ASSERT_EQ(got.cards.size(), 2u);
  EXPECT_EQ(got.cards[0].rule, "high-dose-ppi");
  EXPECT_EQ(got.cards[0].indicator, "warning");
  EXPECT_EQ(got.cards[0].shown, 6);
  EXPECT_EQ(got.cards[0].accepted, 2);
  EXPECT_EQ(got.cards[0].overridden, 1) << "a card overridden twice is one overridden card";
  EXPECT_EQ(got.cards[1].rule, "low-magnesium");
  EXPECT_EQ(got.cards[1].shown, 1);
  EXPECT_EQ(got.feedback_items, 5);
  EXPECT_EQ(got.feedback_unknown_card, 1);
  EXPECT_EQ(got.feedback_foreign_suggestion, 2) << "the unknown card's suggestion is nobody's";
  const auto text = as_text(got);
  EXPECT_THAT(text, HasSubstr("will-monitor"));
  EXPECT_THAT(text, HasSubstr("(no reason)"));
  EXPECT_THAT(text, HasSubstr("(unknown card)"));
  EXPECT_THAT(text, HasSubstr("16.7 %"));
  EXPECT_THAT(text, Not(HasSubstr("SYNTHETIC-PATIENT")));
}

TEST_F(ReportTest, ThePeriodIsWholeDaysInUtc) {
  const auto march_1 = period_of("2026-03-01", "2026-03-01").value();
  EXPECT_EQ(march_1.to_ms - march_1.from_ms, 24 * 3600 * 1000);
  int number = 0;
  for (const auto at : {march_1.from_ms - 1, march_1.from_ms, march_1.to_ms - 1, march_1.to_ms}) {
    auto record = decision(number++);
    record.received_ms = at;
    put_decision(record);
  }
  EXPECT_EQ(report().all.calls, 2);
  EXPECT_EQ(report("2026-02-28", "2026-03-02").all.calls, 4);
  EXPECT_EQ(report("2026-02-28", "2026-02-28").all.calls, 1);
  for (const auto& [from, to] : std::vector<std::pair<const char*, const char*>>{
           {"2026-03-02", "2026-03-01"}, {"2026-02-30", "2026-03-01"}, {"yesterday", "2026-03-01"}, {"2026-03-01", "2026-3-1"},
           {"", ""}, {"2026-03-01", "2026-03-01T00:00:00Z"}}) {
    EXPECT_EQ(period_of(from, to).error().code, "report-period") << from << " " << to;
  }
}

TEST_F(ReportTest, AnEmptyPeriodIsAReportToo) {
  const auto got = report();
  EXPECT_EQ(got.all.calls, 0);
  EXPECT_THAT(as_text(got), HasSubstr("none"));
  EXPECT_TRUE(json::parse(as_json(got)));
  EXPECT_THAT(as_csv(got), HasSubstr("calls,2026-03-01,2026-03-01,all,all,,,,,,calls,0\r\n"));
}

TEST_F(ReportTest, NoCsvCellIsAFormula) {
  put_decision(decision(1));
  const std::vector<std::string> attacks = {"=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(1)", "\t=1", "\r=1", "\n=1",
                                            "\"=1", "'=1", ";=1", ",=1", " =1", "a\"b,c"};
  std::vector<audit::FeedbackRecord> items;
  for (std::size_t i = 0; i < attacks.size(); ++i) {
    auto item = feedback(1, "overridden");
    item.outcome_timestamp = std::to_string(i);
    item.reason_code = attacks[i];
    items.push_back(item);
  }
  ASSERT_TRUE(put(*log, items));
  const auto got = report();
  const auto csv = as_csv(got);
  // Cells by RFC 4180; a cell may not begin with what a spreadsheet takes for a formula.
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (std::size_t i = 0; i < csv.size(); ++i) {
    if (csv[i] == '"') {
      if (quoted && i + 1 < csv.size() && csv[i + 1] == '"') {
        cells.back() += csv[i++];
      } else {
        quoted = !quoted;
      }
    } else if (!quoted && (csv[i] == ',' || csv[i] == '\n')) {
      cells.emplace_back();
    } else if (quoted || csv[i] != '\r') {
      cells.back() += csv[i];
    }
  }
  EXPECT_FALSE(quoted);
  EXPECT_EQ(cells.size() % 12, 1u);
  int guarded = 0;
  for (const auto& cell : cells) {
    if (cell.empty()) continue;
    EXPECT_EQ(std::string("=+-@\t\r\n").find(cell.front()), std::string::npos) << cell;
    guarded += cell.front() == '\'' ? 1 : 0;
  }
  EXPECT_EQ(guarded, 12);
  // JSON keeps the texts as they came.
  const auto document = json::parse(as_json(got));
  ASSERT_TRUE(document);
  std::vector<std::string> reasons;
  for (const auto& item : document->root()["feedback"]["counts"].items()) reasons.emplace_back(item["reason"].string());
  EXPECT_THAT(reasons, ::testing::UnorderedElementsAreArray(attacks));
  EXPECT_THAT(as_text(got), Not(HasSubstr("\t")));
}

}  // namespace
}  // namespace cofactor::service::report
