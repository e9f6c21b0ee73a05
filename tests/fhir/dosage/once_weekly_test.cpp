// Proves: an order for every day becomes the same order for once a week, everything else kept to the last decimal, and an
// order that is not plainly once a day is left alone.
#include "fhir/dosage/once_weekly.hpp"

#include <gtest/gtest.h>

#include "fhir/json/reader.hpp"

using namespace cofactor;

namespace {
std::optional<std::string> weekly(const std::string& text) {
  const auto document = json::parse(text);
  return document ? fhir::once_weekly(document->root()) : std::nullopt;
}
}  // namespace

TEST(OnceWeekly, ChangesTimingAndWordsAndKeepsTheRest) {
  const auto out = weekly(
      R"({"resourceType":"MedicationRequest","id":"d1","_status":{"id":"x"},"contained":[{"resourceType":"Medication","id":"m"}],)"
      R"("extension":[{"url":"u","valueDecimal":1.50}],"dosageInstruction":[{"sequence":1,"text":"Take 1 capsule by mouth daily",)"
      R"("timing":{"repeat":{"boundsDuration":{"value":8.00,"unit":"wk"},"frequency":1,"frequencyMax":1,"period":1.0,"periodUnit":"d"},)"
      R"("code":{"text":"QD"}},"doseAndRate":[{"doseQuantity":{"value":1.0,"unit":"capsule"}}]}],"dispenseRequest":{"quantity":{"value":8.0}}})");
  ASSERT_TRUE(out);
  EXPECT_EQ(*out,
            R"({"resourceType":"MedicationRequest","id":"d1","_status":{"id":"x"},"contained":[{"resourceType":"Medication","id":"m"}],)"
            R"("extension":[{"url":"u","valueDecimal":1.50}],"dosageInstruction":[{"sequence":1,"text":"Take 1 capsule by mouth once a week",)"
            R"("timing":{"repeat":{"boundsDuration":{"value":8.00,"unit":"wk"},"frequency":1,"period":1.0,"periodUnit":"wk"}},)"
            R"("doseAndRate":[{"doseQuantity":{"value":1.0,"unit":"capsule"}}]}],"dispenseRequest":{"quantity":{"value":8.0}}})");
}

TEST(OnceWeekly, ACodeAloneGivesWayToARepeat) {
  EXPECT_EQ(weekly(R"({"dosageInstruction":[{"timing":{"code":{"text":"QD"}}}]})"),
            R"({"dosageInstruction":[{"timing":{"repeat":{"frequency":1,"period":1,"periodUnit":"wk"}}}]})");
}

TEST(OnceWeekly, TheNarrativeFollowsWhenItSaysDaily) {
  const auto out = weekly(R"({"text":{"status":"generated","div":"<div>1 capsule daily</div>"},"dosageInstruction":[{"text":"1 capsule daily"}]})");
  EXPECT_EQ(out, R"({"text":{"status":"generated","div":"<div>1 capsule once a week</div>"},"dosageInstruction":[{"text":"1 capsule once a week"}]})");
}

TEST(OnceWeekly, LeavesAloneWhatIsNotPlainlyOnceADay) {
  for (const char* order :
       {R"({})", R"({"dosageInstruction":[]})", R"({"dosageInstruction":[{"text":"as directed"}]})",
        R"({"dosageInstruction":[{"text":"daily"},{"text":"daily"}]})", R"({"dosageInstruction":[{"text":"daily, one daily"}]})",
        R"({"dosageInstruction":[{"timing":{"event":["2026-03-01"]}}]})", R"({"dosageInstruction":[{"timing":{}}]})",
        R"({"dosageInstruction":[{"timing":{"repeat":{"count":7,"frequency":1,"period":1,"periodUnit":"d"}}}]})",
        R"({"dosageInstruction":[{"text":"1 daily","additionalInstruction":[{"text":"daily with food"}]}]})",
        R"({"dosageInstruction":[{"text":"1 daily","patientInstruction":"jeden Tag"}]})",
        R"({"text":{"div":"<div>daily daily</div>"},"dosageInstruction":[{"text":"daily"}]})"})
    EXPECT_EQ(weekly(order), std::nullopt) << order;
}

TEST(OnceWeekly, WordsInEveryUsualForm) {
  for (const char* said : {"1 cap daily", "1 cap once daily", "1 cap every day", "1 cap once a day", "1 cap QD", "1 cap each day",
                           "1 cap one time a day", "1 cap per day"})
    EXPECT_EQ(fhir::once_weekly_words(said).value_or("?").substr(0, 6), "1 cap ") << said;
  EXPECT_EQ(fhir::once_weekly_words("TAKE 1 CAPSULE DAILY"), "TAKE 1 CAPSULE ONCE A WEEK");
  EXPECT_EQ(fhir::once_weekly_words("dailyish"), std::nullopt);
  EXPECT_EQ(fhir::once_weekly_words(""), std::nullopt);
}
