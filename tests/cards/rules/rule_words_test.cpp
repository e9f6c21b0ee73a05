// Proves: the rules come in the order that the specification gives, and each has its policy with reasons and citations.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "cards/engine/knowledge.hpp"
#include "cards/engine/rule_table.hpp"

using namespace cofactor::cards;

namespace {
std::shared_ptr<const Knowledge> shipped() {
  static const auto knowledge = Knowledge::load(shipped_knowledge_files()).value();
  return knowledge;
}
}  // namespace

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
