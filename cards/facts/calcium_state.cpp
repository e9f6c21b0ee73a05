// Promises: see calcium_state.hpp. Future-dated and unusable results are ignored; a preliminary result counts only when
// it is high, and hides nothing. A value that cannot be judged hides no older one.
#include "cards/facts/calcium_state.hpp"

#include <algorithm>
#include <array>

#include "cards/facts/situation.hpp"

namespace cofactor::cards {
namespace {

bool calcium(LabGroup group) {
  return group == LabGroup::calcium_total || group == LabGroup::calcium_corrected ||
         group == LabGroup::calcium_ionized;
}

bool preliminary(const LabFact& lab) {
  return lab.status == "preliminary" && (lab.unusable.empty() || lab.unusable == "preliminary");
}

bool final_result(const LabFact& lab) { return lab.unusable.empty() && !preliminary(lab); }

/// Newest first; of results that no time tells apart the higher one.
bool newer(const LabFact& a, const LabFact& b) {
  if (*a.on != *b.on) return *a.on > *b.on;
  if (a.instant_ms != b.instant_ms) return a.instant_ms > b.instant_ms;
  return a.value && b.value && *a.value > *b.value;
}

/// Albumin of the same day, when it is low enough to hide a high calcium.
const LabFact* low_albumin(const Facts& facts, const LabFact& calcium, double normal) {
  const LabFact* found = nullptr;
  for (const LabFact& lab : facts.labs) {
    if (lab.group != LabGroup::albumin || !final_result(lab) || !lab.value || !lab.unreadable.empty() ||
        lab.on != calcium.on)
      continue;
    if (found == nullptr || lab.instant_ms > found->instant_ms ||
        (lab.instant_ms == found->instant_ms && *lab.value < *found->value))
      found = &lab;
  }
  return found != nullptr && below(*found->value, normal) ? found : nullptr;
}

/// nullopt: whether it is high cannot be told.
std::optional<CalciumReading> judge(const Facts& facts, const LabFact& lab, const Knowledge& knowledge) {
  if (!lab.value || !(lab.unreadable.empty() || lab.unreadable == "comparator")) return std::nullopt;
  const bool ionized = lab.group == LabGroup::calcium_ionized;
  if (ionized && !lab.high) return std::nullopt;
  CalciumReading out;
  out.lab = &lab;
  double value = *lab.value;
  if (lab.group == LabGroup::calcium_total) {
    const double normal = knowledge.threshold("albumin_normal").value;
    out.albumin = low_albumin(facts, lab, normal);
    if (out.albumin != nullptr)
      value += knowledge.threshold("calcium_correction_factor").value * (normal - *out.albumin->value);
  }
  out.mg_per_dl = rounded_to_hundredths(value);
  const bool more_than = lab.comparator == ">";
  const auto over = [&](double limit) {
    return above(out.mg_per_dl, limit) || (more_than && !below(out.mg_per_dl, limit));
  };
  out.high = (lab.high && over(rounded_to_hundredths(*lab.high))) ||
             (!ionized && over(knowledge.threshold("ca_high").value));
  out.critical = out.high && !ionized && !below(out.mg_per_dl, knowledge.threshold("ca_critical").value);
  const bool lower_bound = more_than || lab.comparator == ">=";
  const bool upper_bound = lab.comparator == "<" || lab.comparator == "<=";
  if ((lower_bound && !out.high) || (upper_bound && out.high)) return std::nullopt;
  return out;
}

void find_conditions(Calcium& out, const Facts& facts) {
  constexpr std::array<std::string_view, 4> groups{"hypercalcaemia", "vitamin-d-excess",
                                                   "hyperparathyroidism-primary", "granulomatous"};
  for (const std::string_view group : groups)
    for (const ConditionFact& condition : facts.conditions) {
      if (condition.group != group || (condition.on && *condition.on > facts.as_of)) continue;
      out.conditions.push_back(&condition);
      out.granulomatous |= group == "granulomatous";
      break;
    }
}

}  // namespace

Calcium judge_calcium(const Facts& facts, const Knowledge& knowledge) {
  Calcium out;
  find_conditions(out, facts);
  const int look_back = static_cast<int>(knowledge.threshold("calcium_lookback").value);
  std::vector<const LabFact*> window;
  for (const LabFact& lab : facts.labs) {
    if (!calcium(lab.group) || !lab.on || !(final_result(lab) || preliminary(lab))) continue;
    const int age = fhir::days_between(*lab.on, facts.as_of);
    if (age >= 0 && age <= look_back) window.push_back(&lab);
  }
  std::stable_sort(window.begin(), window.end(),
                   [](const LabFact* a, const LabFact* b) { return newer(*a, *b); });
  std::optional<fhir::Day> deciding_day;
  bool total_settled = false, ionized_settled = false;
  for (const LabFact* lab : window) {
    if (deciding_day && *lab->on < *deciding_day) break;
    if (out.newest == nullptr && final_result(*lab)) out.newest = lab;
    bool& settled = lab->group == LabGroup::calcium_ionized ? ionized_settled : total_settled;
    if (settled) continue;
    const std::optional<CalciumReading> reading = judge(facts, *lab, knowledge);
    if (!reading) continue;
    if (final_result(*lab)) {
      settled = true;
      deciding_day = lab->on;
    } else if (!reading->high) {
      continue;
    }
    const bool worse = !out.decides || (reading->high && !out.decides->high) ||
                       (reading->critical && !out.decides->critical);
    if (worse) out.decides = reading;
  }
  if (!out.decides) out.unavailable = why_incomplete(facts, "calciumRenal");
  return out;
}

}  // namespace cofactor::cards
