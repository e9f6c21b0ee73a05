// Proves: each form of reference is told apart, and only a proven one names the patient (T-PAT-4).
#include "fhir/resources/reference.hpp"

#include <gtest/gtest.h>

#include "fhir/json/reader.hpp"

using namespace cofactor;
using namespace cofactor::fhir;

TEST(Reference, FormsAreToldApart) {
  struct Row {
    const char* text;
    ReferenceForm form;
    const char* type;
    const char* id;
    const char* base;
  };
  const Row rows[] = {
      {"", ReferenceForm::none, "", "", ""},
      {"Patient/pt-1", ReferenceForm::relative, "Patient", "pt-1", ""},
      {"Patient/pt-1/_history/2", ReferenceForm::relative, "Patient", "pt-1", ""},
      {"https://ehr.example/fhir/Patient/pt-1", ReferenceForm::absolute, "Patient", "pt-1",
       "https://ehr.example/fhir"},
      {"http://ehr.example/fhir//Patient/1/_history/9", ReferenceForm::absolute, "Patient", "1",
       "http://ehr.example/fhir"},
      {"#p", ReferenceForm::contained, "", "p", ""},
      {"urn:uuid:8f0b1a5e-3b0e-4f11-9a7e-2f5f1a2f7f21", ReferenceForm::urn, "",
       "urn:uuid:8f0b1a5e-3b0e-4f11-9a7e-2f5f1a2f7f21", ""},
      {"pt-1", ReferenceForm::other, "", "", ""},
      {"/Patient/pt-1", ReferenceForm::relative, "Patient", "pt-1", ""},
      {"fhir/Patient/pt-1", ReferenceForm::other, "", "", ""},
      {"Patient/", ReferenceForm::other, "", "", ""},
      {"Patient?identifier=x|1", ReferenceForm::other, "", "", ""},
      {"https://ehr.example/Patient", ReferenceForm::other, "", "", ""},
      {"javascript:alert(1)//Patient/1", ReferenceForm::other, "", "", ""},
  };
  for (const Row& row : rows) {
    const Reference read = read_reference(row.text);
    EXPECT_EQ(read.form, row.form) << row.text;
    EXPECT_EQ(read.type, row.type) << row.text;
    EXPECT_EQ(read.id, row.id) << row.text;
    EXPECT_EQ(read.base, row.base) << row.text;
  }
}

TEST(Reference, OnlyAProvenOneNamesThePatient) {
  const auto same = [](const char* text, const char* server) {
    return same_patient(read_reference(text), "pt-1", server);
  };
  const char* ours = "https://ehr.example/fhir";
  EXPECT_EQ(same("Patient/pt-1", ours), SamePatient::yes);
  EXPECT_EQ(same("Patient/pt-1", ""), SamePatient::yes);
  EXPECT_EQ(same("Patient/pt-1/_history/2", ours), SamePatient::yes);
  EXPECT_EQ(same("Patient/pt-2", ours), SamePatient::no);
  EXPECT_EQ(same("Patient/PT-1", ours), SamePatient::no);
  EXPECT_EQ(same("Group/pt-1", ours), SamePatient::unproven) << "no other patient either";
  EXPECT_EQ(same("https://ehr.example/fhir/Patient/pt-1", ours), SamePatient::yes);
  EXPECT_EQ(same("https://ehr.example/fhir/Patient/pt-1", "https://ehr.example/fhir/"),
            SamePatient::yes);
  EXPECT_EQ(same("https://ehr.example/fhir/Patient/pt-1", ""), SamePatient::yes);
  EXPECT_EQ(same("https://other.example/fhir/Patient/pt-1", ours), SamePatient::unproven);
  EXPECT_EQ(same("https://other.example/fhir/Patient/pt-2", ours), SamePatient::no);
  // Scheme and host are not told apart by their letters, nor by the port that goes without saying; a path is.
  EXPECT_EQ(same("HTTPS://EHR.example:443/fhir/Patient/pt-1", ours), SamePatient::yes);
  EXPECT_EQ(same("https://ehr.example/fhir/Patient/pt-1", "https://Ehr.Example:443/fhir/"), SamePatient::yes);
  EXPECT_EQ(same("http://ehr.example:80/fhir/Patient/pt-1", "http://ehr.example/fhir"), SamePatient::yes);
  EXPECT_EQ(same("https://ehr.example:80/fhir/Patient/pt-1", ours), SamePatient::unproven);
  EXPECT_EQ(same("https://ehr.example:4430/fhir/Patient/pt-1", ours), SamePatient::unproven);
  EXPECT_EQ(same("http://ehr.example/fhir/Patient/pt-1", ours), SamePatient::unproven);
  EXPECT_EQ(same("https://ehr.example/FHIR/Patient/pt-1", ours), SamePatient::unproven);
  EXPECT_EQ(same("#p", ours), SamePatient::unproven);
  EXPECT_EQ(same("urn:uuid:1", ours), SamePatient::unproven);
  EXPECT_EQ(same("", ours), SamePatient::unproven);
  EXPECT_EQ(same_patient(read_reference("Patient/"), "", ours), SamePatient::unproven);
}

TEST(Reference, ElementKeepsDisplayTypeAndIdentifier) {
  const auto document =
      json::parse(R"({"identifier":{"value":"x"},"type":"Patient","display":"A"})");
  Issues issues;
  const Reference read =
      read_reference_element(document->root(), json::ElementPath{nullptr, "subject", -1}, issues);
  EXPECT_EQ(read.form, ReferenceForm::none);
  EXPECT_TRUE(read.has_identifier);
  EXPECT_EQ(read.type, "Patient");
  EXPECT_EQ(read.display, "A");
  EXPECT_TRUE(issues.empty());
  const auto text = json::parse("\"Patient/1\"");
  EXPECT_EQ(
      read_reference_element(text->root(), json::ElementPath{nullptr, "subject", -1}, issues).form,
      ReferenceForm::none);
  ASSERT_EQ(issues.size(), 1u);
  EXPECT_EQ(issues[0].path, "subject");
}
