// Promises: reads one vignette file strictly; a misspelt member is a failure, not a test that checks nothing.
#include "cards/facts/facts_json.hpp"
#include "cards/facts/json_fields.hpp"
#include "vignette.hpp"

namespace cofactor::vignettes {
namespace {

ExpectedCard read_card(cards::FieldReader& in) {
  ExpectedCard card;
  card.rule = in.text("rule");
  card.indicator = in.text("indicator");
  card.summary = in.texts("summary");
  card.detail = in.texts("detail");
  card.detail_without = in.texts("detailWithout");
  if (in.has("alsoFired")) card.also_fired = in.texts("alsoFired");
  if (in.has("suggestions")) card.suggestions = in.texts("suggestions");
  card.behavior = in.text("selectionBehavior");
  if (card.rule.empty() || card.indicator.empty()) in.refuse("", "needs a rule and an indicator");
  return card;
}

std::vector<std::pair<std::string, std::string>> pairs(const json::Value& object) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const json::Member& member : object.members())
    out.emplace_back(member.name, member.value.string());
  return out;
}

}  // namespace

std::string read_vignette(const json::Value& root, Vignette& out) {
  std::string problem;
  cards::FieldReader in(root, "", problem);
  out.why = in.text("why");
  in.texts("verifies");
  if (out.why.empty()) in.refuse("why", "must say what the case is for");
  if (in.has("facts")) {
    auto facts = cards::read_facts(root["facts"]);
    if (!facts) return facts.error().text;
    out.facts = std::move(*facts);
  }
  if (in.has("site")) out.site = root.find("site");
  if (in.has("tables")) out.tables = root.find("tables");
  if (in.has("request")) out.request = root.find("request");
  out.as_of = in.text("asOf");
  if (!out.facts && (out.request == nullptr || out.as_of.empty()))
    in.refuse("", "needs facts, or a request with asOf");
  if (!in.has("expect")) in.refuse("expect", "is missing");
  const json::Value& expected = root["expect"];
  cards::FieldReader expect(expected, "/expect", problem);
  out.cards = expect.objects<ExpectedCard>("cards", read_card);
  if (!expect.has("cards")) expect.refuse("cards", "is missing; an empty array means silence");
  expect.has("outcomes");
  expect.has("why");
  out.outcomes = pairs(expected["outcomes"]);
  out.reasons = pairs(expected["why"]);
  expect.finish();
  in.finish();
  return problem;
}

}  // namespace cofactor::vignettes
