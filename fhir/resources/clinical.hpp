// Promises: Patient, Condition, ServiceRequest, Procedure and Encounter as the few elements that
// the rules need.
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "fhir/codes/coding.hpp"
#include "fhir/issue.hpp"
#include "fhir/json/element_path.hpp"
#include "fhir/json/value.hpp"
#include "fhir/resources/reference.hpp"

namespace cofactor::fhir {

struct Patient {
  std::string_view id, birth_date, gender;
  bool deceased = false;
};
struct Condition {
  std::string_view id;
  std::string_view clinical_status, verification_status;  ///< codes, R4 and older placements
  Reference subject;
  CodeableConcept code;
  std::string_view onset, recorded, abatement;
};
/// ServiceRequest, and the older ProcedureRequest and DiagnosticOrder.
struct ServiceRequest {
  std::string_view id, status, intent;
  bool do_not_perform = false;
  Reference subject;
  std::vector<CodeableConcept> codes;  ///< code, and item[].code of a DSTU2 DiagnosticOrder
  std::string_view authored_on, occurrence;
};
struct Procedure {
  std::string_view id, status, performed;
  Reference subject;
  CodeableConcept code;
};
struct Encounter {
  std::string_view id, status, class_code;
  Reference subject;
  std::vector<CodeableConcept> types;
  std::string_view location;  ///< display of the first location
};

Patient read_patient(const json::Value&, const json::ElementPath&, Issues&);
Condition read_condition(const json::Value&, const json::ElementPath&, Issues&);
ServiceRequest read_service_request(const json::Value&, const json::ElementPath&, Issues&);
Procedure read_procedure(const json::Value&, const json::ElementPath&, Issues&);
Encounter read_encounter(const json::Value&, const json::ElementPath&, Issues&);

}  // namespace cofactor::fhir
