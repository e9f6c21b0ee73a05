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
  const auto enough = total_above(s, "vitd_interaction_iu_per_day");
  if (enough == false) return NotApplicable{"vitamin-d-not-above-interaction-threshold"};
  if (assessed_for_any_class(s)) return NotApplicable{"magnesium-in-window"};
  const Exposure* ppi = acid_suppression(s);
  if (ppi == nullptr) return class_not_found(s, why_not_counted(s));
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
  fired.detail.push_back(ppi->established ? "basis" : "basis-starting");
  add_drug_notes(s, fired.detail);
  add_modifiers(s, fired.detail);
  fired.detail.push_back(ppi->established ? "options" : "options-starting");
  fired.line = ppi->established ? "line" : "line-starting";
  fired.suggestions = labs_to_offer(s, policy, false);
  fired.why = ppi->established ? "vitamin-d-with-ppi-without-magnesium"
                               : "vitamin-d-with-starting-ppi-without-magnesium";
  return fired;
}

}  // namespace cofactor::cards
