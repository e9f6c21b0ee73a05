// Feedback joined to its card (security.md T-FB-1, T-FB-3).
#include <gtest/gtest.h>

#include "scratch_store.hpp"

namespace cofactor::service::audit {
namespace {

using testing::decision;
using testing::feedback;
using testing::put;

class FeedbackTest : public ::testing::Test {
 protected:
  testing::ScratchStore scratch;
  std::unique_ptr<AuditLog> log = scratch.open();

  std::vector<StoredFeedback> stored() {
    std::vector<StoredFeedback> all;
    EXPECT_TRUE(scratch.reader().each_feedback(0, 2'000'000'000'000, [&](const StoredFeedback& it) {
      all.push_back(it);
      return true;
    }));
    return all;
  }
};

TEST_F(FeedbackTest, JoinsTheCardAndSealsTheComment) {
  ASSERT_TRUE(put(*log, decision(1)));
  auto item = feedback(1, "overridden");
  item.reason_system = "urn:cofactor:override-reason";
  item.reason_code = "will-monitor";
  item.reason_display = "Will monitor";
  item.comment = "nephrology aware";
  const auto result = put(*log, std::vector{item});
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->at(0).known_card);
  EXPECT_FALSE(result->at(0).repeat);
  const auto all = stored();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_TRUE(all[0].known_card);
  EXPECT_EQ(all[0].decision, testing::decision_uuid(1));
  EXPECT_EQ(all[0].rule, "high-dose-ppi");
  EXPECT_EQ(all[0].indicator, "warning");
  EXPECT_EQ(all[0].record.comment, item.comment);
  EXPECT_EQ(all[0].record.reason_code, item.reason_code);
  EXPECT_EQ(all[0].record.outcome_timestamp, item.outcome_timestamp);
}

TEST_F(FeedbackTest, T_FB_1_UnknownAndForeignCardsAreStoredAsOrphansAndLookTheSame) {
  ASSERT_TRUE(put(*log, decision(1)));
  auto foreign = feedback(1);
  foreign.client = "other-ehr";
  auto other_tenant = feedback(1);
  other_tenant.issuer = "main-ehr/other-hospital";
  auto other_service = feedback(1);
  other_service.hook = "order-select";
  auto odd = feedback(3);
  odd.card = "no uuid '; --";
  const auto result = put(*log, std::vector{feedback(2), foreign, other_tenant, other_service, odd});
  ASSERT_TRUE(result);
  for (const auto& it : *result) EXPECT_FALSE(it.known_card);
  ASSERT_EQ(stored().size(), 5u);
  for (const auto& it : stored()) {
    EXPECT_FALSE(it.known_card);
    EXPECT_EQ(it.decision, "");
    EXPECT_EQ(it.rule, "");
  }
}

TEST_F(FeedbackTest, ARepeatIsStoredOnceAndAChangeOfMindTwice) {
  ASSERT_TRUE(put(*log, decision(1)));
  auto later = feedback(1);
  later.outcome_timestamp = "2026-03-02T15:00:00Z";
  auto capitals = feedback(1);
  for (auto& c : capitals.card) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  const auto result = put(*log, std::vector{feedback(1), feedback(1), feedback(1, "overridden"), later, capitals});
  ASSERT_TRUE(result);
  const std::vector<bool> repeats = {false, true, false, false, true};
  for (std::size_t i = 0; i < repeats.size(); ++i) {
    EXPECT_EQ(result->at(i).repeat, repeats[i]) << i;
    EXPECT_TRUE(result->at(i).known_card) << i;
  }
  EXPECT_EQ(stored().size(), 3u);
  EXPECT_TRUE(put(*log, std::vector{feedback(1)})->at(0).repeat) << "also in a later commit";
}

TEST_F(FeedbackTest, SuggestionsOfAnotherCardAreCounted) {
  ASSERT_TRUE(put(*log, decision(1)));
  auto item = feedback(1);
  item.accepted_suggestions.push_back(decision(2).cards[0].suggestion_uuids[0]);
  item.accepted_suggestions.push_back("nonsense \"quoted\"");
  ASSERT_TRUE(put(*log, std::vector{item}));
  ASSERT_EQ(stored().size(), 1u);
  EXPECT_EQ(stored()[0].foreign_suggestions, 2);
  EXPECT_EQ(stored()[0].record.accepted_suggestions, item.accepted_suggestions);
}

TEST_F(FeedbackTest, TenThousandInOneArrayAndThenNone) {
  std::vector<FeedbackRecord> items;
  for (int i = 0; i < 10'000; ++i) items.push_back(feedback(i));
  ASSERT_TRUE(put(*log, items));
  EXPECT_EQ(scratch.reader().database().integer("SELECT count(*) FROM feedback").value(), 10'000);
  EXPECT_TRUE(put(*log, std::vector<FeedbackRecord>())->empty());
}

}  // namespace
}  // namespace cofactor::service::audit
