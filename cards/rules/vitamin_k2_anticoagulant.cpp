// When a product that is being ordered holds vitamin K2 and a vitamin K antagonist is on board.
// Then info, as a line of another card where there is one: names both and INR monitoring. No card of ours ever advises
//      vitamin K2.
// Why  low doses of menaquinone-7 lowered the INR.
#include "cards/rules/absence.hpp"
#include "cards/rules/rule.hpp"

namespace cofactor::cards {

Answer vitamin_k2_anticoagulant(const Situation& s, const RulePolicy&) {
  if (s.safety.vitamin_k2 == nullptr) return NotApplicable{"no-vitamin-k2-ordered"};
  if (s.safety.antagonist == nullptr) {
    if (!s.medications_unavailable.empty() && !silenced(s))
      return Undetermined{"active medication list", "medications-unavailable: " + s.medications_unavailable};
    return NotApplicable{"no-vitamin-k-antagonist"};
  }
  if (const auto why = silenced(s)) return Suppressed{Indicator::info, *why};

  Fired fired{Indicator::info};
  fired.summary = "summary";
  fired.detail = {"finding", "rule", "basis", "not-available", "options"};
  fired.line = "line";
  fired.why = "ordered-product-holds-vitamin-k2";
  return fired;
}

}  // namespace cofactor::cards
