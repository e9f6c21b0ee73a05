// Promises: see lab_words.hpp.
#include "cards/rendering/lab_words.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>
#include <vector>

#include "cards/rendering/situation_words.hpp"

namespace cofactor::cards {
namespace {

constexpr std::size_t longest_name = 48;   // code points of a patient-derived name inside a sentence
constexpr std::size_t longest_value = 16;  // code points of a reported value or unit

std::string_view canonical_unit(LabGroup group) {
  switch (group) {
    case LabGroup::vitamin_d_25oh:
    case LabGroup::vitamin_d_25oh_d3: return "ng/mL";
    case LabGroup::calcium_total:
    case LabGroup::calcium_corrected:
    case LabGroup::calcium_ionized:
    case LabGroup::creatinine:
    case LabGroup::phosphate: return "mg/dL";
    case LabGroup::albumin: return "g/dL";
    case LabGroup::egfr: return "mL/min/1.73m2";
    case LabGroup::pth: return "pg/mL";
    case LabGroup::magnesium_serum:
    case LabGroup::magnesium_ionized:
    case LabGroup::magnesium_blood:
    case LabGroup::magnesium_rbc:
    case LabGroup::magnesium_not_assessment:
    case LabGroup::potassium: break;
  }
  return "mmol/L";
}

std::string_view comparator_sentence(std::string_view comparator) {
  if (comparator == "<") return "comparator-below";
  if (comparator == "<=") return "comparator-at-most";
  if (comparator == ">") return "comparator-above";
  if (comparator == ">=") return "comparator-at-least";
  return {};
}

/// At most one decimal, and none where it would be zero.
std::string one_decimal(double value) {
  const double tenths = std::floor(value * 10 + 0.5 + 1e-9);
  return with_decimals(tenths / 10, std::fmod(tenths, 10) == 0 ? 0 : 1);
}

std::string calcium_name(const LabFact& lab, const Knowledge& knowledge) {
  std::string name(knowledge.sentence("name-" + std::string(name_of(lab.group))));
  if (lab.status == "preliminary") return fill_raw(knowledge.sentence("preliminary"), {{"name", name}});
  return name;
}

/// The value as reported, with what it is compared as where that is another number.
std::string calcium_value(const CalciumReading& reading, const Knowledge& knowledge) {
  const LabFact& lab = *reading.lab;
  const std::string first = reported_value(lab, knowledge);
  const std::string compared = with_decimals(reading.mg_per_dl, 2);
  if (reading.albumin != nullptr)
    return fill_raw(knowledge.sentence("calcium-corrected"),
                    {{"value", first},
                     {"corrected", compared},
                     {"albumin", reported_value(*reading.albumin, knowledge)}});
  return lab.unit_text == "mg/dL" || lab.value_text.empty() ? first : first + " (" + compared + " mg/dL)";
}

/// 25(OH)D in both units, the reported one first.
std::string level_value(const LabFact& lab, const Knowledge& knowledge) {
  const std::string first = reported_value(lab, knowledge);
  const bool molar = lab.unit_text.find("mol/") != std::string::npos;
  const double nmol = *lab.value / knowledge.threshold("d25_ng_per_nmol").value;
  return first + " (" + (molar ? one_decimal(*lab.value) + " ng/mL" : with_decimals(nmol, 0) + " nmol/L") + ")";
}

std::string name_of_order(const OrderFact& order) { return cut_to(one_line(order.words), longest_name); }

void say_numbers(const Situation& s, WordList& w, std::initializer_list<std::array<std::string_view, 2>> names) {
  for (const auto& [name, key] : names) w[name] = one_decimal(s.knowledge->threshold(key).value);
}

void say_calcium(const Situation& s, WordList& w) {
  const Knowledge& knowledge = *s.knowledge;
  const Calcium& calcium = s.calcium;
  if (calcium.decides) {
    const LabFact& lab = *calcium.decides->lab;
    w["calcium"] = calcium_value(*calcium.decides, knowledge);
    w["calcium_name"] = calcium_name(lab, knowledge);
    w["calcium_date"] = lab.on->text();
    if (lab.high) w["calcium_limit"] = with_decimals(rounded_to_hundredths(*lab.high), 2);
  } else if (calcium.newest != nullptr) {
    w["calcium"] = reported_value(*calcium.newest, knowledge);
    w["calcium_name"] = calcium_name(*calcium.newest, knowledge);
    w["calcium_date"] = calcium.newest->on->text();
  }
  std::vector<std::string> conditions;
  for (const ConditionFact* condition : calcium.conditions)
    conditions.push_back(code_in_words(knowledge, "condition-", condition->group));
  w["calcium_conditions"] = joined(conditions, knowledge);
  if (const Exposure* thiazide = s.depleters.find(DrugClass::thiazide_diuretic))
    w["thiazide"] = cut_to(one_line(thiazide->name), longest_name);
  say_numbers(s, w, {{"ca_high", "ca_high"}, {"ca_critical", "ca_critical"}, {"calcium_days", "thiazide_calcium_days"},
                     {"calcium_age", "thiazide_calcium_age"}});
}

/// What is taken, in a few words for a summary.
void say_on_board(const Situation& s, WordList& w) {
  const Knowledge& knowledge = *s.knowledge;
  const VitaminDTotal& total = s.vitamin_d;
  std::vector<std::string> singles;
  for (const VitaminDSingle& single : total.one_time)
    if (single.iu)
      singles.push_back(fill_raw(knowledge.sentence("single-dose"),
                                 {{"product", name_of_order(*single.order)}, {"iu", with_separators(*single.iu)}}));
    else
      singles.push_back(name_of_order(*single.order));
  w["single_doses"] = joined(singles, knowledge);
  std::vector<std::string> phrases;
  if (!total.parts.empty())
    phrases.push_back(fill_raw(knowledge.sentence("on-board-amount"), {{"n", w["iu_per_day"]}}));
  else if (!total.one_time.empty() && total.one_time.front().iu)
    phrases.push_back(fill_raw(knowledge.sentence("on-board-single"),
                               {{"n", with_separators(*total.one_time.front().iu)}}));
  else if (total.any())
    phrases.emplace_back(knowledge.sentence("on-board-unread"));
  if (s.active_analogue != nullptr) phrases.push_back(w["active_analogue"]);
  w["vitamin_d_phrase"] = joined(phrases, knowledge);
}

void say_level(const Situation& s, WordList& w) {
  w["d25"] = level_value(*s.level.newest, *s.knowledge);
  if (s.level.newest_is_part) w["d25"] = fill_raw(s.knowledge->sentence("level-of-d3-only"), {{"value", w["d25"]}});
  w["d25_date"] = s.level.newest->on->text();
  say_numbers(s, w, {{"d25_high", "d25_high"}, {"d25_toxic", "d25_toxic"}, {"d25_watch", "d25_watch"}});
}

/// Conditions and drugs on record that keep the level of vitamin D down.
std::string response_causes(const Situation& s) {
  std::vector<std::string> causes;
  const auto once = [&](std::string text) {
    if (std::find(causes.begin(), causes.end(), text) == causes.end()) causes.push_back(std::move(text));
  };
  for (const ConditionFact& condition : s.facts->conditions)
    if (condition.group == "malabsorption" || condition.group == "bariatric-surgery")
      once(code_in_words(*s.knowledge, "condition-", condition.group));
  for (const OrderFact& order : s.facts->orders)
    if (order.counts() && (order.has(DrugClass::vitamin_d_inducer) || order.has(DrugClass::malabsorption_drug)))
      once(name_of_order(order));
  return joined(causes, *s.knowledge);
}

void say_response(const Situation& s, WordList& w) {
  const TreatmentResponse& r = s.response;
  const Knowledge& knowledge = *s.knowledge;
  w["baseline"] = reported_value(*r.baseline, knowledge);
  w["baseline_both"] = level_value(*r.baseline, knowledge);
  w["baseline_date"] = r.baseline->on->text();
  w["last"] = reported_value(*r.last, knowledge);
  w["last_both"] = level_value(*r.last, knowledge);
  w["last_date"] = r.last->on->text();
  w["before"] = with_separators(r.before_iu_per_day);
  const double rise = *r.last->value - *r.baseline->value;
  const std::string size = one_decimal(std::abs(rise));
  w["rise"] = size == "0" ? std::string(knowledge.sentence("rise-none"))
                          : fill_raw(knowledge.sentence(rise < 0 ? "rise-down" : "rise-up"), {{"n", size}});
  w["rise_days"] = std::to_string(fhir::days_between(*r.baseline->on, *r.last->on));
  w["treatment_start"] = r.since->text();
  w["level_days"] = std::to_string(fhir::days_between(*r.since, *r.last->on));
  w["response_causes"] = response_causes(s);
  say_numbers(s, w, {{"level_low", "d25_insufficient_high"}, {"rise_limit", "nonresponse_delta"},
                     {"rda_low", "mg_rda_low"}, {"rda_high", "mg_rda_high"}, {"min_days", "nonresponse_min_days"}, {"preferred_days", "nonresponse_preferred_days"}});
}

}  // namespace

std::string reported_value(const LabFact& lab, const Knowledge& knowledge) {
  std::string out;
  if (const std::string_view key = comparator_sentence(lab.comparator); !key.empty())
    out = std::string(knowledge.sentence(key)) + " ";
  if (lab.value_text.empty() && lab.value)
    return out + with_decimals(*lab.value, 2) + " " + std::string(canonical_unit(lab.group));
  out += cut_to(one_line(lab.value_text), longest_value);
  if (!lab.unit_text.empty()) out += " " + cut_to(one_line(lab.unit_text), longest_value);
  return out;
}

void say_laboratory(const Situation& s, WordList& w) {
  const bool calcium = s.calcium.high() || !s.calcium.conditions.empty() || !s.thiazide_calcium.risk.empty();
  if (calcium) say_calcium(s, w);
  if (s.level.newest != nullptr) say_level(s, w);
  if (calcium || s.level.newest != nullptr) say_on_board(s, w);
  if (s.response.state == TreatmentResponse::State::none) say_response(s, w);
}

}  // namespace cofactor::cards
