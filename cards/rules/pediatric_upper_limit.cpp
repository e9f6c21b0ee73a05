// When the patient is under 19 and the total of nutritional vitamin D is above the upper intake level of the age.
// Then warning; info where rickets or osteomalacia is recorded, because the dose may be the treatment. A partial birth
//      date that spans two levels counts when the total is above the higher of them; above the lower only, or without
//      an age, nothing can be told.
// Why  children tolerate less: the consensus report of 2011 gives a level for each age.
#include "cards/rules/absence.hpp"
#include "cards/rules/rule.hpp"

namespace cofactor::cards {
namespace {

/// Without an age the lowest of all levels is what no age could be below.
Answer without_age(const Situation& s) {
  const auto above_lowest = total_above(s, "vitd_ul_0_6_mo");
  if (above_lowest == false) return NotApplicable{"not-above-any-level"};
  if (s.end_of_life) return NotApplicable{"end-of-life"};
  return Undetermined{"age", s.facts->age_unknown.empty() ? "age-unknown" : "age-unknown: " + s.facts->age_unknown};
}

}  // namespace

Answer pediatric_upper_limit(const Situation& s, const RulePolicy&) {
  if (!s.facts->age) return without_age(s);
  const UpperLevels& levels = s.safety.upper_levels;
  if (levels.youngest.empty()) return NotApplicable{"adult"};
  // The levels rise with age: what is not above the youngest's is above nobody's.
  const auto above_youngest = total_above(s, levels.youngest);
  if (above_youngest == false) return NotApplicable{"not-above-the-level-of-the-age"};
  const Indicator indicator = s.safety.rickets ? Indicator::info : Indicator::warning;
  if (s.end_of_life) return Suppressed{indicator, "end-of-life"};
  if (!above_youngest) return dose_undetermined();
  if (levels.oldest.empty() || !total_above(s, levels.oldest).value_or(false))
    return Undetermined{"date of birth", "age-spans-two-levels"};

  Fired fired{indicator};
  fired.summary = "summary";
  fired.detail = {"finding"};
  add_counting_notes(s, fired.detail);
  fired.detail.push_back("rule");
  if (s.safety.rickets) fired.detail.push_back("basis-treatment");
  fired.detail.push_back("not-available");
  if (s.active_analogue != nullptr) fired.detail.push_back("active-analogue");
  fired.detail.push_back(s.safety.rickets ? "options-treatment" : "options");
  fired.line = "line";
  fired.why = s.safety.rickets ? "above-level-with-rickets-or-osteomalacia" : "above-level-of-the-age";
  return fired;
}

}  // namespace cofactor::cards
