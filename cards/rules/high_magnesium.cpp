// When the newest valid magnesium in the look-back is above 1.07 mmol/L, or above the laboratory's own upper limit, and
//      vitamin D or a magnesium product is on board. Preliminary values count. Ionized, RBC and whole-blood values are
//      judged by the laboratory's range alone.
// Then info; warning when a magnesium product is active or being signed. Asks to review that product; never suggests
//      magnesium.
// Why  magnesium leaves through the kidney alone; a product on board is the source that can be changed.
#include "cards/rules/absence.hpp"
#include "cards/rules/rule.hpp"

namespace cofactor::cards {
namespace {

std::string rule_key(const Situation& s) {
  const LabFact& high = *s.magnesium.high;
  if (high.group != LabGroup::magnesium_serum) return "rule-own-range";
  const double limit = s.knowledge->threshold("mg_high").value;
  const double value = rounded_to_hundredths(*high.value);
  const bool over = above(value, limit) || (high.comparator == ">" && !below(value, limit));  // ">1.00" need not be
  return over ? "rule" : "rule-laboratory";
}

}  // namespace

Answer high_magnesium(const Situation& s, const RulePolicy& policy) {
  const bool product = !s.renal.magnesium_sources.empty();
  if (!product && !s.vitamin_d_on_board()) return NotApplicable{"no-vitamin-d-or-magnesium-product"};
  const Magnesium& m = s.magnesium;
  if (m.high == nullptr) {
    if (s.magnesium_unavailable() && !silenced(s))
      return Undetermined{"magnesium results", "magnesium-unavailable: " + m.unavailable};
    return NotApplicable{m.newest == nullptr ? "no-magnesium-in-window" : "magnesium-not-high"};
  }
  // Another specimen above its range does not speak against a serum value that is low.
  if (m.low != nullptr && m.high->group != LabGroup::magnesium_serum) return NotApplicable{"magnesium-low"};
  const Indicator indicator = product ? Indicator::warning : Indicator::info;
  if (const auto why = silenced(s)) return Suppressed{indicator, *why};

  Fired fired{indicator};
  fired.summary = product ? "summary-product" : "summary";
  fired.detail = {"finding"};
  if (product) fired.detail.push_back("finding-product");
  fired.detail.push_back(rule_key(s));
  if (!s.renal.dialysis) fired.detail.push_back("basis");
  add_modifiers(s, fired.detail);
  fired.detail.push_back(s.renal.dialysis ? "options-dialysis" : product ? "options-product" : "options");
  fired.line = product ? "line-product" : "line";
  fired.suggestions = labs_to_offer(s, policy, false);
  fired.why = product ? "magnesium-high-with-product" : "magnesium-high";
  return fired;
}

}  // namespace cofactor::cards
