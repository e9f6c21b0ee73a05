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

// What is not of this client and this service is not known; what it may say to the caller is decided in hooks.
TEST_F(FeedbackTest, T_FB_1_ACardIsKnownToItsClientAndItsServiceOnly) {
  ASSERT_TRUE(put(*log, decision(1)));
  const auto from = [&](const char* client, const char* hook, int card = 1, const char* when = "2026-03-02T14:08:00Z") {
    auto item = feedback(card, "overridden");
    item.client = client;
    item.hook = hook;
    item.outcome_timestamp = when;
    return put(*log, std::vector{item})->at(0).known_card;
  };
  EXPECT_FALSE(from("other-ehr", "order-sign")) << "another client's card";
  EXPECT_FALSE(from("main-ehr", "order-select", 1, "2026-03-02T14:09:00Z")) << "another service's path";
  EXPECT_FALSE(from("main-ehr", "no-such-hook", 1, "2026-03-02T14:10:00Z"));
  EXPECT_FALSE(from("main-ehr", "order-sign", 2)) << "before the card";
  ASSERT_TRUE(put(*log, decision(2)));
  EXPECT_TRUE(from("main-ehr", "order-sign", 2, "2026-03-02T14:11:00Z")) << "after it";
  EXPECT_TRUE(from("main-ehr", "order-sign", 1, "2027-06-01T14:08:00Z")) << "more than a year later";
  int known = 0;
  for (const auto& it : stored()) known += it.known_card ? 1 : 0;
  EXPECT_EQ(stored().size(), 6u) << "each is on record";
  EXPECT_EQ(known, 2);
  // Only a known card's override can ever silence one.
  EXPECT_EQ(scratch.reader().database().integer("SELECT count(*) FROM overridden WHERE seq NOT IN (SELECT seq FROM feedback WHERE card_seq IS NOT NULL)").value(), 0);
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
