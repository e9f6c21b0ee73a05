// Promises: FHIR Coding and CodeableConcept as views into the parsed request, with the code systems
// that matter recognised by URL and by OID (urn:oid: or bare). Pure.
#pragma once
#include <string_view>
#include <vector>

namespace cofactor::fhir {

enum class CodeSystem { other, rxnorm, ndc, atc, snomed, loinc, icd10cm, ucum };

CodeSystem code_system(std::string_view system);

struct Coding {
  std::string_view system;  ///< as written
  std::string_view code;
  std::string_view display;
  CodeSystem known = CodeSystem::other;
};

struct CodeableConcept {
  std::vector<Coding> codings;
  std::string_view text;
  bool empty() const { return codings.empty() && text.empty(); }
  /// The best words for a person: text, else the first display; empty when there are none.
  std::string_view words() const;
};

}  // namespace cofactor::fhir
