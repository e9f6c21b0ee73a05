// When the dose of vitamin D is being raised, one 25(OH)D lies before or early in treatment and one at least 60 days after
//      its start, the last is below 30 ng/mL and has risen by less than 5 ng/mL.
// Then info: the order of operations before more is given (adherence, product, weight, absorption, interacting drugs, then
//      magnesium); offers serum magnesium and a 25(OH)D in 60-90 days. Replaces the card on missing magnesium.
// Why  more of what did not work is rarely the answer; magnesium is one possible reason among several.
#include <algorithm>

#include "cards/rules/on_board.hpp"
#include "cards/rules/rule.hpp"

namespace cofactor::cards {
namespace {

using State = TreatmentResponse::State;

bool level_matters(State state) { return state == State::no_pair || state == State::start_unknown; }

std::vector<SuggestedAction> tests(const Situation& s, const RulePolicy& policy) {
  std::vector<SuggestedAction> out;
  const int days = static_cast<int>(s.knowledge->threshold("retest_window_high").value);
  for (const std::string& lab : policy.suggests) {
    if (lab == "vitamin-d-25oh")
      out.push_back(OrderLab{lab, fhir::plus_days(s.facts->as_of, days)});
    else if (s.magnesium.newest == nullptr && s.magnesium.pending.empty())
      out.push_back(OrderLab{lab, std::nullopt});
  }
  return out;
}

/// The magnesium result, unless a rule on its absence speaks about it anyway.
void add_magnesium(const Situation& s, Keys& keys) {
  if (s.renal.dialysis) return;
  if (s.magnesium.newest != nullptr) {
    keys.push_back(s.magnesium.newest_unreadable ? "magnesium-unreadable" : "magnesium");
    if (s.magnesium.newest_indeterminate) keys.push_back("magnesium-indeterminate");
  } else if (!s.magnesium_unavailable() && s.depleters.classes.empty() &&
           !total_above(s, "vitd_high_iu_per_day").value_or(true))
    add_last_magnesium(s, keys);
}

}  // namespace

Answer vitamin_d_non_response(const Situation& s, const RulePolicy& policy) {
  const TreatmentResponse& response = s.response;
  if (level_matters(response.state) && !s.level.unavailable.empty() && !silenced(s))
    return Undetermined{"25(OH)D results", "level-unavailable: " + s.level.unavailable};
  switch (response.state) {
    case State::not_raised:
      if (s.vitamin_d.drafted && !s.medications_unavailable.empty() && !silenced(s))
        return Undetermined{"active medication list", "medications-unavailable: " + s.medications_unavailable};
      return NotApplicable{"dose-not-raised"};
    case State::dose_unknown:
      return silenced(s) ? Answer(NotApplicable{*silenced(s)}) : Answer(dose_undetermined());
    case State::start_unknown:
      if (s.level.series.size() < 2 || silenced(s)) return NotApplicable{"no-two-levels"};
      return Undetermined{"start of treatment", "treatment-start-unknown"};
    case State::no_pair: return NotApplicable{"no-two-levels"};
    case State::not_comparable:
      if (silenced(s)) return NotApplicable{*silenced(s)};
      return Undetermined{"25(OH)D value", "levels-not-comparable"};
    case State::sufficient: return NotApplicable{"level-not-low"};
    case State::responded: return NotApplicable{"level-has-risen"};
    case State::none: break;
  }
  if (const auto why = silenced(s)) return Suppressed{Indicator::info, *why};

  Fired fired{Indicator::info};
  fired.summary = "summary";
  fired.detail = {"finding", "vitamin-d-total"};
  add_magnesium(s, fired.detail);
  fired.detail.push_back("rule");
  const int days = fhir::days_between(*response.since, *response.last->on);
  if (days < s.knowledge->threshold("nonresponse_preferred_days").value) fired.detail.push_back("rule-early");
  if (!s.renal.dialysis) fired.detail.push_back("basis");
  add_circumstances(s, fired.detail);
  fired.detail.push_back("options");
  if (!s.renal.dialysis) fired.detail.push_back("options-magnesium");
  fired.detail.push_back("options-causes");  // left out by the rendering when nothing is on record
  fired.detail.push_back("options-meal");
  fired.line = "line";
  fired.suggestions = tests(s, policy);
  fired.why = "level-hardly-risen";
  return fired;
}

}  // namespace cofactor::cards
