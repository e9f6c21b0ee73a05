// Promises: one medication order or statement as a fact: what it holds, how it is taken, since when
// and until when, and why it does not count where it does not. Orders of medicines that no rule is
// about are named and left at that.
#include <algorithm>
#include <array>
#include <charconv>

#include "cards/facts/collect_facts.hpp"
#include "fhir/dosage/daily_dose.hpp"

namespace cofactor::cards {
namespace {

using fhir::Day;
using fhir::PartialDate;

constexpr std::array<std::string_view, 9> ended_statuses{
    "on-hold", "stopped",   "cancelled", "completed", "entered-in-error",
    "ended",   "not-taken", "suspended", "aborted"};
constexpr std::array<std::string_view, 6> live_statuses{"",        "active",   "draft",
                                                        "unknown", "recorded", "intended"};

template <std::size_t n>
bool among(std::string_view word, const std::array<std::string_view, n>& list) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

/// A draft counts whatever live status it has: re-signed orders are in the basket too. On the
/// patient's list a draft is somebody else's unsigned order, and an intended medicine is not taken
/// yet.
std::string_view status_reason(const fhir::MedicationRequest& order, OrderRole role) {
  if (among(order.status, ended_statuses)) return order.status;
  if (order.do_not_perform) return "do-not-perform";
  if (role == OrderRole::draft) return {};
  if (order.status == "draft" && order.resource_type != "MedicationUsage") return "draft-elsewhere";
  if (order.status == "intended") return "intended";
  if (order.intent == "proposal" || order.intent == "option") return order.intent;
  return {};
}

/// The last day a partial date can mean, for starts and ends alike: a start no earlier than proven,
/// an end no earlier than written.
std::optional<Day> latest_day(std::string_view text, std::string_view name,
                              const json::ElementPath& at, Issues& issues) {
  if (text.empty()) return std::nullopt;
  if (const auto date = PartialDate::read(text)) return date->latest;
  issues.push_back({Severity::warning, "date-unreadable", json::ElementPath{&at, name, -1}.text(),
                    "the date cannot be read"});
  return std::nullopt;
}

void keep_earliest(std::optional<Day>& kept, std::optional<Day> day) {
  if (day && (!kept || *day < *kept)) kept = day;
}

std::optional<Day> bounds_start(const fhir::MedicationRequest& order) {
  std::optional<Day> start;
  for (const fhir::Dosage& dosage : order.dosages)
    if (dosage.timing.repeat && !dosage.timing.repeat->bounds_start.empty())
      if (const auto date = PartialDate::read(dosage.timing.repeat->bounds_start))
        keep_earliest(start, date->latest);
  return start;
}

void fill_period(OrderFact& fact, const fhir::MedicationRequest& order,
                 const json::ElementPath& at) {
  keep_earliest(fact.start, bounds_start(order));
  keep_earliest(fact.start,
                latest_day(order.effective_start, "effectivePeriod.start", at, fact.issues));
  keep_earliest(fact.start, latest_day(order.effective_at, "effectiveDateTime", at, fact.issues));
  const std::optional<Day> authored = latest_day(order.authored_on, "authoredOn", at, fact.issues);
  // Signing a draft starts it; when it was written says nothing about how long it has been taken.
  if (fact.role != OrderRole::draft) keep_earliest(fact.start, authored);
  fact.start_known = fact.start.has_value();
  fact.end = latest_day(order.effective_end, "effectivePeriod.end", at, fact.issues);
}

void fill_course(OrderFact& fact, const std::optional<fhir::Course>& course) {
  if (course) {
    fact.course_days = course->days;
    fact.course_doses = course->doses;
    const std::optional<Day> from = course->start ? course->start : fact.start;
    // Whichever ends first: a statement whose period is over is over, however long its dosage was meant to run.
    if (course->end)
      keep_earliest(fact.end, course->end);
    else if (course->days && from && fact.start_known)
      keep_earliest(fact.end, fhir::plus_days(*from, *course->days - 1));
    if (!fact.course_days && course->start && course->end && *course->end >= *course->start)
      fact.course_days = fhir::days_between(*course->start, *course->end) + 1;
  }
}

std::string lower_collapsed(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      if (!out.empty() && out.back() != ' ') out += ' ';
    } else {
      out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }
  while (!out.empty() && (out.back() == ' ' || out.back() == '.')) out.pop_back();
  return out;
}

/// Enough digits to tell doses apart, few enough that 1/7 reads the same from "weekly" and from
/// "every 7 days".
std::string six_digits(double value) {
  std::array<char, 32> text{};
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::general, 6)
          .ptr;
  return {text.data(), end};
}

/// Equal for instructions that mean the same; empty when nothing is known about them.
std::string sig_key_of(const fhir::DoseReading& dose, const fhir::MedicationRequest& order) {
  if (dose.amount && (dose.doses_per_day || dose.schedule == fhir::Schedule::one_time)) {
    std::string key = six_digits(*dose.amount);
    key += '|';
    key += std::to_string(static_cast<int>(dose.unit));
    key += '|';
    key += six_digits(dose.doses_per_day.value_or(0));
    key += '|';
    key += fhir::name_of(dose.schedule);
    for (const fhir::DoseReading& other : dose.others) {
      if (other.schedule != fhir::Schedule::one_time) continue;
      key += "|and once " + six_digits(other.amount.value_or(0)) + "|" + std::to_string(static_cast<int>(other.unit));
    }
    return key;
  }
  for (const fhir::Dosage& dosage : order.dosages)
    if (!dosage.text.empty()) return "text|" + lower_collapsed(dosage.text);
  return {};
}

