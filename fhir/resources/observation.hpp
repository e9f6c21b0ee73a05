// Promises: a laboratory Observation with everything that decides whether its value may be used.
// Nothing is judged here; a comparator or dataAbsentReason is never dropped.
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "fhir/codes/coding.hpp"
#include "fhir/issue.hpp"
#include "fhir/json/element_path.hpp"
#include "fhir/json/value.hpp"
#include "fhir/resources/reference.hpp"
#include "fhir/units/quantity.hpp"

namespace cofactor::fhir {

struct ReferenceRange {
  std::optional<Quantity> low, high;
  CodeableConcept type;  ///< "normal" unless said otherwise
  std::string_view text;
};
struct ObservationValue {
  CodeableConcept code;
  std::optional<Quantity> quantity;
  std::string_view value_string;  ///< valueString as written
  bool other_value = false;       ///< some other value[x]
  CodeableConcept data_absent_reason;
  std::vector<ReferenceRange> ranges;
  CodeableConcept interpretation;
};
struct Observation {
  std::string_view id;
  std::string_view status;
  Reference subject;
  std::string_view
      effective;  ///< effectiveDateTime, effectiveInstant or effectivePeriod.end (else start)
  bool effective_open_period = false;
  std::string_view issued;
  CodeableConcept specimen_words;  ///< specimen display when only a reference stands there
  ObservationValue value;
  std::vector<ObservationValue> components;
};
Observation read_observation(const json::Value& resource, const json::ElementPath& at,
                             Issues& issues);

}  // namespace cofactor::fhir
