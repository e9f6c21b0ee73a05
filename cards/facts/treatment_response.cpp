// Promises: see treatment_response.hpp. What was taken so far is every counted order and statement that is no draft, those
// included that the basket replaces, repeats or changes, and an ended order that a draft names as its predecessor.
#include "cards/facts/treatment_response.hpp"

#include <algorithm>
#include <limits>
#include <vector>

#include "cards/facts/situation.hpp"

namespace cofactor::cards {
namespace {

using State = TreatmentResponse::State;

struct Taken {
  std::vector<const OrderFact*> orders;
  double iu_per_day = 0;
  bool unread = false;
};

void take(Taken& taken, const OrderFact& order) {
  if (order.schedule == fhir::Schedule::one_time) return;
  if (std::find(taken.orders.begin(), taken.orders.end(), &order) != taken.orders.end()) return;
  taken.orders.push_back(&order);
  if (order.iu_per_day && order.vitamin_d_unknown.empty())
    taken.iu_per_day += *order.iu_per_day;
  else
    taken.unread = true;
}

bool ended_predecessor(const OrderFact& order) {
  return order.left_out == "completed" || order.left_out == "ended" || order.left_out == "stopped";
}

Taken taken_so_far(const Situation& s) {
  Taken taken;
  std::vector<const OrderFact*> repeated;  // drafts of which a listed twin has been counted
  for (const VitaminDPart& part : s.vitamin_d.parts)
    if (part.order->role != OrderRole::draft) take(taken, *part.order);
  for (const VitaminDUnread& each : s.vitamin_d.unread)
    if (each.order->role != OrderRole::draft) take(taken, *each.order);
  for (const CountedOnce& once : s.vitamin_d.not_added) {
    if (once.order->role == OrderRole::draft) continue;
    if (once.kept != nullptr) {
      if (once.kept->role != OrderRole::draft) continue;  // told twice, and counted above
      if (std::find(repeated.begin(), repeated.end(), once.kept) != repeated.end()) continue;
      repeated.push_back(once.kept);
    }
    take(taken, *once.order);
  }
  for (const OrderFact& order : s.facts->orders)
    if (listed_until_now(order) && order.has(DrugClass::vitamin_d_nutritional)) take(taken, order);
  for (const OrderFact& draft : s.facts->orders) {
    if (draft.role != OrderRole::draft || !draft.counts() || !draft.has(DrugClass::vitamin_d_nutritional)) continue;
    for (const OrderFact& order : s.facts->orders) {
      const auto& names = draft.replaces;
      if (order.role != OrderRole::draft && ended_predecessor(order) && order.has(DrugClass::vitamin_d_nutritional) &&
          std::find(names.begin(), names.end(), order.reference) != names.end())
        take(taken, order);
    }
  }
  return taken;
}

std::optional<fhir::Day> earliest_start(const Facts& facts, const OrderFact& order) {
  std::optional<fhir::Day> earliest;
  const auto consider = [&](const OrderFact& each) {
    if (each.start_known && each.start && (!earliest || *each.start < *earliest)) earliest = each.start;
  };
  consider(order);
  for (const OrderFact* linked : linked_orders(facts, order))
    if (linked->has(DrugClass::vitamin_d_nutritional)) consider(*linked);
  return earliest;
}

/// Since when the largest of the orders has been taken.
std::optional<fhir::Day> treatment_start(const Facts& facts, const Taken& taken) {
  const auto largest = std::max_element(
      taken.orders.begin(), taken.orders.end(),
      [](const OrderFact* a, const OrderFact* b) { return a->iu_per_day.value_or(0) < b->iu_per_day.value_or(0); });
  return largest == taken.orders.end() ? std::nullopt : earliest_start(facts, **largest);
}

/// The newest result up to the start, else the first one early in treatment.
const LabFact* baseline_of(const Situation& s, const std::vector<const LabFact*>& series, fhir::Day start) {
  const auto days = [&](std::string_view key) { return static_cast<int>(s.knowledge->threshold(key).value); };
  const int before = days("nonresponse_baseline_days"), early = days("nonresponse_early_days");
  const LabFact* found = nullptr;
  for (const LabFact* lab : series) {  // newest first
    const int age = fhir::days_between(start, *lab->on);
    if (age > early) continue;
    if (age <= 0) return -age <= before ? lab : found;
    found = lab;
  }
  return found;
}

/// Where tests of 25(OH)D3 alone would make the pair of a patient on vitamin D2: nothing is told about a response.
bool parts_would_pair(const Situation& s, fhir::Day start, int late) {
  std::vector<const LabFact*> every = s.level.series;
  every.insert(every.end(), s.level.parts.begin(), s.level.parts.end());
  std::stable_sort(every.begin(), every.end(), [](const LabFact* a, const LabFact* b) { return *a->on > *b->on; });
  const int look_back = static_cast<int>(s.knowledge->threshold("d25_lookback").value);
  return !s.level.parts.empty() && baseline_of(s, every, start) != nullptr &&
         fhir::days_between(start, *every.front()->on) >= late &&
         fhir::days_between(*every.front()->on, s.facts->as_of) <= look_back;
}

State compare(const Situation& s, const LabFact& baseline, const LabFact& last) {
  constexpr double unbounded = std::numeric_limits<double>::infinity();
  const auto least = [](const LabFact& lab) { return lab.comparator.starts_with('<') ? 0 : *lab.value; };
  const auto most = [&](const LabFact& lab) { return lab.comparator.starts_with('>') ? unbounded : *lab.value; };
  const double low = s.knowledge->threshold("d25_insufficient_high").value;
  const double delta = s.knowledge->threshold("nonresponse_delta").value;
  if (surely_at_least(last, low)) return State::sufficient;
  if (!below(least(last) - most(baseline), delta)) return State::responded;
  const bool hardly_risen = below(most(last) - least(baseline), delta);
  return hardly_risen && surely_under(last, low) ? State::none : State::not_comparable;
}

}  // namespace

std::optional<fhir::Day> high_dose_start(const Situation& s) {
  const Taken taken = taken_so_far(s);
  if (!above(taken.iu_per_day, s.knowledge->threshold("vitd_high_iu_per_day").value)) return std::nullopt;
  return treatment_start(*s.facts, taken);
}

TreatmentResponse judge_response(const Situation& s) {
  TreatmentResponse out;
  if (!s.vitamin_d.drafted) return out;
  const Taken taken = taken_so_far(s);
  out.before_iu_per_day = taken.iu_per_day;
  if (taken.orders.empty()) return out;
  if (taken.unread || s.vitamin_d.at_least()) {
    out.state = State::dose_unknown;
    return out;
  }
  if (!above(s.vitamin_d.iu_per_day, taken.iu_per_day)) return out;
  out.since = treatment_start(*s.facts, taken);
  if (!out.since) {
    out.state = State::start_unknown;
    return out;
  }
  out.state = State::no_pair;
  const int late = static_cast<int>(s.knowledge->threshold("nonresponse_min_days").value);
  const double low = s.knowledge->threshold("d25_insufficient_high").value;
  if (s.level.newer_part && surely_at_least(*s.level.parts.front(), low)) {
    out.state = State::sufficient;
    return out;
  }
  out.baseline = baseline_of(s, s.level.series, *out.since);
  if (s.level.newest != nullptr && fhir::days_between(*out.since, *s.level.newest->on) >= late) out.last = s.level.newest;
  if (out.baseline == nullptr || out.last == nullptr) {
    if (parts_would_pair(s, *out.since, late)) out.state = State::not_comparable;
    return out;
  }
  out.state = compare(s, *out.baseline, *out.last);
  return out;
}

}  // namespace cofactor::cards
