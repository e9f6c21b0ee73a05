// Proves: what an EHR cannot show or carry out is not on the card, and is told with its reason; a site's own code
// stands first in a suggested order.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "cards/facts/facts_json.hpp"
#include "cards/rendering/card_json.hpp"
#include "fhir/json/reader.hpp"

using namespace cofactor;
using namespace cofactor::cards;

namespace {

struct Answer {
  Evaluation evaluation;
  std::string response;
  const Card& card() const { return evaluation.cards.at(0); }
};

Answer answer(const std::string& policy) {
  static const auto knowledge = Knowledge::load(shipped_knowledge_files()).value();
  std::ifstream file("tests/vignettes/high-dose-diuretic/thiazide-5000-offers-calcium.json");
  std::stringstream text;
  text << file.rdbuf();
  const Facts facts = read_facts(json::parse(text.str()).value().root()["facts"]).value();
  const auto site = read_site_policy(json::parse(policy).value().root(), *knowledge).value();
  Answer out{evaluate(facts, *knowledge, site.get()), {}};
  RenderContext context;
  context.patient_id = "p1";
  context.as_of = facts.as_of;
  context.site = site.get();
  out.response = response_json(out.evaluation, *knowledge, context);
  return out;
}

std::string problem(const std::string& policy) {
  static const auto knowledge = Knowledge::load(shipped_knowledge_files()).value();
  const auto read = read_site_policy(json::parse(policy).value().root(), *knowledge);
  return read ? "" : read.error()[0].pointer + ": " + read.error()[0].text;
}

constexpr const char* mapped = R"({"ehrProfile":"epic","orderCodes":{"serum-magnesium":{"code":"LAB123","display":"Mg"}}})";

}  // namespace

TEST(EhrProfile, TheSitesCodeStandsBeforeTheLoincCode) {
  const Answer ours = answer(R"({"orderCodes":{"serum-magnesium":{"system":"urn:site","code":"MG"}}})");
  EXPECT_NE(ours.response.find(R"("coding":[{"system":"urn:site","code":"MG"},{"system":"http://loinc.org","code":"19123-9")"),
            std::string::npos)
      << ours.response;
  EXPECT_TRUE(ours.card().left_out.empty());
  EXPECT_EQ(ours.card().suggestions->suggestions.size(), 2u);
}

TEST(EhrProfile, EpicGetsItemsOfThePreferenceListAndNothingItCannotOrder) {
  const Answer epic = answer(mapped);
  EXPECT_NE(epic.response.find(R"({"system":"urn:com.epic.cdshooks.action.code.system.preference-list-item","code":"LAB123",)"
                               R"("display":"Mg"})"),
            std::string::npos)
      << epic.response;
  ASSERT_EQ(epic.card().suggestions->suggestions.size(), 1u);
  EXPECT_NE(epic.response.find(R"("selectionBehavior":"any")"), std::string::npos);
  ASSERT_EQ(epic.card().left_out.size(), 1u) << "calcium has no code here";
  EXPECT_EQ(epic.card().left_out[0].why, "no-order-code");

  const Answer bare = answer(R"({"ehrProfile":"epic"})");
  EXPECT_FALSE(bare.card().suggestions);
  EXPECT_EQ(bare.response.find("suggestions"), std::string::npos);
  EXPECT_EQ(bare.card().left_out.size(), 2u);
}

TEST(EhrProfile, OracleGetsAShortDetailAndTheRestIsTold) {
  const Answer full = answer("{}"), narrow = answer(R"({"ehrProfile":"oracle"})");
  EXPECT_LT(narrow.card().detail.size(), full.card().detail.size());
  ASSERT_FALSE(narrow.card().left_out.empty());
  for (const LeftOut& each : narrow.card().left_out) {
    EXPECT_EQ(each.why, "narrow-panel");
    EXPECT_NE(full.card().detail.find(each.what), std::string::npos) << each.what;
    EXPECT_EQ(narrow.card().detail.find(each.what), std::string::npos) << each.what;
  }
  EXPECT_EQ(narrow.card().summary, full.card().summary);
  EXPECT_NE(narrow.card().detail.find("Options:"), std::string::npos);
  EXPECT_NE(narrow.card().detail.find("Evidence"), std::string::npos) << narrow.card().detail;
  EXPECT_EQ(narrow.card().suggestions->suggestions.size(), full.card().suggestions->suggestions.size());
}

TEST(EhrProfile, WhatIsWrongIsToldWithItsPlace) {
  EXPECT_EQ(problem(R"({"ehrProfile":"Epic"})"), "/ehrProfile: must be `generic`, `epic` or `oracle`");
  EXPECT_EQ(problem(R"({"orderCodes":{"magnesium":{"code":"1","system":"x"}}})"),
            "/orderCodes/magnesium: there is no laboratory order of that name in lab-orders.json");
  EXPECT_EQ(problem(R"({"orderCodes":{"serum-magnesium":{"system":"x"}}})"), "/orderCodes/serum-magnesium/code: is missing");
  EXPECT_EQ(problem(R"({"orderCodes":{"serum-magnesium":{"code":"x"}}})"),
            "/orderCodes/serum-magnesium/system: is missing; only the profile `epic` has one of its own");
}
