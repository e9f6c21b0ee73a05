// Promises: FHIR Dosage as read from R4, R5, STU3 and DSTU2 placements, before it is understood. Views point
// into the parsed request. Reading is lenient: what has the wrong shape becomes an Issue and is left empty.
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "fhir/codes/coding.hpp"
#include "fhir/issue.hpp"
#include "fhir/json/element_path.hpp"
#include "fhir/json/value.hpp"
#include "fhir/units/quantity.hpp"

namespace cofactor::fhir {

/// Timing.repeat; numbers keep their text. Units are UCUM codes: s min h d wk mo a.
struct TimingRepeat {
  std::optional<Decimal> frequency, frequency_max, period, period_max, count, count_max, duration, offset;
  std::string_view period_unit, duration_unit;
  std::vector<std::string_view> day_of_week, time_of_day, when;
  std::optional<Quantity> bounds_duration;
  std::optional<Range> bounds_range;
  std::string_view bounds_start, bounds_end;  ///< boundsPeriod
};

struct Timing {
  bool present = false;
  std::optional<TimingRepeat> repeat;
  std::vector<std::string_view> events;
  CodeableConcept code;
};

struct DoseAmount {
  std::optional<Quantity> quantity;
  std::optional<Range> range;
  CodeableConcept type;  ///< ordered, calculated
  bool rate_only = false;
};

struct Dosage {
  std::optional<int> sequence;
  std::string_view text, patient_instruction;
  std::vector<CodeableConcept> additional_instructions;
  Timing timing;
  bool as_needed = false;
  CodeableConcept as_needed_for;
  CodeableConcept route, site, method;
  std::vector<DoseAmount> doses;  ///< doseAndRate[], or the STU3 doseQuantity/doseRange on the dosage itself
  std::optional<Ratio> max_dose_per_period;
};

/// Reads one Dosage element of any FHIR version.
Dosage read_dosage(const json::Value& element, const json::ElementPath& at, Issues& issues);
Timing read_timing_element(const json::Value& element, const json::ElementPath& at, Issues& issues);
std::optional<Quantity> read_quantity(const json::Value& element, const json::ElementPath& at, Issues& issues);
CodeableConcept read_concept(const json::Value& element, const json::ElementPath& at, Issues& issues);

}  // namespace cofactor::fhir
