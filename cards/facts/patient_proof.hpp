// Promises: whether a resource is the patient's, decided on purpose for every form of reference
// (T-PAT-4): the same id on another server, an identifier alone or no subject at all prove nothing.
// Private to cards/facts.
#pragma once
#include <string_view>

#include "fhir/resources/bundle.hpp"
#include "fhir/resources/reference.hpp"

namespace cofactor::cards {

class PatientProof {
 public:
  PatientProof(std::string_view patient_id, std::string_view fhir_server)
      : patient_id_(patient_id), fhir_server_(fhir_server) {}

  /// `beside`: the resources that came with it; a urn:uuid subject may lead to the Patient among
  /// them.
  fhir::SamePatient prove(const fhir::Reference& subject, const fhir::ResourceList& beside) const;
  std::string_view patient_id() const { return patient_id_; }

 private:
  std::string_view patient_id_, fhir_server_;
};

/// Reason code for a resource that is not used; empty when it is proven the patient's.
std::string_view not_the_patients(fhir::SamePatient proof);

}  // namespace cofactor::cards
