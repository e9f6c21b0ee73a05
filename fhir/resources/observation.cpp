// Promises: see observation.hpp.
#include "fhir/resources/observation.hpp"

#include <array>

#include "fhir/dosage/datatypes.hpp"
#include "fhir/dosage/dosage.hpp"
#include "fhir/json/members.hpp"

namespace cofactor::fhir {
namespace {

using json::ElementPath;
using json::Value;

constexpr std::array<std::string_view, 11> other_values{
    "valueCodeableConcept", "valueBoolean",     "valueInteger",  "valueRange",
    "valueRatio",           "valueSampledData", "valueTime",     "valueDateTime",
    "valuePeriod",          "valueAttachment",  "valueReference"};

std::vector<ReferenceRange> read_ranges(const Value& parent, const ElementPath& at,
                                        Issues& issues) {
  std::vector<ReferenceRange> out;
  json::each_member(
      parent, "referenceRange", at, issues, [&](const Value& item, const ElementPath& here) {
        if (!item.is_object()) {
          issues.push_back(
              {Severity::warning, "wrong-type", here.text(), "the value has the wrong JSON type"});
          return;
        }
        ReferenceRange range;
        range.low = read_quantity_member(item, "low", here, issues);
        range.high = read_quantity_member(item, "high", here, issues);
        range.type = concept_member(item, "type", here, issues);
        if (range.type.empty())
          range.type = concept_member(item, "meaning", here, issues);  // DSTU2, STU3
        range.text = json::string_member(item, "text", here, issues);
        out.push_back(std::move(range));
      });
  return out;
}

/// Observation itself and its components carry their values the same way.
ObservationValue read_value(const Value& parent, const ElementPath& at, Issues& issues) {
  ObservationValue out;
  out.code = concept_member(parent, "code", at, issues);
  out.quantity = read_quantity_member(parent, "valueQuantity", at, issues);
  out.value_string = json::token_member(parent, "valueString", at, issues);
  for (const std::string_view name : other_values)
    if (parent.find(name) != nullptr) out.other_value = true;
  if (!out.quantity && parent.find("valueQuantity") != nullptr) out.other_value = true;
  out.data_absent_reason = concept_member(parent, "dataAbsentReason", at, issues);
  out.ranges = read_ranges(parent, at, issues);
  for (CodeableConcept& read : read_concepts(parent, "interpretation", at, issues)) {
    out.interpretation.codings.insert(out.interpretation.codings.end(), read.codings.begin(),
                                      read.codings.end());
    if (out.interpretation.text.empty()) out.interpretation.text = read.text;
  }
  return out;
}

void read_effective(const Value& resource, const ElementPath& at, Issues& issues,
                    Observation& out) {
  for (const std::string_view name : {"effectiveDateTime", "effectiveInstant"})
    if (out.effective.empty()) out.effective = json::string_member(resource, name, at, issues);
  const Value* period = json::object_member(resource, "effectivePeriod", at, issues);
  if (period == nullptr || !out.effective.empty()) return;
  const ElementPath here{&at, "effectivePeriod", -1};
  out.effective = json::string_member(*period, "end", here, issues);
  if (out.effective.empty()) {
    out.effective = json::string_member(*period, "start", here, issues);
    out.effective_open_period = true;
  }
}

}  // namespace

Observation read_observation(const Value& resource, const ElementPath& at, Issues& issues) {
  Observation out;
  out.id = json::string_member(resource, "id", at, issues);
  out.status = json::string_member(resource, "status", at, issues);
  out.subject = reference_member(resource, "subject", at, issues);
  read_effective(resource, at, issues, out);
  out.issued = json::string_member(resource, "issued", at, issues);
  out.specimen_words.text = resource["specimen"]["display"].string();
  out.value = read_value(resource, at, issues);
  json::each_member(resource, "component", at, issues,
                    [&](const Value& item, const ElementPath& here) {
                      out.components.push_back(read_value(item, here, issues));
                    });
  return out;
}

}  // namespace cofactor::fhir
