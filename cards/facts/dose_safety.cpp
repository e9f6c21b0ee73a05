// Promises: see dose_safety.hpp. Where a limit is met exactly, "at or above" and "above" are told apart by the thresholds.
#include "cards/facts/dose_safety.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "cards/facts/situation.hpp"

namespace cofactor::cards {
namespace {

bool selected_draft(const OrderFact& order) { return order.role == OrderRole::draft && order.selected; }

/// Once a day or more often; every other day is not daily.
bool daily_schedule(const OrderFact& order) {
  return order.schedule != fhir::Schedule::one_time && order.doses_per_day && !below(*order.doses_per_day, 1);
}

/// The largest dose that the order asks for at one time, in whichever of its phases.
void find_bolus(const OrderFact& order, double limit, SuspectDoses& out) {
  const auto found = [&](const Bolus& bolus) { return bolus.order == &order; };
  if (!selected_draft(order) || std::any_of(out.bolus.begin(), out.bolus.end(), found)) return;
  Bolus largest{&order, order.iu_per_dose.value_or(0), order.iu_per_dose && order.iu_per_day};
  if (!order.iu_per_dose) out.bolus_unknown = true;
  for (const OtherDose& other : order.other_doses) {
    if (!other.iu) out.bolus_unknown = true;
    if (other.iu.value_or(0) > largest.iu) largest = {&order, *other.iu, false};
  }
  if (!below(largest.iu, limit)) out.bolus.push_back(largest);
}

SuspectDoses find_suspects(const VitaminDTotal& total, const Knowledge& knowledge) {
  const double class_limit = knowledge.threshold("vitd_unit_suspect_daily").value;
  const double bolus_limit = knowledge.threshold("vitd_bolus_single").value;
  SuspectDoses out;
  const VitaminDPart* largest = nullptr;
  for (const VitaminDPart& part : total.parts) {
    const OrderFact& order = *part.order;
    const bool shown = order.role != OrderRole::draft || order.selected;
    if (shown && daily_schedule(order) && !below(part.iu_per_day, class_limit)) out.daily.push_back(&order);
    if (largest == nullptr || above(part.iu_per_day, largest->iu_per_day)) largest = &part;
    find_bolus(order, bolus_limit, out);
  }
  // How often a dose is meant need not be known to see that it is too large.
  for (const VitaminDUnread& unread : total.unread) find_bolus(*unread.order, bolus_limit, out);
  for (const VitaminDSingle& single : total.one_time) find_bolus(*single.order, bolus_limit, out);
  out.average = above(total.iu_per_day, knowledge.threshold("vitd_unit_suspect_absolute").value);
  if (out.average) out.largest = largest->order;
  return out;
}

/// The bands of the consensus report; their ends are part of the names of the thresholds.
std::string_view level_at(int months, int years) {
  if (months <= 6) return "vitd_ul_0_6_mo";
  if (months < 12) return "vitd_ul_7_12_mo";
  if (years <= 3) return "vitd_ul_1_3_y";
  if (years <= 8) return "vitd_ul_4_8_y";
  return "vitd_ul_9_18_y";
}

UpperLevels upper_levels(const Facts& facts, int adult_age) {
  UpperLevels out;
  if (!facts.age || facts.age->youngest_years >= adult_age) return out;
  out.youngest = level_at(facts.age->youngest_months, facts.age->youngest_years);
  if (facts.age->oldest_years < adult_age) out.oldest = level_at(facts.age->oldest_months, facts.age->oldest_years);
  return out;
}

/// Taken off neither by its own state nor by the basket.
bool on_board(const Facts& facts, const OrderFact& order) {
  return order.counts() && taken_off_by_draft(facts, order).empty();
}

MagnesiumProducts find_magnesium_products(const Facts& facts) {
  MagnesiumProducts out;
  for (const OrderFact& order : facts.orders) {
    const bool supplement = order.has(DrugClass::magnesium_supplement);
    if (!supplement && !order.has(DrugClass::magnesium_laxative_antacid)) continue;
    if (order.route == "parenteral" || !on_board(facts, order)) continue;
    if (selected_draft(order)) out.drafted.push_back(&order);
    if (!supplement) continue;
    out.supplement_drafted |= selected_draft(order);
    out.supplement_mg_per_day += order.elemental_magnesium_mg_per_day.value_or(0);
  }
  for (const std::string_view group : {"hypermagnesaemia", "av-block", "myasthenia-gravis"})
    if (out.contraindication == nullptr) out.contraindication = condition_in(facts, group);
  out.low_recorded = condition_in(facts, "hypomagnesaemia") != nullptr;
  return out;
}

}  // namespace

const ConditionFact* condition_in(const Facts& facts, std::string_view group) {
  for (const ConditionFact& condition : facts.conditions)
    if (condition.group == group && (!condition.on || *condition.on <= facts.as_of)) return &condition;
  return nullptr;
}

bool weekly_product_ordered_daily(const OrderFact& order, const Knowledge& knowledge) {
  if (order.role != OrderRole::draft || order.schedule != fhir::Schedule::scheduled) return false;
  if (!order.iu_per_dose || !order.iu_per_day || !order.doses_per_day) return false;
  if (above(*order.doses_per_day, 1) || below(*order.doses_per_day, 1)) return false;
  // A few days of a high dose may be meant as they stand; once a week would be another treatment.
  const double shortest = knowledge.threshold("vitd_weekly_change_min_days").value;
  if (order.course_days && below(*order.course_days, shortest)) return false;
  return !below(*order.iu_per_dose, knowledge.threshold("vitd_unit_suspect_daily").value) &&
         !above(*order.iu_per_dose, knowledge.threshold("course_max_iu_per_week").value);
}

DoseSafety find_dose_safety(const Facts& facts, const VitaminDTotal& total, const Knowledge& knowledge) {
  DoseSafety out;
  out.suspect = find_suspects(total, knowledge);
  out.upper_levels = upper_levels(facts, static_cast<int>(knowledge.threshold("adult_age").value));
  out.rickets = condition_in(facts, "rickets-osteomalacia") != nullptr;
  out.magnesium = find_magnesium_products(facts);
  for (const OrderFact& order : facts.orders) {
    if (!on_board(facts, order)) continue;
    if (out.antagonist == nullptr && order.has(DrugClass::vitamin_k_antagonist)) out.antagonist = &order;
    if (out.vitamin_k2 == nullptr && selected_draft(order) && order.has(DrugClass::vitamin_k2)) out.vitamin_k2 = &order;
  }
  return out;
}

}  // namespace cofactor::cards
