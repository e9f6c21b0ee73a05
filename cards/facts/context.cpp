// Promises: see context.hpp.
#include "cards/facts/context.hpp"

#include <array>
#include <optional>

#include "cards/facts/situation.hpp"

namespace cofactor::cards {
namespace {

constexpr std::array<std::string_view, 3> calcium_groups{"nephrolithiasis", "hypercalciuria", "other-hypercalcaemia-risk"};
constexpr std::array<std::string_view, 5> magnesium_groups{"type-2-diabetes", "alcohol-use-disorder", "malabsorption",
                                                           "bariatric-surgery", "low-magnesium-intake"};

void find_symptom(const Situation& s, Context& out) {
  std::optional<fhir::Day> start;
  const int window = static_cast<int>(s.knowledge->threshold("symptom_window_days").value);
  for (const ConditionFact& condition : s.facts->conditions) {
    if (condition.group != "low-magnesium-symptom" || !condition.on || *condition.on > s.facts->as_of) continue;
    if (!start && !(start = high_dose_start(s))) return;
    const int days = fhir::days_between(*start, *condition.on);
    if (days < 0 || days > window || (out.symptom != nullptr && *condition.on <= *out.symptom->on)) continue;
    out.symptom = &condition;
    out.symptom_days = days;
  }
}

bool in_contested_band(const Situation& s) {
  const LabFact* level = s.level.newest;
  if (level == nullptr || !level->comparator.empty() || s.level.newest_is_part || s.level.newer_part) return false;
  return !below(*level->value, s.knowledge->threshold("d25_thermostat_low").value) &&
         !above(*level->value, s.knowledge->threshold("d25_thermostat_high").value);
}

}  // namespace

Context find_context(const Situation& s) {
  Context out;
  const bool high = above(s.vitamin_d.iu_per_day, s.knowledge->threshold("vitd_high_iu_per_day").value);
  if (high) find_symptom(s, out);
  if (high)
    for (const std::string_view group : calcium_groups)
      if (condition_in(*s.facts, group) != nullptr) out.calcium.push_back(group);
  out.low_magnesium_recorded = condition_in(*s.facts, "hypomagnesaemia") != nullptr;
  if (s.facts->age && s.facts->age->youngest_years >= s.knowledge->threshold("magnesium_risk_age").value)
    out.magnesium.push_back("age");
  for (const std::string_view group : magnesium_groups)
    if (condition_in(*s.facts, group) != nullptr) out.magnesium.push_back(group);
  out.contested_level = in_contested_band(s);
  return out;
}

}  // namespace cofactor::cards
