// Proves: the few elements of the other resources are read from every version's placement.
#include "fhir/resources/clinical.hpp"

#include <gtest/gtest.h>

#include "fhir/json/reader.hpp"

using namespace cofactor;
using namespace cofactor::fhir;

namespace {
const json::ElementPath here{nullptr, "X", -1};
}

TEST(Clinical, Patient) {
  Issues issues;
  const auto document = json::parse(
      R"({"id":"p","birthDate":"1943-09-14","gender":"female","deceasedDateTime":"2026-01-01"})");
  const Patient patient = read_patient(document->root(), here, issues);
  EXPECT_EQ(patient.id, "p");
  EXPECT_EQ(patient.birth_date, "1943-09-14");
  EXPECT_TRUE(patient.deceased);
  EXPECT_TRUE(issues.empty());
}

TEST(Clinical, ConditionR4AndOlder) {
  Issues issues;
  const auto r4 = json::parse(
      R"({"id":"c","clinicalStatus":{"coding":[{"code":"active"}]},"verificationStatus":{"coding":[{"code":"confirmed"}]},
    "subject":{"reference":"Patient/p"},"code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10-cm","code":"E55.9"}]},
    "onsetDateTime":"2025-01-01","recordedDate":"2025-01-02"})");
  const Condition condition = read_condition(r4->root(), here, issues);
  EXPECT_EQ(condition.clinical_status, "active");
  EXPECT_EQ(condition.verification_status, "confirmed");
  EXPECT_EQ(condition.code.codings.at(0).known, CodeSystem::icd10cm);
  EXPECT_EQ(condition.onset, "2025-01-01");
  EXPECT_EQ(condition.abatement, "");
  const auto older = json::parse(
      R"({"clinicalStatus":"resolved","verificationStatus":"refuted","patient":{"reference":"Patient/p"},
    "dateRecorded":"2024-01-01","abatementBoolean":true})");
  const Condition old = read_condition(older->root(), here, issues);
  EXPECT_EQ(old.clinical_status, "resolved");
  EXPECT_EQ(old.verification_status, "refuted");
  EXPECT_EQ(old.subject.id, "p");
  EXPECT_EQ(old.recorded, "2024-01-01");
  EXPECT_EQ(old.abatement, "abated");
  EXPECT_TRUE(issues.empty());
}

TEST(Clinical, ServiceRequestsOfEachVersion) {
  Issues issues;
  const auto r4 = json::parse(
      R"({"id":"s","status":"draft","intent":"order","doNotPerform":true,"code":{"text":"Mg"},"authoredOn":"2026-03-01",
    "occurrencePeriod":{"start":"2026-04-01"}})");
  const ServiceRequest request = read_service_request(r4->root(), here, issues);
  EXPECT_EQ(request.codes.at(0).text, "Mg");
  EXPECT_TRUE(request.do_not_perform);
  EXPECT_EQ(request.occurrence, "2026-04-01");
  const auto r5 = json::parse(R"({"code":{"concept":{"text":"Mg"}}})");
  EXPECT_EQ(read_service_request(r5->root(), here, issues).codes.at(0).text, "Mg");
  const auto dstu2 = json::parse(
      R"({"item":[{"code":{"text":"BMP"}},{"code":{"text":"Mg"}}],"orderedOn":"2026-01-01"})");
  EXPECT_EQ(read_service_request(dstu2->root(), here, issues).codes.size(), 2u);
  EXPECT_TRUE(issues.empty());
}

TEST(Clinical, EncounterClassOfEachVersion) {
  Issues issues;
  for (const char* text : {R"({"class":{"code":"IMP"}})", R"({"class":"IMP"})",
                           R"({"class":[{"coding":[{"code":"IMP"}]}]})"}) {
    const auto document = json::parse(text);
    EXPECT_EQ(read_encounter(document->root(), here, issues).class_code, "IMP") << text;
  }
  const auto placed =
      json::parse(R"({"location":[{"location":{"display":"Ward 3"}}],"type":[{"text":"stay"}]})");
  const Encounter encounter = read_encounter(placed->root(), here, issues);
  EXPECT_EQ(encounter.location, "Ward 3");
  EXPECT_EQ(encounter.types.size(), 1u);
}

TEST(Clinical, Procedure) {
  Issues issues;
  const auto document = json::parse(
      R"({"id":"x","status":"completed","code":{"text":"bypass"},"performedPeriod":{"start":"2020-01-01"}})");
  const Procedure procedure = read_procedure(document->root(), here, issues);
  EXPECT_EQ(procedure.performed, "2020-01-01");
  EXPECT_EQ(procedure.code.text, "bypass");
}
