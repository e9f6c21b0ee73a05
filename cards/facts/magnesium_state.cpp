// Promises: whether magnesium was assessed inside the look-back (a.1.5), what the result says, and whether a
// test is pending or the results could not be obtained. Unknown is never none; a result that cannot be read
// counts as assessed; ionized, RBC and whole-blood values never hide a low serum value in the window.
#include <algorithm>
#include <array>

#include "cards/facts/situation.hpp"

namespace cofactor::cards {
namespace {

bool assessment(LabGroup group) {
  return group == LabGroup::magnesium_serum || group == LabGroup::magnesium_ionized ||
         group == LabGroup::magnesium_blood || group == LabGroup::magnesium_rbc;
}

bool preliminary(const LabFact& lab) {
  return lab.status == "preliminary" && (lab.unusable.empty() || lab.unusable == "preliminary");
}
bool registered(const LabFact& lab) {
  return lab.status == "registered" && (lab.unusable.empty() || lab.unusable == "registered" ||
                                        lab.unusable == "no-date" || lab.unusable == "pending");
}
bool usable(const LabFact& lab) {
  return lab.unusable.empty() && lab.on && !preliminary(lab) && !registered(lab);
}

/// Newest first; of results that no time tells apart the lower one, then the earlier in the list.
bool newer(const LabFact& a, const LabFact& b) {
  if (*a.on != *b.on) return *a.on > *b.on;
  if (a.instant_ms != b.instant_ms) return a.instant_ms > b.instant_ms;
  return a.value && b.value && *a.value < *b.value;
}

/// The number to compare: a value, or an upper bound ("<0.4") that is low whatever lies below it.
std::optional<double> highest_possible(const LabFact& lab) {
  if (!lab.value || lab.comparator == ">" || lab.comparator == ">=") return std::nullopt;
  if (lab.unreadable.empty()) return lab.value;
  const bool bound = lab.comparator == "<" || lab.comparator == "<=";
  return bound && lab.unreadable == "comparator" ? lab.value : std::nullopt;
}

LowGrade grade_of(const LabFact& lab, const Knowledge& knowledge) {
  const std::optional<double> value = highest_possible(lab);
  if (!value) return LowGrade::none;
  const double v = rounded_to_hundredths(*value);
  // "<0.75" lies below 0.75, "<=0.75" need not: a strict bound may equal the limit.
  const bool strict_bound = lab.comparator == "<";
  const auto is_below = [&](double limit) { return below(v, limit) || (strict_bound && !above(v, limit)); };
  const bool below_laboratory = lab.low && is_below(rounded_to_hundredths(*lab.low));
  if (lab.group != LabGroup::magnesium_serum)
    return below_laboratory ? LowGrade::low : LowGrade::none;
  if (is_below(knowledge.threshold("mg_severe").value)) return LowGrade::severe;
  if (is_below(knowledge.threshold("mg_low").value))
    return lab.low && !below_laboratory ? LowGrade::inside_laboratory_range : LowGrade::low;
  return below_laboratory ? LowGrade::below_laboratory_only : LowGrade::none;
}

bool is_high(const LabFact& lab, const Knowledge& knowledge) {
  if (!lab.value || !(lab.unreadable.empty() || lab.comparator == ">" || lab.comparator == ">="))
    return false;
  const double v = rounded_to_hundredths(*lab.value);
  const bool strict_bound = lab.comparator == ">";  // ">1.07" lies above 1.07
  const auto is_above = [&](double limit) { return above(v, limit) || (strict_bound && !below(v, limit)); };
  if (lab.high && is_above(rounded_to_hundredths(*lab.high))) return true;
  return lab.group == LabGroup::magnesium_serum && is_above(knowledge.threshold("mg_high").value);
}

bool open_status(std::string_view status) {
  return status.empty() || status == "active" || status == "draft";
}

std::string pending_order(const Facts& facts, int window) {
  std::string found;
  for (const LabOrderFact& order : facts.magnesium_orders) {
    if (!open_status(order.status)) continue;
    if (order.draft) return "ordered-in-basket";
    if (order.status == "draft") continue;
    const bool recent = order.authored && fhir::days_between(*order.authored, facts.as_of) <= window;
    const bool ahead = order.occurrence && *order.occurrence >= facts.as_of;
    if (recent || ahead) found = "ordered";
  }
  return found;
}

/// What is low: the newest serum value decides, and beside it the newest value of each other specimen as long
/// as no newer serum value overrules it. A preliminary value counts here, and here only.
void find_low(Magnesium& out, const std::vector<const LabFact*>& window, const Knowledge& knowledge) {
  std::vector<LabGroup> settled;  // specimens whose newest final value has been seen
  for (const LabFact* lab : window) {
    if (std::find(settled.begin(), settled.end(), lab->group) != settled.end()) continue;
    const LowGrade grade = grade_of(*lab, knowledge);
    if (grade > out.grade) {
      out.low = lab;
      out.grade = grade;
    }
    if (!usable(*lab) || !highest_possible(*lab)) continue;
    settled.push_back(lab->group);
    if (lab->group == LabGroup::magnesium_serum) return;  // all that follows is older
  }
}

/// What is high, by the same order. A serum value is told before one of another specimen.
void find_high(Magnesium& out, const std::vector<const LabFact*>& window, const Knowledge& knowledge) {
  std::vector<LabGroup> settled;
  for (const LabFact* lab : window) {
    if (std::find(settled.begin(), settled.end(), lab->group) != settled.end()) continue;
    const bool serum = lab->group == LabGroup::magnesium_serum;
    const bool high = is_high(*lab, knowledge);
    if (high && (out.high == nullptr || serum)) out.high = lab;
    if (!usable(*lab) || !(high || (lab->value && lab->unreadable.empty()))) continue;
    settled.push_back(lab->group);
    if (serum) return;
  }
}

}  // namespace

std::string_view name_of(MagnesiumState state) {
  constexpr std::array<std::string_view, 4> names{"none", "valid", "pending", "unavailable"};
  return names[static_cast<std::size_t>(state)];
}

Magnesium judge_magnesium(const Facts& facts, bool depleting_class, const Knowledge& knowledge) {
  Magnesium out;
  out.look_back_days = static_cast<int>(
      knowledge.threshold(depleting_class ? "mg_lookback_depleting" : "mg_lookback_none").value);
  const int pending_days = static_cast<int>(knowledge.threshold("mg_order_pending_days").value);
  out.unavailable = why_incomplete(facts, "magnesium");
  out.pending = pending_order(facts, pending_days);

  std::vector<const LabFact*> window;
  for (const LabFact& lab : facts.labs) {
    if (!assessment(lab.group)) continue;
    const int age = lab.on ? fhir::days_between(*lab.on, facts.as_of) : 0;
    if (registered(lab)) {
      if (age <= pending_days && out.pending.empty()) out.pending = "registered";
      continue;
    }
    if (age < 0) continue;  // future-dated results are ignored
    if (preliminary(lab)) {
      if (age <= out.look_back_days && out.pending.empty()) out.pending = "preliminary";
      if (lab.on && age <= out.look_back_days) window.push_back(&lab);
    } else if (usable(lab)) {
      if (out.last == nullptr || newer(lab, *out.last)) out.last = &lab;
      if (age <= out.look_back_days) window.push_back(&lab);
    }
  }
  std::stable_sort(window.begin(), window.end(),
                   [](const LabFact* a, const LabFact* b) { return newer(*a, *b); });
  find_low(out, window, knowledge);
  find_high(out, window, knowledge);
  const auto newest =
      std::find_if(window.begin(), window.end(), [](const LabFact* lab) { return usable(*lab); });
  if (newest != window.end()) {
    const LabFact& lab = **newest;
    out.newest = &lab;
    out.newest_unreadable = !lab.unreadable.empty() || !lab.value;
    const double value = lab.value ? rounded_to_hundredths(*lab.value) : 0;
    out.newest_indeterminate = lab.group == LabGroup::magnesium_serum && !out.newest_unreadable &&
                               !below(value, knowledge.threshold("mg_indeterminate_low").value) &&
                               !above(value, knowledge.threshold("mg_indeterminate_high").value);
    out.unavailable.clear();  // an assessment inside the window is at hand, whatever else is missing
    out.state = MagnesiumState::valid;
    return out;
  }
  if (out.last != nullptr) out.last_was_low = grade_of(*out.last, knowledge) != LowGrade::none;
  out.state = !out.pending.empty()       ? MagnesiumState::pending
              : !out.unavailable.empty() ? MagnesiumState::unavailable
                                         : MagnesiumState::none;
  return out;
}

}  // namespace cofactor::cards
