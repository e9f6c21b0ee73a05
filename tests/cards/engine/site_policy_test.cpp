// Proves: a site decides how much of a rule is shown; whatever it decides, every rule stays in the outcomes exactly
// once, and a misspelt policy is refused with its place.
#include "cards/engine/site_policy.hpp"

#include <gtest/gtest.h>

#include <set>

#include "cards/engine/evaluate.hpp"
#include "cards/engine/rule_table.hpp"
#include "cards/facts/facts_json.hpp"
#include "fhir/json/reader.hpp"
#include "tests/cards/engine/shipped_vignettes.hpp"

using namespace cofactor;
using namespace cofactor::cards;

namespace {

/// The shipped set with one piece of a file replaced.
std::shared_ptr<const Knowledge> changed(const std::string& path, const std::string& from, const std::string& to) {
  auto files = shipped_knowledge_files();
  for (KnowledgeFile& file : files) {
    if (file.path != path) continue;
    const auto at = file.bytes.find(from);
    if (at == std::string::npos) throw std::logic_error(path + " has no such text");
    file.bytes.replace(at, from.size(), to);
  }
  return Knowledge::load(std::move(files)).value();
}

std::shared_ptr<const SitePolicy> site(const std::string& text, const Knowledge& knowledge = *shipped()) {
  return read_site_policy(json::parse(text).value().root(), knowledge).value();
}

/// "pointer: text" of the only problem.
std::string problem(const std::string& text) {
  const auto read = read_site_policy(json::parse(text).value().root(), *shipped());
  if (read || read.error().size() != 1) return "no problem, or several";
  return read.error()[0].pointer + ": " + read.error()[0].text;
}

const RuleOutcome& outcome(const Evaluation& evaluation, std::string_view rule) {
  for (const RuleOutcome& each : evaluation.outcomes)
    if (each.rule == rule) return each;
  throw std::logic_error("no outcome");
}

constexpr const char* with_ppi = "high-dose-ppi/v03-course-with-ppi";

}  // namespace

TEST(SitePolicy, AnOffRuleIsNotEvaluatedAndStaysInTheOutcomes) {
  const Evaluation off = evaluate(vignette(with_ppi), *shipped(),
                                  site(R"({"rules":{"high-dose-ppi":{"mode":"off"}}})").get());
  EXPECT_TRUE(off.cards.empty());
  EXPECT_TRUE(off.withheld.empty());
  EXPECT_EQ(outcome(off, "high-dose-ppi").kind, OutcomeKind::not_applicable);
  EXPECT_EQ(outcome(off, "high-dose-ppi").why, "off-by-site-policy");
  std::set<std::string> rules;
  for (const RuleOutcome& each : off.outcomes) EXPECT_TRUE(rules.insert(each.rule).second);
  EXPECT_EQ(rules.size(), rule_table().size());
}

TEST(SitePolicy, ASilentRuleIsEvaluatedAndItsCardWithheld) {
  const Evaluation shown = evaluate(vignette(with_ppi), *shipped());
  const Evaluation silent = evaluate(vignette(with_ppi), *shipped(),
                                     site(R"({"rules":{"high-dose-ppi":{"mode":"silent"}}})").get());
  EXPECT_TRUE(silent.cards.empty());
  ASSERT_EQ(silent.withheld.size(), 1u);
  EXPECT_EQ(silent.withheld[0].why, "silent");
  EXPECT_EQ(silent.withheld[0].card.detail, shown.cards.at(0).detail);
  const RuleOutcome& ppi = outcome(silent, "high-dose-ppi");
  EXPECT_EQ(ppi.kind, OutcomeKind::suppressed);
  EXPECT_EQ(ppi.indicator, shown.cards.at(0).indicator);
  EXPECT_EQ(ppi.why, "silent-by-site-policy: " + outcome(shown, "high-dose-ppi").why);
}

TEST(SitePolicy, ASilentRuleLeavesTheCardsOfOthersAsIfItWereOff) {
  const Facts facts = vignette("high-dose-multiple-depleters/v04-loop-and-ppi");
  const auto policy = [](const char* mode) {
    return site(std::string(R"({"rules":{"high-dose-multiple-depleters":{"mode":")") + mode + "\"}}}");
  };
  const Evaluation off = evaluate(facts, *shipped(), policy("off").get());
  const Evaluation silent = evaluate(facts, *shipped(), policy("silent").get());
  ASSERT_EQ(off.cards.size(), silent.cards.size());
  ASSERT_FALSE(off.cards.empty());
  for (std::size_t i = 0; i < off.cards.size(); ++i) EXPECT_EQ(off.cards[i].detail, silent.cards[i].detail);
  // What would have been shown is the answer with the rule on.
  const Evaluation on = evaluate(facts, *shipped());
  ASSERT_EQ(silent.withheld.size(), 1u);
  EXPECT_EQ(silent.withheld[0].card.rule, "high-dose-multiple-depleters");
  EXPECT_EQ(silent.withheld[0].card.detail, on.cards.at(0).detail);
}

