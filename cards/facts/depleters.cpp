// Promises: which depleting classes stand alongside (a.1.3, a.1.4): counted by class, not by product; as-needed,
// local and short acid-suppressing use is named but not counted; duration runs from the earliest linked start.
#include <algorithm>
#include <array>
#include <cmath>

#include "cards/facts/situation.hpp"

namespace cofactor::cards {
namespace {

// PPIs and PCABs work on the same target and are one class; the PCAB is flagged as less documented.
constexpr std::array depleting{DrugClass::ppi,
                               DrugClass::pcab,
                               DrugClass::loop_diuretic,
                               DrugClass::thiazide_diuretic,
                               DrugClass::aminoglycoside,
                               DrugClass::polymyxin_capreomycin,
                               DrugClass::amphotericin_b,
                               DrugClass::platinum,
                               DrugClass::calcineurin_inhibitor,
                               DrugClass::egfr_antibody,
                               DrugClass::foscarnet,
                               DrugClass::pentamidine};

bool acid_suppressant(DrugClass c) { return c == DrugClass::ppi || c == DrugClass::pcab; }

/// Anti-infectives that are hardly absorbed by mouth: neomycin tablets are no systemic aminoglycoside.
bool needs_parenteral_route(DrugClass c) {
  return c == DrugClass::aminoglycoside || c == DrugClass::polymyxin_capreomycin ||
         c == DrugClass::amphotericin_b || c == DrugClass::foscarnet || c == DrugClass::pentamidine;
}

std::string drug_name(const OrderFact& order, DrugClass c) {
  for (const IngredientReading& reading : order.ingredients)
    if (reading.drug_class == c && !reading.name.empty()) return reading.name;
  return order.words;
}

std::optional<fhir::Day> earliest_start(const Facts& facts, const OrderFact& order) {
  std::optional<fhir::Day> earliest;
  const auto consider = [&](const OrderFact& each) {
    if (each.start_known && each.start && (!earliest || *each.start < *earliest))
      earliest = each.start;
  };
  // A draft's own start is the day of signing or later: it is no use so far, but bounds a course.
  if (order.role != OrderRole::draft) consider(order);
  for (const OrderFact* linked : linked_orders(facts, order)) consider(*linked);
  return earliest;
}

/// Days from the first linked dose to the last of a course that ends; nullopt when it is open-ended.
std::optional<int> total_course_days(const OrderFact& order, std::optional<fhir::Day> since,
                                     fhir::Day as_of) {
  const std::optional<fhir::Day> own =
      order.start_known && order.start ? order.start
      : order.role == OrderRole::draft ? std::optional(as_of)
                                       : std::nullopt;
  const std::optional<fhir::Day> from = since && (!own || *since < *own) ? since : own;
  std::optional<int> days = order.course_days;
  if (!days && order.course_doses && order.doses_per_day && *order.doses_per_day > 0)
    days = static_cast<int>(std::ceil(*order.course_doses / *order.doses_per_day - 1e-9));
  std::optional<fhir::Day> end = order.end;
  if (!end && days && own) end = fhir::plus_days(*own, *days - 1);
  if (end && from) return fhir::days_between(*from, *end) + 1;
  return days;  // a course of known length whose start is not known
}

/// The order as an exposure of its class, or the reason it does not count.
std::string_view not_counted_because(const Facts& facts, const OrderFact& order, DrugClass c,
                                     int min_days, Exposure& out) {
  if (order.schedule == fhir::Schedule::as_needed) return "as-needed";
  if (needs_parenteral_route(c) && order.route == "oral") return "not-systemic";
  out.drug_class = c;
  out.order = &order;
  out.name = drug_name(order, c);
  out.drafted = order.role == OrderRole::draft;
  out.since = earliest_start(facts, order);
  if (!acid_suppressant(c)) return {};
  const std::optional<int> course = total_course_days(order, out.since, facts.as_of);
  if (course && *course < min_days) return "short-course";
  out.established = out.since && fhir::days_between(*out.since, facts.as_of) >= min_days;
  return {};
}

/// Of two exposures to one class the established one, then the longer, leads.
bool leads(const Exposure& a, const Exposure& b) {
  if (a.established != b.established) return a.established;
  if (a.since.has_value() != b.since.has_value()) return a.since.has_value();
  return a.since && *a.since < *b.since;
}

void count(Depleters& out, Exposure exposure) {
  const auto same = std::find_if(out.classes.begin(), out.classes.end(), [&](const Exposure& other) {
    return other.drug_class == exposure.drug_class ||
           (acid_suppressant(other.drug_class) && acid_suppressant(exposure.drug_class));
  });
  if (same == out.classes.end()) {
    out.classes.push_back(std::move(exposure));
    return;
  }
  if (leads(exposure, *same)) *same = std::move(exposure);
}

void note_cisplatin(Depleters& out, const Facts& facts, const OrderFact& order, int carry_over) {
  if (order.left_out != "completed" && order.left_out != "ended" && order.left_out != "stopped") return;
  const bool cisplatin = std::any_of(
      order.ingredients.begin(), order.ingredients.end(),
      [](const IngredientReading& reading) { return reading.name == "cisplatin"; });
  const std::optional<fhir::Day> last = order.end ? order.end : order.start;
  if (!cisplatin || !last) return;
  const int since = fhir::days_between(*last, facts.as_of);
  if (since >= 0 && since <= carry_over) out.cisplatin = &order;
}

}  // namespace

const Exposure* Depleters::find(DrugClass c) const {
  for (const Exposure& exposure : classes)
    if (exposure.drug_class == c) return &exposure;
  return nullptr;
}

bool Depleters::acid_suppression_only_starting() const {
  return classes.size() == 1 && acid_suppressant(classes.front().drug_class) &&
         !classes.front().established;
}

Depleters find_depleters(const Facts& facts, const Knowledge& knowledge) {
  const int min_days = static_cast<int>(knowledge.threshold("ppi_min_exposure_days").value);
  const int carry_over = static_cast<int>(knowledge.threshold("cisplatin_carryover_days").value);
  Depleters out;
  for (const OrderFact& order : facts.orders) {
    note_cisplatin(out, facts, order, carry_over);
    if (!order.counts() || !taken_off_by_draft(facts, order).empty()) continue;
    for (const DrugClass c : depleting) {
      if (!order.has(c)) continue;
      Exposure exposure;
      const std::string_view why = not_counted_because(facts, order, c, min_days, exposure);
      if (!why.empty()) {
        out.not_counted.push_back({&order, c, why});
        continue;
      }
      out.drafted |= exposure.drafted && order.selected;
      count(out, std::move(exposure));
    }
    if (order.schedule == fhir::Schedule::as_needed) continue;
    if (order.has(DrugClass::k_sparing_diuretic)) out.k_sparing = &order;
    if (order.has(DrugClass::cardiac_glycoside) || order.has(DrugClass::qt_antiarrhythmic))
      out.amplifiers.push_back(&order);
  }
  std::stable_sort(out.classes.begin(), out.classes.end(), [](const Exposure& a, const Exposure& b) {
    return static_cast<int>(a.drug_class) < static_cast<int>(b.drug_class);
  });
  return out;
}

}  // namespace cofactor::cards
