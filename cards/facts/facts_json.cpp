// Promises: facts as JSON and back without loss (facts_json.hpp). Reading is strict about member names, so
// that a typing error in a vignette is a failure and never a fact that silently went missing.
#include "cards/facts/facts_json.hpp"

#include "cards/facts/json_fields.hpp"

namespace cofactor::cards {
namespace {

void write_ingredient(json::Writer& out, const IngredientReading& reading) {
  out.begin_object();
  out.field("name", reading.name).field("class", name_of(reading.drug_class));
  out.field("basis", reading.basis).end_object();
}

void write_issue(json::Writer& out, const Issue& issue) {
  out.begin_object();
  out.field("severity", issue.severity == Severity::error     ? "error"
                        : issue.severity == Severity::warning ? "warning"
                                                              : "information");
  out.field("code", issue.code);
  text_field(out, "path", issue.path);
  text_field(out, "text", issue.text);
  out.end_object();
}

void write_issues(json::Writer& out, const Issues& issues) {
  out.begin_array();
  for (const Issue& issue : issues) write_issue(out, issue);
  out.end_array();
}

void write_other_doses(json::Writer& out, const OrderFact& order) {
  if (order.other_doses.empty()) return;
  out.key("otherDoses").begin_array();
  for (const OtherDose& other : order.other_doses) {
    out.begin_object().field("once", other.once);
    number_field(out, "iu", other.iu);
    text_field(out, "unknown", other.unknown);
    out.end_object();
  }
  out.end_array();
}

void write_order(json::Writer& out, const OrderFact& order) {
  out.begin_object();
  out.field("reference", order.reference).field("role", name_of(order.role));
  if (!order.selected) out.field("selected", false);
  text_field(out, "status", order.status);
  text_field(out, "intent", order.intent);
  text_field(out, "leftOut", order.left_out);
  text_field(out, "words", order.words);
  text_field(out, "productKey", order.product_key);
  text_field(out, "sigKey", order.sig_key);
  texts_field(out, "replaces", order.replaces);
  if (!order.ingredients.empty()) {
    out.key("ingredients").begin_array();
    for (const auto& reading : order.ingredients) write_ingredient(out, reading);
    out.end_array();
  }
  text_field(out, "route", order.route);
  day_field(out, "start", order.start);
  day_field(out, "end", order.end);
  if (order.start_known) out.field("startKnown", true);
  number_field(out, "dosesPerDay", order.doses_per_day);
  if (order.schedule != fhir::Schedule::scheduled)
    out.field("schedule", fhir::name_of(order.schedule));
  integer_field(out, "courseDays", order.course_days);
  integer_field(out, "courseDoses", order.course_doses);
  text_field(out, "doseUnknown", order.dose_unknown);
  number_field(out, "iuPerDose", order.iu_per_dose);
  number_field(out, "iuPerDay", order.iu_per_day);
  text_field(out, "vitaminDUnknown", order.vitamin_d_unknown);
  texts_field(out, "vitaminDBasis", order.vitamin_d_basis);
  write_other_doses(out, order);
  text_field(out, "laterPhase", order.later_phase);
  if (order.weekly_possible) out.field("weeklyPossible", true);
  number_field(out, "elementalMagnesiumMgPerDay", order.elemental_magnesium_mg_per_day);
  if (!order.issues.empty()) write_issues(out.key("issues"), order.issues);
  out.end_object();
}

void write_lab(json::Writer& out, const LabFact& lab) {
  out.begin_object();
  out.field("reference", lab.reference).field("group", name_of(lab.group));
  text_field(out, "code", lab.code);
  text_field(out, "status", lab.status);
  text_field(out, "valueText", lab.value_text);
  text_field(out, "unitText", lab.unit_text);
  text_field(out, "comparator", lab.comparator);
  number_field(out, "value", lab.value);
  number_field(out, "low", lab.low);
  number_field(out, "high", lab.high);
  day_field(out, "on", lab.on);
  if (lab.instant_ms != 0) out.key("instantMs").integer(lab.instant_ms);
  text_field(out, "unusable", lab.unusable);
  text_field(out, "unreadable", lab.unreadable);
  out.end_object();
}

IngredientReading read_ingredient(FieldReader& in) {
  IngredientReading out{in.text("name"), DrugClass::recognised_other, in.text("basis")};
  if (const auto named = drug_class_named(in.text("class")))
    out.drug_class = *named;
  else
    in.refuse("class", "is no known class");
  return out;
}

Issue read_issue(FieldReader& in) {
  const std::string severity = in.text("severity");
  return Issue{severity == "error"     ? Severity::error
               : severity == "warning" ? Severity::warning
                                       : Severity::information,
               in.text("code"), in.text("path"), in.text("text")};
}

OtherDose read_other_dose(FieldReader& in) {
  return OtherDose{in.number("iu"), in.flag("once", false), in.text("unknown")};
}

OrderFact read_order_fact(FieldReader& in) {
  OrderFact order;
  order.reference = in.text("reference");
  const std::string role = in.text("role");
  if (role == "active")
    order.role = OrderRole::active;
  else if (role == "statement")
    order.role = OrderRole::statement;
  else if (role != "draft")
    in.refuse("role", "is not draft, active or statement");
  order.selected = in.flag("selected", true);
  order.status = in.text("status");
  order.intent = in.text("intent");
  order.left_out = in.text("leftOut");
  order.words = in.text("words");
  order.product_key = in.text("productKey");
  order.sig_key = in.text("sigKey");
  order.replaces = in.texts("replaces");
  order.ingredients = in.objects<IngredientReading>("ingredients", read_ingredient);
  order.route = in.text("route");
  order.start = in.day("start");
  order.end = in.day("end");
  order.start_known = in.flag("startKnown", false);
  order.doses_per_day = in.number("dosesPerDay");
  const std::string schedule = in.text("schedule");
  if (schedule == "as-needed")
    order.schedule = fhir::Schedule::as_needed;
  else if (schedule == "one-time")
    order.schedule = fhir::Schedule::one_time;
  else if (!schedule.empty() && schedule != "scheduled")
    in.refuse("schedule", "is not scheduled, as-needed or one-time");
  order.course_days = in.integer("courseDays");
  order.course_doses = in.integer("courseDoses");
  order.dose_unknown = in.text("doseUnknown");
  order.iu_per_dose = in.number("iuPerDose");
  order.iu_per_day = in.number("iuPerDay");
  order.vitamin_d_unknown = in.text("vitaminDUnknown");
  order.vitamin_d_basis = in.texts("vitaminDBasis");
  order.other_doses = in.objects<OtherDose>("otherDoses", read_other_dose);
  order.later_phase = in.text("laterPhase");
  order.weekly_possible = in.flag("weeklyPossible", false);
  order.elemental_magnesium_mg_per_day = in.number("elementalMagnesiumMgPerDay");
  order.issues = in.objects<Issue>("issues", read_issue);
  return order;
}

LabFact read_lab(FieldReader& in) {
  LabFact lab;
  lab.reference = in.text("reference");
  const std::string group = in.text("group");
  bool found = false;
  for (int i = 0; i <= static_cast<int>(LabGroup::potassium); ++i) {
    if (name_of(static_cast<LabGroup>(i)) != group) continue;
    lab.group = static_cast<LabGroup>(i);
    found = true;
  }
  if (!found) in.refuse("group", "is no known laboratory group");
  lab.code = in.text("code");
  lab.status = in.text("status");
  lab.value_text = in.text("valueText");
  lab.unit_text = in.text("unitText");
  lab.comparator = in.text("comparator");
  lab.value = in.number("value");
  lab.low = in.number("low");
  lab.high = in.number("high");
  lab.on = in.day("on");
  lab.instant_ms = in.integer64("instantMs");
  lab.unusable = in.text("unusable");
  lab.unreadable = in.text("unreadable");
  return lab;
}

ConditionFact read_condition_fact(FieldReader& in) {
  return ConditionFact{in.text("reference"), in.text("code"), in.text("group"), in.day("on")};
}

LabOrderFact read_lab_order(FieldReader& in) {
  LabOrderFact order;
  order.reference = in.text("reference");
  order.draft = in.flag("draft", false);
  order.authored = in.day("authored");
  order.occurrence = in.day("occurrence");
  order.status = in.text("status");
  return order;
}

SourceFact read_source(FieldReader& in) {
  return SourceFact{in.text("key"), in.text("state"), in.text("reason")};
}

fhir::AgeRange read_age(FieldReader& in) {
  fhir::AgeRange age;
  age.youngest_years = in.integer("youngestYears").value_or(0);
  age.oldest_years = in.integer("oldestYears").value_or(0);
  age.youngest_months = in.integer("youngestMonths").value_or(0);
  age.oldest_months = in.integer("oldestMonths").value_or(0);
  return age;
}

Facts read_call(FieldReader& in) {
  Facts facts;
  if (const auto as_of = in.day("asOf"))
    facts.as_of = *as_of;
  else
    in.refuse("asOf", "must be a date");
  facts.hook = in.text("hook");
  facts.age = in.object<fhir::AgeRange>("age", read_age);
  facts.age_unknown = in.text("ageUnknown");
  facts.sex = in.text("sex");
  facts.orders = in.objects<OrderFact>("orders", read_order_fact);
  facts.labs = in.objects<LabFact>("labs", read_lab);
  facts.conditions = in.objects<ConditionFact>("conditions", read_condition_fact);
  facts.magnesium_orders = in.objects<LabOrderFact>("magnesiumOrders", read_lab_order);
  facts.sources = in.objects<SourceFact>("sources", read_source);
  facts.encounter_class = in.text("encounterClass");
  facts.patient_mismatch = in.flag("patientMismatch", false);
  facts.issues = in.objects<Issue>("issues", read_issue);
  return facts;
}

}  // namespace

void write_facts(json::Writer& out, const Facts& facts) {
  out.begin_object();
  out.field("asOf", facts.as_of.text());
  text_field(out, "hook", facts.hook);
  if (facts.age) {
    out.key("age").begin_object();
    out.key("youngestYears").integer(facts.age->youngest_years);
    out.key("oldestYears").integer(facts.age->oldest_years);
    out.key("youngestMonths").integer(facts.age->youngest_months);
    out.key("oldestMonths").integer(facts.age->oldest_months).end_object();
  }
  text_field(out, "ageUnknown", facts.age_unknown);
  text_field(out, "sex", facts.sex);
  if (!facts.orders.empty()) {
    out.key("orders").begin_array();
    for (const OrderFact& order : facts.orders) write_order(out, order);
    out.end_array();
  }
  if (!facts.labs.empty()) {
    out.key("labs").begin_array();
    for (const LabFact& lab : facts.labs) write_lab(out, lab);
    out.end_array();
  }
  if (!facts.conditions.empty()) {
    out.key("conditions").begin_array();
    for (const ConditionFact& condition : facts.conditions) {
      out.begin_object().field("reference", condition.reference).field("code", condition.code);
      out.field("group", condition.group);
      day_field(out, "on", condition.on);
      out.end_object();
    }
    out.end_array();
  }
  if (!facts.magnesium_orders.empty()) {
    out.key("magnesiumOrders").begin_array();
    for (const LabOrderFact& order : facts.magnesium_orders) {
      out.begin_object().field("reference", order.reference);
      if (order.draft) out.field("draft", true);
      day_field(out, "authored", order.authored);
      day_field(out, "occurrence", order.occurrence);
      text_field(out, "status", order.status);
      out.end_object();
    }
    out.end_array();
  }
  if (!facts.sources.empty()) {
    out.key("sources").begin_array();
    for (const SourceFact& source : facts.sources) {
      out.begin_object().field("key", source.key).field("state", source.state);
      text_field(out, "reason", source.reason);
      out.end_object();
    }
    out.end_array();
  }
  text_field(out, "encounterClass", facts.encounter_class);
  if (facts.patient_mismatch) out.field("patientMismatch", true);
  if (!facts.issues.empty()) write_issues(out.key("issues"), facts.issues);
  out.end_object();
}

Result<Facts> read_facts(const json::Value& value) {
  std::string problem;
  FieldReader in(value, "", problem);
  Facts facts = read_call(in);
  in.finish();
  if (!problem.empty()) return fail("facts-malformed", "facts cannot be read: " + problem);
  return facts;
}

void write_explanation(json::Writer& out, const OrderFact& order) {
  const std::size_t slash = order.reference.rfind('/');
  out.begin_object();
  out.field("id", slash == std::string::npos ? order.reference : order.reference.substr(slash + 1));
  out.field("recognised", !order.ingredients.empty());
  if (!order.left_out.empty()) out.field("leftOut", order.left_out);
  if (!order.ingredients.empty()) {
    out.key("ingredients").begin_array();
    for (const auto& reading : order.ingredients) write_ingredient(out, reading);
    out.end_array();
    out.key("dose").begin_object();
    number_field(out, "dosesPerDay", order.doses_per_day);
    out.field("schedule", fhir::name_of(order.schedule));
    text_field(out, "unknown", order.dose_unknown);
    out.end_object();
  }
  if (order.has(DrugClass::vitamin_d_nutritional)) {
    out.key("vitaminD").begin_object();
    if (!order.vitamin_d_unknown.empty()) {
      out.field("unknown", order.vitamin_d_unknown);
    } else {
      number_field(out, "iuPerDay", order.iu_per_day);
      number_field(out, "iuPerDose", order.iu_per_dose);
      number_field(out, "dosesPerDay", order.doses_per_day);
      out.field("schedule", fhir::name_of(order.schedule));
      if (order.course_days) {
        out.key("course").begin_object().key("days").integer(*order.course_days).end_object();
      }
      write_other_doses(out, order);
      text_field(out, "laterPhase", order.later_phase);
      texts_field(out, "basis", order.vitamin_d_basis);
    }
    out.end_object();
  }
  write_issues(out.key("issues"), order.issues);
  out.end_object();
}

}  // namespace cofactor::cards
