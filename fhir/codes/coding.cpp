// Promises: see coding.hpp. A system is recognised by URL (either scheme, any letter case, with or
// without trailing slash or version) and by OID (bare or urn:oid:), because EHRs send both.
#include "fhir/codes/coding.hpp"

#include <array>

namespace cofactor::fhir {
namespace {

struct KnownSystem {
  std::string_view name;  ///< without scheme, in lower case; or the OID
  CodeSystem system;
};
constexpr std::array<KnownSystem, 18> known_systems{{
    {"www.nlm.nih.gov/research/umls/rxnorm", CodeSystem::rxnorm},
    {"snomed.info/sct", CodeSystem::snomed},
    {"loinc.org", CodeSystem::loinc},
    {"unitsofmeasure.org", CodeSystem::ucum},
    {"hl7.org/fhir/sid/icd-10-cm", CodeSystem::icd10cm},
    {"hl7.org/fhir/sid/ndc", CodeSystem::ndc},
    {"www.whocc.no/atc", CodeSystem::atc},
    {"2.16.840.1.113883.6.88", CodeSystem::rxnorm},
    {"2.16.840.1.113883.6.96", CodeSystem::snomed},
    {"2.16.840.1.113883.6.1", CodeSystem::loinc},
    {"2.16.840.1.113883.6.8", CodeSystem::ucum},
    {"2.16.840.1.113883.6.90", CodeSystem::icd10cm},
    {"2.16.840.1.113883.6.69", CodeSystem::ndc},
    {"2.16.840.1.113883.6.73", CodeSystem::atc},
    {"nlm.nih.gov/research/umls/rxnorm", CodeSystem::rxnorm},
    {"whocc.no/atc", CodeSystem::atc},
    {"www.whocc.no/atc_ddd_index", CodeSystem::atc},
    {"www.loinc.org", CodeSystem::loinc},
}};

constexpr std::array<KnownSystem, 6> usual_spellings{{
    {"http://loinc.org", CodeSystem::loinc},
    {"http://www.nlm.nih.gov/research/umls/rxnorm", CodeSystem::rxnorm},
    {"http://snomed.info/sct", CodeSystem::snomed},
    {"http://unitsofmeasure.org", CodeSystem::ucum},
    {"http://hl7.org/fhir/sid/icd-10-cm", CodeSystem::icd10cm},
    {"http://hl7.org/fhir/sid/ndc", CodeSystem::ndc},
}};

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool starts_with(std::string_view text, std::string_view lower_case) {
  if (text.size() < lower_case.size()) return false;
  for (std::size_t i = 0; i < lower_case.size(); ++i)
    if (lower(text[i]) != lower_case[i]) return false;
  return true;
}

}  // namespace

CodeSystem code_system(std::string_view system) {
  // As nearly all of them are written.
  for (const KnownSystem& exact : usual_spellings)
    if (system == exact.name) return exact.system;
  if (const auto version = system.find('|'); version != std::string_view::npos)
    system = system.substr(0, version);
  for (const std::string_view prefix : {"http://", "https://", "urn:oid:"})
    if (starts_with(system, prefix)) {
      system.remove_prefix(prefix.size());
      break;
    }
  while (system.ends_with('/')) system.remove_suffix(1);
  for (const KnownSystem& known : known_systems)
    if (system.size() == known.name.size() && starts_with(system, known.name)) return known.system;
  // SNOMED CT editions and versions continue the URL: http://snomed.info/sct/731000124108
  return starts_with(system, "snomed.info/sct/") ? CodeSystem::snomed : CodeSystem::other;
}

std::string_view CodeableConcept::words() const {
  if (!text.empty()) return text;
  for (const Coding& coding : codings)
    if (!coding.display.empty()) return coding.display;
  return {};
}

}  // namespace cofactor::fhir
