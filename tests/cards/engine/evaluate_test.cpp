// Proves: every rule answers exactly once, also when nothing is drafted; the trace has the documented members; uuids are
// handed out in order.
#include "cards/engine/evaluate.hpp"

#include <gtest/gtest.h>

#include <set>

#include "cards/engine/rule_table.hpp"
#include "cards/facts/facts_json.hpp"
#include "fhir/json/reader.hpp"
#include "tests/cards/engine/shipped_vignettes.hpp"

using namespace cofactor;
using namespace cofactor::cards;

namespace {

std::string trace_of(const Facts& facts) {
  json::Writer out;
  write_situation(out, facts, *shipped());
  return out.take();
}

}  // namespace

TEST(Evaluate, EveryRuleAnswersExactlyOnce) {
  for (const char* name : {"high-dose-ppi/v03-course-with-ppi", "high-dose-no-magnesium/v23-laboratory-order-only"}) {
    const Evaluation evaluation = evaluate(vignette(name), *shipped());
    std::set<std::string> rules;
    for (const RuleOutcome& outcome : evaluation.outcomes) {
      EXPECT_TRUE(rules.insert(outcome.rule).second) << outcome.rule;
      EXPECT_FALSE(outcome.why.empty()) << outcome.rule;
    }
    EXPECT_EQ(rules.size(), rule_table().size());
    EXPECT_GE(rules.size(), 9u);
  }
}

TEST(Evaluate, CouldNotCheckIsSetWhenSomethingWasMissing) {
  EXPECT_TRUE(evaluate(vignette("check-incomplete/magnesium-not-supplied"), *shipped()).could_not_check);
  EXPECT_FALSE(evaluate(vignette("high-dose-ppi/v03-course-with-ppi"), *shipped()).could_not_check);
}

TEST(Evaluate, UuidsAreHandedOutInOrder) {
  Evaluation evaluation = evaluate(vignette("high-dose-diuretic/thiazide-5000-offers-calcium"), *shipped());
  int n = 0;
  assign_uuids(evaluation, [&] { return "u" + std::to_string(++n); });
  ASSERT_EQ(evaluation.cards.size(), 1u);
  EXPECT_EQ(evaluation.cards[0].uuid, "u1");
  EXPECT_EQ(evaluation.cards[0].suggestions->suggestions[0].uuid, "u2");
  EXPECT_EQ(evaluation.cards[0].suggestions->suggestions[1].uuid, "u3");
}

TEST(Evaluate, TheTraceHasTheDocumentedMembers) {
  const auto trace = json::parse(trace_of(vignette("low-magnesium/v17-inside-the-laboratorys-range"))).value();
  const json::Value& root = trace.root();
  EXPECT_EQ(root["vitaminD"]["iuPerDay"].number(), 5000);
  EXPECT_EQ(root["vitaminD"]["components"].size, 1u);
  EXPECT_TRUE(root["vitaminD"]["unreadable"].is_array());
  ASSERT_EQ(root["depletingClasses"].size, 1u);
  EXPECT_EQ(root["depletingClasses"].items()[0].string(), "ppi");
  EXPECT_EQ(root["magnesium"]["state"].string(), "valid");
  EXPECT_EQ(root["magnesium"]["mmolPerL"].number(), 0.7);
  EXPECT_EQ(root["magnesium"]["on"].string(), "2026-02-01");
}

TEST(Evaluate, AnUnknownTotalIsAbsentFromTheTraceAndNeverZero) {
  const auto trace = json::parse(trace_of(vignette("dose-unreadable/v51-as-directed-with-two-classes"))).value();
  EXPECT_EQ(trace.root()["vitaminD"].find("iuPerDay"), nullptr);
  ASSERT_EQ(trace.root()["vitaminD"]["unreadable"].size, 1u);
  EXPECT_EQ(trace.root()["vitaminD"]["unreadable"].items()[0]["reason"].string(), "as-directed");
}

TEST(Evaluate, MagnesiumStates) {
  const auto state = [](const char* name) {
    return std::string(json::parse(trace_of(vignette(name))).value().root()["magnesium"]["state"].string());
  };
  EXPECT_EQ(state("high-dose-no-magnesium/v01-5000-daily-no-magnesium-ever"), "none");
  EXPECT_EQ(state("high-dose-ppi/v48-magnesium-in-the-basket"), "pending");
  EXPECT_EQ(state("check-incomplete/magnesium-not-supplied"), "unavailable");
  EXPECT_EQ(state("high-dose-depleter-monitoring/valid-normal-with-ppi"), "valid");
}
