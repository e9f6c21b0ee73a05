// Proves: the response is what CDS Hooks 2.0.1 wants (K-*, A-*, T-04 to T-06), in full, against responses that a
// person can read in tests/cards/rendering/golden; the documentation quotes them.
#include "cards/rendering/card_json.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <sstream>

#include "cards/facts/facts_json.hpp"
#include "cards/rendering/card_text.hpp"
#include "cards/rendering/compose_card.hpp"
#include "fhir/json/reader.hpp"

using namespace cofactor;
using namespace cofactor::cards;

namespace {

std::string read_file(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string vignette_response(const std::string& vignette) {
  static const auto knowledge = Knowledge::load(shipped_knowledge_files()).value();
  const auto document = json::parse(read_file("tests/vignettes/" + vignette + ".json")).value();
  const Facts facts = read_facts(document.root()["facts"]).value();
  Evaluation evaluation = evaluate(facts, *knowledge);
  int next = 0;
  assign_uuids(evaluation, [&] { return "00000000-0000-5000-8000-00000000000" + std::to_string(++next); });
  RenderContext context;
  context.source_url = "https://cds.example/cofactor";
  context.decision = "11111111-1111-4111-8111-111111111111";
  context.knowledge_revision = "sha256:0";
  context.patient_id = "p1";
  context.user_reference = "Practitioner/u1";
  context.encounter_id = "e1";
  context.as_of = facts.as_of;
  return response_json(evaluation, *knowledge, context);
}

/// Indented as a person would write it, so that a difference is seen in a line.
void indent(const json::Value& value, int depth, std::string& out) {
  const std::string pad(static_cast<std::size_t>(depth + 1) * 2, ' '), close(static_cast<std::size_t>(depth) * 2, ' ');
  const char* separator = "\n";
  if (value.is_object()) {
    out += "{";
    for (const json::Member& member : value.members()) {
      json::Writer name;
      name.string(member.name);
      out += separator + pad + name.take() + ": ";
      indent(member.value, depth + 1, out);
      separator = ",\n";
    }
    out += "\n" + close + "}";
  } else if (value.is_array()) {
    out += "[";
    for (const json::Value& item : value.items()) {
      out += separator + pad;
      indent(item, depth + 1, out);
      separator = ",\n";
    }
    out += value.size == 0 ? "]" : "\n" + close + "]";
  } else {
    json::Writer scalar;
    scalar.value(value);
    out += scalar.take();
  }
}

void no_empty_member(const json::Value& value, const std::string& at) {
  EXPECT_FALSE(value.is_null()) << at << " is null";
  if (value.is_string()) {
    EXPECT_FALSE(value.string().empty()) << at << " is an empty string";
  }
  if (value.is_object() || value.is_array()) {
    EXPECT_TRUE(value.size > 0 || at == "/cards") << at << " is empty";
  }
  for (const json::Member& member : value.members()) no_empty_member(member.value, at + "/" + std::string(member.name));
  for (const json::Value& item : value.items()) no_empty_member(item, at + "/-");
}

class Golden : public testing::TestWithParam<const char*> {};

}  // namespace

TEST_P(Golden, ResponseIsAsWritten) {
  const std::string vignette = GetParam();
  const auto document = json::parse(vignette_response(vignette)).value();
  std::string response;
  indent(document.root(), 0, response);
  response += "\n";
  const std::string file = vignette.substr(vignette.find('/') + 1) + ".json";
  EXPECT_EQ(response, read_file("tests/cards/rendering/golden/" + file)) << "the response is now:\n" << response;
}
INSTANTIATE_TEST_SUITE_P(CardJson, Golden,
                         testing::Values("high-dose-ppi/v03-course-with-ppi",
                                         "high-dose-multiple-depleters/v04-loop-and-ppi",
                                         "high-dose-depleter-monitoring/valid-normal-with-ppi",
                                         "check-incomplete/no-prefetch-at-all"));

TEST(CardJson, K01_CardsIsAlwaysPresent) {
  EXPECT_EQ(vignette_response("high-dose-no-magnesium/4000-is-not-above-4000"), "{\"cards\":[]}");
}

TEST(CardJson, T04_T05_NothingIsNullOrEmpty) {
  for (const char* vignette : {"high-dose-ppi/v03-course-with-ppi", "dose-unreadable/pending-does-not-silence",
                               "check-incomplete/medications-not-supplied", "high-dose-no-magnesium/hostile-name-is-escaped"})
    no_empty_member(json::parse(vignette_response(vignette)).value().root(), "");
}

TEST(CardJson, T06_OptionalMembersWithoutValueAreLeftOut) {
  Evaluation evaluation;
  Card card;
  card.rule = "high-dose-ppi";
  card.summary = "x";
  card.topic_code = "HighDosePpi";
  evaluation.cards.push_back(card);
  const auto knowledge = Knowledge::load(shipped_knowledge_files()).value();
  EXPECT_EQ(response_json(evaluation, *knowledge, {}),
            R"({"cards":[{"summary":"x","indicator":"info","source":{"label":"Cofactor","topic":{"system":)"
            R"("urn:cofactor:topic","code":"HighDosePpi"}},"extension":{"org.cofactor":{"rule":"high-dose-ppi"}}}]})");
}

TEST(CardJson, K12_SelectionBehaviorStandsWithSuggestionsOnly) {
  const auto with = json::parse(vignette_response("high-dose-ppi/v03-course-with-ppi")).value();
  EXPECT_EQ(with.root()["cards"].items()[0]["selectionBehavior"].string(), "any");
  const auto without = json::parse(vignette_response("check-incomplete/medications-not-supplied")).value();
  EXPECT_EQ(without.root()["cards"].items()[0].find("selectionBehavior"), nullptr);
  EXPECT_EQ(without.root()["cards"].items()[0].find("suggestions"), nullptr);
}

TEST(CardJson, A08_TheRepeatTestCarriesItsDueDate) {
  const auto document = json::parse(vignette_response("high-dose-depleter-monitoring/valid-normal-with-ppi")).value();
  const json::Value& action = document.root()["cards"].items()[0]["suggestions"].items()[0]["actions"].items()[0];
  EXPECT_EQ(action["type"].string(), "create");
  EXPECT_FALSE(action["description"].string().empty());
  EXPECT_EQ(action["resource"]["occurrenceDateTime"].string(), "2026-04-10");
  EXPECT_EQ(action["resource"]["status"].string(), "draft");
}

TEST(CardJson, A10_CancellingNamesTheOrder) {
  Evaluation evaluation;
  Card card;
  card.rule = "dose-unit-suspect";
  card.summary = "x";
  card.topic_code = "DoseUnitSuspect";
  card.suggestions.emplace(SelectionBehavior::at_most_one);
  card.suggestions->suggestions.push_back({"Remove", CancelOrder{"MedicationRequest/d1"}, "u"});
  evaluation.cards.push_back(card);
  const auto knowledge = Knowledge::load(shipped_knowledge_files()).value();
  const std::string response = response_json(evaluation, *knowledge, {});
  EXPECT_NE(response.find(R"({"type":"delete","description":"Remove","resourceId":"MedicationRequest/d1"})"), std::string::npos);
  EXPECT_NE(response.find(R"("selectionBehavior":"at-most-one")"), std::string::npos);
}

TEST(CardJson, TopicCodesAreTheRuleIdsInUpperCamelCase) {
  EXPECT_EQ(topic_code("high-dose-ppi"), "HighDosePpi");
  EXPECT_EQ(topic_code("vitamin-k2-anticoagulant"), "VitaminK2Anticoagulant");
  const auto knowledge = Knowledge::load(shipped_knowledge_files()).value();
  for (const std::string_view rule : knowledge->rules()) {
    const std::string code = topic_code(rule);
    EXPECT_TRUE(std::regex_match(code, std::regex("[A-Za-z0-9]{1,100}"))) << code;
  }
}
