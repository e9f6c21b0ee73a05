// Promises: see vitamin_d_level.hpp.
#include "cards/facts/vitamin_d_level.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "cards/facts/situation.hpp"

namespace cofactor::cards {
namespace {

/// Newest first. Results of one specimen can be a total and its fractions: the higher is the total.
bool newer(const LabFact& a, const LabFact& b) {
  if (*a.on != *b.on) return *a.on > *b.on;
  if (a.instant_ms != b.instant_ms) return a.instant_ms > b.instant_ms;
  return *a.value > *b.value;
}

/// Not taken, or not by this patient.
bool never_taken(const OrderFact& order) {
  constexpr std::array<std::string_view, 10> reasons{"other-patient", "subject-unproven", "do-not-perform",
                                                     "draft-elsewhere", "intended", "entered-in-error", "cancelled",
                                                     "not-taken", "proposal", "option"};
  return order.role == OrderRole::draft || std::find(reasons.begin(), reasons.end(), order.left_out) != reasons.end();
}

}  // namespace

bool has_taken_vitamin_d2(const Facts& facts) {
  return std::any_of(facts.orders.begin(), facts.orders.end(), [](const OrderFact& order) {
    return !never_taken(order) &&
           std::any_of(order.ingredients.begin(), order.ingredients.end(), [](const IngredientReading& ingredient) {
             return ingredient.name == "ergocalciferol";
           });
  });
}

VitaminDLevel find_vitamin_d_level(const Facts& facts, const Knowledge& knowledge) {
  VitaminDLevel out;
  out.unavailable = why_incomplete(facts, "vitaminD");
  const LabFact* unreadable = nullptr;
  const bool with_d2 = has_taken_vitamin_d2(facts);
  const double watch = knowledge.threshold("d25_watch").value;  // a part that reaches this tells enough of the whole
  for (const LabFact& lab : facts.labs) {
    const bool d3 = lab.group == LabGroup::vitamin_d_25oh_d3;
    if ((lab.group != LabGroup::vitamin_d_25oh && !d3) || !lab.unusable.empty() || lab.status == "preliminary" ||
        !lab.on || *lab.on > facts.as_of)
      continue;
    if (lab.value && (lab.unreadable.empty() || lab.unreadable == "comparator"))
      (d3 && with_d2 && !surely_at_least(lab, watch) ? out.parts : out.series).push_back(&lab);
    else if (unreadable == nullptr || *lab.on > *unreadable->on)
      unreadable = &lab;
  }
  for (auto* list : {&out.series, &out.parts})
    std::stable_sort(list->begin(), list->end(), [](const LabFact* a, const LabFact* b) { return newer(*a, *b); });
  const int look_back = static_cast<int>(knowledge.threshold("d25_lookback").value);
  const auto recent = [&](const LabFact& lab) { return fhir::days_between(*lab.on, facts.as_of) <= look_back; };
  if (!out.series.empty() && recent(*out.series.front())) out.newest = out.series.front();
  if (out.newest != nullptr && with_d2 && out.newest->group == LabGroup::vitamin_d_25oh_d3) {
    for (const LabFact* lab : out.series)  // "this or more" does not overrule a higher whole
      if (recent(*lab) && *lab->value > *out.newest->value) out.newest = lab;
    out.newest_is_part = out.newest->group == LabGroup::vitamin_d_25oh_d3;
  }
  out.newer_unreadable = unreadable != nullptr && recent(*unreadable) &&
                         (out.newest == nullptr || *unreadable->on > *out.newest->on);
  out.newer_part = !out.parts.empty() && recent(*out.parts.front()) &&
                   (out.newest == nullptr || *out.parts.front()->on > *out.newest->on);
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
