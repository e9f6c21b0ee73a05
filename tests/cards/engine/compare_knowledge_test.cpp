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

namespace {
/// The differences when a site's formulary goes from one text to the other; the rows are under the usual titles.
std::string formulary(std::string_view from, std::string_view to, std::string_view path = "formulary/pharmacy.csv") {
  const std::string titles = "system,code,display,ingredient,strength_per_unit,unit,form,note\n";
  const auto with = [&](std::string_view rows) {
    auto files = shipped_knowledge_files();
    if (!rows.empty()) files.push_back({std::string(path), (rows.starts_with("System") ? "" : titles) + std::string(rows)});
    return loaded(std::move(files));
  };
  return describe_differences(*with(from), *with(to));
}
}  // namespace

TEST(CompareKnowledge, AProductOfAFormularyAddedAndRemoved) {
  const std::string row = "urn:oid:1.2.3,8842,D2 weekly,ergocalciferol,50000,IU,capsule,\n";
  const std::string added = formulary("", row), removed = formulary(row, "");
  EXPECT_THAT(added, HasSubstr("\nCodes and words\n  formulary/pharmacy.csv: 1 added, 0 removed, 0 changed\n"));
  EXPECT_THAT(added, HasSubstr("    + 8842 \"D2 weekly\" of urn:oid:1.2.3 is read as ergocalciferol 50000 IU, capsule; until now:\n      nothing is read from the code\n"));
  EXPECT_THAT(removed, HasSubstr("    - 8842 \"D2 weekly\" of urn:oid:1.2.3 was read as ergocalciferol 50000 IU, capsule; without this"));
  EXPECT_THAT(added, Not(HasSubstr("Other files")));
}

TEST(CompareKnowledge, WhatTheRestOfTheSetSaysOfACode) {
  // 1367410 is a shipped product of vitamin D.
  const std::string told = formulary("", "rxnorm,1367410,Ours,cholecalciferol,50000,IU,capsule,\n");
  EXPECT_THAT(told, HasSubstr("until now: the shipped\n      tables read it as \"ergocalciferol 1.25 MG Oral Capsule\"\n"));
  EXPECT_THAT(formulary("rxnorm,1367410,Ours,cholecalciferol,50000,IU,capsule,\n", ""), HasSubstr("read it as \"ergocalciferol 1.25 MG Oral Capsule\"\n"));
}

TEST(CompareKnowledge, AStrengthAFormAndANameOfAFormularyChanged) {
  const std::string told = formulary("medi-span,100899,Drops,cholecalciferol,400,IU/mL,oral drops,\n", "medi-span,100899,Infant drops,cholecalciferol,400,IU/drop,oral drops,\n");
  EXPECT_THAT(told, HasSubstr("0 added, 0 removed, 1 changed\n    ~ 100899 \"Infant drops\" of medi-span\n"
                              "      - read as cholecalciferol 400 IU/mL, oral drops\n"
                              "      + read as cholecalciferol 400 IU/drop, oral drops\n"
                              "      called \"Drops\" -> \"Infant drops\"\n"));
}

TEST(CompareKnowledge, TheSecondIngredientOfAProductIsSeen) {
  const std::string first = "urn:oid:1.2.3,9120,AD,alendronate,70,mg,tablet,\n";
  const std::string told = formulary(first + "urn:oid:1.2.3,9120,AD,cholecalciferol,2800,IU,tablet,\n", first + "urn:oid:1.2.3,9120,AD,cholecalciferol,5600,IU,tablet,\n");
  EXPECT_THAT(told, HasSubstr("- read as alendronate 70 mg + cholecalciferol 2800 IU, tablet\n"));
  EXPECT_THAT(told, HasSubstr("+ read as alendronate 70 mg + cholecalciferol 5600 IU, tablet\n"));
}

TEST(CompareKnowledge, AnotherSpellingOfACodeIsTheSameProduct) {
  const std::string told = formulary("ndc,0378-0460-01,D3,cholecalciferol,125,mcg,capsule,\n", "ndc,00378046001,D3,cholecalciferol,125,mcg,capsule,\n");
  EXPECT_THAT(told, HasSubstr("Other files that differ, in layout, comments or ways not told here\n  formulary/pharmacy.csv\n"));
  EXPECT_THAT(told, Not(HasSubstr("added")));
  EXPECT_THAT(formulary("urn:oid:1.2.3,1,A,cholecalciferol,,,capsule,old\n", "urn:oid:1.2.3,1,A,cholecalciferol,,,capsule,new\n"),
              HasSubstr("      remarks: note old -> note new\n"));
}

TEST(CompareKnowledge, TitlesAsPeopleWriteThemAndImportedTables) {
  EXPECT_THAT(formulary("", "System,Code,Display,Ingredient,Strength per unit,Unit,Form\nurn:oid:1.2.3,5,D,cholecalciferol,1000,IU,capsule\n"),
              HasSubstr("is read as cholecalciferol 1000 IU, capsule;"));
  EXPECT_THAT(formulary("", "ndc,0378-0460-01,D3,other,,,capsule,\n", "imported/rxnorm.csv"), HasSubstr("is read as an ingredient that no rule is about, capsule;"));
}
