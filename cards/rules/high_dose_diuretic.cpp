// When the total of nutritional vitamin D is above the interaction threshold, a loop or thiazide(-like) diuretic
//      stands alongside and no magnesium result lies in the look-back of 90 days.
// Then info; warning above the adult upper level. Loop: magnesium, and potassium; thiazide: magnesium and calcium.
//      Potassium-sparing agents never count; beside a thiazide they soften the wording.
// Why  loop and thiazide diuretics waste magnesium; thiazides with vitamin D also raise calcium.
#include "cards/rules/absence.hpp"
#include "cards/rules/rule.hpp"

namespace cofactor::cards {

Answer high_dose_diuretic(const Situation& s, const RulePolicy& policy) {
  if (auto answer = not_enough_or_assessed(s)) return *answer;
  const bool loop = s.depleters.find(DrugClass::loop_diuretic) != nullptr;
  const bool thiazide = s.depleters.find(DrugClass::thiazide_diuretic) != nullptr;
  if (!loop && !thiazide)
    return class_not_found(s, s.depleters.k_sparing != nullptr ? "potassium-sparing-only" : "no-diuretic");
  const Indicator indicator = depleter_indicator(s);
  if (auto answer = class_silenced_or_unknown(s, indicator)) return *answer;

  const std::string kind = loop && thiazide ? "-both" : loop ? "-loop" : "-thiazide";
  Fired fired = class_fired(s, indicator);
  fired.detail.push_back(rule_or_high(s));
  fired.detail.push_back("basis" + kind);
  add_drug_notes(s, fired.detail);
  add_context(s, fired.detail);
  add_modifiers(s, fired.detail);
  fired.detail.push_back("options" + kind);
  fired.line = "line" + kind;
  fired.suggestions = labs_to_offer(s, policy, thiazide);
  fired.why = "vitamin-d-with-diuretic-without-magnesium";
  return fired;
}

}  // namespace cofactor::cards