TEST(SitePolicy, ALineIsNeverACardOfItsOwn) {
  const auto policy = site(R"({"rules":{"high-dose-depleter-monitoring":{"mode":"line"},"low-magnesium":{"mode":"line"},
                                        "high-dose-ppi":{"mode":"line"}}})");
  const Evaluation alone = evaluate(vignette(with_ppi), *shipped(), policy.get());
  EXPECT_TRUE(alone.cards.empty());
  ASSERT_EQ(alone.withheld.size(), 1u);
  EXPECT_EQ(alone.withheld[0].why, "line-only");
  EXPECT_EQ(outcome(alone, "high-dose-ppi").kind, OutcomeKind::suppressed);

  const Facts facts = vignette("high-dose-multiple-depleters/v04-loop-and-ppi");
  const auto lines = site(R"({"rules":{"high-dose-multiple-depleters":{"mode":"off"},"high-dose-ppi":{"mode":"line"}}})");
  const Evaluation with = evaluate(facts, *shipped(), lines.get());
  ASSERT_EQ(with.cards.size(), 1u);
  EXPECT_EQ(with.cards[0].rule, "high-dose-diuretic");
  EXPECT_EQ(outcome(with, "high-dose-ppi").kind, OutcomeKind::merged);
}

TEST(SitePolicy, ARuleCanBeOffByDefaultAndSwitchedOn) {
  const auto quiet = changed("policy/high-dose-ppi.json", R"("rank": 800,)", R"("rank": 800, "defaultMode": "off",)");
  const Evaluation by_default = evaluate(vignette(with_ppi), *quiet);
  EXPECT_TRUE(by_default.cards.empty());
  EXPECT_EQ(outcome(by_default, "high-dose-ppi").why, "off-by-default");
  const auto on = site(R"({"rules":{"high-dose-ppi":{"mode":"on"}}})", *quiet);
  EXPECT_EQ(evaluate(vignette(with_ppi), *quiet, on.get()).cards.size(), 1u);
}

TEST(SitePolicy, AVariantHasAModeOfItsOwnButNeverMoreThanItsRule) {
  RulePolicy policy;
  policy.variants = {{"above-upper-level", RuleMode::off}};
  SiteRule here;
  EXPECT_EQ(mode_of(policy, nullptr, "above-upper-level"), RuleMode::off);
  EXPECT_EQ(mode_of(policy, nullptr, ""), RuleMode::on);
  here.variants = {{"above-upper-level", RuleMode::on}};
  EXPECT_EQ(mode_of(policy, &here, "above-upper-level"), RuleMode::on);
  here.mode = RuleMode::silent;
  EXPECT_EQ(mode_of(policy, &here, "above-upper-level"), RuleMode::silent);
}

TEST(SitePolicy, WhatIsMisspeltIsRefusedWithItsPlace) {
  EXPECT_EQ(problem(R"({"rules":{"high-dose-ppis":{}}})"), "/rules/high-dose-ppis: there is no rule of that name");
  EXPECT_EQ(problem(R"({"rules":{"high-dose-ppi":{"mod":"off"}}})"),
            "/rules/high-dose-ppi/mod: is no key that Cofactor knows; it may be misspelt");
  EXPECT_EQ(problem(R"({"rules":{"high-dose-ppi":{"mode":"of"}}})"),
            "/rules/high-dose-ppi/mode: must be `on`, `line`, `silent` or `off`");
  EXPECT_EQ(problem(R"({"rules":{"high-dose-ppi":{"variants":{"x":"on"}}}})"),
            "/rules/high-dose-ppi/variants/x: the rule has no variant of that name");
  EXPECT_EQ(problem(R"({"rules":[]})"), "/rules: must be an object in braces");
}

TEST(SitePolicy, ACapLowersAnIndicatorAndIsRecorded) {
  const Facts facts = vignette("high-dose-multiple-depleters/v04-loop-and-ppi");
  const Evaluation capped = evaluate(
      facts, *shipped(), site(R"({"rules":{"high-dose-multiple-depleters":{"maxIndicator":"info"},
                                           "high-dose-ppi":{"maxIndicator":"info"},
                                           "high-dose-diuretic":{"maxIndicator":"info"}}})").get());
  ASSERT_EQ(capped.cards.size(), 1u);
  EXPECT_EQ(capped.cards[0].indicator, Indicator::info);
  EXPECT_EQ(outcome(capped, "high-dose-multiple-depleters").capped_from, Indicator::warning);
  EXPECT_EQ(problem(R"({"rules":{"high-dose-ppi":{"maxIndicator":"critical"}}})"),
            "/rules/high-dose-ppi/maxIndicator: must be `info` or `warning`: a cap only lowers");
}

