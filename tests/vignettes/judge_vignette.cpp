// Promises: evaluates a vignette with the knowledge at hand and compares. Beside what the vignette expects, each one
// proves that no placeholder stayed unfilled, that the summary fits, that nothing forbidden is said, and that the
// facts survive JSON and give the same response again (replay).
#include <algorithm>

#include "cards/facts/collect_facts.hpp"
#include "cards/facts/facts_json.hpp"
#include "cards/facts/situation.hpp"
#include "cards/rendering/card_json.hpp"
#include "cards/rendering/card_text.hpp"
#include "fhir/json/reader.hpp"
#include "vignette.hpp"

namespace cofactor::vignettes {
namespace {

using cards::Card;

std::string response_of(const cards::Facts& facts, const cards::Knowledge& knowledge, const cards::SitePolicy* site) {
  cards::Evaluation evaluation = cards::evaluate(facts, knowledge, site);
  int next = 0;
  cards::assign_uuids(evaluation, [&] { return "uuid-" + std::to_string(++next); });
  cards::RenderContext context;
  context.source_url = "https://cds.example/cofactor";
  context.patient_id = "p1";
  context.as_of = facts.as_of;
  return cards::response_json(evaluation, knowledge, context);
}

/// The request as the service would collect it, every prefetch key under its own name.
cards::Facts facts_of(const json::Value& request, fhir::Day as_of, const cards::Knowledge& knowledge) {
  cards::CallInput input;
  input.as_of = as_of;
  input.hook = request["hook"].string();
  input.patient_id = request["context"]["patientId"].string();
  input.fhir_server = request["fhirServer"].string();
  input.draft_orders = request["context"].find("draftOrders");
  if (const json::Value* selections = request["context"].find("selections")) {
    input.selections.emplace();
    for (const json::Value& selection : selections->items()) input.selections->push_back(selection.string());
  }
  const json::Value& prefetch = request["prefetch"];
  input.prefetch.patient = prefetch.find("patient");
  input.prefetch.medications = prefetch.find("medications");
  input.prefetch.statements = prefetch.find("statements");
  input.prefetch.magnesium = prefetch.find("magnesium");
  input.prefetch.vitamin_d = prefetch.find("vitaminD");
  input.prefetch.calcium_renal = prefetch.find("calciumRenal");
  input.prefetch.conditions = prefetch.find("conditions");
  input.prefetch.service_requests = prefetch.find("serviceRequests");
  input.prefetch.encounter = prefetch.find("encounter");
  return cards::collect_facts(input, knowledge);
}

std::vector<std::string> suggested(const Card& card) {
  std::vector<std::string> out;
  if (!card.suggestions) return out;
  for (const cards::Suggestion& suggestion : card.suggestions->suggestions)
    if (const auto* lab = std::get_if<cards::OrderLab>(&suggestion.action))
      out.push_back(lab->due ? lab->lab + "@" + lab->due->text() : lab->lab);
    else if (const auto* reduce = std::get_if<cards::ReduceDose>(&suggestion.action))
      out.push_back(reduce->to + ":" + reduce->order);
    else if (const auto* cancel = std::get_if<cards::CancelOrder>(&suggestion.action))
      out.push_back("remove:" + cancel->order);
  return out;
}

std::string list(std::vector<std::string> items) {
  std::string out = "[";
  for (const std::string& item : items) out += (out.size() > 1 ? ", " : "") + item;
  return out + "]";
}
std::string sorted(std::vector<std::string> items) {
  std::sort(items.begin(), items.end());
  return list(std::move(items));
}

void compare(const ExpectedCard& expected, const Card& card, std::vector<std::string>& wrong) {
  if (card.rule != expected.rule) wrong.push_back("card is " + card.rule + ", expected " + expected.rule);
  if (cards::name_of(card.indicator) != expected.indicator)
    wrong.push_back(card.rule + " is " + std::string(cards::name_of(card.indicator)) + ", expected " + expected.indicator);
  const auto holds = [&](const std::string& text, const std::string& fragment, const char* where) {
    if (text.find(fragment) == std::string::npos) wrong.push_back(std::string(where) + " lacks `" + fragment + "`");
  };
  for (const std::string& fragment : expected.summary) holds(card.summary, fragment, "summary");
  for (const std::string& fragment : expected.detail) holds(card.detail, fragment, "detail");
  for (const std::string& fragment : expected.detail_without)
    if (card.detail.find(fragment) != std::string::npos) wrong.push_back("detail holds `" + fragment + "`");
  if (expected.also_fired && sorted(*expected.also_fired) != sorted(card.also_fired))
    wrong.push_back("alsoFired is " + list(card.also_fired) + ", expected " + list(*expected.also_fired));
  const bool one = card.suggestions && card.suggestions->behavior == cards::SelectionBehavior::at_most_one;
  if (!expected.behavior.empty() && expected.behavior != (one ? "at-most-one" : "any"))
    wrong.push_back("selection behaviour is not " + expected.behavior);
  if (expected.suggestions && list(*expected.suggestions) != list(suggested(card)))
    wrong.push_back("suggestions are " + list(suggested(card)) + ", expected " + list(*expected.suggestions));
}

/// What the record calls its products is not what we say of them: "magnesium oxide 400 mg" on board is no advice.
std::string without_names(std::string text, const cards::Facts& facts) {
  for (const cards::OrderFact& order : facts.orders) {
    std::vector<std::string> names{order.words, cards::escaped_markdown(order.words)};
    for (const cards::IngredientReading& reading : order.ingredients) names.push_back(reading.name);
    for (const std::string& name : names)
      for (auto at = text.find(name); !name.empty() && at != std::string::npos; at = text.find(name, at)) text.erase(at, name.size());
  }
  return text;
}

/// Where magnesium given could do harm (a.5), no card may speak of giving it.
bool magnesium_can_harm(const cards::Facts& facts, const cards::Knowledge& knowledge) {
  const cards::Situation s = cards::derive_situation(facts, knowledge);
  const bool high = s.magnesium.high != nullptr && s.magnesium.high->group == cards::LabGroup::magnesium_serum;
  return s.renal.gate || s.safety.magnesium.contraindication != nullptr || high;
}

void check_text(const Card& card, const cards::Facts& facts, bool harmful, std::vector<std::string>& wrong) {
  std::vector<std::string> rules = card.also_fired;
  rules.push_back(card.rule);
  if (cards::count_code_points(card.summary) > 139) wrong.push_back("summary has more than 139 characters");
  for (const std::string* text : {&card.summary, &card.detail}) {
    if (text->find_first_of("{}") != std::string::npos) wrong.push_back("a placeholder stayed unfilled: " + *text);
    if (text->find("  ") != std::string::npos) wrong.push_back("two spaces in a row: " + *text);
    if (text->find(" .") != std::string::npos || text->find(": .") != std::string::npos)
      wrong.push_back("an empty value: " + *text);
    for (const std::string& phrase : forbidden_in(without_names(*text, facts), rules)) wrong.push_back("says what must not be said: " + phrase);
    for (const char* phrase : {"correct magnesium", "From supplements", "Magnesium by mouth"})
      if (harmful && text->find(phrase) != std::string::npos)
        wrong.push_back("speaks of giving magnesium where it can do harm: " + std::string(phrase));
  }
}

void check_replay(const cards::Facts& facts, const cards::Knowledge& knowledge, const cards::SitePolicy* site,
                  std::vector<std::string>& wrong) {
  json::Writer first;
  cards::write_facts(first, facts);
  const std::string text = first.take();
  const auto document = json::parse(text);
  const auto again = document ? cards::read_facts(document->root()) : fail("malformed", "no JSON");
  if (!again) {
    wrong.push_back("facts do not survive JSON: " + again.error().text);
    return;
  }
  json::Writer second;
  cards::write_facts(second, *again);
  if (second.take() != text) wrong.push_back("facts change in JSON");
  if (response_of(*again, knowledge, site) != response_of(facts, knowledge, site)) wrong.push_back("replayed facts give another response");
}

/// The same call with nothing but its context: where a finding would have mattered, silence is the worst answer.
void check_never_silent(const cards::Facts& facts, const cards::Knowledge& knowledge, std::vector<std::string>& wrong) {
  cards::Facts bare = facts;
  bare.sources.clear();
  bare.labs.clear();
  const cards::Situation s = cards::derive_situation(bare, knowledge);
  const double matters = knowledge.threshold("vitd_interaction_iu_per_day").value;
  if (!s.triggered || s.minor || s.end_of_life) return;
  if (!s.vitamin_d.drafted_unread && !(s.vitamin_d.drafted && s.vitamin_d.iu_per_day > matters)) return;
  if (cards::evaluate(bare, knowledge).cards.empty()) wrong.push_back("silent when nothing could be looked at");
}

}  // namespace

std::vector<std::string> judge(const Vignette& vignette, const cards::Knowledge& knowledge, std::string& output) {
  std::vector<std::string> wrong;
  const auto as_of = fhir::Day::read(vignette.as_of);
  if (!vignette.facts && !as_of) return {"asOf is no date"};
  const cards::Facts facts = vignette.facts ? *vignette.facts : facts_of(*vignette.request, *as_of, knowledge);
  std::shared_ptr<const cards::SitePolicy> site;
  if (vignette.site != nullptr) {
    auto read = cards::read_site_policy(*vignette.site, knowledge);
    if (!read) return {"site" + read.error().front().pointer + ": " + read.error().front().text};
    site = std::move(*read);
  }
  const cards::Evaluation evaluation = cards::evaluate(facts, knowledge, site.get());
  for (const Card& card : evaluation.cards)
    output += card.rule + " [" + std::string(cards::name_of(card.indicator)) + "] also " + list(card.also_fired) +
              " suggests " + list(suggested(card)) + "\n  " + card.summary + "\n" + card.detail + "\n";
  for (const cards::RuleOutcome& outcome : evaluation.outcomes)
    output += "  " + outcome.rule + ": " + std::string(cards::name_of(outcome.kind)) + " (" + outcome.why + ")\n";

  if (evaluation.cards.size() != vignette.cards.size())
    wrong.push_back(std::to_string(evaluation.cards.size()) + " cards, expected " + std::to_string(vignette.cards.size()));
  for (std::size_t i = 0; i < std::min(evaluation.cards.size(), vignette.cards.size()); ++i)
    compare(vignette.cards[i], evaluation.cards[i], wrong);
  const bool harmful = magnesium_can_harm(facts, knowledge);
  for (const Card& card : evaluation.cards) check_text(card, facts, harmful, wrong);

  const auto outcome_of = [&](const std::string& rule) -> const cards::RuleOutcome* {
    for (const cards::RuleOutcome& outcome : evaluation.outcomes)
      if (outcome.rule == rule) return &outcome;
    return nullptr;
  };
  for (const auto& [rule, expected] : vignette.outcomes) {
    const auto* outcome = outcome_of(rule);
    std::string kind(outcome ? cards::name_of(outcome->kind) : "absent");
    if (outcome && kind == "merged" && expected != kind) kind += " into " + outcome->merged_into;
    if (kind != expected) wrong.push_back(rule + " is " + kind + ", expected " + expected);
  }
  for (const auto& [rule, fragment] : vignette.reasons) {
    const auto* outcome = outcome_of(rule);
    if (outcome == nullptr || outcome->why.find(fragment) == std::string::npos)
      wrong.push_back("why of " + rule + " lacks `" + fragment + "`");
  }
  check_never_silent(facts, knowledge, wrong);
  check_replay(facts, knowledge, site.get(), wrong);
  return wrong;
}

}  // namespace cofactor::vignettes
