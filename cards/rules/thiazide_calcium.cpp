// When a thiazide(-like) diuretic stands beside nutritional vitamin D above 4,000 IU/day, or above 2,000 with a calcium
//      supplement, chronic kidney disease or an age of 70 and more, and no calcium result lies in the last 90 days.
// Then info: offers serum calcium. A line where the card on the diuretic fires.
// Why  thiazides hold calcium back, vitamin D raises its uptake: about 6 % had mild hypercalcaemia (Chandler 2014).
#include "cards/rules/on_board.hpp"
#include "cards/rules/rule.hpp"

namespace cofactor::cards {

Answer thiazide_calcium(const Situation& s, const RulePolicy& policy) {
  const auto enough = total_above(s, "vitd_interaction_iu_per_day");
  if (enough == false) return NotApplicable{"vitamin-d-not-above-interaction-threshold"};
  if (s.depleters.find(DrugClass::thiazide_diuretic) == nullptr) return class_not_found(s, "no-thiazide");
  const ThiazideCalcium& judged = s.thiazide_calcium;
  if (judged.assessed) return NotApplicable{"calcium-in-window"};
  if (const auto why = silenced(s))
    return judged.risk.empty() ? Answer(NotApplicable{*why}) : Answer(Suppressed{Indicator::info, *why});
  if (judged.risk.empty()) {
    if (s.vitamin_d.at_least()) return dose_undetermined();
    if (const std::string why = why_incomplete(*s.facts, "conditions"); !why.empty())
      return Undetermined{"problem list", "conditions-unavailable: " + why};
    return NotApplicable{"no-added-risk"};
  }
  if (!judged.unavailable.empty())
    return Undetermined{"calcium results", "calcium-unavailable: " + judged.unavailable};

  const LabFact* last = s.calcium.newest;
  Fired fired{Indicator::info};
  fired.summary = last != nullptr ? "summary-old" : "summary";
  fired.detail = {"finding"};
  add_vitamin_d(s, fired.detail);
  fired.detail.push_back(last != nullptr ? "calcium-old" : "calcium-none");
  fired.detail.push_back("rule-" + std::string(judged.risk));
  fired.detail.push_back("basis");
  if (s.depleters.k_sparing != nullptr) fired.detail.push_back("k-sparing-attenuates");
  add_circumstances(s, fired.detail);
  fired.detail.push_back("options");
  fired.line = last != nullptr ? "line-old" : "line";
  fired.suggestions = labs_to_offer(s, policy, true);
  fired.why = "thiazide-without-calcium: " + std::string(judged.risk);
  return fired;
}

}  // namespace cofactor::cards
