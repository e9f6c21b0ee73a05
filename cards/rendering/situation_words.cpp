// Promises: see situation_words.hpp. Every phrase comes from the shared sentences of the knowledge.
#include "cards/rendering/situation_words.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include "cards/rendering/dose_words.hpp"
#include "cards/rendering/lab_words.hpp"

namespace cofactor::cards {
namespace {

constexpr std::size_t longest_name = 48;  // code points of a patient-derived name inside a sentence

class Speaker {
 public:
  Speaker(const Situation& s, WordList& words) : s_(s), w_(words) {}

  void vitamin_d();
  void drugs();
  void magnesium();
  void kidney();
  void missing();
  void context();

  std::string threshold(std::string_view key) const {
    const double value = s_.knowledge->threshold(key).value;
    return value == std::floor(value) ? with_separators(value) : with_decimals(value, 2);
  }

 private:
  std::string phrase(std::string_view key, const WordList& words) const {
    return fill_raw(s_.knowledge->sentence(key), words);
  }
  std::string join(const std::vector<std::string>& items) const { return joined(items, *s_.knowledge); }
  std::string named(const OrderFact& order, std::optional<DrugClass> c = std::nullopt) const {
    return order_in_words(order, *s_.knowledge, c);
  }
  std::string component(const VitaminDPart& part, bool alone) const;
  std::string reported_and_canonical(const LabFact& lab) const;
  std::string range(const LabFact& lab) const;
  std::string specimen(const LabFact& lab, std::string_view prefix = "name-") const;
  std::string duration(const Exposure& exposure) const;
  std::string in_window(int days) const;

