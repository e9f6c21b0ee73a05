// When the total of nutritional vitamin D is above the adult upper level, no depleting drug stands alongside and no
//      magnesium result lies in the look-back of a year.
// Then info; warning above the no-adverse-effect level, or when the last value, however old, was low; a recognised
//      repletion course stays info and hears nothing about the upper level. Offers serum magnesium.
// Why  magnesium is a cofactor in vitamin D metabolism; nobody has looked at it. The look-back is a house default.
#include "cards/rules/absence.hpp"
#include "cards/rules/rule.hpp"

namespace cofactor::cards {
namespace {

Indicator indicator_of(const Situation& s) {
  if (s.magnesium.last_was_low) return Indicator::warning;
  if (s.course.order != nullptr) return Indicator::info;
  return total_above(s, "vitd_noael_iu_per_day").value_or(false) ? Indicator::warning : Indicator::info;
}

}  // namespace

Answer high_dose_no_magnesium(const Situation& s, const RulePolicy& policy) {
  if (!s.depleters.classes.empty()) return NotApplicable{"depleting-class-present"};
  const auto high = total_above(s, "vitd_high_iu_per_day");
  if (high == false) return NotApplicable{"vitamin-d-not-high"};
  const Indicator indicator = indicator_of(s);
  if (auto answer = not_absent(s, indicator)) return *answer;
  if (!high) return dose_undetermined();

  Fired fired{indicator};
  fired.summary = s.magnesium.last_was_low ? "summary-last-low" : "summary";
  fired.detail = {"finding"};
  add_counting_notes(s, fired.detail);
  add_last_magnesium(s, fired.detail);
  if (s.course.order != nullptr) {
    fired.detail.push_back("course");
    fired.detail.push_back("rule-course");
  } else {
    fired.detail.push_back(total_above(s, "vitd_noael_iu_per_day").value_or(false) ? "rule-noael" : "rule");
  }
  if (!s.renal.dialysis) fired.detail.push_back("cofactor");
  if (s.depleters.cisplatin != nullptr) fired.detail.push_back("cisplatin-carryover");
  add_context(s, fired.detail);
  add_modifiers(s, fired.detail);
  fired.detail.push_back(s.course.order != nullptr ? "course-follow-up" : "options");
  fired.line = "line";
  fired.suggestions = labs_to_offer(s, policy, false);
  fired.why = "vitamin-d-high-without-magnesium";
  return fired;
}

}  // namespace cofactor::cards
