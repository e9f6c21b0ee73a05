// When the total of nutritional vitamin D is above the interaction threshold with two or more depleting classes, or
//      one class and digoxin or a QT-prolonging antiarrhythmic, and no magnesium result lies in the look-back.
// Then warning, one card that replaces those of the single classes; info while the only class is a PPI that is
//      just starting. Offers serum magnesium, and calcium where a thiazide is among them.
// Why  each class lowers magnesium on its own; the FDA names diuretics and digoxin beside PPIs (2011).
#include "cards/rules/absence.hpp"
#include "cards/rules/rule.hpp"

namespace cofactor::cards {

Answer high_dose_multiple_depleters(const Situation& s, const RulePolicy& policy) {
  const auto enough = total_above(s, "vitd_interaction_iu_per_day");
  if (enough == false) return NotApplicable{"vitamin-d-not-above-interaction-threshold"};
  if (assessed_for_any_class(s)) return NotApplicable{"magnesium-in-window"};
  const bool several = s.depleters.classes.size() >= 2;
  const bool amplified = !s.depleters.classes.empty() && !s.depleters.amplifiers.empty();
  if (!several && !amplified) return class_not_found(s, "fewer-than-two-classes");
  const bool capped = s.depleters.acid_suppression_only_starting() && !s.magnesium.last_was_low;
  const Indicator indicator = capped ? Indicator::info : Indicator::warning;
  if (auto answer = not_absent(s, indicator)) return *answer;
  if (!enough) return dose_undetermined();

  Fired fired{indicator};
  fired.summary = s.magnesium.last_was_low ? "summary-last-low" : "summary";
  fired.detail = {"finding"};
  add_counting_notes(s, fired.detail);
  add_last_magnesium(s, fired.detail);
  if (s.course.order != nullptr) fired.detail.push_back("course");
  fired.detail.push_back(several ? "rule" : "rule-amplified");
  fired.detail.push_back(s.depleters.amplifiers.empty() ? "basis" : "basis-amplified");
  add_drug_notes(s, fired.detail);
  add_modifiers(s, fired.detail);
  fired.detail.push_back("options");
  fired.line = "line";
  const bool thiazide = s.depleters.find(DrugClass::thiazide_diuretic) != nullptr;
  fired.suggestions = labs_to_offer(s, policy, thiazide);
  fired.why = several ? "several-depleting-classes" : "depleting-class-with-digoxin-or-antiarrhythmic";
  return fired;
}

}  // namespace cofactor::cards
