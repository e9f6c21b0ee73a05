// Promises: see dosage.hpp. Which FHIR version a Dosage is in is never asked: every version's
// placement is looked for.
#include "fhir/dosage/dosage.hpp"

#include "fhir/dosage/datatypes.hpp"
#include "fhir/json/members.hpp"

namespace cofactor::fhir {
namespace {

using json::ElementPath;
using json::Value;

std::vector<std::string_view> read_strings(const Value& parent, std::string_view name,
                                           const ElementPath& at, Issues& issues) {
  std::vector<std::string_view> out;
  json::each_member(parent, name, at, issues, [&](const Value& item, const ElementPath& here) {
    if (item.is_string())
      out.push_back(item.string());
    else
      issues.push_back(
          {Severity::warning, "wrong-type", here.text(), "the value has the wrong JSON type"});
  });
  return out;
}

/// The first of two names that is there: newer FHIR first.
std::string_view either(const Value& parent, std::string_view name, std::string_view older,
                        const ElementPath& at, Issues& issues) {
  const std::string_view found = json::string_member(parent, name, at, issues);
  return found.empty() ? json::string_member(parent, older, at, issues) : found;
}

void read_repeat(const Value& repeat, const ElementPath& at, Issues& issues, TimingRepeat& out) {
  out.frequency = read_decimal(repeat, "frequency", at, issues);
  out.frequency_max = read_decimal(repeat, "frequencyMax", at, issues);
  out.period = read_decimal(repeat, "period", at, issues);
  out.period_max = read_decimal(repeat, "periodMax", at, issues);
  out.count = read_decimal(repeat, "count", at, issues);
  out.count_max = read_decimal(repeat, "countMax", at, issues);
  out.duration = read_decimal(repeat, "duration", at, issues);
  out.offset = read_decimal(repeat, "offset", at, issues);
  out.period_unit = either(repeat, "periodUnit", "periodUnits", at, issues);
  out.duration_unit = either(repeat, "durationUnit", "durationUnits", at, issues);
  out.day_of_week = read_strings(repeat, "dayOfWeek", at, issues);
  out.time_of_day = read_strings(repeat, "timeOfDay", at, issues);
  if (const Value* when = repeat.find("when"); when != nullptr && when->is_string())
    out.when.push_back(when->string());  // DSTU2 has one, not a list
  else
    out.when = read_strings(repeat, "when", at, issues);
  out.bounds_duration = read_quantity_member(repeat, "boundsDuration", at, issues);
  if (!out.bounds_duration)
    out.bounds_duration = read_quantity_member(repeat, "boundsQuantity", at, issues);
  out.bounds_range = read_range_member(repeat, "boundsRange", at, issues);
  if (const Value* period = json::object_member(repeat, "boundsPeriod", at, issues)) {
    const ElementPath here{&at, "boundsPeriod", -1};
    out.bounds_start = json::string_member(*period, "start", here, issues);
    out.bounds_end = json::string_member(*period, "end", here, issues);
  }
}

/// doseQuantity or doseRange, DSTU2's quantityQuantity or quantityRange; a rate alone is marked.
std::optional<DoseAmount> read_amount(const Value& element, const ElementPath& at, Issues& issues) {
  DoseAmount out;
  out.quantity = read_quantity_member(element, "doseQuantity", at, issues);
  if (!out.quantity) out.quantity = read_quantity_member(element, "quantityQuantity", at, issues);
  out.range = read_range_member(element, "doseRange", at, issues);
  if (!out.range) out.range = read_range_member(element, "quantityRange", at, issues);
  const bool rate = element.find("rateQuantity") != nullptr ||
                    element.find("rateRatio") != nullptr || element.find("rateRange") != nullptr;
  out.rate_only = rate && !out.quantity && !out.range;
  if (!out.quantity && !out.range && !rate) return std::nullopt;
  return out;
}

void read_as_needed(const Value& element, const ElementPath& at, Issues& issues, Dosage& out) {
  out.as_needed = json::boolean_member(element, "asNeededBoolean", at, issues) ||
                  json::boolean_member(element, "asNeeded", at, issues);
  out.as_needed_for = concept_member(element, "asNeededCodeableConcept", at, issues);
  if (out.as_needed_for.empty() && element.find("asNeededFor") != nullptr)
    if (auto listed = read_concepts(element, "asNeededFor", at, issues); !listed.empty())
      out.as_needed_for = std::move(listed.front());
  if (!out.as_needed_for.empty()) out.as_needed = true;
}

}  // namespace

Timing read_timing_element(const Value& element, const ElementPath& at, Issues& issues) {
  Timing out;
  if (element.is_null()) return out;
  if (!element.is_object()) {
    issues.push_back(
        {Severity::warning, "wrong-type", at.text(), "the value has the wrong JSON type"});
    return out;
  }
  out.present = !element.members().empty();
  if (const Value* repeat = json::object_member(element, "repeat", at, issues))
    read_repeat(*repeat, ElementPath{&at, "repeat", -1}, issues, out.repeat.emplace());
  out.events = read_strings(element, "event", at, issues);
  // Some writers put the events one level too deep.
  if (const Value& repeat = element["repeat"];
      out.events.empty() && repeat.find("event") != nullptr)
    out.events = read_strings(repeat, "event", at, issues);
  out.code = concept_member(element, "code", at, issues);
  return out;
}

Dosage read_dosage(const Value& element, const ElementPath& at, Issues& issues) {
  Dosage out;
  if (!element.is_object()) {
    issues.push_back(
        {Severity::warning, "wrong-type", at.text(), "the value has the wrong JSON type"});
    return out;
  }
  if (const auto sequence = read_decimal(element, "sequence", at, issues);
      sequence && sequence->value >= -1e9 && sequence->value <= 1e9)
    out.sequence = static_cast<int>(sequence->value);
  out.text = json::string_member(element, "text", at, issues);
  out.patient_instruction = json::string_member(element, "patientInstruction", at, issues);
  if (element.find("additionalInstruction") != nullptr)
    out.additional_instructions = read_concepts(element, "additionalInstruction", at, issues);
  else if (CodeableConcept older = concept_member(element, "additionalInstructions", at, issues);
           !older.empty())
    out.additional_instructions.push_back(std::move(older));
  if (const Value* timing = element.find("timing"))
    out.timing = read_timing_element(*timing, ElementPath{&at, "timing", -1}, issues);
  read_as_needed(element, at, issues, out);
  out.route = concept_member(element, "route", at, issues);
  out.site = concept_member(element, "site", at, issues);
  if (out.site.empty()) out.site = concept_member(element, "siteCodeableConcept", at, issues);
  out.method = concept_member(element, "method", at, issues);

  json::each_member(
      element, "doseAndRate", at, issues, [&](const Value& item, const ElementPath& here) {
        if (!item.is_object()) {
          issues.push_back(
              {Severity::warning, "wrong-type", here.text(), "the value has the wrong JSON type"});
          return;
        }
        auto amount = read_amount(item, here, issues);
        if (!amount) return;
        amount->type = concept_member(item, "type", here, issues);
        out.doses.push_back(std::move(*amount));
      });
  if (out.doses.empty())
    if (auto amount = read_amount(element, at, issues)) out.doses.push_back(std::move(*amount));

  // R5 has a list of limits: the first is the one that holds.
  json::each_member(element, "maxDosePerPeriod", at, issues,
                    [&](const Value& item, const ElementPath& here) {
                      if (!out.max_dose_per_period)
                        out.max_dose_per_period = read_ratio(item, here, issues);
                    });
  return out;
}

}  // namespace cofactor::fhir
