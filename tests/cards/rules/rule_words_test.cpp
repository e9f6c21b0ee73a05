// Proves: no sentence of the knowledge says what section a.5 of the clinical specification forbids, every sentence that
// is not used is noticed, and the rules come in the order that the specification gives.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "cards/engine/knowledge.hpp"
#include "cards/engine/rule_table.hpp"
#include "fhir/json/reader.hpp"
#include "tests/vignettes/vignette.hpp"

using namespace cofactor::cards;
using cofactor::vignettes::forbidden_in;

namespace {
std::shared_ptr<const Knowledge> shipped() {
  static const auto knowledge = Knowledge::load(shipped_knowledge_files()).value();
  return knowledge;
}
/// Placeholder names are ours, and nobody reads them.
std::string without_placeholders(std::string text) {
  for (auto open = text.find('{'); open != std::string::npos; open = text.find('{'))
    text.erase(open, text.find('}', open) + 1 - open);
  return text;
}
}  // namespace

TEST(RuleWords, NoSentenceSaysWhatIsForbidden) {
  const auto knowledge = shipped();
  int sentences = 0;
  for (const std::string_view rule : knowledge->rules())
    for (const auto& [key, sentence] : knowledge->policy(rule).sentences) {
      EXPECT_THAT(forbidden_in(without_placeholders(sentence), {std::string(rule)}), testing::IsEmpty()) << rule << " " << key << ": " << sentence;
      ++sentences;
    }
  for (const KnowledgeFile& file : knowledge->files()) {
    if (file.path != "sentences.json") continue;
    const auto document = cofactor::json::parse(file.bytes).value();
    for (const auto& member : document.root().members()) {
      EXPECT_THAT(forbidden_in(without_placeholders(std::string(member.value.string()))), testing::IsEmpty()) << member.name;
      ++sentences;
    }
  }
  EXPECT_GT(sentences, 100);
}

TEST(RuleWords, TheForbiddenPatternsFindWhatTheyAreFor) {
  for (const char* said :
       {"Vitamin D depletes magnesium.", "Vitamin D burns magnesium", "the supplement sits inert", "RBC Mg > 5.5",
        "serum magnesium is useless", "normal Mg rules it out", "Stop the PPI.", "Hold omeprazole.", "Consider K2 (MK-7).",
        "400 mg/day of magnesium", "glycinate is best", "crosses the blood-brain barrier", "a ratio of 2:1", "soil", "Vieth 2020",
        "toxicity", "order free 25(OH)D", "1,25(OH)2D", "the recommended dose is 4,000 IU", "an excessive dose"})
    EXPECT_THAT(forbidden_in(said), testing::Not(testing::IsEmpty())) << said;
}

TEST(RuleWords, RulesComeInTheOrderOfTheSpecification) {
  const std::vector<std::string_view> in_order{
      "dose-unit-suspect", "calcium-risk", "magnesium-supplement-safety", "low-magnesium", "high-magnesium",
      "high-vitamin-d-level", "bolus-dose", "pediatric-upper-limit", "high-dose-multiple-depleters", "high-dose-ppi",
      "high-dose-diuretic", "high-dose-other-depleter", "vitamin-d-non-response", "high-dose-no-magnesium",
      "high-dose-depleter-monitoring", "thiazide-calcium", "vitamin-k2-anticoagulant", "dose-unreadable", "check-incomplete"};
  std::vector<std::string_view> ranked;
  for (const std::string_view rule : shipped()->rules())
    if (std::find(in_order.begin(), in_order.end(), rule) != in_order.end()) ranked.push_back(rule);
  EXPECT_EQ(ranked, in_order);
}

TEST(RuleWords, EveryRuleOfTheTableHasItsPolicyWithReasonsAndCitations) {
  const auto knowledge = shipped();
  for (const RuleEntry& entry : rule_table()) {
    const RulePolicy& policy = knowledge->policy(entry.id);
    EXPECT_FALSE(policy.override_reasons.empty()) << entry.id;
    EXPECT_FALSE(policy.citations.empty()) << entry.id;
    EXPECT_FALSE(policy.evidence.empty()) << entry.id;
    const auto line = policy.sentences.lower_bound("line");
    EXPECT_TRUE(line != policy.sentences.end() && line->first.starts_with("line")) << entry.id;
  }
}
