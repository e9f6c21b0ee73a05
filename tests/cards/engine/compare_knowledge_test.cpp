// Proves: what differs between two sets is said in words with old and new, and nothing that differs goes unsaid.
#include "cards/engine/compare_knowledge.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

using namespace cofactor::cards;
using testing::HasSubstr;
using testing::Not;

namespace {

std::shared_ptr<const Knowledge> loaded(std::vector<KnowledgeFile> files) {
  auto set = Knowledge::load(std::move(files));
  if (!set) throw std::runtime_error(set.error().front().file + " " + set.error().front().pointer + ": " + set.error().front().text);
  return *set;
}
const Knowledge& shipped() {
  static const auto set = loaded(shipped_knowledge_files());
  return *set;
}
/// The differences from the shipped set when `from` becomes `to` in one file.
std::string told(const std::string& path, std::string_view from, std::string_view to) {
  auto files = shipped_knowledge_files();
  for (auto& file : files)
    if (file.path == path) {
      const auto at = file.bytes.find(from);
      if (at == std::string::npos) return "nothing to change";
      file.bytes.replace(at, from.size(), to);
    }
  return describe_differences(shipped(), *loaded(std::move(files)));
}

}  // namespace

TEST(CompareKnowledge, TheSameSetDiffersInNothing) {
  EXPECT_EQ(describe_differences(shipped(), shipped()), "nothing differs: both are " + shipped().revision() + "\n");
}

TEST(CompareKnowledge, ANumberWithItsMeaningAndItsReaders) {
  const std::string text = told("thresholds.json", "\"value\": 4000,", "\"value\": 3000,");
  EXPECT_THAT(text, HasSubstr("\nNumbers\n  vitd_high_iu_per_day: 4000 IU/d -> 3000 IU/d\n    meaning: strictly greater"));
  EXPECT_THAT(text, HasSubstr("    read by: "));
  EXPECT_THAT(text, HasSubstr("high-dose-no-magnesium"));
  EXPECT_THAT(text, Not(HasSubstr("layout")));
  EXPECT_THAT(told("thresholds.json", "\"strength\": \"opinion\"", "\"strength\": \"practice\""),
              HasSubstr("vitd_interaction_iu_per_day: the number stays 2000 IU/d\n    strength:\n      - \"opinion\"\n      + \"practice\"\n"));
}

TEST(CompareKnowledge, ARulesWordsReasonsAndHistory) {
  const std::string ppi = "policy/high-dose-ppi.json";
  EXPECT_THAT(told(ppi, "with {ppi}; no magnesium", "and {ppi}, no magnesium"),
              HasSubstr("\nRules\n  high-dose-ppi\n    sentence summary:\n      - \"Vitamin D {iu_per_day} IU/day with {ppi}; no magnesium result {since}\"\n"
                        "      + \"Vitamin D {iu_per_day} IU/day and {ppi}, no magnesium result {since}\"\n"));
  EXPECT_THAT(told(ppi, "    \"short-course\",\n", ""), HasSubstr("    override reasons: removed short-course\n"));
  EXPECT_THAT(told(ppi, "\"rank\": 800", "\"rank\": 801"), HasSubstr("    place in the order of cards: 800 -> 801\n"));
  EXPECT_THAT(told(ppi, "\"race\": \"Not used.\"", "\"race\": \"\""), HasSubstr("    source attribute race:\n"));
  EXPECT_THAT(told(ppi, "\"changes\": [", "\"changes\": [ {\"date\":\"2026-01-01\",\"author\":\"A\",\"what\":\"W.\",\"why\":\"Y.\"},"),
              HasSubstr("    history: 2026-01-01, A: W. Y.\n"));
  EXPECT_THAT(told(ppi, "\"rank\": 800", "\"defaultMode\": \"silent\", \"rank\": 800"),
              HasSubstr("    mode where the site has not decided: on -> silent\n"));
}

TEST(CompareKnowledge, SharedSentencesReasonsTestsAndSources) {
  EXPECT_THAT(told("sentences.json", "No magnesium result", "No magnesium value"), HasSubstr("\nSentences that several cards share\n  sentence magnesium-none:\n"));
  EXPECT_THAT(told("override-reasons.json", "\"Other\"", "\"Another\""), HasSubstr("\nOverride reasons\n  other:\n    - \"Other\"\n    + \"Another\"\n"));
  EXPECT_THAT(told("lab-orders.json", "Order serum magnesium", "Order Mg"), HasSubstr("\"Order Mg\""));
  EXPECT_THAT(told("evidence.json", "\"date\": \"2011-03-02\"", "\"date\": \"2011-03-03\""), HasSubstr("[regulator-warning, 2011-03-03]"));
}

TEST(CompareKnowledge, CodesAddedRemovedAndChanged) {
  const std::string text = told("value-sets/labs.csv", "19123-9,Magnesium SerPl-mCnc,magnesium-serum", "35675-8,Magnesium here,magnesium-serum");
  EXPECT_THAT(text, HasSubstr("\nCodes and words\n  value-sets/labs.csv: 1 added, 1 removed, 0 changed\n"));
  EXPECT_THAT(text, HasSubstr("    - 19123-9 (name Magnesium SerPl-mCnc; group magnesium-serum;"));
  EXPECT_THAT(text, HasSubstr("    + 35675-8 (name Magnesium here; group magnesium-serum;"));
  EXPECT_THAT(told("names.csv", "cholecalciferol,cholecalciferol=vitamin-d-nutritional,anywhere", "cholecalciferol,cholecalciferol=vitamin-d-nutritional,start"),
              HasSubstr("    ~ cholecalciferol: where \"anywhere\" -> \"start\"\n"));
  EXPECT_THAT(told("products/atc.csv", "atc,A02BC08", "atc,A02BC99"), HasSubstr("    + atc A02BC99 ("));
}

TEST(CompareKnowledge, BoundsAndForbiddenWording) {
  EXPECT_THAT(told("thresholds.json", "\"to\": 180", "\"to\": 150"), HasSubstr("    a client may have it within:\n"));
  EXPECT_THAT(told("forbidden-wording.json", "\"why\": \"no supplement sits inert\"", "\"why\": \"another\""),
              HasSubstr("\nWording that no card may hold\n"));
}

TEST(CompareKnowledge, LayoutAndFilesOfASiteAreNamed) {
  EXPECT_THAT(told("evidence.json", "{", "{ // a remark\n"), HasSubstr("\nOther files that differ, in layout, comments or ways not told here\n  evidence.json\n"));
  EXPECT_THAT(told("names.csv", "words,", "# a remark\nwords,"), HasSubstr("  names.csv\n"));
  auto files = shipped_knowledge_files();
  files.push_back({"site.json", R"({"overrides":[{"file":"names.csv","date":"2026-03-01","author":"A. Pharmacist","reason":"R"}]})"});
  EXPECT_THAT(describe_differences(shipped(), *loaded(files)), HasSubstr("Who, when and why (site.json)\n  names.csv: 2026-03-01, A. Pharmacist. R\n"));
}
