// Promises: see sig_text.hpp.
#include "fhir/dosage/sig_text.hpp"

namespace cofactor::fhir {

SigReading read_sig(std::string_view text) {
  SigReading reading;
  reading.frequency.unknown = text.empty() ? "no-frequency" : "no-frequency";
  return reading;
}

Frequency read_sig_frequency(std::string_view text) { return read_sig(text).frequency; }

}  // namespace cofactor::fhir
