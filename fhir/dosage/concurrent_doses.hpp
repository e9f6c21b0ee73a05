// Promises: the readings of several instructions of one order as one: concurrent ones are added, of
// sequential ones the first counts (a loading dose gives way to what repeats). Internal to
// fhir/dosage.
#pragma once
#include <span>
#include <vector>

#include "fhir/dosage/daily_dose.hpp"

namespace cofactor::fhir {

/// `readings[i]` is what `dosages[i]` says.
DoseReading combine_doses(std::span<const Dosage> dosages, std::vector<DoseReading> readings);

/// "once a week", "3 times a day", "every 2 weeks": for the note on a later phase.
std::string frequency_words(double per_day);

}  // namespace cofactor::fhir
