// Promises: derive_situation and the modifiers and guards of the clinical specification: kidney, repletion
// course, end of life, age, pregnancy, and what starts an evaluation at all (only drafts do).
#include "cards/facts/situation.hpp"

#include <algorithm>
#include <cmath>

#include "cards/facts/collect_facts.hpp"

namespace cofactor::cards {
namespace {

/// Newest usable result of a group inside the look-back; future-dated results are ignored.
const LabFact* newest_of(const Facts& facts, LabGroup group, int look_back_days) {
  const LabFact* newest = nullptr;
  for (const LabFact& lab : facts.labs) {
    if (lab.group != group || !lab.unusable.empty() || !lab.on || !lab.value) continue;
    const int age = fhir::days_between(*lab.on, facts.as_of);
    if (age < 0 || age > look_back_days) continue;
    if (newest == nullptr || *lab.on > *newest->on ||
        (*lab.on == *newest->on && lab.instant_ms > newest->instant_ms))
      newest = &lab;
  }
  return newest;
}

/// The value lies below the limit, whatever its comparator leaves open.
bool surely_below(const LabFact& lab, double limit) {
  if (lab.comparator == ">" || lab.comparator == ">=") return false;
  if (lab.comparator == "<") return !above(*lab.value, limit);
  return lab.unreadable.empty() || lab.unreadable == "comparator" ? below(*lab.value, limit) : false;
}

bool magnesium_product(const OrderFact& order) {
  return order.has(DrugClass::magnesium_supplement) ||
         order.has(DrugClass::magnesium_laxative_antacid) ||
         order.has(DrugClass::magnesium_parenteral);
}

/// A weekly amount and a length that fit a recognised repletion course.
bool course_sized(const OrderFact& order, const Knowledge& knowledge) {
  return order.iu_per_day && order.schedule == fhir::Schedule::scheduled &&
         above(*order.iu_per_day, knowledge.threshold("vitd_high_iu_per_day").value) &&
         !above(*order.iu_per_day * 7, knowledge.threshold("course_max_iu_per_week").value);
}

std::optional<int> course_days(const OrderFact& order, fhir::Day as_of) {
  if (order.course_days) return order.course_days;
  if (order.end) {
    const fhir::Day from = order.start_known && order.start ? *order.start : as_of;
    return fhir::days_between(from, *order.end) + 1;
  }
  if (order.course_doses && order.doses_per_day && *order.doses_per_day > 0)
    return static_cast<int>(std::ceil(*order.course_doses / *order.doses_per_day - 1e-9));
  return std::nullopt;
}

bool deficient(const Facts& facts, const Knowledge& knowledge) {
  if (condition_in(facts, "vitamin-d-deficiency") != nullptr) return true;
  const int window = static_cast<int>(knowledge.threshold("course_d25_window_days").value);
  const LabFact* d25 = newest_of(facts, LabGroup::vitamin_d_25oh, window);
  const LabFact* d3 = newest_of(facts, LabGroup::vitamin_d_25oh_d3, window);
  if (d3 != nullptr && (d25 == nullptr || *d3->on > *d25->on) && !has_taken_vitamin_d2(facts)) d25 = d3;
  return d25 != nullptr &&
         surely_below(*d25, knowledge.threshold("course_deficiency_ng_per_ml").value);
}

/// While an order is still being written it may have no medicine yet; at signing an unresolvable one may be any.
bool unidentified(const Facts& facts) {
  if (facts.hook != "order-sign") return false;
  return std::any_of(facts.orders.begin(), facts.orders.end(), [](const OrderFact& order) {
    return order.role == OrderRole::draft && order.counts() && order.words.empty() && order.ingredients.empty() &&
           std::any_of(order.issues.begin(), order.issues.end(),
                       [](const Issue& issue) { return issue.code == "medication-unresolved"; });
  });
}

}  // namespace

bool above(double value, double limit) { return value > limit + 1e-9 * std::abs(limit); }
bool below(double value, double limit) { return value < limit - 1e-9 * std::abs(limit); }
double rounded_to_hundredths(double value) { return std::round(value * 100 + 1e-9) / 100; }

std::string why_incomplete(const Facts& facts, std::string_view source) {
  for (const SourceFact& each : facts.sources) {
    if (each.key != source) continue;
    if (each.state == "present" || each.state == "none-found") return {};
    return each.reason.empty() ? (each.state == "absent" ? "not-supplied" : each.state) : each.reason;
  }
  return "not-supplied";
}

Renal judge_renal(const Facts& facts, const Knowledge& knowledge) {
  Renal out;
  const int look_back = static_cast<int>(knowledge.threshold("egfr_lookback").value);
  out.egfr = newest_of(facts, LabGroup::egfr, look_back);
  if (out.egfr != nullptr) {
    out.egfr_low = surely_below(*out.egfr, knowledge.threshold("egfr_gate").value);
    // 59.6 is stage 2 only when rounded; the caution line speaks of everything below 60.
    out.egfr_caution = !out.egfr_low &&
                       surely_below(*out.egfr, knowledge.threshold("egfr_caution_high").value + 1);
  }
  const ConditionFact* dialysis = condition_in(facts, "dialysis");
  out.dialysis = dialysis != nullptr;
  out.condition = dialysis;
  for (const std::string_view group : {"ckd-4-5", "aki"})
    if (out.condition == nullptr) out.condition = condition_in(facts, group);
  out.gate = out.egfr_low || out.condition != nullptr;
  for (const OrderFact& order : facts.orders)
    if (order.counts() && magnesium_product(order) && taken_off_by_draft(facts, order).empty())
      out.magnesium_sources.push_back(&order);
  return out;
}

RepletionCourse find_course(const Facts& facts, const VitaminDTotal& total,
                            const Knowledge& knowledge) {
  RepletionCourse out;
  const double max_days = knowledge.threshold("course_max_weeks").value * 7;
  const bool is_deficient = deficient(facts, knowledge);
  for (const VitaminDPart& part : total.parts) {
    if (!course_sized(*part.order, knowledge)) continue;
    const std::optional<int> days = course_days(*part.order, facts.as_of);
    if (!days) {
      // A high dose that is not daily looks like a course whose end was forgotten.
      const bool intermittent = part.order->doses_per_day && *part.order->doses_per_day < 1;
      if (intermittent && out.without_end == nullptr) out.without_end = part.order;
    } else if (is_deficient && *days <= max_days && out.order == nullptr) {
      out.order = part.order;
    }
  }
  return out;
}

Situation derive_situation(const Facts& facts, const Knowledge& knowledge) {
  Situation s;
  s.facts = &facts;
  s.knowledge = &knowledge;
  s.vitamin_d = total_vitamin_d(facts);
  s.depleters = find_depleters(facts, knowledge);
  s.magnesium = judge_magnesium(facts, !s.depleters.classes.empty(), knowledge);
  s.renal = judge_renal(facts, knowledge);
  s.course = find_course(facts, s.vitamin_d, knowledge);
  s.calcium = judge_calcium(facts, knowledge);
  s.level = find_vitamin_d_level(facts, knowledge);
  s.safety = find_dose_safety(facts, s.vitamin_d, knowledge);
  s.end_of_life = condition_in(facts, "end-of-life") != nullptr;
  s.pregnancy = condition_in(facts, "pregnancy") || condition_in(facts, "lactation");
  const int adult = static_cast<int>(knowledge.threshold("adult_age").value);
  s.minor = facts.age && facts.age->oldest_years < adult;
  s.age_unknown = !facts.age || (facts.age->youngest_years < adult && !s.minor);
  s.medications_unavailable = why_incomplete(facts, "medications");
  s.unidentified_at_signing = unidentified(facts);
  s.unread_draft = has_unread_draft(facts);
  s.unproven_draft = unproven_draft_matters(facts, knowledge);
  s.triggered = s.vitamin_d.drafted || s.depleters.drafted;
  for (const OrderFact& order : facts.orders) {
    if (!order.counts()) continue;
    if (order.has(DrugClass::vitamin_d_active) && taken_off_by_draft(facts, order).empty())
      s.active_analogue = &order;
    if (order.role != OrderRole::draft || !order.selected) continue;
    s.triggered |= magnesium_product(order);
    s.analogue_drafted |= order.has(DrugClass::vitamin_d_active);
  }
  s.response = judge_response(s);
  s.thiazide_calcium = judge_thiazide_calcium(s);
  return s;
}

}  // namespace cofactor::cards
