// When an order gives a 50,000-class dose of vitamin D on a daily schedule, or all repeating orders together come to more
//      than 100,000 IU a day on average.
// Then warning, critical for the second: was a weekly product ordered daily, were micrograms taken for units? Offers to
//      make the draft weekly where nothing else can have been meant, and to remove it. No magnesium result silences it;
//      at end of life only the critical form is left.
// Why  a slip in schedule or unit is a sevenfold or fortyfold dose.
#include "cards/rules/absence.hpp"
#include "cards/rules/rule.hpp"

namespace cofactor::cards {
namespace {

/// Drafts without an id cannot be named by an action.
bool can_be_named(const OrderFact& order) {
  return order.role == OrderRole::draft && order.reference.find('#') == std::string::npos;
}

/// For the first suspect draft: two actions on one draft exclude each other.
void offer_corrections(const OrderFact& order, Fired& fired) {
  fired.behavior = SelectionBehavior::at_most_one;
  if (!can_be_named(order)) return;
  if (order.weekly_possible) fired.suggestions.push_back(ReduceDose{order.reference, "weekly"});
  fired.suggestions.push_back(CancelOrder{order.reference});
}

}  // namespace

Answer dose_unit_suspect(const Situation& s, const RulePolicy&) {
  const SuspectDoses& suspect = s.safety.suspect;
  if (suspect.daily.empty() && !suspect.average) {
    if (!s.vitamin_d.unread.empty()) return dose_undetermined();
    return NotApplicable{"no-suspect-dose"};
  }
  if (s.end_of_life && !suspect.average) return Suppressed{Indicator::warning, "end-of-life"};

  const OrderFact& order = suspect.daily.empty() ? *suspect.largest : *suspect.daily.front();
  Fired fired{suspect.average ? Indicator::critical : Indicator::warning};
  fired.summary = suspect.average ? "summary-average" : "summary";
  fired.detail = {suspect.average ? "finding-average" : "finding"};
  add_counting_notes(s, fired.detail);
  fired.detail.push_back(suspect.average ? "rule-average" : "rule");
  fired.detail.push_back(suspect.average ? "basis-average" : "basis");
  if (s.pregnancy) fired.detail.push_back("pregnancy");
  const bool drafted = order.role == OrderRole::draft;
  fired.detail.push_back(!drafted ? "options-listed" : order.weekly_possible ? "options-weekly" : "options");
  fired.line = suspect.average ? "line-average" : "line";
  offer_corrections(order, fired);
  fired.why = suspect.average ? "average-above-absolute-limit" : "high-dose-product-on-a-daily-schedule";
  return fired;
}

}  // namespace cofactor::cards
