// Promises: the audit record of one call (decision_record.hpp).
#include "cds-service/hooks/decision_record.hpp"

#include "cards/facts/facts_json.hpp"
#include "fhir/codes/coding.hpp"
#include "fhir/json/writer.hpp"

namespace cofactor::service::hooks {
namespace {

/// Suggested orders name their subject; the record must not.
std::string without_patient(const std::string& response, std::string_view patient_id) {
  json::Writer escaped;
  escaped.string("Patient/" + std::string(patient_id));
  const std::string named = escaped.take();
  std::string masked;
  std::size_t from = 0;
  for (std::size_t at; (at = response.find(named, from)) != std::string::npos; from = at + named.size())
    masked.append(response, from, at - from).append("\"Patient/{patient}\"");
  return masked.append(response, from);
}

void write_codings(json::Writer& out, const json::Value& concept_value) {
  for (const json::Value& coding : concept_value["coding"].items()) {
    const std::string_view code = coding["code"].string();
    if (code.empty()) continue;
    out.begin_object();
    if (const std::string_view system = coding["system"].string(); !system.empty()) out.field("system", system);
    out.field("code", code).end_object();
  }
}

/// Draft orders by reference and code, as they came: also those that no rule is about.
void write_drafts(json::Writer& out, const json::Value& draft_orders) {
  out.begin_array();
  for (const json::Value& entry : draft_orders["entry"].items()) {
    const json::Value& order = entry["resource"];
    const std::string_view type = order["resourceType"].string();
    if (type.empty() || type == "Medication") continue;
    out.begin_object().field("reference", std::string(type) + "/" + std::string(order["id"].string()));
    out.key("codes").begin_array();
    write_codings(out, order["medicationCodeableConcept"]);
    write_codings(out, order["medication"]["concept"]);
    write_codings(out, order["code"]);
    out.end_array().end_object();
  }
  out.end_array();
}

std::string content_of(const HookRequest& request, const CallResult& result, const RecordContext& context) {
  json::Writer out;
  out.begin_object();
  out.field("asOf", result.facts.as_of.text()).field("hook", request.hook);
  out.key("facts");
  cards::write_facts(out, result.facts);
  out.key("outcomes").begin_array();
  for (const cards::RuleOutcome& outcome : result.evaluation.outcomes) {
    out.begin_object().field("rule", outcome.rule).field("outcome", cards::name_of(outcome.kind));
    if (outcome.indicator) out.field("indicator", cards::name_of(*outcome.indicator));
    if (!outcome.why.empty()) out.field("why", outcome.why);
    if (!outcome.merged_into.empty()) out.field("mergedInto", outcome.merged_into);
    out.end_object();
  }
  out.end_array();
  out.key("drafts");
  write_drafts(out, *request.draft_orders);
  out.key("answer").begin_object();
  if (result.precondition.empty())
    out.key("response").raw(without_patient(result.response, request.patient_id));
  else
    out.field("refused", result.precondition);
  out.end_object();
  out.key("policy").begin_object();
  out.field("onMissingData", context.client->on_missing_data == OnMissingData::card ? "card" : "412");
  out.field("sourceUrl", context.source_url).end_object();
  out.end_object();
  return out.take();
}

}  // namespace

audit::DecisionRecord decision_record(const HookRequest& request, const CallResult& result,
                                      const cards::Knowledge& knowledge, const RecordContext& context) {
  audit::DecisionRecord record;
  record.decision = context.decision;
  record.client = context.client->name;
  record.issuer = context.client->name;  // until a token names one: two clients never share patient ids
  record.hook = request.hook;
  record.hook_instance = request.hook_instance;
  record.user = request.user_id;
  record.encounter = request.encounter_id;
  record.patient_id = request.patient_id;
  record.knowledge_revision = knowledge.revision();
  record.software_version = context.software_version;
  record.received_ms = context.received_ms;
  record.duration_us = context.duration_us;
  record.relevant = result.relevant;
  record.could_not_check = result.evaluation.could_not_check;
  record.could_not_check_reasons = result.could_not_check_reasons;
  if (result.precondition.empty())
    for (const cards::Card& card : result.evaluation.cards) {
      audit::CardEntry entry{card.uuid, card.rule, std::string(cards::name_of(card.indicator)), {}};
      if (card.suggestions)
        for (const cards::Suggestion& suggestion : card.suggestions->suggestions)
          entry.suggestion_uuids.push_back(suggestion.uuid);
      record.cards.push_back(std::move(entry));
    }
  record.content = content_of(request, result, context);
  return record;
}

}  // namespace cofactor::service::hooks
