// When the dose of a nutritional vitamin D order cannot be computed and a depleting class stands alongside without a
//      valid magnesium, or magnesium is low.
// Then info: says that the dose could not be read, and why. A line where another card of ours fires.
// Why  an unknown dose is not a low dose.
#include "cards/rules/absence.hpp"
#include "cards/rules/rule.hpp"

namespace cofactor::cards {

Answer dose_unreadable(const Situation& s, const RulePolicy& policy) {
  if (s.vitamin_d.unread.empty() && s.vitamin_d.unread_one_time.empty())
    return NotApplicable{"every-dose-was-read"};
  const bool low = s.magnesium.low != nullptr;
  if (!low) {
    if (s.depleters.classes.empty()) return class_not_found(s, "no-depleting-class");
    if (s.magnesium.newest != nullptr) return NotApplicable{"magnesium-in-window"};
  }
  if (const auto why = silenced(s)) return Suppressed{Indicator::info, *why};
  if (!low && s.magnesium_unavailable())
    return Undetermined{"magnesium results", "magnesium-unavailable: " + s.magnesium.unavailable};

  Fired fired{Indicator::info};
  fired.summary = low ? "summary-low" : "summary";
  fired.detail = {"finding"};
  if (!s.vitamin_d.parts.empty()) fired.detail.push_back("known-sum");
  if (!s.depleters.classes.empty()) fired.detail.push_back("drugs");
  if (low)
    fired.detail.push_back("low");
  else
    add_last_magnesium(s, fired.detail);
  fired.detail.push_back("rule");
  add_drug_notes(s, fired.detail);
  add_modifiers(s, fired.detail);
  fired.detail.push_back("options");
  fired.line = "line";
  fired.suggestions = labs_to_offer(s, policy, false);
  fired.why = low ? "dose-unknown-with-low-magnesium" : "dose-unknown-with-depleting-class";
  return fired;
}

}  // namespace cofactor::cards