  const Situation& s_;
  WordList& w_;
};

int whole_months(fhir::Day from, fhir::Day to) {
  const std::string a = from.text(), b = to.text();
  const auto part = [](const std::string& text, std::size_t at, std::size_t n) {
    return std::atoi(text.substr(at, n).c_str());
  };
  const int months = (part(b, 0, 4) - part(a, 0, 4)) * 12 + part(b, 5, 2) - part(a, 5, 2);
  return part(b, 8, 2) < part(a, 8, 2) ? months - 1 : months;
}

std::string Speaker::component(const VitaminDPart& part, bool alone) const {
  const OrderFact& order = *part.order;
  const bool daily = order.doses_per_day && std::abs(*order.doses_per_day - 1) < 1e-9;
  WordList words{{"product", named(order)},
              {"iu", with_separators(part.iu_per_day)},
              {"iu_per_dose", order.iu_per_dose ? with_separators(*order.iu_per_dose) : ""}};
  // Alone, a product's amount a day is the total that stands before it.
  std::string key = order.schedule == fhir::Schedule::as_needed ? "component-as-needed"
                    : order.iu_per_dose && !daily               ? "component-dose"
                                                                : "component";
  if (alone) key += "-alone";
  return phrase(key, words);
}

std::string Speaker::reported_and_canonical(const LabFact& lab) const {
  const std::string first = reported_value(lab, *s_.knowledge);
  if (!lab.value || !lab.unreadable.empty() || lab.value_text.empty() || lab.unit_text == "mmol/L")
    return first;
  return first + " (" + with_decimals(rounded_to_hundredths(*lab.value), 2) + " mmol/L)";
}

std::string Speaker::range(const LabFact& lab) const {
  const auto text = [](double v) { return with_decimals(rounded_to_hundredths(v), 2); };
  if (lab.low && lab.high) return text(*lab.low) + "-" + text(*lab.high) + " mmol/L";
  if (lab.low) return phrase("range-from", {{"limit", text(*lab.low)}});
  if (lab.high) return phrase("range-to", {{"limit", text(*lab.high)}});
  return phrase("range-not-stated", {});
}

std::string Speaker::specimen(const LabFact& lab, std::string_view prefix) const {
  std::string out = phrase(std::string(prefix) + std::string(name_of(lab.group)), {});
  if (lab.status == "preliminary") out = phrase("preliminary", {{"name", out}});
  return out;
}

std::string Speaker::duration(const Exposure& exposure) const {
  const fhir::Day today = s_.facts->as_of;
  if (!exposure.since) return phrase(exposure.drafted ? "exposure-new" : "exposure-unknown", {});
  const int days = fhir::days_between(*exposure.since, today);
  if (days <= 0) return phrase("exposure-new", {});
  const int months = whole_months(*exposure.since, today);
  WordList words{{"date", exposure.since->text()},
              {"n", std::to_string(months >= 3 ? months : days)}};
  return phrase(months >= 3 ? "exposure-months" : "exposure-days", words);
}

std::string Speaker::in_window(int days) const {
  return days == 365 ? phrase("window-year", {}) : phrase("window-days", {{"n", std::to_string(days)}});
}

void Speaker::vitamin_d() {
  const VitaminDTotal& total = s_.vitamin_d;
  const std::string sum = with_separators(total.iu_per_day);
  w_["iu_per_day"] = total.at_least() ? phrase("at-least-number", {{"n", sum}}) : sum;
  w_["iu_known"] = sum;
  std::vector<std::string> parts, unread, doubles;
  for (const VitaminDPart& part : total.parts) parts.push_back(component(part, total.parts.size() == 1));
  std::string components;
  for (const std::string& part : parts) components += (components.empty() ? "" : "; ") + part;
  w_["components"] = components;
  std::string reason;
  for (const auto* list : {&total.unread, &total.unread_one_time})
    for (const VitaminDUnread& each : *list) {
      unread.push_back(named(*each.order));
      if (reason.empty()) reason = code_in_words(*s_.knowledge, "reason-", each.reason);
    }
  w_["unreadable"] = join(unread);
  w_["unreadable_reason"] = reason;
  for (const CountedOnce& once : total.not_added)
    if (once.why == "possible-duplicate") doubles.push_back(named(*once.order));
  w_["duplicates"] = join(doubles);
  for (const VitaminDPart& part : total.parts)
    if (!part.order->later_phase.empty()) w_["later_phase"] = part.order->later_phase;
  if (const OrderFact* course = s_.course.order) {
    WordList words{{"iu_per_dose", course->iu_per_dose ? with_separators(*course->iu_per_dose) : ""},
                {"iu", with_separators(*course->iu_per_day)}};
    const bool weekly = course->doses_per_day && std::abs(*course->doses_per_day * 7 - 1) < 1e-6;
    const int days = course->course_days.value_or(0);
    words["weeks"] = std::to_string((days + 6) / 7);
    w_["course_dose"] = phrase(weekly && course->iu_per_dose && days > 0 ? "course-dose-weekly" : "course-dose", words);
  }
  if (s_.course.without_end != nullptr) w_["course_product"] = named(*s_.course.without_end);
  if (s_.active_analogue != nullptr) w_["active_analogue"] = named(*s_.active_analogue);
}

void Speaker::drugs() {
  std::vector<std::string> all, diuretics, others;
  for (const Exposure& exposure : s_.depleters.classes) {
    const std::string name = cut_to(one_line(exposure.name), longest_name);
    all.push_back(name);
    if (exposure.drug_class == DrugClass::ppi || exposure.drug_class == DrugClass::pcab) {
      w_["ppi"] = name;
      w_["ppi_duration"] = duration(exposure);
    } else if (exposure.drug_class == DrugClass::loop_diuretic ||
               exposure.drug_class == DrugClass::thiazide_diuretic) {
      diuretics.push_back(name);
    } else {
      others.push_back(name);
    }
  }
  w_["diuretics"] = join(diuretics);
  w_["other_drugs"] = join(others);
  w_["class_count"] = std::to_string(all.size());
  w_["depleters"] = join(all);
  std::vector<std::string> amplifiers;
  for (const OrderFact* order : s_.depleters.amplifiers) {
    const DrugClass c = order->has(DrugClass::cardiac_glycoside) ? DrugClass::cardiac_glycoside
                                                                 : DrugClass::qt_antiarrhythmic;
    const std::string name = named(*order, c);
    if (std::find(amplifiers.begin(), amplifiers.end(), name) == amplifiers.end())
      amplifiers.push_back(name);
  }
  w_["amplifiers"] = join(amplifiers);
  all.insert(all.end(), amplifiers.begin(), amplifiers.end());
  w_["drugs"] = join(all);
  if (s_.depleters.k_sparing != nullptr)
    w_["k_sparing"] = named(*s_.depleters.k_sparing, DrugClass::k_sparing_diuretic);
  if (s_.depleters.cisplatin != nullptr) w_["cisplatin"] = "cisplatin";
}

void Speaker::magnesium() {
  const Magnesium& m = s_.magnesium;
  w_["window"] = std::to_string(m.look_back_days);
  w_["window_words"] = in_window(m.look_back_days);
  w_["since"] = m.last != nullptr ? phrase("since-date", {{"date", m.last->on->text()}})
                                  : phrase("since-window", {{"window_words", w_["window_words"]}});
  if (const LabFact* lab = m.newest != nullptr ? m.newest : m.last) {
    w_["magnesium"] = reported_and_canonical(*lab);
    w_["magnesium_name"] = specimen(*lab);
    w_["magnesium_name_inside"] = specimen(*lab, "inside-");
    w_["magnesium_date"] = lab->on->text();
    w_["magnesium_age"] = std::to_string(fhir::days_between(*lab->on, s_.facts->as_of));
    const int interval = static_cast<int>(s_.knowledge->threshold("mg_repeat_days").value);
    w_["due"] = fhir::plus_days(*lab->on, interval).text();
  }
  if (m.low != nullptr) {
    w_["low"] = reported_and_canonical(*m.low);
    w_["low_name"] = specimen(*m.low);
    w_["low_name_inside"] = specimen(*m.low, "inside-");
    w_["low_date"] = m.low->on->text();
    w_["low_range"] = range(*m.low);
  }
  if (m.high != nullptr) {
    w_["high_value"] = reported_and_canonical(*m.high);
    w_["high_name"] = specimen(*m.high);
    w_["high_date"] = m.high->on->text();
    w_["high_range"] = range(*m.high);
  }
}

void Speaker::kidney() {
  const Renal& renal = s_.renal;
  if (renal.egfr != nullptr) {
    w_["egfr"] = renal.egfr->value_text.empty() ? with_decimals(*renal.egfr->value, 0)
                                                : cut_to(one_line(renal.egfr->value_text), 16);
    w_["egfr_date"] = renal.egfr->on->text();
  }
  if (renal.condition != nullptr)
    w_["condition"] = code_in_words(*s_.knowledge, "condition-", renal.condition->group);
  std::vector<std::string> sources, doses;
  for (const OrderFact* order : renal.magnesium_sources) {
    sources.push_back(named(*order));
    const std::optional<double>& mg = order->elemental_magnesium_mg_per_day;
    doses.push_back(!mg ? sources.back()
                        : phrase("magnesium-product-dose",
                                 {{"product", sources.back()}, {"mg", with_separators(*mg)}}));
  }
  w_["magnesium_sources"] = join(sources);
  w_["magnesium_doses"] = join(doses);
}

void Speaker::missing() {
  const Facts& facts = *s_.facts;
  const auto with_reason = [&](std::string_view key, const std::string& why) {
    return phrase("missing-source", {{"what", code_in_words(*s_.knowledge, "source-", key)},
                                     {"reason", code_in_words(*s_.knowledge, "reason-", why)}});
  };
  std::vector<std::string> essential, names, others;
  for (const std::string_view key : {"magnesium", "medications"}) {
    const std::string why = key == "magnesium" ? s_.magnesium.unavailable : s_.medications_unavailable;
    if (why.empty()) continue;
    essential.push_back(with_reason(key, why));
    names.push_back(code_in_words(*s_.knowledge, "source-", key));
  }
  if (const std::string& why = s_.thiazide_calcium.unavailable; !why.empty()) {
    essential.push_back(with_reason("calcium", why));
    names.push_back(code_in_words(*s_.knowledge, "source-", "calcium"));
  }
  w_["missing"] = join(names);
  w_["missing_with_reasons"] = join(essential);
  for (const std::string_view key : {"conditions", "serviceRequests", "calciumRenal", "vitaminD", "statements"})
    if (!why_incomplete(facts, key).empty())
      others.push_back(code_in_words(*s_.knowledge, "source-", key));
  w_["not_available"] = join(others);
}

void Speaker::context() {
  const Context context = find_context(s_);
  const auto named_groups = [&](const std::vector<std::string_view>& groups) {
    std::vector<std::string> names;
    for (const std::string_view group : groups)
      names.push_back(fill_raw(code_in_words(*s_.knowledge, "on-record-", group), {{"n", threshold("magnesium_risk_age")}}));
    return joined(names, *s_.knowledge);
  };
  if (context.symptom != nullptr) {
    const std::string* name = s_.knowledge->find_sentence("symptom-" + context.symptom->code);
    w_["symptom"] = name != nullptr ? *name : std::string(s_.knowledge->sentence("symptom"));
    w_["symptom_date"] = context.symptom->on->text();
    w_["symptom_days"] = std::to_string(context.symptom_days);
  }
  w_["calcium_context"] = named_groups(context.calcium);
  w_["magnesium_risks"] = named_groups(context.magnesium);
  std::vector<std::string> bound;
  for (const OrderFact& order : s_.facts->orders)
    if (order.counts() && order.has(DrugClass::magnesium_chelation))
      bound.push_back(named(order, DrugClass::magnesium_chelation));
  w_["bound_by_magnesium"] = join(bound);
  if (const ConditionFact* recorded = s_.safety.magnesium.contraindication)
    w_["against_magnesium"] = code_in_words(*s_.knowledge, "condition-", recorded->group);
}

/// Numbers of the knowledge that sentences name.
constexpr std::array<std::array<std::string_view, 2>, 9> named_thresholds{{{"interaction", "vitd_interaction_iu_per_day"},
                                                                           {"high", "vitd_high_iu_per_day"},
                                                                           {"noael", "vitd_noael_iu_per_day"},
                                                                           {"mg_low", "mg_low"},
                                                                           {"mg_severe", "mg_severe"},
                                                                           {"mg_high", "mg_high"},
                                                                           {"ppi_days", "ppi_min_exposure_days"},
                                                                           {"repeat_days", "mg_repeat_days"},
                                                                           {"carryover_days", "cisplatin_carryover_days"}}};

}  // namespace

void SituationWords::say(Group group) {
  const unsigned bit = 1u << static_cast<unsigned>(group);
  if ((groups_said_ & bit) != 0) return;
  groups_said_ |= bit;
  Speaker speaker(situation_, said_);
  switch (group) {
    case Group::vitamin_d: return speaker.vitamin_d();
    case Group::drugs: return speaker.drugs();
    case Group::magnesium: return speaker.magnesium();
    case Group::kidney: return speaker.kidney();
    case Group::missing: return speaker.missing();
    case Group::context: return speaker.context();
    case Group::laboratory:
      say(Group::vitamin_d);  // it repeats the total
      return say_laboratory(situation_, said_);
    case Group::doses:
      // What speaks against a magnesium product is told in sentences of its own, from all that was said before it.
      for (const Group before : {Group::vitamin_d, Group::drugs, Group::magnesium, Group::kidney, Group::missing,
                                 Group::context, Group::laboratory})
        say(before);
      for (const auto& [name, key] : named_thresholds) said_[name] = speaker.threshold(key);
      return add_dose_words(situation_, said_);
  }
}

const std::string* SituationWords::find(std::string_view name) {
  if (const std::string* value = said_.find(name)) return value;
  for (const auto& [known, key] : named_thresholds)
    if (known == name) return &(said_[known] = Speaker(situation_, said_).threshold(key));
  if (const auto group = group_of(name)) {
    say(*group);
    if (const std::string* value = said_.find(name)) return value;
  }
  say(Group::doses);  // and all before it
  return said_.find(name);
}

std::string order_in_words(const OrderFact& order, const Knowledge& knowledge, std::optional<DrugClass> c) {
  if (c)
    for (const IngredientReading& reading : order.ingredients)
      if (reading.drug_class == *c && !reading.name.empty())
        return cut_to(one_line(reading.name), longest_name);
  // Words of nothing but unseen characters are no name.
  if (const std::string words = one_line(order.words); !words.empty()) return cut_to(words, longest_name);
  return order.ingredients.empty() ? std::string(knowledge.sentence("unnamed-order"))
                                   : cut_to(one_line(order.ingredients.front().name), longest_name);
}

std::string joined(const std::vector<std::string>& items, const Knowledge& knowledge) {
  std::string out;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out += i + 1 == items.size() ? std::string(knowledge.sentence("list-last")) : ", ";
    out += items[i];
  }
  return out;
}

std::string code_in_words(const Knowledge& knowledge, std::string_view prefix, std::string_view code) {
  const std::string key = std::string(prefix) + std::string(code);
  if (const std::string* sentence = knowledge.find_sentence(key)) return *sentence;
  std::string out(code);
  std::replace(out.begin(), out.end(), '-', ' ');
  return out;
}

}  // namespace cofactor::cards
