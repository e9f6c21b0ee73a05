// Proves: every shape of feedback seen on the wire is read, and a malformed item refuses the call by name.
#include "cds-service/hooks/feedback.hpp"

#include <gtest/gtest.h>

namespace cofactor::service::hooks {
namespace {

const std::string card = "6d6c2b0e-5f0c-4f5a-9a3e-0d0a8d2f1c01";

std::string overridden(const std::string& more) {
  return R"({"feedback":[{"card":")" + card + R"(","outcome":"overridden","outcomeTimestamp":"2026-03-02T14:08:00Z")" + more + "}]}";
}
audit::FeedbackRecord one(const std::string& body) {
  auto read = read_feedback(body);
  if (!read || read->size() != 1) {
    ADD_FAILURE() << (read ? "not one item" : read.error().text);
    return {};
  }
  return read->front();
}
std::string failure_of(const std::string& body) {
  const auto read = read_feedback(body);
  return read ? "accepted" : read.error().text;
}

TEST(Feedback, ReadsTheSpecifiedReason) {
  const auto item = one(overridden(R"(,"overrideReason":{"reason":{"code":"will-monitor","system":"urn:x","display":"d"},"userComment":"c"})"));
  EXPECT_EQ(item.card, card);
  EXPECT_EQ(item.outcome, "overridden");
  EXPECT_EQ(item.reason_code, "will-monitor");
  EXPECT_EQ(item.reason_system, "urn:x");
  EXPECT_EQ(item.reason_display, "d");
  EXPECT_EQ(item.comment, "c");
}

TEST(Feedback, ReadsThePluralNameTheDraftShapeAndTheVendorExtension) {
  EXPECT_EQ(one(overridden(R"(,"overrideReasons":{"reason":{"code":"a"},"userComment":"c"})")).reason_code, "a");
  EXPECT_EQ(one(overridden(R"(,"overrideReasons":[{"reason":{"code":"a"}}])")).reason_code, "a");
  EXPECT_EQ(one(overridden(R"(,"overrideReason":{"code":"b","system":"urn:y"})")).reason_code, "b");
  const auto vendor = one(overridden(
      R"(,"overrideReasons":{"extension":{"com.epic.cdshooks.feedback.overrideReason.reasonCategory":"45",)"
      R"("com.epic.cdshooks.feedback.overrideReason.reasonTitle":"Does not meet criteria"},"userComment":"c"})"));
  EXPECT_EQ(vendor.reason_code, "45");
  EXPECT_EQ(vendor.reason_display, "Does not meet criteria");
  EXPECT_EQ(vendor.comment, "c");
}

TEST(Feedback, AReasonIsOptionalAndNeverAReasonToRefuse) {
  EXPECT_EQ(one(overridden("")).reason_code, "");
  for (const std::string odd : {"null", "5", "\"x\"", "[]", "{\"reason\":[]}", "{\"userComment\":7}"})
    EXPECT_EQ(one(overridden(",\"overrideReason\":" + odd)).outcome, "overridden") << odd;
}

TEST(Feedback, AnAcceptanceNamesItsSuggestions) {
  const std::string start = R"({"feedback":[{"card":"C","outcome":"accepted","outcomeTimestamp":"2026-03-02T14:07:39.412-05:00")";
  EXPECT_EQ(failure_of(start + "}]}"), "`feedback[0].acceptedSuggestions` is missing: CDS Hooks requires it");
  EXPECT_EQ(failure_of(start + R"(,"acceptedSuggestions":[{}]}]})"),
            "`feedback[0].acceptedSuggestions.id` is missing: CDS Hooks requires it");
  const auto item = one(start + R"(,"acceptedSuggestions":[{"id":"B1D9C6C1-2F0E-4B61-8F0D-9B0D5C0F7A11"},{"id":"x"}]}]})");
  EXPECT_EQ(item.accepted_suggestions, (std::vector<std::string>{"b1d9c6c1-2f0e-4b61-8f0d-9b0d5c0f7a11", "x"}));
  EXPECT_EQ(item.outcome_timestamp, "2026-03-02T14:07:39.412-05:00");
}

TEST(Feedback, RefusesWithTheElementsName) {
  EXPECT_EQ(failure_of("{"), read_feedback("{").error().text);
  EXPECT_EQ(failure_of("[]"), "the body is not a JSON object");
  EXPECT_EQ(failure_of("{}"), "`feedback` is missing: CDS Hooks requires it");
  EXPECT_EQ(failure_of(R"({"feedback":{}})"), "`feedback` is not an array");
  EXPECT_EQ(failure_of(R"({"feedback":[1]})"), "`feedback[0]` is not an object");
  EXPECT_EQ(failure_of(R"({"feedback":[{"card":"c","outcome":"ignored","outcomeTimestamp":"2026-03-02T14:08:00Z"}]})"),
            "`feedback[0].outcome` is not `accepted` or `overridden`");
  for (const std::string when : {"yesterday", "2026-03-02", "2026-03-02T14:08:00", "2026-13-02T14:08:00Z"})
    EXPECT_EQ(failure_of(R"({"feedback":[{"card":"c","outcome":"overridden","outcomeTimestamp":")" + when + "\"}]}"),
              "`feedback[0].outcomeTimestamp` is not an RFC 3339 date and time") << when;
}

TEST(Feedback, TakesNoneOneAndMany) {
  EXPECT_EQ(read_feedback(R"({"feedback":[]})")->size(), 0u);
  std::string many = R"({"feedback":[)";
  for (int i = 0; i < 500; ++i)
    many += std::string(i ? "," : "") + R"({"card":"c","outcome":"overridden","outcomeTimestamp":"2026-03-02T14:08:00Z"})";
  EXPECT_EQ(read_feedback(many + "]}")->size(), 500u);
}

TEST(Feedback, CutsALongCommentBetweenCharacters) {
  std::string comment;
  for (int i = 0; i < 5000; ++i) comment += "\xC3\xA9";
  const auto item = one(overridden(R"(,"overrideReason":{"userComment":"x)" + comment + "\"}"));
  EXPECT_LE(item.comment.size(), 8192u);
  EXPECT_EQ(item.comment.size() % 2, 1u);
}

}  // namespace
}  // namespace cofactor::service::hooks
