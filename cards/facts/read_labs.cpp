// Promises: see read_labs.hpp.
#include "cards/facts/read_labs.hpp"

#include <algorithm>

#include "cards/facts/lab_value.hpp"
#include "cards/facts/magnesium_words.hpp"

namespace cofactor::cards {
namespace {

using fhir::ObservationValue;

struct Coded {
  LabGroup group;
  std::string_view code;
};

std::optional<Coded> coded_group(const fhir::CodeableConcept& code, const Knowledge& knowledge) {
  // LOINC decides; a laboratory's own code is asked where no LOINC code is known.
  for (const bool loinc : {true, false})
    for (const fhir::Coding& coding : code.codings)
      if ((coding.known == fhir::CodeSystem::loinc) == loinc)
        if (const auto group = knowledge.lab_group(coding)) return Coded{*group, coding.code};
  return std::nullopt;
}

/// A magnesium test by its words alone: only where no LOINC code says what it is.
bool worded_magnesium(const fhir::CodeableConcept& code) {
  const auto loinc = [](const fhir::Coding& coding) {
    return coding.known == fhir::CodeSystem::loinc;
  };
  if (std::any_of(code.codings.begin(), code.codings.end(), loinc)) return false;
  return names_magnesium_test(code.words());
}

std::string_view status_reason(std::string_view status) {
  if (status == "final" || status == "amended" || status == "corrected" || status == "appended")
    return {};
  if (status == "preliminary" || status == "registered" || status == "cancelled" ||
      status == "entered-in-error")
    return status;
  return "status-unknown";
}

void fill_date(LabFact& lab, const fhir::Observation& observation, fhir::Day as_of,
               const json::ElementPath& at, Issues& issues) {
  const bool only_issued = observation.effective.empty();
  const std::string_view text = only_issued ? observation.issued : observation.effective;
  if (text.empty()) return;
  const auto date = fhir::PartialDate::read(text);
  if (!date) {
    issues.push_back(
        {Severity::warning, "date-unreadable", at.text(), "the date of the result cannot be read"});
    return;
  }
  lab.on = date->earliest;
  // When it was taken is not known to the hour: another result of the same day counts as newer.
  if (date->has_time && !only_issued && !observation.effective_open_period)
    lab.instant_ms = date->instant_ms;
  if (only_issued)
    issues.push_back({Severity::information, "issued-only", at.text(),
                      "only the day of reporting is given; it is used as the day of the test"});
  constexpr std::int64_t day_ms = 86'400'000;
  const auto utc_day = static_cast<std::int32_t>(
      (date->instant_ms - ((date->instant_ms % day_ms) + day_ms) % day_ms) / day_ms);
  // East of Greenwich the calendar is ahead: not the future as long as the instant is not. A date without a zone is a whole
  // day, and somewhere (up to UTC+14) tomorrow's has begun.
  const bool begun = date->has_time ? utc_day <= as_of.number : fhir::days_between(as_of, *lab.on) == 1;
  if (*lab.on > as_of && begun) lab.on = as_of;
}

/// The one range that is meant for healthy people; several leave it open which is meant.
const fhir::ReferenceRange* normal_range(const ObservationValue& value) {
  const fhir::ReferenceRange* found = nullptr;
  for (const fhir::ReferenceRange& range : value.ranges) {
    const bool normal =
        range.type.empty() ||
        (!range.type.codings.empty() && range.type.codings.front().code == "normal") ||
        range.type.text == "normal";
    if (!normal || (!range.low && !range.high)) continue;
    if (found != nullptr) return nullptr;
    found = &range;
  }
  return found;
}

void fill_limits(LabFact& lab, const ObservationValue& value, const Knowledge& knowledge) {
  const fhir::ReferenceRange* range = normal_range(value);
  if (range == nullptr) return;
  const fhir::Quantity* unit = value.quantity ? &*value.quantity : nullptr;
  if (range->low) lab.low = canonical_value(lab.group, *range->low, unit, knowledge).value;
  if (range->high) lab.high = canonical_value(lab.group, *range->high, unit, knowledge).value;
}

void fill_value(LabFact& lab, const ObservationValue& value, const Knowledge& knowledge) {
  if (value.quantity) {
    lab.unit_text = value.quantity->unit.empty() ? value.quantity->code : value.quantity->unit;
    lab.comparator = value.quantity->comparator;
    if (value.quantity->value) lab.value_text = value.quantity->value->text;
    const CanonicalValue read = canonical_value(lab.group, *value.quantity, nullptr, knowledge);
    lab.value = read.value;
    lab.unreadable = read.unreadable;
    if (lab.unreadable.empty() && !lab.comparator.empty()) lab.unreadable = "comparator";
  } else {
    lab.value_text = value.value_string;
    lab.unreadable = "no-number";
  }
  fill_limits(lab, value, knowledge);
}

bool has_value(const ObservationValue& value) {
  return value.quantity || !value.value_string.empty() || value.other_value;
}

LabFact read_one(const ObservationValue& value, Coded coded, const LabFact& common,
                 const Knowledge& knowledge) {
  LabFact lab = common;
  lab.group = coded.group;
  lab.code = coded.code;
  fill_value(lab, value, knowledge);
  if (lab.unusable.empty()) {
    if (!value.data_absent_reason.empty())
      lab.unusable = "data-absent";
    else if (!has_value(value))
      lab.unusable = "no-value";
  }
  if (!lab.unusable.empty() && !has_value(value)) lab.unreadable.clear();
  return lab;
}

}  // namespace

void read_lab(const fhir::BundleEntry& entry, const fhir::ResourceList& beside,
              bool asked_for_magnesium, const LabReading& reading, Facts& facts) {
  const json::ElementPath at{nullptr, "Observation", -1};
  Issues issues;
  const fhir::Observation observation = fhir::read_observation(*entry.resource, at, issues);
  LabFact common;
  common.reference = "Observation/" + std::string(observation.id);
  common.status = observation.status;
  const fhir::SamePatient proof = reading.proof.prove(observation.subject, beside);
  if (proof == fhir::SamePatient::no) facts.patient_mismatch = true;
  common.unusable = not_the_patients(proof);
  fill_date(common, observation, reading.as_of, at, issues);
  if (common.unusable.empty()) common.unusable = status_reason(observation.status);
  if (common.unusable.empty() && !common.on) common.unusable = "no-date";
  if (common.unusable.empty() && *common.on > reading.as_of) common.unusable = "future";

  const std::size_t before = facts.labs.size();
  if (const auto coded = coded_group(observation.value.code, reading.knowledge)) {
    if (has_value(observation.value) || observation.components.empty())
      facts.labs.push_back(read_one(observation.value, *coded, common, reading.knowledge));
  } else if (asked_for_magnesium && worded_magnesium(observation.value.code)) {
    LabFact lab =
        read_one(observation.value, {LabGroup::magnesium_serum, {}}, common, reading.knowledge);
    lab.value.reset();
    if (lab.unusable.empty()) lab.unreadable = "code-unknown";
    facts.labs.push_back(std::move(lab));
  }
  for (const ObservationValue& component : observation.components)
    if (const auto coded = coded_group(component.code, reading.knowledge))
      facts.labs.push_back(read_one(component, *coded, common, reading.knowledge));
  if (facts.labs.size() != before)
    facts.issues.insert(facts.issues.end(), issues.begin(), issues.end());
}

}  // namespace cofactor::cards
