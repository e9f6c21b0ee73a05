// Proves: what a pharmacist reads names the rule's numbers, wording, reasons and sources, in lines that fit a screen.
#include "cards/engine/describe.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

using namespace cofactor::cards;
using testing::HasSubstr;

namespace {
const Knowledge& shipped() {
  static const auto knowledge = Knowledge::load(shipped_knowledge_files());
  return **knowledge;
}
}  // namespace

TEST(Describe, OneRule) {
  const std::string text = describe_rule(shipped(), "high-dose-ppi").value_or("");
  EXPECT_EQ(describe_rule(shipped(), "high-dose-pi"), std::nullopt);
  for (const char* part : {"high-dose-ppi: ", "\nWhen\n", "\nThen\n", "\nWhy\n", "vitd_interaction_iu_per_day = 2000 IU/d (opinion)",
                           "LOINC 19123-9", "already-assessed-elsewhere: ", "  summary: ", "FDA Drug Safety Communication"})
    EXPECT_THAT(text, HasSubstr(part));
}

TEST(Describe, EverythingNamesEveryRuleAndNumber) {
  const std::string text = describe(shipped());
  for (std::string_view rule : shipped().rules()) EXPECT_THAT(text, HasSubstr("\n  " + std::string(rule) + " ("));
  EXPECT_THAT(text, HasSubstr(shipped().revision()));
  EXPECT_THAT(text, HasSubstr("mg_low = 0.75 mmol/L (established)"));
  EXPECT_THAT(text, HasSubstr("mg_lookback_none = 365 d (house default)"));
}

TEST(Describe, LinesFit) {
  std::istringstream lines(describe(shipped()));
  for (std::string line; std::getline(lines, line);) {
    if (line.find("http") != std::string::npos || line.find("sha256") != std::string::npos) continue;
    EXPECT_LE(line.size(), 100u) << line;
  }
}

TEST(Describe, ThirteenSourceAttributesAndTheHistory) {
  const std::string text = describe_rule(shipped(), "high-dose-ppi").value_or("");
  int number = 0;
  for (const char* name : {"Bibliographic citation", "Developer", "Funding of the technical work", "Release and revision dates", "Use of race",
                           "Use of ethnicity", "Use of language", "Use of sexual orientation", "Use of gender identity", "Use of sex",
                           "Use of date of birth", "Use of social determinants of health", "Use of health status assessments"})
    EXPECT_THAT(text, HasSubstr("\n  " + std::to_string(++number) + ". " + name + ": "));
  EXPECT_THAT(text, HasSubstr("3. Funding of the technical work: no information provided"));
  EXPECT_THAT(text, HasSubstr("\nHistory\n  2026-11-21, Cofactor project: First release."));
}

TEST(Describe, ASitesNumberShowsWithTheShippedOneAndItsReason) {
  auto files = shipped_knowledge_files();
  for (auto& file : files)
    if (file.path == "thresholds.json") {
      const auto at = file.bytes.find("\"value\": 90", file.bytes.find("\"mg_lookback_depleting\""));
      file.bytes.replace(at, 11, "\"value\": 120");
    }
  files.push_back({"site.json", R"({"overrides":[{"file":"thresholds.json","date":"2026-11-22","author":"A. Pharmacist","reason":"Ours."}]})"});
  const auto site = Knowledge::load(files);
  ASSERT_TRUE(site);
  const std::string text = describe_rule(**site, "high-dose-ppi").value_or("");
  EXPECT_THAT(text, HasSubstr("no magnesium result lies in the last 120 days"));
  EXPECT_THAT(text, HasSubstr("above 2,000 IU/day"));
  EXPECT_THAT(text, HasSubstr("mg_lookback_depleting = 120 d [changed by the site; shipped: 90 d]"));
  EXPECT_THAT(text, HasSubstr("2026-11-22, A. Pharmacist: site's own thresholds.json. Ours."));
  EXPECT_THAT(describe(**site), HasSubstr("Files of the site (site.json)\n  2026-11-22, A. Pharmacist"));
}
