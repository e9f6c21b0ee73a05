// Promises: see vitamin_d_level.hpp.
#include "cards/facts/vitamin_d_level.hpp"

#include <algorithm>

#include "cards/facts/situation.hpp"

namespace cofactor::cards {
namespace {

/// Newest first. Results of one specimen can be a total and its fractions: the higher is the total.
bool newer(const LabFact& a, const LabFact& b) {
  if (*a.on != *b.on) return *a.on > *b.on;
  if (a.instant_ms != b.instant_ms) return a.instant_ms > b.instant_ms;
  return *a.value > *b.value;
}

}  // namespace

VitaminDLevel find_vitamin_d_level(const Facts& facts, const Knowledge& knowledge) {
  VitaminDLevel out;
  out.unavailable = why_incomplete(facts, "vitaminD");
  const LabFact* unreadable = nullptr;
  for (const LabFact& lab : facts.labs) {
    if (lab.group != LabGroup::vitamin_d_25oh || !lab.unusable.empty() || lab.status == "preliminary" ||
        !lab.on || *lab.on > facts.as_of)
      continue;
    if (lab.value && (lab.unreadable.empty() || lab.unreadable == "comparator"))
      out.series.push_back(&lab);
    else if (unreadable == nullptr || *lab.on > *unreadable->on)
      unreadable = &lab;
  }
  std::stable_sort(out.series.begin(), out.series.end(),
                   [](const LabFact* a, const LabFact* b) { return newer(*a, *b); });
  const int look_back = static_cast<int>(knowledge.threshold("d25_lookback").value);
  const auto recent = [&](const LabFact& lab) { return fhir::days_between(*lab.on, facts.as_of) <= look_back; };
  if (!out.series.empty() && recent(*out.series.front())) out.newest = out.series.front();
  out.newer_unreadable = unreadable != nullptr && recent(*unreadable) &&
                         (out.newest == nullptr || *unreadable->on > *out.newest->on);
  return out;
}

bool surely_above(const LabFact& lab, double limit) {
  if (lab.comparator == "<" || lab.comparator == "<=") return false;
  return lab.comparator == ">" ? !below(*lab.value, limit) : above(*lab.value, limit);
}

bool surely_at_least(const LabFact& lab, double limit) {
  return lab.comparator != "<" && lab.comparator != "<=" && !below(*lab.value, limit);
}

bool surely_under(const LabFact& lab, double limit) {
  if (lab.comparator == ">" || lab.comparator == ">=") return false;
  return lab.comparator == "<" ? !above(*lab.value, limit) : below(*lab.value, limit);
}

}  // namespace cofactor::cards
