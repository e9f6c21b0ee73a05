// When the total of nutritional vitamin D is above the interaction threshold, a proton pump inhibitor (or a PCAB) is
//      in use and no magnesium result lies in the look-back of 90 days.
// Then info; warning above the adult upper level; info again when the PPI is only starting, or its start is not
//      known. Names the drug, its duration and the last value; offers serum magnesium; asks for the indication.
// Why  long-term PPI use is associated with low magnesium (FDA 2011), seen from three months on.
#include "cards/rules/absence.hpp"
#include "cards/rules/rule.hpp"

namespace cofactor::cards {
namespace {

const Exposure* acid_suppression(const Situation& s) {
  const Exposure* ppi = s.depleters.find(DrugClass::ppi);
  return ppi != nullptr ? ppi : s.depleters.find(DrugClass::pcab);
}

std::string why_not_counted(const Situation& s) {
  for (const NotCounted& drug : s.depleters.not_counted)
    if (drug.drug_class == DrugClass::ppi || drug.drug_class == DrugClass::pcab)
      return "ppi-not-counted: " + std::string(drug.why);
  return "no-ppi";
}

}  // namespace

Answer high_dose_ppi(const Situation& s, const RulePolicy& policy) {
  if (auto answer = not_enough_or_assessed(s)) return *answer;
  const Exposure* ppi = acid_suppression(s);
  if (ppi == nullptr) return class_not_found(s, why_not_counted(s));
  const Indicator indicator = depleter_indicator(s);
  if (auto answer = class_silenced_or_unknown(s, indicator)) return *answer;

  Fired fired = class_fired(s, indicator);
  fired.detail.push_back(rule_or_high(s));
  fired.detail.push_back(ppi->established ? "basis" : "basis-starting");
  add_drug_notes(s, fired.detail);
  add_context(s, fired.detail);
  add_modifiers(s, fired.detail);
  fired.detail.push_back(ppi->established ? "options" : "options-starting");
  fired.line = ppi->established ? "line" : "line-starting";
  fired.suggestions = labs_to_offer(s, policy, false);
  fired.why = ppi->established ? "vitamin-d-with-ppi-without-magnesium"
                               : "vitamin-d-with-starting-ppi-without-magnesium";
  return fired;
}

}  // namespace cofactor::cards
