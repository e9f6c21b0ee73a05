// Promises: see patient_proof.hpp.
#include "cards/facts/patient_proof.hpp"

namespace cofactor::cards {

fhir::SamePatient PatientProof::prove(const fhir::Reference& subject,
                                      const fhir::ResourceList& beside) const {
  if (subject.form == fhir::ReferenceForm::urn)
    for (const fhir::BundleEntry& entry : beside.entries)
      if (entry.full_url == subject.text && entry.resource_type == "Patient" && !entry.id.empty())
        return entry.id == patient_id_ ? fhir::SamePatient::yes : fhir::SamePatient::no;
  return fhir::same_patient(subject, patient_id_, fhir_server_);
}

std::string_view not_the_patients(fhir::SamePatient proof) {
  switch (proof) {
    case fhir::SamePatient::yes:
      return {};
    case fhir::SamePatient::no:
      return "other-patient";
    case fhir::SamePatient::unproven:
      return "subject-unproven";
  }
  return "subject-unproven";
}

}  // namespace cofactor::cards
