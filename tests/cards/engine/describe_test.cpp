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
