// Promises: the vitamin D of drafts, active orders and statements added up once each (a.1.2): what a draft
// replaces, a discontinuation in the same basket, an identical order and the same medicine told twice are
// left out of the sum and said so. A dose that cannot be read is never zero. One-time doses are kept apart;
// as-needed doses count at the most that the order allows.
#include <algorithm>
#include <array>
#include <cmath>

#include "cards/facts/situation.hpp"

namespace cofactor::cards {
namespace {

constexpr DrugClass nutritional = DrugClass::vitamin_d_nutritional;

bool ends_an_order(std::string_view left_out) {
  constexpr std::array<std::string_view, 8> endings{"stopped", "cancelled",        "completed", "ended",
                                                    "aborted", "entered-in-error", "on-hold",   "suspended"};
  return std::find(endings.begin(), endings.end(), left_out) != endings.end();
}

bool names(const std::vector<std::string>& references, std::string_view reference) {
  return std::find(references.begin(), references.end(), reference) != references.end();
}

bool same_dose(const OrderFact& a, const OrderFact& b) {
  if (a.schedule != b.schedule || a.iu_per_day.has_value() != b.iu_per_day.has_value()) return false;
  if (a.iu_per_day) return std::abs(*a.iu_per_day - *b.iu_per_day) <= 1e-6 * *b.iu_per_day;
  return a.iu_per_dose == b.iu_per_dose;
}

bool same_ingredients(const OrderFact& a, const OrderFact& b) {
  const auto holds = [](const OrderFact& order, const std::string& name) {
    return std::any_of(order.ingredients.begin(), order.ingredients.end(),
                       [&](const IngredientReading& reading) { return reading.name == name; });
  };
  const auto all_in = [&](const OrderFact& x, const OrderFact& y) {
    return std::all_of(x.ingredients.begin(), x.ingredients.end(),
                       [&](const IngredientReading& reading) { return holds(y, reading.name); });
  };
  return all_in(a, b) && all_in(b, a);
}

bool identical(const OrderFact& a, const OrderFact& b) {
  return !a.product_key.empty() && a.product_key == b.product_key && a.sig_key == b.sig_key &&
         same_dose(a, b);
}

/// Why `order` adds nothing beside `other`, which stands before it; empty when both count.
std::string_view doubled(const OrderFact& order, const OrderFact& other) {
  if (identical(order, other)) return "possible-duplicate";
  const bool one_statement =
      (order.role == OrderRole::statement) != (other.role == OrderRole::statement);
  const bool readable = order.iu_per_day || order.iu_per_dose;
  if (one_statement && readable && same_dose(order, other) && same_ingredients(order, other))
    return "same-medicine";
  return {};
}

const OrderFact* first_twin(const OrderFact& order, const std::vector<const OrderFact*>& among) {
  const auto twin = std::find_if(among.begin(), among.end(), [&](const OrderFact* other) {
    return !doubled(order, *other).empty();
  });
  return twin == among.end() ? nullptr : *twin;
}

void add_single(VitaminDTotal& total, const OrderFact& order, std::optional<double> iu, const std::string& unknown) {
  total.one_time.push_back({&order, iu});
  if (iu) return;
  total.unread_one_time.push_back({&order, unknown.empty() ? "dose-unknown" : unknown});
  total.drafted_unread |= order.role == OrderRole::draft && order.selected;
}

void add(VitaminDTotal& total, const OrderFact& order) {
  const bool drafted = order.role == OrderRole::draft && order.selected;
  total.drafted |= drafted;
  for (const OtherDose& other : order.other_doses)
    if (other.once) add_single(total, order, other.iu, other.unknown);
  if (order.schedule == fhir::Schedule::one_time)
    return add_single(total, order, order.iu_per_dose, order.vitamin_d_unknown);
  if (!order.iu_per_day || !order.vitamin_d_unknown.empty()) {
    total.unread.push_back(
        {&order, order.vitamin_d_unknown.empty() ? "dose-unknown" : order.vitamin_d_unknown});
    total.drafted_unread |= drafted;
    return;
  }
  total.parts.push_back({&order, *order.iu_per_day});
  total.iu_per_day += *order.iu_per_day;
}

}  // namespace

bool listed_until_now(const OrderFact& order) {
  return order.role != OrderRole::draft && (order.left_out == "also-draft" || order.left_out == "changed-in-basket");
}

std::string_view taken_off_by_draft(const Facts& facts, const OrderFact& order) {
  if (order.role == OrderRole::draft) return {};
  for (const OrderFact& draft : facts.orders) {
    if (draft.role != OrderRole::draft) continue;
    // A draft under the reference of an order already on the list is that order, changed.
    const bool same = draft.reference == order.reference;
    if (!same && !names(draft.replaces, order.reference)) continue;
    if (draft.counts()) return "replaced";
    // A linked draft that is stopped is the discontinuation; one that was cancelled was never written.
    if (draft.left_out == "stopped" || (same && ends_an_order(draft.left_out))) return "discontinued-in-basket";
  }
  return {};
}

std::vector<const OrderFact*> linked_orders(const Facts& facts, const OrderFact& order) {
  std::vector<const OrderFact*> found{&order};
  for (std::size_t i = 0; i < found.size(); ++i) {
    for (const OrderFact& other : facts.orders) {
      if (!names(found[i]->replaces, other.reference) || other.left_out == "other-patient" ||
          other.left_out == "subject-unproven" || other.left_out == "entered-in-error")
        continue;
      if (std::find(found.begin(), found.end(), &other) == found.end()) found.push_back(&other);
    }
  }
  found.erase(found.begin());
  return found;
}

VitaminDTotal total_vitamin_d(const Facts& facts) {
  VitaminDTotal total;
  // Orders come drafts first, then active ones, then statements: the first of two that mean the same is kept.
  // An order that a draft takes off the list still swallows a statement of the same medicine.
  std::vector<const OrderFact*> kept, taken_off;
  for (const OrderRole role : {OrderRole::draft, OrderRole::active, OrderRole::statement}) {
    for (const OrderFact& order : facts.orders) {
      if (order.role != role || !order.has(nutritional)) continue;
      if (listed_until_now(order)) taken_off.push_back(&order);
      if (!order.counts()) continue;
      if (const std::string_view why = taken_off_by_draft(facts, order); !why.empty()) {
        total.not_added.push_back({&order, nullptr, why});
        taken_off.push_back(&order);
        continue;
      }
      const OrderFact* twin = first_twin(order, kept);
      if (twin == nullptr && order.role == OrderRole::statement)
        twin = first_twin(order, taken_off);
      if (twin != nullptr) {
        total.not_added.push_back({&order, twin, doubled(order, *twin)});
        continue;
      }
      kept.push_back(&order);
      add(total, order);
    }
  }
  return total;
}

}  // namespace cofactor::cards
