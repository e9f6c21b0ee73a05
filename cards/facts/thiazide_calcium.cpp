// Promises: see ThiazideCalcium in calcium_state.hpp. Calcium taken as needed is no supplement; the age counts when the
// patient is surely that old.
#include <algorithm>

#include "cards/facts/situation.hpp"

namespace cofactor::cards {
namespace {

bool calcium_supplement(const Facts& facts) {
  return std::any_of(facts.orders.begin(), facts.orders.end(), [&](const OrderFact& order) {
    return order.counts() && order.has(DrugClass::calcium_supplement) &&
           order.schedule == fhir::Schedule::scheduled && taken_off_by_draft(facts, order).empty();
  });
}

bool kidney_disease(const Situation& s) {
  if (s.renal.gate || s.renal.egfr_caution) return true;
  const auto& conditions = s.facts->conditions;
  return std::any_of(conditions.begin(), conditions.end(), [&](const ConditionFact& condition) {
    return condition.group.starts_with("ckd-") && (!condition.on || *condition.on <= s.facts->as_of);
  });
}

std::string_view risk_of(const Situation& s) {
  const auto limit = [&](std::string_view key) { return s.knowledge->threshold(key).value; };
  if (s.depleters.find(DrugClass::thiazide_diuretic) == nullptr) return {};
  if (above(s.vitamin_d.iu_per_day, limit("vitd_high_iu_per_day"))) return "dose";
  if (!above(s.vitamin_d.iu_per_day, limit("vitd_interaction_iu_per_day"))) return {};
  if (calcium_supplement(*s.facts)) return "calcium";
  if (kidney_disease(s)) return "kidney";
  return s.facts->age && s.facts->age->youngest_years >= limit("thiazide_calcium_age") ? "age" : "";
}

}  // namespace

ThiazideCalcium judge_thiazide_calcium(const Situation& s) {
  ThiazideCalcium out;
  out.risk = risk_of(s);
  const int window = static_cast<int>(s.knowledge->threshold("thiazide_calcium_days").value);
  const LabFact* newest = s.calcium.newest;
  out.assessed = newest != nullptr && fhir::days_between(*newest->on, s.facts->as_of) <= window;
  if (!out.risk.empty() && !out.assessed) out.unavailable = why_incomplete(*s.facts, "calciumRenal");
  return out;
}

}  // namespace cofactor::cards
