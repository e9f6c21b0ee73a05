// Promises: one medication order or statement, whatever FHIR version it is in (MedicationRequest
// R4/R5/STU3, DSTU2 MedicationOrder, MedicationStatement, R5 MedicationUsage), with its Medication
// resolved from contained resources and the Bundles at hand. Lenient: nothing in one order can
// spoil another. Views into the request.
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "fhir/codes/coding.hpp"
#include "fhir/dosage/dosage.hpp"
#include "fhir/issue.hpp"
#include "fhir/json/element_path.hpp"
#include "fhir/json/value.hpp"
#include "fhir/resources/bundle.hpp"
#include "fhir/resources/medication.hpp"
#include "fhir/resources/reference.hpp"

namespace cofactor::fhir {

struct MedicationRequest {
  std::string_view resource_type;  ///< as written
  std::string_view id;
  std::string_view status, intent;
  bool do_not_perform = false;
  bool statement = false;  ///< MedicationStatement or MedicationUsage
  Reference subject;
  std::string_view authored_on;                     ///< authoredOn, dateWritten, dateAsserted
  std::string_view effective_start, effective_end;  ///< effectivePeriod of a statement
  std::string_view effective_at;                    ///< effectiveDateTime of a statement
  CodeableConcept medication;          ///< medicationCodeableConcept, or R5 medication.concept
  Reference medication_reference;      ///< display kept even when it cannot be resolved
  std::optional<Medication> resolved;  ///< what the reference led to
  std::vector<Dosage> dosages;
  std::vector<CodeableConcept> reasons;
  std::vector<Reference> based_on;
  Reference prior_prescription;
  std::string_view dispense_validity_start;
  const json::Value* resource = nullptr;
};

bool is_medication_order(std::string_view resource_type);

/// Where referenced Medications may be found: any number of lists.
struct MedicationShelf {
  std::vector<const ResourceList*> lists;
  /// The Medication a reference leads to (relative, absolute, urn:uuid by fullUrl), or nullptr.
  const json::Value* find(const Reference& reference) const;
};

/// An unresolvable reference is an Issue `medication-unresolved`; no medication at all
/// `medication-missing`.
MedicationRequest read_medication_request(const json::Value& resource, const MedicationShelf& shelf,
                                          const json::ElementPath& at, Issues& issues);

}  // namespace cofactor::fhir
