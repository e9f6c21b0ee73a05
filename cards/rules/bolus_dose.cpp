// When a single dose of a vitamin D order reaches 300,000 IU, whether it is given once, once before smaller doses or
//      repeated after months.
// Then warning: the dose, its average where it repeats, and a line on magnesium when no valid result is at hand. In
//      pregnancy nothing is said about how to give a bolus.
// Why  500,000 IU once a year gave more falls and fractures; the average a day hides such a dose.
#include "cards/rules/absence.hpp"
#include "cards/rules/rule.hpp"

namespace cofactor::cards {

Answer bolus_dose(const Situation& s, const RulePolicy& policy) {
  const auto& boluses = s.safety.suspect.bolus;
  if (boluses.empty()) {
    if (!s.safety.suspect.bolus_unknown) return NotApplicable{"no-bolus-drafted"};
    return s.end_of_life ? Answer(NotApplicable{"end-of-life"}) : Answer(dose_undetermined());
  }
  if (s.end_of_life) return Suppressed{Indicator::warning, "end-of-life"};

  Fired fired{Indicator::warning};
  fired.summary = "summary";
  fired.detail = {boluses.front().repeats ? "finding-repeated" : "finding"};
  // Magnesium ranges and advice are the adults'.
  const bool ask_magnesium = !s.minor && s.magnesium.newest == nullptr && s.magnesium.pending.empty();
  if (ask_magnesium && s.magnesium_unavailable())
    fired.detail.push_back("magnesium-not-obtained");
  else if (ask_magnesium)
    add_last_magnesium(s, fired.detail);
  fired.detail.push_back("rule");
  if (!s.pregnancy) fired.detail.push_back("basis");
  if (s.minor)
    fired.detail.push_back("not-available");
  else
    add_modifiers(s, fired.detail);
  if (!s.pregnancy) fired.detail.push_back("options");
  fired.line = s.pregnancy ? "line-pregnancy" : "line";
  if (ask_magnesium) fired.suggestions = labs_to_offer(s, policy, false);
  fired.why = "single-dose-at-or-above-bolus-limit";
  return fired;
}

}  // namespace cofactor::cards
