// Promises: see suggestion_json.hpp.
#include "cards/rendering/suggestion_json.hpp"

#include "cards/facts/json_fields.hpp"
#include "fhir/dosage/once_weekly.hpp"

namespace cofactor::cards {
namespace {

void write_reference(json::Writer& out, std::string_view name, std::string_view reference) {
  out.key(name).begin_object().field("reference", reference).end_object();
}

/// A ServiceRequest draft; what the call did not tell (encounter, requester) is left out.
void write_lab_order(json::Writer& out, const OrderLab& order, const Knowledge& knowledge,
                     const RenderContext& context) {
  const LabOrder& lab = knowledge.lab_order(order.lab);
  out.begin_object().field("resourceType", "ServiceRequest");
  out.field("status", "draft").field("intent", "order");
  out.key("code").begin_object().key("coding").begin_array();
  // The site's code first: some EHRs look at the first coding only.
  if (const SiteOrderCode* code = context.site != nullptr ? context.site->order_code(order.lab) : nullptr) {
    out.begin_object().field("system", code->system).field("code", code->code);
    text_field(out, "display", code->display);
    out.end_object();
  }
  out.begin_object();
  out.field("system", "http://loinc.org").field("code", lab.loinc).field("display", lab.display);
  out.end_object().end_array().field("text", lab.display).end_object();
  write_reference(out, "subject", "Patient/" + std::string(context.patient_id));
  if (!context.encounter_id.empty())
    write_reference(out, "encounter", "Encounter/" + std::string(context.encounter_id));
  day_field(out, "occurrenceDateTime", order.due);
  out.field("authoredOn", context.as_of.text());
  if (!context.user_reference.empty()) write_reference(out, "requester", context.user_reference);
  out.end_object();
}

const json::Value* draft_named(const json::Value& drafts, std::string_view reference) {
  for (const json::Value& entry : drafts["entry"].items()) {
    const json::Value& order = entry["resource"];
    const std::string_view type = order["resourceType"].string(), id = order["id"].string();
    if (!type.empty() && reference.size() == type.size() + 1 + id.size() && reference.starts_with(type) &&
        reference[type.size()] == '/' && reference.ends_with(id))
      return &order;
  }
  return nullptr;
}

/// The whole order, changed (CDS Hooks: an update is no difference). Without the drafts at hand, as in the audit record,
/// the order is named and not held; collect_facts offers the change only for orders that it can be written for.
void write_changed_order(json::Writer& out, const ReduceDose& change, const RenderContext& context) {
  const json::Value* order = context.draft_orders != nullptr ? draft_named(*context.draft_orders, change.order) : nullptr;
  const auto changed = order != nullptr && change.to == "weekly" ? fhir::once_weekly(*order) : std::nullopt;
  if (changed)
    out.raw(*changed);
  else
    out.begin_object().field("reference", change.order).field("changedTo", change.to).end_object();
}

void write_action(json::Writer& out, const Suggestion& suggestion, const Knowledge& knowledge,
                  const RenderContext& context) {
  out.begin_object();
  if (const auto* reduce = std::get_if<ReduceDose>(&suggestion.action)) {
    out.field("type", "update").field("description", suggestion.label);
    write_changed_order(out.key("resource"), *reduce, context);
  } else if (const auto* lab = std::get_if<OrderLab>(&suggestion.action)) {
    out.field("type", "create").field("description", suggestion.label);
    write_lab_order(out.key("resource"), *lab, knowledge, context);
  } else if (const auto* cancel = std::get_if<CancelOrder>(&suggestion.action)) {
    out.field("type", "delete").field("description", suggestion.label);
    out.field("resourceId", cancel->order);
  }
  out.end_object();
}

}  // namespace

void write_suggestion(json::Writer& out, const Suggestion& suggestion, const Knowledge& knowledge,
                      const RenderContext& context) {
  out.begin_object().field("label", suggestion.label);
  text_field(out, "uuid", suggestion.uuid);
  out.key("actions").begin_array();
  write_action(out, suggestion, knowledge, context);
  out.end_array().end_object();
}

}  // namespace cofactor::cards
