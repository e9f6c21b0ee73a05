// When a magnesium product by mouth is being ordered (supplement, laxative, antacid or bowel preparation) and kidney
//      function is below the gate, or the patient is on dialysis, or magnesium is above range, or an AV block of second
//      or third degree or myasthenia gravis is recorded. Vitamin D need not be there.
// Then warning; offers the test. All supplements together above the upper level, without low magnesium: info, a
//      variant that is off until a site switches it on.
// Why  magnesium that the kidney cannot excrete accumulates; it slows conduction in heart and muscle.
#include "cards/rules/absence.hpp"
#include "cards/rules/rule.hpp"

namespace cofactor::cards {
namespace {

bool low(const Situation& s) {
  return s.magnesium.low != nullptr || s.magnesium.last_was_low || s.safety.magnesium.low_recorded;
}

/// Supplements only: a laxative or an antacid is taken for its own reason. The level is that of adults here.
bool above_upper_level(const Situation& s) {
  return s.safety.magnesium.supplement_drafted && !s.minor && !low(s) &&
         above(s.safety.magnesium.supplement_mg_per_day, s.knowledge->threshold("mg_supp_ul").value);
}

Answer judge_upper_level(const Situation& s) {
  if (!above_upper_level(s)) return NotApplicable{"nothing-against-the-product"};
  if (s.end_of_life) return Suppressed{Indicator::info, "end-of-life"};
  Fired fired{Indicator::info};
  fired.summary = "summary-upper-level";
  fired.detail = {"finding-upper-level", "rule-upper-level", "basis-upper-level", "not-available", "options-upper-level"};
  fired.line = "line-upper-level";
  fired.why = "above-upper-level";
  fired.variant = "above-upper-level";
  return fired;
}

/// What was not obtained and could have held a reason against the product.
std::string not_obtained(const Situation& s) {
  std::string missing;
  for (const std::string_view source : {"calciumRenal", "conditions"})
    if (!why_incomplete(*s.facts, source).empty()) missing += (missing.empty() ? "" : ", ") + std::string(source);
  if (s.magnesium_unavailable()) missing += (missing.empty() ? "" : ", ") + std::string("magnesium");
  return missing;
}

}  // namespace

Answer magnesium_supplement_safety(const Situation& s, const RulePolicy& policy) {
  const MagnesiumProducts& products = s.safety.magnesium;
  if (products.drafted.empty()) return NotApplicable{"no-magnesium-product-by-mouth-drafted"};
  const bool kidney = s.renal.gate, high = s.magnesium.high != nullptr, recorded = products.contraindication != nullptr;
  if (!kidney && !high && !recorded) {
    const std::string missing = not_obtained(s);
    if (!missing.empty() && !s.end_of_life) return Undetermined{missing, "not-obtained: " + missing};
    return judge_upper_level(s);
  }
  if (s.end_of_life) return Suppressed{Indicator::warning, "end-of-life"};

  Fired fired{Indicator::warning};
  fired.summary = "summary";
  fired.detail = {"finding", "rule"};
  if (kidney) fired.detail.push_back("basis-kidney");
  if (recorded) fired.detail.push_back("basis-conduction");
  fired.detail.push_back("not-available");
  if (s.pregnancy) fired.detail.push_back("pregnancy");
  fired.detail.push_back("options");
  fired.line = "line";
  fired.suggestions = labs_to_offer(s, policy, false);
  fired.why = kidney ? "kidney" : high ? "magnesium-above-range" : "recorded-" + products.contraindication->group;
  return fired;
}

}  // namespace cofactor::cards
