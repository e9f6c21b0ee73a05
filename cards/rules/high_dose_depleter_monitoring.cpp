// When the total of nutritional vitamin D is above the adult upper level alongside a depleting class, and a magnesium
//      result inside the look-back of 90 days is normal, or counts as assessed although it cannot be read.
// Then info: the value, its date and the day a repeat is due; offers nothing but that repeat. A pending test
//      silences it.
// Why  the combination outlasts one result; the FDA says "periodically" (2011), the interval is a house default.
#include "cards/rules/absence.hpp"
#include "cards/rules/rule.hpp"

namespace cofactor::cards {

Answer high_dose_depleter_monitoring(const Situation& s, const RulePolicy&) {
  const auto high = total_above(s, "vitd_high_iu_per_day");
  if (high == false) return NotApplicable{"vitamin-d-not-high"};
  if (s.depleters.classes.empty()) return class_not_found(s, "no-depleting-class");
  if (s.magnesium.newest == nullptr) {
    if (s.magnesium_unavailable() && s.magnesium.pending.empty() && !silenced(s))
      return Undetermined{"magnesium results", "magnesium-unavailable: " + s.magnesium.unavailable};
    return NotApplicable{"no-magnesium-in-window"};
  }
  if (s.magnesium.low != nullptr) return NotApplicable{"magnesium-low"};
  if (s.magnesium.high != nullptr) return NotApplicable{"magnesium-high"};
  if (const auto why = silenced(s)) return Suppressed{Indicator::info, *why};
  if (!s.magnesium.pending.empty())
    return Suppressed{Indicator::info, "magnesium-pending: " + s.magnesium.pending};
  if (!high) return dose_undetermined();

  Fired fired{Indicator::info};
  const bool unreadable = s.magnesium.newest_unreadable;
  fired.summary = unreadable ? "summary-unreadable" : "summary";
  fired.detail = {"finding"};
  add_counting_notes(s, fired.detail);
  fired.detail.push_back(unreadable ? "magnesium-unreadable" : "magnesium");
  if (s.magnesium.newest_indeterminate) fired.detail.push_back("magnesium-indeterminate");
  fired.detail.push_back("rule");
  fired.detail.push_back("basis");
  add_drug_notes(s, fired.detail);
  add_context(s, fired.detail);
  add_modifiers(s, fired.detail);
  fired.detail.push_back("options");
  fired.line = "line";
  const int interval = static_cast<int>(s.knowledge->threshold("mg_repeat_days").value);
  fired.suggestions = {OrderLab{"serum-magnesium", fhir::plus_days(*s.magnesium.newest->on, interval)}};
  fired.why = unreadable ? "magnesium-value-unreadable" : "magnesium-normal";
  return fired;
}

}  // namespace cofactor::cards
