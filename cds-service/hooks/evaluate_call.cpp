// Promises: the one way from a call to its answer (evaluate_call.hpp).
#include "cds-service/hooks/evaluate_call.hpp"

#include <algorithm>
#include <array>

#include "cards/facts/collect_facts.hpp"
#include "cards/rendering/card_json.hpp"
#include "fhir/json/writer.hpp"

namespace cofactor::service::hooks {
namespace {

// The data without which a relevant finding cannot be judged: P-19 asks to keep "required" narrow, so that an
// EHR, which shows a refusal as silence, sees one only when the client asked for it.
constexpr std::array<std::string_view, 2> required_sources{"magnesium", "medications"};

bool obtained(const cards::SourceFact& source) { return source.state == "present" || source.state == "none-found"; }

void add_once(std::vector<std::string>& list, std::string item) {
  if (std::ranges::find(list, item) == list.end()) list.push_back(std::move(item));
}

/// The code at the start of a reason; what follows it are words.
std::string_view leading_code(std::string_view why) { return why.substr(0, why.find_first_of(" :,;(")); }

std::vector<std::string> reasons_of(const cards::Facts& facts, const cards::Knowledge& knowledge,
                                    const cards::Evaluation& evaluation) {
  std::vector<std::string> reasons;
  if (!evaluation.could_not_check) return reasons;
  for (const cards::SourceFact& source : facts.sources)
    if (!obtained(source) && std::ranges::find(required_sources, source.key) != required_sources.end())
      add_once(reasons, source.key + "-" + (source.reason.empty() ? source.state : source.reason));
  for (const cards::OrderFact& order : facts.orders)
    if (order.counts() && !order.vitamin_d_unknown.empty()) add_once(reasons, "dose-" + order.vitamin_d_unknown);
  if (cards::unproven_draft_matters(facts, knowledge)) add_once(reasons, "draft-subject-unproven");
  for (const cards::SourceFact& source : facts.sources)
    if (source.key == cards::drafts_source) add_once(reasons, "drafts-" + (source.reason.empty() ? source.state : source.reason));
  if (reasons.empty())
    for (const cards::RuleOutcome& outcome : evaluation.outcomes)
      if (outcome.kind == cards::OutcomeKind::undetermined)
        add_once(reasons, outcome.rule + "-" + std::string(leading_code(outcome.why)));
  return reasons;
}

/// A suggested change holds the whole draft, which is more about the patient than the record needs.
bool rewrites_a_draft(const cards::Evaluation& evaluation) {
  for (const cards::Card& card : evaluation.cards)
    if (card.suggestions)
      for (const cards::Suggestion& suggestion : card.suggestions->suggestions)
        if (std::holds_alternative<cards::ReduceDose>(suggestion.action)) return true;
  return false;
}

std::string missing_required(const cards::Facts& facts) {
  std::string missing;
  for (const cards::SourceFact& source : facts.sources) {
    if (obtained(source) || std::ranges::find(required_sources, source.key) == required_sources.end()) continue;
    if (!missing.empty()) missing += ", ";
    missing += "`" + source.key + "` (" + (source.reason.empty() ? source.state : source.reason) + ")";
  }
  return missing;
}

}  // namespace

CallResult judge_call(const HookRequest& request, const cards::Knowledge& knowledge, fhir::Day as_of,
                      const CallPolicy& policy) {
  CallResult result;
  result.facts = cards::collect_facts(request.call_input(as_of), knowledge);
  result.relevant = cards::drafts_are_relevant(result.facts);
  result.evaluation = cards::evaluate(result.facts, knowledge, policy.site);
  result.could_not_check_reasons = reasons_of(result.facts, knowledge, result.evaluation);
  if (policy.on_missing_data == OnMissingData::precondition_failed && result.evaluation.could_not_check)
    if (const std::string missing = missing_required(result.facts); !missing.empty())
      result.precondition = "required data are not available: " + missing + "; send these prefetch keys";
  return result;
}

std::optional<fhir::Day> overrides_since(const CallResult& result) {
  if (!result.precondition.empty() || !cards::overrides_matter(result.evaluation)) return std::nullopt;
  int days = 0;
  for (const cards::Card& card : result.evaluation.cards) days = std::max(days, card.silence_days);
  return fhir::plus_days(result.facts.as_of, -days);
}

void silence(CallResult& result, const std::vector<cards::EarlierOverride>& overrides) {
  if (overrides.empty()) return;
  const std::size_t before = result.evaluation.withheld.size();
  cards::silence_overridden(result.evaluation, overrides, result.facts.as_of);
  for (std::size_t i = before; i < result.evaluation.withheld.size(); ++i)
    for (const cards::EarlierOverride& each : overrides)
      if (each.finding == result.evaluation.withheld[i].card.finding) result.overrides.push_back(each);
}

void word_call(CallResult& result, const HookRequest& request, const cards::Knowledge& knowledge,
               const CallPolicy& policy, std::string_view decision, const UuidSource& next_uuid) {
  cards::assign_uuids(result.evaluation, next_uuid);
  cards::RenderContext context;
  context.source_url = policy.source_url;
  context.decision = decision;
  context.knowledge_revision = knowledge.revision();
  context.patient_id = request.patient_id;
  context.user_reference = request.user_id;
  context.encounter_id = request.encounter_id;
  context.draft_orders = request.draft_orders;
  context.as_of = result.facts.as_of;
  context.site = policy.site;
  result.response = cards::response_json(result.evaluation, knowledge, context);
  if (rewrites_a_draft(result.evaluation)) {
    context.draft_orders = nullptr;
    result.recorded = cards::response_json(result.evaluation, knowledge, context);
  }
}

CallResult evaluate_call(const HookRequest& request, const cards::Knowledge& knowledge, fhir::Day as_of,
                         const CallPolicy& policy, std::string_view decision, const UuidSource& next_uuid) {
  CallResult result = judge_call(request, knowledge, as_of, policy);
  if (result.precondition.empty()) word_call(result, request, knowledge, policy, decision, next_uuid);
  return result;
}

void write_outcomes(json::Writer& out, const cards::Evaluation& evaluation) {
  out.begin_array();
  for (const cards::RuleOutcome& outcome : evaluation.outcomes) {
    out.begin_object().field("rule", outcome.rule).field("outcome", cards::name_of(outcome.kind));
    if (outcome.indicator) out.field("indicator", cards::name_of(*outcome.indicator));
    if (outcome.capped_from) out.field("cappedFrom", cards::name_of(*outcome.capped_from));
    if (!outcome.why.empty()) out.field("why", outcome.why);
    if (!outcome.merged_into.empty()) out.field("mergedInto", outcome.merged_into);
    out.end_object();
  }
  out.end_array();
}

std::string trace_json(const CallResult& result, const cards::Knowledge& knowledge) {
  json::Writer out;
  out.begin_object().field("asOf", result.facts.as_of.text()).field("knowledgeRevision", knowledge.revision());
  out.key("facts");
  cards::write_situation(out, result.facts, knowledge);
  write_outcomes(out.key("rules"), result.evaluation);
  out.end_object();
  return out.take();
}

}  // namespace cofactor::service::hooks
