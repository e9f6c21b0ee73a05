// Proves: a code system is the same system in every spelling that EHRs send, and no other.
#include "fhir/codes/coding.hpp"

#include <gtest/gtest.h>

using namespace cofactor::fhir;

TEST(CodeSystem, IsRecognisedByUrlAndByOid) {
  const std::pair<const char*, CodeSystem> known[] = {
      {"http://www.nlm.nih.gov/research/umls/rxnorm", CodeSystem::rxnorm},
      {"https://www.nlm.nih.gov/research/umls/rxnorm/", CodeSystem::rxnorm},
      {"http://www.nlm.nih.gov/research/umls/RxNorm", CodeSystem::rxnorm},
      {"urn:oid:2.16.840.1.113883.6.88", CodeSystem::rxnorm},
      {"2.16.840.1.113883.6.88", CodeSystem::rxnorm},
      {"URN:OID:2.16.840.1.113883.6.88", CodeSystem::rxnorm},
      {"http://hl7.org/fhir/sid/ndc", CodeSystem::ndc},
      {"urn:oid:2.16.840.1.113883.6.69", CodeSystem::ndc},
      {"http://www.whocc.no/atc", CodeSystem::atc},
      {"http://whocc.no/atc", CodeSystem::atc},
      {"http://www.whocc.no/atc/", CodeSystem::atc},
      {"urn:oid:2.16.840.1.113883.6.73", CodeSystem::atc},
      {"http://snomed.info/sct", CodeSystem::snomed},
      {"http://snomed.info/sct|http://snomed.info/sct/731000124108", CodeSystem::snomed},
      {"http://snomed.info/sct/731000124108/version/20240301", CodeSystem::snomed},
      {"urn:oid:2.16.840.1.113883.6.96", CodeSystem::snomed},
      {"http://loinc.org", CodeSystem::loinc},
      {"https://loinc.org/", CodeSystem::loinc},
      {"urn:oid:2.16.840.1.113883.6.1", CodeSystem::loinc},
      {"http://hl7.org/fhir/sid/icd-10-cm", CodeSystem::icd10cm},
      {"urn:oid:2.16.840.1.113883.6.90", CodeSystem::icd10cm},
      {"http://unitsofmeasure.org", CodeSystem::ucum},
      {"urn:oid:2.16.840.1.113883.6.8", CodeSystem::ucum},
  };
  for (const auto& [text, system] : known) EXPECT_EQ(code_system(text), system) << text;
}

TEST(CodeSystem, NothingElseIsTakenForIt) {
  for (const char* text :
       {"", "/", "http://", "urn:oid:", "http://hospital.example/meds", "rxnorm",
        "http://snomed.info/sctx", "urn:oid:2.16.840.1.113883.6.253",
        "urn:oid:2.16.840.1.113883.6.68", "2.16.840.1.113883.6.881",
        "http://hl7.org/fhir/sid/icd-9-cm", "http://evil.example/http://loinc.org", "|"})
    EXPECT_EQ(code_system(text), CodeSystem::other) << text;
}

TEST(CodeableConcept, WordsAreTheTextElseADisplay) {
  CodeableConcept medication;
  EXPECT_TRUE(medication.empty());
  EXPECT_EQ(medication.words(), "");
  medication.codings.push_back({"", "1", "", CodeSystem::other});
  medication.codings.push_back({"", "2", "vitamin D3 capsule", CodeSystem::other});
  EXPECT_EQ(medication.words(), "vitamin D3 capsule");
  medication.text = "VIT D3";
  EXPECT_EQ(medication.words(), "VIT D3");
}
