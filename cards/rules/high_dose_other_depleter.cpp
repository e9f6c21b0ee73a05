// When the total of nutritional vitamin D is above the interaction threshold, another systemic drug that wastes
//      magnesium stands alongside (aminoglycoside, amphotericin B, platinum, calcineurin inhibitor, anti-EGFR
//      antibody, foscarnet, intravenous pentamidine, capreomycin or polymyxin), and no magnesium result is recent.
// Then info; warning above the adult upper level. Names the drug; offers serum magnesium.
// Why  their labels name magnesium loss.
#include "cards/rules/absence.hpp"
#include "cards/rules/rule.hpp"

namespace cofactor::cards {
namespace {

bool another_class(const Situation& s) {
  for (const Exposure& exposure : s.depleters.classes)
    if (exposure.drug_class != DrugClass::ppi && exposure.drug_class != DrugClass::pcab &&
        exposure.drug_class != DrugClass::loop_diuretic &&
        exposure.drug_class != DrugClass::thiazide_diuretic)
      return true;
  return false;
}

}  // namespace

Answer high_dose_other_depleter(const Situation& s, const RulePolicy& policy) {
  const auto enough = total_above(s, "vitd_interaction_iu_per_day");
  if (enough == false) return NotApplicable{"vitamin-d-not-above-interaction-threshold"};
  if (assessed_for_any_class(s)) return NotApplicable{"magnesium-in-window"};
  if (!another_class(s)) return class_not_found(s, "no-other-depleting-drug");
  const Indicator indicator = depleter_indicator(s);
  if (auto answer = not_absent(s, indicator)) return *answer;
  if (!enough) return dose_undetermined();

  Fired fired{indicator};
  fired.summary = s.magnesium.last_was_low ? "summary-last-low" : "summary";
  fired.detail = {"finding"};
  add_counting_notes(s, fired.detail);
  add_last_magnesium(s, fired.detail);
  if (s.course.order != nullptr) fired.detail.push_back("course");
  const bool high = total_above(s, "vitd_high_iu_per_day").value_or(false);
  fired.detail.push_back(high && s.course.order == nullptr ? "rule-high" : "rule");
  fired.detail.push_back("basis");
  add_drug_notes(s, fired.detail);
  add_modifiers(s, fired.detail);
  fired.detail.push_back("options");
  fired.line = "line";
  fired.suggestions = labs_to_offer(s, policy, false);
  fired.why = "vitamin-d-with-depleting-drug-without-magnesium";
  return fired;
}

}  // namespace cofactor::cards
