// Promises: the diagnoses and situations that rules know, from Condition, Procedure, Encounter and
// the reasons of drafts; only what is active and not refuted. And the magnesium tests that are
// ordered. Private to cards/facts.
#pragma once
#include <string_view>

#include "cards/facts/facts.hpp"
#include "cards/facts/patient_proof.hpp"
#include "fhir/resources/clinical.hpp"

namespace cofactor::cards {

/// Each of these three answers why a resource that would have counted is not used ("other-patient", "subject-unproven"):
/// the source that it came from is then not whole. Empty otherwise; a foreign one marks the call in any case.
std::string_view read_condition_fact(const fhir::BundleEntry& entry, const fhir::ResourceList& beside,
                                     const PatientProof& proof, const Knowledge& knowledge, Facts& facts);
std::string_view read_procedure_fact(const fhir::BundleEntry& entry, const fhir::ResourceList& beside,
                         const PatientProof& proof, const Knowledge& knowledge, Facts& facts);
std::string_view read_encounter_fact(const fhir::BundleEntry& entry, const fhir::ResourceList& beside,
                         const PatientProof& proof, const Knowledge& knowledge, Facts& facts);
/// Every group that a concept belongs to becomes a fact of `reference`.
void add_conditions(const fhir::CodeableConcept& code, std::string_view reference,
                    std::optional<fhir::Day> on, const Knowledge& knowledge, Facts& facts);

/// ServiceRequest and its older names.
bool is_service_order(std::string_view resource_type);
/// A live order of a magnesium blood test, drafted or active; anything else adds nothing. Answers as above.
std::string_view read_magnesium_order(const fhir::BundleEntry& entry, const fhir::ResourceList& beside,
                          bool draft, const PatientProof& proof, const Knowledge& knowledge,
                          Facts& facts);

}  // namespace cofactor::cards
