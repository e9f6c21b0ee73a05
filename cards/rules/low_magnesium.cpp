// When the newest valid magnesium in the look-back is below 0.75 mmol/L, or below the laboratory's own limit, and the
//      total of nutritional vitamin D is above the interaction threshold. Preliminary low values count.
// Then warning; critical below the severe limit; info while the value is not below the laboratory's limit, or only
//      below that. Ionized, RBC and whole-blood values are judged by the laboratory's range alone.
// Why  a low serum magnesium is meaningful, although a normal one does not exclude depletion.
#include <algorithm>

#include "cards/rules/absence.hpp"
#include "cards/rules/rule.hpp"

namespace cofactor::cards {
namespace {

Indicator indicator_of(LowGrade grade) {
  switch (grade) {
    case LowGrade::severe: return Indicator::critical;
    case LowGrade::low: return Indicator::warning;
    case LowGrade::none:
    case LowGrade::inside_laboratory_range:
    case LowGrade::below_laboratory_only: break;
  }
  return Indicator::info;
}

std::string rule_key(const Situation& s) {
  if (s.magnesium.low->group != LabGroup::magnesium_serum) return "rule-own-range";
  switch (s.magnesium.grade) {
    case LowGrade::severe: return "rule-severe";
    case LowGrade::inside_laboratory_range: return "rule-inside-laboratory-range";
    case LowGrade::below_laboratory_only: return "rule-below-laboratory-only";
    case LowGrade::none:
    case LowGrade::low: break;
  }
  return "rule";
}

bool bound_by_magnesium(const OrderFact& order) {
  return order.counts() && order.has(DrugClass::magnesium_chelation);
}

/// The upper level of supplements is that of people whose kidneys work; an unknown eGFR is no normal one.
bool kidneys_are_known_to_work(const Situation& s) {
  return s.renal.egfr != nullptr && s.renal.egfr->comparator.find('<') == std::string::npos && !s.renal.egfr_caution;
}

}  // namespace

Answer low_magnesium(const Situation& s, const RulePolicy& policy) {
  const auto enough = total_above(s, "vitd_interaction_iu_per_day");
  if (enough == false) return NotApplicable{"vitamin-d-not-above-interaction-threshold"};
  if (s.magnesium.low == nullptr) {
    if (s.magnesium_unavailable() && !silenced(s))
      return Undetermined{"magnesium results", "magnesium-unavailable: " + s.magnesium.unavailable};
    return NotApplicable{s.magnesium.newest == nullptr ? "no-magnesium-in-window" : "magnesium-not-low"};
  }
  const Indicator indicator = indicator_of(s.magnesium.grade);
  if (const auto why = silenced(s)) return Suppressed{indicator, *why};
  if (!enough) return dose_undetermined();

  Fired fired{indicator};
  fired.summary = s.magnesium.grade == LowGrade::inside_laboratory_range ? "summary-inside-range"
                  : s.magnesium.grade == LowGrade::below_laboratory_only ? "summary-below-laboratory"
                                                                         : "summary";
  fired.detail = {"finding"};
  add_counting_notes(s, fired.detail);
  fired.detail.push_back(rule_key(s));
  fired.detail.push_back("basis");
  if (!s.depleters.classes.empty()) fired.detail.push_back("drugs");
  add_drug_notes(s, fired.detail);
  add_context(s, fired.detail);
  add_modifiers(s, fired.detail);
  // Where magnesium given could do harm, only measuring is offered.
  if (!no_magnesium_advice(s)) {
    if (s.renal.egfr_caution) fired.detail.push_back("options-caution");
    fired.detail.push_back("options");
    if (kidneys_are_known_to_work(s)) fired.detail.push_back("options-upper-level");
    if (std::any_of(s.facts->orders.begin(), s.facts->orders.end(), bound_by_magnesium)) fired.detail.push_back("options-apart");
  } else {
    if (s.safety.magnesium.contraindication != nullptr && !s.renal.dialysis) fired.detail.push_back("options-recorded");
    fired.detail.push_back("options-renal");
  }
  fired.line = "line";
  fired.suggestions = labs_to_offer(s, policy, true);
  fired.why = s.magnesium.low->status == "preliminary" ? "magnesium-low-preliminary" : "magnesium-low";
  return fired;
}

}  // namespace cofactor::cards
