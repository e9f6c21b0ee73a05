// Promises: laboratory results as facts, each with why it is unusable or unreadable where it is.
// Nothing is dropped that is of a known group: what is not used is said. Private to cards/facts.
#pragma once
#include <string_view>
#include <vector>

#include "cards/facts/facts.hpp"
#include "cards/facts/patient_proof.hpp"
#include "fhir/resources/observation.hpp"

namespace cofactor::cards {

struct LabReading {
  const PatientProof& proof;
  const Knowledge& knowledge;
  fhir::Day as_of;
};

/// Appends one fact for the Observation, or one for each of its components, that belongs to a known
/// group. `asked_for_magnesium`: it came as the answer to the question for magnesium results, so
/// that a magnesium result without a code that we know still counts as an assessment whose value
/// cannot be read.
void read_lab(const fhir::BundleEntry& entry, const fhir::ResourceList& beside,
              bool asked_for_magnesium, const LabReading& reading, Facts& facts);

}  // namespace cofactor::cards
