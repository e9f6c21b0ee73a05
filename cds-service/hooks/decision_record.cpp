// Promises: the audit record of one call (decision_record.hpp).
#include "cds-service/hooks/decision_record.hpp"

#include <algorithm>

#include "cards/facts/facts_json.hpp"
#include "cards/rendering/card_json.hpp"
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

void write_left_out(json::Writer& out, const std::vector<cards::LeftOut>& left_out) {
  out.begin_array();
  for (const cards::LeftOut& each : left_out) out.begin_object().field("what", each.what).field("why", each.why).end_object();
  out.end_array();
}

/// What the answer does not show: whole cards, and what an EHR profile keeps off them; and which overrides silenced.
void write_not_shown(json::Writer& out, const CallResult& result, const cards::Knowledge& knowledge,
                     const RecordContext& context) {
  const cards::Evaluation& evaluation = result.evaluation;
  if (!evaluation.withheld.empty()) {
    cards::RenderContext render;
    render.source_url = context.source_url;
    render.knowledge_revision = knowledge.revision();
    render.patient_id = "{patient}";
    render.as_of = result.facts.as_of;
    render.site = context.site;
    out.key("withheld").begin_array();
    for (const cards::WithheldCard& withheld : evaluation.withheld) {
      out.begin_object().field("why", withheld.why);
      cards::write_card(out.key("card"), withheld.card, knowledge, render);
      if (!withheld.card.left_out.empty()) write_left_out(out.key("leftOut"), withheld.card.left_out);
      out.end_object();
    }
    out.end_array();
  }
  const auto shaped = [](const cards::Card& card) { return !card.left_out.empty(); };
  if (std::any_of(evaluation.cards.begin(), evaluation.cards.end(), shaped)) {
    out.key("leftOut").begin_array();  // one list a card, in their order
    for (const cards::Card& card : evaluation.cards) write_left_out(out, card.left_out);
    out.end_array();
  }
  if (result.overrides.empty()) return;
  out.key("overrides").begin_array();
  for (const cards::EarlierOverride& each : result.overrides)
    out.begin_object().field("finding", each.finding).field("on", each.on.text()).end_object();
  out.end_array();
}

/// Who the token says was calling; its id ties the record to the EHR's own log.
void write_caller(json::Writer& out, const http::Caller& caller) {
  if (caller.issuer.empty()) return;
  out.key("caller").begin_object().field("issuer", caller.issuer);
  if (!caller.tenant.empty()) out.field("tenant", caller.tenant);
  if (!caller.subject.empty()) out.field("subject", caller.subject);
  out.field("tokenId", caller.token_id).end_object();
}

/// Where the data came from: what is not named here came with the request, or did not come.
void write_call_back(json::Writer& out, const CallBackReport& report) {
  if (report.outcome.empty() || report.outcome == "not-needed") return;
  out.key("callBack").begin_object().field("outcome", report.outcome);
  if (!report.why_not.empty()) out.field("why", report.why_not);
  if (report.us > 0) out.key("us").integer(report.us);
  if (!report.keys.empty()) {
    out.key("keys").begin_object();
    for (const CallBackReport::Key& each : report.keys) {
      out.key(each.key).begin_object().field("from", each.outcome);
      if (each.pages > 1) out.key("pages").integer(static_cast<std::int64_t>(each.pages));
      if (each.us > 0) out.key("us").integer(each.us);
      out.end_object();
    }
    out.end_object();
  }
  for (const auto& [name, count] : {std::pair("medicationsRead", report.medications_read), std::pair("medicationsCached", report.medications_cached),
                                    std::pair("medicationsFailed", report.medications_failed)})
    if (count > 0) out.key(name).integer(count);
  out.end_object();
}

std::string content_of(const HookRequest& request, const CallResult& result, const cards::Knowledge& knowledge,
                       const RecordContext& context) {
  json::Writer out;
  out.begin_object();
  out.field("asOf", result.facts.as_of.text()).field("hook", request.hook);
  out.key("facts");
  cards::write_facts(out, result.facts);
  write_outcomes(out.key("outcomes"), result.evaluation);
  out.key("drafts");
  write_drafts(out, *request.draft_orders);
  out.key("answer").begin_object();
  if (result.precondition.empty())
    out.key("response").raw(without_patient(result.recorded.empty() ? result.response : result.recorded, request.patient_id));
  else
    out.field("refused", result.precondition);
  out.end_object();
  out.key("policy").begin_object();
  out.field("onMissingData", context.client->on_missing_data == OnMissingData::card ? "card" : "412");
  out.field("sourceUrl", context.source_url);
  if (context.site != nullptr) out.field("site", context.site->revision);
  out.end_object();
  write_not_shown(out, result, knowledge, context);
  write_caller(out, context.caller);
  write_call_back(out, context.call_back);
  out.end_object();
  return out.take();
}

}  // namespace

audit::DecisionRecord decision_record(const HookRequest& request, const CallResult& result,
                                      const cards::Knowledge& knowledge, const RecordContext& context) {
  audit::DecisionRecord record;
  record.decision = context.decision;
  record.client = context.client->name;
  record.issuer = context.scope;
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
      audit::CardEntry entry{card.uuid, card.rule, std::string(cards::name_of(card.indicator)), {}, card.finding};
      if (card.suggestions)
        for (const cards::Suggestion& suggestion : card.suggestions->suggestions)
          entry.suggestion_uuids.push_back(suggestion.uuid);
      record.cards.push_back(std::move(entry));
    }
  for (const cards::WithheldCard& withheld : result.evaluation.withheld)
    record.withheld.push_back({withheld.card.rule, std::string(cards::name_of(withheld.card.indicator)), withheld.why});
  record.content = content_of(request, result, knowledge, context);
  return record;
}

}  // namespace cofactor::service::hooks
