// When any vitamin D is on board, active forms included, and the newest calcium of a year is high (corrected for albumin
//      of the same day below 4.0 g/dL: above 10.5 mg/dL or the laboratory's limit; ionized: above the laboratory's
//      limit), or hypercalcaemia, hypervitaminosis D, primary hyperparathyroidism or granulomatous disease is recorded.
// Then warning; critical at 12 mg/dL and above; info for a diagnosis alone while vitamin D is 2,000 IU/day or less. Stands
//      above every card on magnesium, and under 19 too; only the end of life silences it.
// Why  vitamin D raises calcium; in granulomatous disease it is activated without the brake of the kidney.
#include "cards/rules/on_board.hpp"
#include "cards/rules/rule.hpp"

namespace cofactor::cards {
namespace {

Indicator indicator_of(const Situation& s) {
  if (s.calcium.high()) return s.calcium.decides->critical ? Indicator::critical : Indicator::warning;
  const bool more = total_above(s, "vitd_interaction_iu_per_day").value_or(false) ||
                    single_dose_above(s, "vitd_interaction_iu_per_day");
  return more ? Indicator::warning : Indicator::info;
}

/// Nothing was found: an answer only when there was something to look at.
Answer not_found(const Situation& s) {
  const Calcium& calcium = s.calcium;
  if (s.end_of_life) return NotApplicable{"end-of-life"};
  if (!calcium.decides && !calcium.unavailable.empty())
    return Undetermined{"calcium results", "calcium-unavailable: " + calcium.unavailable};
  if (!calcium.decides && calcium.newest != nullptr) return Undetermined{"calcium value", "calcium-value-unreadable"};
  if (const std::string why = why_incomplete(*s.facts, "conditions"); !why.empty())
    return Undetermined{"problem list", "conditions-unavailable: " + why};
  return NotApplicable{calcium.decides ? "calcium-not-high" : "no-calcium-result"};
}

}  // namespace

Answer calcium_risk(const Situation& s, const RulePolicy& policy) {
  const Calcium& calcium = s.calcium;
  const bool diagnosed = !calcium.conditions.empty();
  if (!calcium.high() && !diagnosed) {
    if (s.vitamin_d_on_board()) return not_found(s);
    return NotApplicable{"no-vitamin-d"};
  }
  if (!s.vitamin_d_on_board()) {
    if (!s.medications_unavailable.empty() && !s.end_of_life)
      return Undetermined{"active medication list", "medications-unavailable: " + s.medications_unavailable};
    return NotApplicable{"no-vitamin-d"};
  }
  const Indicator indicator = indicator_of(s);
  if (s.end_of_life) return Suppressed{indicator, "end-of-life"};

  Fired fired{indicator};
  fired.summary = calcium.high() ? "summary" : "summary-diagnosis";
  if (calcium.high()) fired.detail.push_back(calcium.decides->lab->high ? "finding-limit" : "finding");
  if (diagnosed) fired.detail.push_back("finding-diagnosis");
  if (!calcium.high()) {
    if (calcium.newest != nullptr)
      fired.detail.push_back("calcium-last");
    else
      fired.detail.push_back(calcium.unavailable.empty() ? "calcium-none" : "calcium-not-available");
  }
  add_vitamin_d(s, fired.detail);
  if (!calcium.high())
    fired.detail.push_back("rule-diagnosis");
  else if (calcium.decides->lab->group == LabGroup::calcium_ionized)
    fired.detail.push_back("rule-ionized");
  else
    fired.detail.push_back(calcium.decides->critical ? "rule-critical" : "rule");
  fired.detail.push_back(calcium.granulomatous ? "basis-granulomatous" : "basis");
  add_circumstances(s, fired.detail);
  fired.detail.push_back(calcium.high() ? "options" : calcium.granulomatous ? "options-granulomatous" : "options-diagnosis");
  fired.line = calcium.high() ? "line" : "line-diagnosis";
  fired.suggestions = labs_to_offer(s, policy, true);
  fired.why = calcium.high() ? "calcium-high" : "diagnosis-with-vitamin-d";
  return fired;
}

}  // namespace cofactor::cards
