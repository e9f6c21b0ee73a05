// When the newest 25(OH)D of 180 days is above 150 ng/mL, above 100 ng/mL, or at least 50 ng/mL with nutritional vitamin D
//      above the adult upper level, and vitamin D is on board.
// Then critical, warning, info. Shows the value in both units; offers calcium. Under 19 the first two remain.
// Why  the higher the level, the likelier high calcium; levels above 50 ng/mL have no known benefit.
#include "cards/rules/on_board.hpp"
#include "cards/rules/rule.hpp"

namespace cofactor::cards {
namespace {

/// Under 19 levels above the upper limits are told too: what was not looked at stays open.
Answer not_found(const Situation& s, std::string why) {
  if (s.end_of_life) return NotApplicable{std::move(why)};
  if (s.level.newer_part) return Undetermined{"25(OH)D in total", "level-of-d3-only"};
  if (s.level.newer_unreadable) return Undetermined{"25(OH)D value", "level-unreadable"};
  if (s.level.newest == nullptr && !s.level.unavailable.empty())
    return Undetermined{"25(OH)D results", "level-unavailable: " + s.level.unavailable};
  return NotApplicable{std::move(why)};
}

}  // namespace

Answer high_vitamin_d_level(const Situation& s, const RulePolicy& policy) {
  if (!s.vitamin_d_on_board()) return NotApplicable{"no-vitamin-d"};
  const LabFact* level = s.level.newest;
  if (level == nullptr) return not_found(s, "no-level-in-window");
  const auto limit = [&](std::string_view key) { return s.knowledge->threshold(key).value; };
  const bool toxic = surely_above(*level, limit("d25_toxic"));
  const bool high = surely_above(*level, limit("d25_high"));
  const bool watch = !high && surely_at_least(*level, limit("d25_watch"));
  if (!high && !watch) return not_found(s, "level-not-high");
  const Indicator indicator = toxic ? Indicator::critical : high ? Indicator::warning : Indicator::info;
  if (watch) {
    const auto dose = total_above(s, "vitd_high_iu_per_day");
    if (dose == false) return NotApplicable{"vitamin-d-not-high"};
    if (s.minor && !s.end_of_life) return Suppressed{indicator, "under-19"};
    if (!dose && !s.end_of_life) return dose_undetermined();
  }
  if (s.end_of_life) return Suppressed{indicator, "end-of-life"};

  Fired fired{indicator};
  fired.summary = watch ? "summary-watch" : "summary";
  fired.detail = {"finding"};
  add_vitamin_d(s, fired.detail);
  fired.detail.push_back(toxic ? "rule-critical" : high ? "rule" : "rule-watch");
  fired.detail.push_back("basis");
  add_circumstances(s, fired.detail);
  fired.detail.push_back(watch ? "options-watch" : "options");
  fired.line = watch ? "line-watch" : "line";
  fired.suggestions = labs_to_offer(s, policy, true);
  fired.why = watch ? "level-at-watch-limit-with-high-dose" : "level-high";
  return fired;
}

}  // namespace cofactor::cards
