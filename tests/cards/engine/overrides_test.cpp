// Proves: a card overridden with the same facts is silenced for its window and no longer; whatever makes the finding
// new (dose, drug, result, kidney, gravity) shows it again, and what only ages does not.
#include <gtest/gtest.h>

#include <functional>

#include "cards/engine/evaluate.hpp"
#include "cards/facts/facts_json.hpp"
#include "fhir/json/reader.hpp"
#include "tests/cards/engine/shipped_vignettes.hpp"

using namespace cofactor;
using namespace cofactor::cards;

namespace {

std::string finding(const Facts& facts) { return evaluate(facts, *shipped()).cards.at(0).finding; }

OrderFact& order_with(Facts& facts, DrugClass c) {
  for (OrderFact& order : facts.orders)
    if (order.has(c)) return order;
  throw std::logic_error("no such order");
}

constexpr const char* with_ppi = "high-dose-ppi/v03-course-with-ppi";
constexpr const char* stale = "high-dose-ppi/magnesium-91-days-old-is-not";

}  // namespace

TEST(Overrides, TheSameFactsSilenceTheCardUpToTheLastDayOfTheWindow) {
  const Facts facts = vignette(with_ppi);
  const std::string same = finding(facts);
  ASSERT_EQ(same.size(), 32u);
  for (const int days : {0, 90, 91}) {
    Evaluation evaluation = evaluate(facts, *shipped());
    ASSERT_TRUE(overrides_matter(evaluation));
    silence_overridden(evaluation, {{same, fhir::plus_days(facts.as_of, -days)}}, facts.as_of);
    EXPECT_EQ(evaluation.cards.size(), days <= 90 ? 0u : 1u) << days;
    EXPECT_EQ(evaluation.withheld.size(), days <= 90 ? 1u : 0u) << days;
  }
}

TEST(Overrides, ASilencedFindingStaysInTheOutcomesWithItsLines) {
  const Facts facts = vignette("high-dose-multiple-depleters/v04-loop-and-ppi");
  Evaluation evaluation = evaluate(facts, *shipped());
  const std::size_t rules = evaluation.outcomes.size();
  const Card card = evaluation.cards.at(0);
  ASSERT_FALSE(card.also_fired.empty());
  silence_overridden(evaluation, {{card.finding, facts.as_of}}, facts.as_of);
  EXPECT_TRUE(evaluation.cards.empty());
  EXPECT_EQ(evaluation.withheld.at(0).why, "overridden-recently");
  EXPECT_EQ(evaluation.outcomes.size(), rules);
  std::size_t silenced = 0;
  for (const RuleOutcome& outcome : evaluation.outcomes)
    silenced += outcome.kind == OutcomeKind::suppressed && outcome.why.starts_with("overridden-recently: ") ? 1 : 0;
  EXPECT_EQ(silenced, 1 + card.also_fired.size());
  EXPECT_FALSE(overrides_matter(evaluation));
}

TEST(Overrides, AnOverrideOfAnotherFindingOrOfTomorrowSilencesNothing) {
  const Facts facts = vignette(with_ppi);
  Evaluation evaluation = evaluate(facts, *shipped());
  silence_overridden(evaluation,
                     {{std::string(32, '0'), facts.as_of}, {finding(facts), fhir::plus_days(facts.as_of, 1)}},
                     facts.as_of);
  EXPECT_EQ(evaluation.cards.size(), 1u);
}

TEST(Overrides, WhatOnlyAgesIsTheSame) {
  const Facts before = vignette(stale);
  Facts later = before;
  later.as_of = fhir::plus_days(before.as_of, 20);
  for (OrderFact& order : later.orders) order.reference = "MedicationRequest/another-" + order.reference.substr(18);
  EXPECT_EQ(finding(before), finding(later));
}

TEST(Overrides, WhatIsNewReopensTheCard) {
  const Facts before = vignette(stale);
  const std::string same = finding(before);
  const std::pair<const char*, std::function<void(Facts&)>> changes[] = {
      {"a higher dose",
       [](Facts& facts) {
         OrderFact& order = order_with(facts, DrugClass::vitamin_d_nutritional);
         *order.iu_per_day += 1000;
       }},
      {"a lower dose is another order, too",
       [](Facts& facts) { *order_with(facts, DrugClass::vitamin_d_nutritional).iu_per_day -= 100; }},
      {"another proton pump inhibitor",
       [](Facts& facts) {
         for (IngredientReading& ingredient : order_with(facts, DrugClass::ppi).ingredients) ingredient.name = "dexlansoprazole";
       }},
      {"digoxin beside it",
       [](Facts& facts) {
         OrderFact digoxin = order_with(facts, DrugClass::ppi);
         digoxin.reference = "MedicationRequest/digoxin";
         digoxin.ingredients.front().name = "digoxin";
         digoxin.ingredients.front().drug_class = DrugClass::cardiac_glycoside;
         facts.orders.push_back(digoxin);
       }},
      {"another last magnesium", [](Facts& facts) { *facts.labs.at(0).value -= 0.02; }},
      {"a kidney that fails",
       [](Facts& facts) { facts.conditions.push_back({"Condition/ckd", "431857002", "ckd-4-5", std::nullopt}); }},
      {"pregnancy",
       [](Facts& facts) { facts.conditions.push_back({"Condition/p", "77386006", "pregnancy", std::nullopt}); }},
  };
  for (const auto& [what, change] : changes) {
    Facts after = before;
    change(after);
    EXPECT_NE(finding(after), same) << what;
  }
}

TEST(Overrides, WhatIsCriticalOrCouldNotBeCheckedIsNeverSilenced) {
  EXPECT_EQ(finding(vignette("check-incomplete/magnesium-not-supplied")), "");
  EXPECT_EQ(evaluate(vignette("check-incomplete/magnesium-not-supplied"), *shipped()).cards.at(0).silence_days, 0);
  EXPECT_FALSE(overrides_matter(evaluate(vignette("check-incomplete/magnesium-not-supplied"), *shipped())));
  const Evaluation severe = evaluate(vignette("low-magnesium/0.49-is-critical"), *shipped());
  EXPECT_EQ(severe.cards.at(0).indicator, Indicator::critical);
  EXPECT_EQ(severe.cards.at(0).finding, "");
}

TEST(Overrides, ASiteCanShowACardAgainAndChooseTheWindow) {
  const Facts facts = vignette(with_ppi);
  const auto policy = [](const char* rule) {
    return read_site_policy(json::parse(std::string(R"({"rules":{"high-dose-ppi":)") + rule + "}}").value().root(), *shipped())
        .value();
  };
  EXPECT_FALSE(overrides_matter(evaluate(facts, *shipped(), policy(R"({"afterOverride":"show"})").get())));
  const auto shorter = policy(R"({"thresholds":{"override_silence_days":30}})");
  const Evaluation evaluation = evaluate(facts, *shipped(), shorter.get());
  EXPECT_EQ(evaluation.cards.at(0).silence_days, 30);
  EXPECT_EQ(evaluation.cards.at(0).finding, finding(facts));
}