/// An unreadable dose of a later phase is left to the note on it; an unreadable single dose is told.
void fill_other_doses(OrderFact& fact, const fhir::DoseReading& dose, const DrugReading& drug, double iu_per_microgram,
                      const json::ElementPath& at) {
  for (const fhir::DoseReading& other : dose.others) {
    const bool once = other.schedule == fhir::Schedule::one_time;
    fhir::VitaminDDose read =
        fhir::vitamin_d_dose(other, drug.vitamin_d_strength, iu_per_microgram, at, fact.issues, drug.combination);
    if (!read.iu_per_dose && !once) continue;
    if (!read.iu_per_dose && read.unknown.empty()) read.unknown = "dose-unknown";
    if (!read.iu_per_dose)
      fact.issues.push_back({Severity::warning, read.unknown, json::ElementPath{&at, "dosageInstruction", -1}.text(),
                             "the single dose of vitamin D beside the repeating one cannot be told from the order"});
    fact.other_doses.push_back({read.iu_per_dose, once, read.iu_per_dose ? std::string() : std::move(read.unknown)});
  }
}

void fill_vitamin_d(OrderFact& fact, const fhir::DoseReading& dose, const DrugReading& drug,
                    const Knowledge& knowledge, const json::ElementPath& at) {
  const double iu_per_microgram = knowledge.threshold("vitd_iu_per_microgram").value;
  fhir::VitaminDDose read = fhir::vitamin_d_dose(dose, drug.vitamin_d_strength, iu_per_microgram,
                                                 at, fact.issues, drug.combination);
  fact.iu_per_dose = read.iu_per_dose;
  fact.iu_per_day = read.iu_per_day;
  fact.vitamin_d_basis = std::move(read.basis);
  fact.vitamin_d_unknown = std::move(read.unknown);
  fill_other_doses(fact, dose, drug, iu_per_microgram, at);
  const bool known = dose.schedule == fhir::Schedule::one_time ? fact.iu_per_dose.has_value()
                                                               : fact.iu_per_day.has_value();
  if (known) return;
  if (drug.strength_contradiction) fact.vitamin_d_unknown = "strength-contradiction";
  if (fact.vitamin_d_unknown.empty()) fact.vitamin_d_unknown = "dose-unknown";
  if (fact.issues.empty())  // an unknown dose is never without a word
    fact.issues.push_back({Severity::warning, fact.vitamin_d_unknown,
                           json::ElementPath{&at, "dosageInstruction", -1}.text(),
                           "the dose of vitamin D cannot be told from the order"});
}

void fill_dose(OrderFact& fact, const fhir::MedicationRequest& order, const DrugReading& drug,
               const Knowledge& knowledge, const json::ElementPath& at) {
  const fhir::DoseReading dose = fhir::read_dose(order.dosages, at, fact.issues);
  fact.doses_per_day = dose.doses_per_day;
  fact.schedule = dose.schedule;
  if (!dose.doses_per_day && dose.schedule != fhir::Schedule::one_time)
    fact.dose_unknown = dose.unknown.empty() ? "no-frequency" : dose.unknown;
  fact.later_phase = dose.first_phase_note;
  fact.sig_key = sig_key_of(dose, order);
  fill_course(fact, dose.course);
  if (!fact.course_days && drug.fixed_course_days) fact.course_days = drug.fixed_course_days;
  if (drug.has(DrugClass::vitamin_d_nutritional)) fill_vitamin_d(fact, dose, drug, knowledge, at);
  if (drug.elemental_magnesium_mg && dose.amount && dose.doses_per_day &&
      dose.unit == fhir::AmountUnit::dose_unit)
    fact.elemental_magnesium_mg_per_day =
        *drug.elemental_magnesium_mg * *dose.amount * *dose.doses_per_day;
}

std::string reference_text(const fhir::Reference& reference) {
  if (reference.type.empty() || reference.id.empty()) return std::string(reference.text);
  return std::string(reference.type) + "/" + std::string(reference.id);
}

}  // namespace

OrderFact read_order(const fhir::MedicationRequest& order, OrderRole role, Day as_of,
                     const Knowledge& knowledge, const json::ElementPath& at) {
  OrderFact fact;
  fact.role = role;
  if (!order.id.empty())
    fact.reference = std::string(order.resource_type) + "/" + std::string(order.id);
  fact.status = order.status;
  fact.intent = order.intent;
  if (!among(order.status, ended_statuses) && !among(order.status, live_statuses))
    fact.issues.push_back({Severity::warning, "status-unknown",
                           json::ElementPath{&at, "status", -1}.text(),
                           "the status is none that FHIR knows; the order is counted"});
  for (const fhir::Reference& reference : order.based_on)
    if (!reference.text.empty()) fact.replaces.push_back(reference_text(reference));
  if (!order.prior_prescription.text.empty())
    fact.replaces.push_back(reference_text(order.prior_prescription));

  DrugReading drug = identify_drug(order, knowledge, at, fact.issues);
  fact.words = std::move(drug.words);
  fact.product_key = std::move(drug.product_key);
  fact.route = std::move(drug.route);
  fact.left_out = status_reason(order, role);
  if (drug.recognised) {
    fill_period(fact, order, at);
    fill_dose(fact, order, drug, knowledge, at);
    fact.ingredients = std::move(drug.ingredients);
    if (fact.left_out.empty() && fact.end && *fact.end < as_of) fact.left_out = "ended";
    if (fact.left_out.empty() && drug.local_use) fact.left_out = "local-use";
  }
  return fact;
}

}  // namespace cofactor::cards
