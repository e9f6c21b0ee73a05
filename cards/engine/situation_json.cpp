// Promises: the "facts" member of `--trace`: what was computed before any rule, with names in kebab-case. A total
// that could not be read at all is absent, never zero.
#include "cards/engine/evaluate.hpp"
#include "cards/facts/json_fields.hpp"
#include "cards/facts/situation.hpp"

namespace cofactor::cards {
namespace {

void write_unread(json::Writer& out, const std::vector<VitaminDUnread>& list) {
  for (const VitaminDUnread& unread : list) {
    out.begin_object().field("order", unread.order->reference).field("reason", unread.reason);
    out.end_object();
  }
}

void write_vitamin_d(json::Writer& out, const Situation& s) {
  const VitaminDTotal& total = s.vitamin_d;
  out.begin_object();
  if (total.known()) out.field("iuPerDay", total.iu_per_day);
  out.field("atLeast", total.at_least());
  out.key("components").begin_array();
  for (const VitaminDPart& part : total.parts) {
    out.begin_object().field("order", part.order->reference).field("role", name_of(part.order->role));
    out.field("iuPerDay", part.iu_per_day);
    number_field(out, "iuPerDose", part.order->iu_per_dose);
    out.field("schedule", fhir::name_of(part.order->schedule)).end_object();
  }
  out.end_array().key("unreadable").begin_array();
  write_unread(out, total.unread);
  write_unread(out, total.unread_one_time);
  out.end_array().key("oneTime").begin_array();
  for (const VitaminDSingle& single : total.one_time) {
    out.begin_object().field("order", single.order->reference);
    number_field(out, "iuPerDose", single.iu);
    out.end_object();
  }
  out.end_array().key("notAdded").begin_array();
  for (const CountedOnce& once : total.not_added) {
    out.begin_object().field("order", once.order->reference).field("why", once.why);
    if (once.kept != nullptr) out.field("countedAs", once.kept->reference);
    out.end_object();
  }
  out.end_array();
  if (s.course.order != nullptr) out.field("course", s.course.order->reference);
  out.end_object();
}

void write_depleters(json::Writer& out, const Situation& s) {
  out.key("depletingClasses").begin_array();
  for (const Exposure& exposure : s.depleters.classes) out.string(name_of(exposure.drug_class));
  out.end_array().key("exposures").begin_array();
  for (const Exposure& exposure : s.depleters.classes) {
    out.begin_object().field("class", name_of(exposure.drug_class));
    out.field("order", exposure.order->reference);
    day_field(out, "since", exposure.since);
    out.field("established", exposure.established).end_object();
  }
  out.end_array().key("notCounted").begin_array();
  for (const NotCounted& drug : s.depleters.not_counted) {
    out.begin_object().field("class", name_of(drug.drug_class)).field("order", drug.order->reference);
    out.field("why", drug.why).end_object();
  }
  out.end_array().key("amplifiers").begin_array();
  for (const OrderFact* order : s.depleters.amplifiers) out.string(order->reference);
  out.end_array();
}

void write_lab_reference(json::Writer& out, std::string_view name, const LabFact* lab) {
  if (lab == nullptr) return;
  out.key(name).begin_object().field("reference", lab->reference).field("group", name_of(lab->group));
  if (lab->value && lab->unreadable.empty()) out.field("mmolPerL", rounded_to_hundredths(*lab->value));
  text_field(out, "unreadable", lab->unreadable);
  day_field(out, "on", lab->on);
  out.end_object();
}

void write_magnesium(json::Writer& out, const Magnesium& m) {
  out.begin_object().field("state", name_of(m.state));
  if (const LabFact* lab = m.newest) {
    if (lab->value && lab->unreadable.empty()) out.field("mmolPerL", rounded_to_hundredths(*lab->value));
    text_field(out, "unreadable", lab->unreadable);
    day_field(out, "on", lab->on);
    out.field("reference", lab->reference);
  } else {
    write_lab_reference(out, "last", m.last);
  }
  out.key("lookBackDays").integer(m.look_back_days);
  text_field(out, "pending", m.pending);
  text_field(out, "unavailable", m.unavailable);
  write_lab_reference(out, "low", m.low);
  out.end_object();
}

}  // namespace

void write_situation(json::Writer& out, const Facts& facts, const Knowledge& knowledge) {
  const Situation s = derive_situation(facts, knowledge);
  out.begin_object();
  write_vitamin_d(out.key("vitaminD"), s);
  write_depleters(out, s);
  write_magnesium(out.key("magnesium"), s.magnesium);
  out.key("renal").begin_object().field("gate", s.renal.gate).field("dialysis", s.renal.dialysis);
  if (s.renal.egfr != nullptr) out.field("egfr", *s.renal.egfr->value);
  if (s.renal.condition != nullptr) out.field("condition", s.renal.condition->group);
  out.end_object();
  out.field("triggered", s.triggered).field("endOfLife", s.end_of_life).field("minor", s.minor);
  out.field("ageUnknown", s.age_unknown).field("pregnancy", s.pregnancy);
  text_field(out, "medicationsUnavailable", s.medications_unavailable);
  out.key("sources").begin_object();
  for (const SourceFact& source : facts.sources) out.field(source.key, source.state);
  out.end_object().end_object();
}

}  // namespace cofactor::cards
