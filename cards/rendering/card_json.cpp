// Promises: see card_json.hpp. A member without a value is left out, never sent empty.
#include "cards/rendering/card_json.hpp"

#include "cards/facts/json_fields.hpp"
#include "cards/rendering/suggestion_json.hpp"

namespace cofactor::cards {
namespace {

void write_source(json::Writer& out, const Card& card, const RenderContext& context) {
  out.begin_object().field("label", "Cofactor");
  text_field(out, "url", context.source_url);
  out.key("topic").begin_object().field("system", "urn:cofactor:topic").field("code", card.topic_code);
  text_field(out, "display", card.topic_display);
  out.end_object().end_object();
}

void write_extension(json::Writer& out, const Card& card, const RenderContext& context) {
  out.begin_object().key("org.cofactor").begin_object().field("rule", card.rule);
  texts_field(out, "alsoFired", card.also_fired);
  text_field(out, "decision", context.decision);
  text_field(out, "knowledgeRevision", context.knowledge_revision);
  text_field(out, "evidence", card.evidence);
  out.end_object().end_object();
}

}  // namespace

void write_card(json::Writer& out, const Card& card, const Knowledge& knowledge, const RenderContext& context) {
  out.begin_object();
  text_field(out, "uuid", card.uuid);
  out.field("summary", card.summary).field("indicator", name_of(card.indicator));
  text_field(out, "detail", card.detail);
  write_source(out.key("source"), card, context);
  if (card.suggestions && !card.suggestions->suggestions.empty()) {
    out.key("suggestions").begin_array();
    for (const Suggestion& suggestion : card.suggestions->suggestions)
      write_suggestion(out, suggestion, knowledge, context);
    out.end_array();
    const bool any = card.suggestions->behavior == SelectionBehavior::any;
    out.field("selectionBehavior", any ? "any" : "at-most-one");
  }
  if (!card.override_reasons.empty()) {
    out.key("overrideReasons").begin_array();
    for (const OverrideReason& reason : card.override_reasons) {
      out.begin_object().field("system", "urn:cofactor:override-reason").field("code", reason.code);
      out.field("display", reason.display).end_object();
    }
    out.end_array();
  }
  write_extension(out.key("extension"), card, context);
  out.end_object();
}

std::string response_json(const Evaluation& evaluation, const Knowledge& knowledge, const RenderContext& context) {
  json::Writer out;
  out.begin_object().key("cards").begin_array();
  for (const Card& card : evaluation.cards) write_card(out, card, knowledge, context);
  out.end_array().end_object();
  return out.take();
}

}  // namespace cofactor::cards
