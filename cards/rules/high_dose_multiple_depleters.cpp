// When the total of nutritional vitamin D is above the interaction threshold with two or more depleting classes, or
//      one class and digoxin or a QT-prolonging antiarrhythmic, and no magnesium result lies in the look-back.
// Then warning, one card that replaces those of the single classes; info while the only class is a PPI that is
//      just starting. Offers serum magnesium, and calcium where a thiazide is among them.
// Why  each class lowers magnesium on its own; the FDA names diuretics and digoxin beside PPIs (2011).
#include "cards/rules/absence.hpp"
#include "cards/rules/rule.hpp"

namespace cofactor::cards {

Answer high_dose_multiple_depleters(const Situation& s, const RulePolicy& policy) {
  if (auto answer = not_enough_or_assessed(s)) return *answer;
  const bool several = s.depleters.classes.size() >= 2;
  const bool amplified = !s.depleters.classes.empty() && !s.depleters.amplifiers.empty();
  if (!several && !amplified) return class_not_found(s, "fewer-than-two-classes");
  const bool capped = s.depleters.acid_suppression_only_starting() && !s.magnesium.last_was_low;
  const Indicator indicator = capped ? Indicator::info : Indicator::warning;
  if (auto answer = class_silenced_or_unknown(s, indicator)) return *answer;

  Fired fired = class_fired(s, indicator);
  fired.detail.push_back(several ? "rule" : "rule-amplified");
  fired.detail.push_back(s.depleters.amplifiers.empty() ? "basis" : "basis-amplified");
  add_drug_notes(s, fired.detail);
  add_context(s, fired.detail);
  add_modifiers(s, fired.detail);
  fired.detail.push_back("options");
  fired.line = "line";
  const bool thiazide = s.depleters.find(DrugClass::thiazide_diuretic) != nullptr;
  fired.suggestions = labs_to_offer(s, policy, thiazide);
  fired.why = several ? "several-depleting-classes" : "depleting-class-with-digoxin-or-antiarrhythmic";
  return fired;
}

}  // namespace cofactor::cards
