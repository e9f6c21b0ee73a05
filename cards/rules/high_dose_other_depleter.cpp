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
  if (auto answer = not_enough_or_assessed(s)) return *answer;
  if (!another_class(s)) return class_not_found(s, "no-other-depleting-drug");
  const Indicator indicator = depleter_indicator(s);
  if (auto answer = class_silenced_or_unknown(s, indicator)) return *answer;

  Fired fired = class_fired(s, indicator);
  fired.detail.push_back(rule_or_high(s));
  fired.detail.push_back("basis");
  add_drug_notes(s, fired.detail);
  add_context(s, fired.detail);
  add_modifiers(s, fired.detail);
  fired.detail.push_back("options");
  fired.line = "line";
  fired.suggestions = labs_to_offer(s, policy, false);
  fired.why = "vitamin-d-with-depleting-drug-without-magnesium";
  return fired;
}

}  // namespace cofactor::cards