TEST(SitePolicy, ANumberOfOneRuleChangesThatRuleAloneAndIsPrinted) {
  const Facts facts = vignette("high-dose-ppi/2001-is-info");
  EXPECT_EQ(outcome(evaluate(facts, *shipped()), "high-dose-ppi").kind, OutcomeKind::fired);
  const auto policy = [](const char* limit) {
    return site(std::string(R"({"rules":{"high-dose-ppi":{"thresholds":{"vitd_interaction_iu_per_day":)") + limit + "}}}}");
  };
  EXPECT_EQ(outcome(evaluate(facts, *shipped(), policy("2001").get()), "high-dose-ppi").kind, OutcomeKind::not_applicable);
  const Evaluation lower = evaluate(facts, *shipped(), policy("1500").get());
  EXPECT_NE(lower.cards.at(0).detail.find("above 1,500 IU/day"), std::string::npos) << lower.cards.at(0).detail;
  for (const RuleOutcome& other : evaluate(facts, *shipped()).outcomes) {
    if (other.rule == "high-dose-ppi") continue;
    EXPECT_EQ(outcome(lower, other.rule).why, other.why);
  }
}

TEST(SitePolicy, ALookBackOfOneRuleMovesItsWindow) {
  const Facts facts = vignette("high-dose-ppi/magnesium-91-days-old-is-not");
  EXPECT_EQ(evaluate(facts, *shipped()).cards.at(0).rule, "high-dose-ppi");
  const auto longer = site(R"({"rules":{"high-dose-ppi":{"thresholds":{"mg_lookback_depleting":91}}}})");
  EXPECT_EQ(outcome(evaluate(facts, *shipped(), longer.get()), "high-dose-ppi").kind, OutcomeKind::not_applicable);
}

TEST(SitePolicy, ANumberOutsideItsBoundsNamesBoundsAndSource) {
  const auto of = [](const char* number) {
    return problem(std::string(R"({"rules":{"high-dose-ppi":{"thresholds":{)") + number + "}}}}");
  };
  EXPECT_EQ(of(R"("vitd_interaction_iu_per_day":3001)"),
            "/rules/high-dose-ppi/thresholds/vitd_interaction_iu_per_day: must be a number from 1000 to 3000 IU/d; it is "
            "2000 (opinion: half the adult upper limit)");
  EXPECT_NE(of(R"("mg_lookback_depleting":29)").find("whole number from 30 to 180 d"), std::string::npos);
  EXPECT_NE(of(R"("mg_lookback_depleting":90.5)").find("whole number"), std::string::npos);
  EXPECT_NE(of(R"("mg_lookback_depleting":"90")").find("whole number"), std::string::npos);
  EXPECT_NE(of(R"("adult_age":18)").find("is not for a site to change"), std::string::npos);
  EXPECT_NE(of(R"("d25_high":90)").find("is no number of this rule"), std::string::npos);
}

TEST(SitePolicy, EveryBoundHoldsItsOwnValue) {
  for (const char* bounds : {R"("bounds": { "from": 2001, "to": 3000 })", R"("bounds": { "from": 1000, "to": 1999 })"}) {
    auto files = shipped_knowledge_files();
    for (KnowledgeFile& file : files) {
      const std::string shipped_bounds = R"("bounds": { "from": 1000, "to": 3000 })";
      if (file.path == "thresholds.json") file.bytes.replace(file.bytes.find(shipped_bounds), shipped_bounds.size(), bounds);
    }
    const auto loaded = Knowledge::load(std::move(files));
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error()[0].pointer, "/vitd_interaction_iu_per_day/bounds");
  }
}

TEST(SitePolicy, ASentenceOfTheSiteStandsAtTheEndEscaped) {
  const auto policy = site(R"({"rules":{"high-dose-ppi":{"extraWording":"Renal pharmacy: ext. 4711 <b>[x](y)</b>"}}})");
  const std::string detail = evaluate(vignette(with_ppi), *shipped(), policy.get()).cards.at(0).detail;
  EXPECT_TRUE(detail.ends_with("\n\nLocal guidance: Renal pharmacy: ext. 4711 &lt;b&gt;\\[x\\](y)&lt;/b&gt;")) << detail;
}

TEST(SitePolicy, ASentenceOfTheSiteIsBoundedAndSaysNothingForbidden) {
  const auto of = [](const std::string& wording) {
    return problem(R"({"rules":{"high-dose-ppi":{"extraWording":")" + wording + "\"}}}");
  };
  EXPECT_EQ(of("Please STOP the PPI"),
            "/rules/high-dose-ppi/extraWording: must not say `stop the ppi`: a card never says to stop or hold a PPI or a "
            "diuretic");
  EXPECT_NE(of("Take vitamin K2 along").find("must not say `k2`"), std::string::npos);
  EXPECT_NE(of("Consider magnesium glycinate").find("must not say"), std::string::npos);
  EXPECT_NE(of("Hello {ppi}").find("must not hold braces"), std::string::npos);
  EXPECT_NE(of("two\\nlines").find("one line"), std::string::npos);
  EXPECT_NE(of("").find("1 to 200 characters"), std::string::npos);
  EXPECT_NE(of(std::string(201, 'x')).find("1 to 200 characters"), std::string::npos);
  EXPECT_EQ(of(std::string(200, 'x')), "no problem, or several");
}
