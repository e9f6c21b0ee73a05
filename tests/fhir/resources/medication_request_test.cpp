// Proves: an order is read in every shape that EHRs and the four FHIR versions give it; what cannot
// be read is an Issue with its place, and the rest of the order stays.
#include "fhir/resources/medication_request.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "fhir/json/reader.hpp"

using namespace cofactor;
using namespace cofactor::fhir;

namespace {
struct Read {
  json::Document document, shelf_document;
  Issues issues, shelf_issues;
  ResourceList list;
  MedicationRequest order;
  explicit Read(const std::string& text, const std::string& shelf = "null") {
    auto parsed = json::parse(text);
    auto shelf_parsed = json::parse(shelf);
    EXPECT_TRUE(parsed && shelf_parsed) << text;
    document = std::move(*parsed);
    shelf_document = std::move(*shelf_parsed);
    list = read_resources(&shelf_document.root(), {}, shelf_issues);
    order = read_medication_request(document.root(), MedicationShelf{{&list}},
                                    json::ElementPath{nullptr, "MedicationRequest", -1}, issues);
  }
  bool has_issue(std::string_view code, std::string_view path) const {
    return std::any_of(issues.begin(), issues.end(),
                       [&](const Issue& i) { return i.code == code && i.path == path; });
  }
};
std::string order_with(const std::string& members) {
  return R"({"resourceType":"MedicationRequest","id":"d1","status":"draft","intent":"order",)" +
         members + "}";
}
const std::string shelf = R"({"resourceType":"Bundle","entry":[
  {"fullUrl":"https://ehr.example/fhir/Medication/m9","resource":{"resourceType":"Medication","id":"m9","code":{"text":"vitamin D3"}}},
  {"fullUrl":"urn:uuid:5","resource":{"resourceType":"Medication","id":"m5","code":{"text":"omeprazole"}}},
  {"resource":{"resourceType":"Medication","id":"m7","code":{"text":"furosemide"}}},
  {"resource":{"resourceType":"Substance","id":"s1","code":{"text":"cholecalciferol"}}}]})";
}  // namespace

TEST(MedicationRequest, R4WithSeveralCodings) {
  const Read read(order_with(R"("subject":{"reference":"Patient/p"},"authoredOn":"2026-03-01",
    "medicationCodeableConcept":{"text":"VIT D2","coding":[
      {"system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":"4018"},
      {"system":"urn:oid:2.16.840.1.113883.6.88","code":"1367410","display":"ergocalciferol 1.25 MG Oral Capsule"},
      {"system":"urn:oid:2.16.840.1.113883.6.69","code":"00000-0000-00"},{"system":"http://hospital.example/meds","code":"77"}]},
    "priorPrescription":{"reference":"MedicationRequest/old"},"basedOn":[{"reference":"MedicationRequest/o2"}],
    "reasonCode":[{"text":"deficiency"}],"dispenseRequest":{"validityPeriod":{"start":"2026-03-02"}},
    "dosageInstruction":[{"text":"weekly","timing":{"repeat":{"frequency":1,"period":1.50,"periodUnit":"wk"}}}])"));
  EXPECT_TRUE(read.issues.empty());
  ASSERT_EQ(read.order.medication.codings.size(), 4u);
  EXPECT_EQ(read.order.medication.codings[1].known, CodeSystem::rxnorm);
  EXPECT_EQ(read.order.medication.codings[2].known, CodeSystem::ndc);
  EXPECT_EQ(read.order.medication.codings[3].known, CodeSystem::other);
  EXPECT_EQ(read.order.subject.id, "p");
  EXPECT_EQ(read.order.prior_prescription.id, "old");
  EXPECT_EQ(read.order.based_on.at(0).id, "o2");
  EXPECT_EQ(read.order.reasons.at(0).text, "deficiency");
  EXPECT_EQ(read.order.dispense_validity_start, "2026-03-02");
  EXPECT_EQ(read.order.dosages.at(0).timing.repeat->period->text, "1.50");
  EXPECT_FALSE(read.order.statement);
  EXPECT_EQ(read.order.resource, &read.document.root());
}

TEST(MedicationRequest, ReferencesLeadToTheirMedication) {
  const std::pair<const char*, const char*> rows[] = {
      {"Medication/m9", "vitamin D3"},
      {"https://ehr.example/fhir/Medication/m9", "vitamin D3"},
      {"https://ehr.example/fhir/Medication/m7", "furosemide"},
      {"Medication/m7/_history/3", "furosemide"},
      {"urn:uuid:5", "omeprazole"},
      {"#c1", "contained one"},
  };
  for (const auto& [reference, text] : rows) {
    const Read read(
        order_with(
            R"("contained":[{"resourceType":"Medication","id":"c1","code":{"text":"contained one"}}],
      "medicationReference":{"reference":")" +
            std::string(reference) + R"("})"),
        shelf);
    ASSERT_TRUE(read.order.resolved) << reference;
    EXPECT_EQ(read.order.resolved->code.text, text) << reference;
    EXPECT_TRUE(read.issues.empty()) << reference;
  }
}

TEST(MedicationRequest, UnresolvableReferencesKeepTheirDisplay) {
  for (const char* reference : {"Medication/none", "https://other.example/fhir/Medication/m9",
                                "#none", "urn:uuid:6", "Substance/s1", "m9", "#"}) {
    const Read read(order_with(R"("medicationReference":{"display":"D3 5,000","reference":")" +
                               std::string(reference) + R"("})"),
                    shelf);
    EXPECT_FALSE(read.order.resolved) << reference;
    EXPECT_EQ(read.order.medication_reference.display, "D3 5,000");
    EXPECT_TRUE(read.has_issue("medication-unresolved", "MedicationRequest.medicationReference"))
        << reference;
  }
  EXPECT_TRUE(Read(order_with(R"("dosageInstruction":[])"))
                  .has_issue("medication-missing", "MedicationRequest"));
  EXPECT_TRUE(Read(order_with(R"("medicationReference":{"display":"words only"})")).issues.empty());
}

TEST(MedicationRequest, LoopsAndSelfReferencesEnd) {
  const Read loop(order_with(R"("contained":[
      {"resourceType":"Medication","id":"a","ingredient":[{"itemReference":{"reference":"#b"}}]},
      {"resourceType":"Medication","id":"b","ingredient":[{"itemReference":{"reference":"#a"}}]}],
    "medicationReference":{"reference":"#a"})"));
  ASSERT_TRUE(loop.order.resolved);
  EXPECT_TRUE(loop.order.resolved->ingredients.at(0).item.empty());
  const Read self(order_with(
      R"("contained":[{"resourceType":"Medication","id":"a","ingredient":[{"itemReference":{"reference":"#a"}}]}],
    "medicationReference":{"reference":"#a"})"));
  EXPECT_TRUE(self.order.resolved);
}

TEST(MedicationRequest, IngredientsAreReadFromEachVersion) {
  const Read r4(
      order_with(
          R"("contained":[{"resourceType":"Medication","id":"a","form":{"text":"capsule"},"ingredient":[
      {"itemCodeableConcept":{"text":"cholecalciferol"},"strength":{"numerator":{"value":125,"unit":"ug"},"denominator":{"value":1}}},
      {"itemReference":{"reference":"Substance/s1"}},{"itemReference":{"reference":"#sub"}},{"itemReference":{"reference":"Substance/no","display":"shown"}}]},
      {"resourceType":"Substance","id":"sub","code":{"text":"menaquinone"}}],"medicationReference":{"reference":"#a"})"),
      shelf);
  ASSERT_TRUE(r4.order.resolved);
  const auto& listed = r4.order.resolved->ingredients;
  ASSERT_EQ(listed.size(), 4u);
  EXPECT_EQ(listed[0].item.text, "cholecalciferol");
  EXPECT_EQ(listed[0].strength->numerator->value->text, "125");
  EXPECT_EQ(listed[1].item.text, "cholecalciferol");
  EXPECT_EQ(listed[2].item.text, "menaquinone");
  EXPECT_EQ(listed[3].item.text, "shown");
  EXPECT_EQ(r4.order.resolved->form.text, "capsule");

  const Read r5(
      order_with(
          R"("contained":[{"resourceType":"Medication","id":"a","doseForm":{"text":"tablet"},"ingredient":[
      {"item":{"concept":{"text":"cholecalciferol"}},"strengthQuantity":{"value":50,"unit":"ug"}},
      {"item":{"reference":{"reference":"Substance/s1"}},"strengthRatio":{"numerator":{"value":1}}}]}],
    "medication":{"reference":{"reference":"#a"}})"),
      shelf);
  ASSERT_TRUE(r5.order.resolved);
  EXPECT_EQ(r5.order.resolved->form.text, "tablet");
  EXPECT_EQ(r5.order.resolved->ingredients.at(0).strength->numerator->value->text, "50");
  EXPECT_EQ(r5.order.resolved->ingredients.at(1).item.text, "cholecalciferol");

  const Read dstu2(order_with(
      R"("contained":[{"resourceType":"Medication","id":"a","product":{"form":{"text":"drops"},"ingredient":[
      {"item":{"reference":"#s"},"amount":{"numerator":{"value":400}}}]}},{"resourceType":"Substance","id":"s","code":{"text":"vit D"}}],
    "medicationReference":{"reference":"#a"})"));
  ASSERT_TRUE(dstu2.order.resolved);
  EXPECT_EQ(dstu2.order.resolved->form.text, "drops");
  EXPECT_EQ(dstu2.order.resolved->ingredients.at(0).item.text, "vit D");
}

TEST(MedicationRequest, R5Placements) {
  const Read read(
      order_with(R"("medication":{"concept":{"text":"D3"}},"reason":[{"concept":{"text":"low D"}}],
    "renderedDosageInstruction":"one weekly")"));
  EXPECT_EQ(read.order.medication.text, "D3");
  EXPECT_EQ(read.order.reasons.at(0).text, "low D");
  EXPECT_EQ(read.order.dosages.at(0).text, "one weekly");
}

TEST(MedicationRequest, OlderVersionsAndStatements) {
  const Read order(
      R"({"resourceType":"MedicationOrder","id":"o","status":"active","patient":{"reference":"Patient/p"},
    "dateWritten":"2026-01-01","reasonCodeableConcept":{"text":"r"},"medicationCodeableConcept":{"text":"D2"},
    "dosageInstruction":[{"text":"daily","additionalInstructions":{"text":"with food"},"doseQuantity":{"value":2,"unit":"cap"},
      "timing":{"repeat":{"frequency":1,"period":1,"periodUnits":"d","boundsQuantity":{"value":8,"code":"wk"},"when":"PC"}}}]})");
  EXPECT_TRUE(order.issues.empty());
  EXPECT_EQ(order.order.subject.id, "p");
  EXPECT_EQ(order.order.authored_on, "2026-01-01");
  EXPECT_EQ(order.order.reasons.at(0).text, "r");
  const Dosage& dosage = order.order.dosages.at(0);
  EXPECT_EQ(dosage.doses.at(0).quantity->value->text, "2");
  EXPECT_EQ(dosage.timing.repeat->period_unit, "d");
  EXPECT_EQ(dosage.timing.repeat->bounds_duration->value->text, "8");
  EXPECT_EQ(dosage.timing.repeat->when.at(0), "PC");
  EXPECT_EQ(dosage.additional_instructions.at(0).text, "with food");

  const Read statement(
      R"({"resourceType":"MedicationStatement","id":"s","status":"active","effectivePeriod":{"start":"2025-01-01","end":"2026-01-01"},
    "dateAsserted":"2026-02-01","medicationCodeableConcept":{"text":"D3"},"dosage":[{"text":"1 daily"}]})");
  EXPECT_TRUE(statement.order.statement);
  EXPECT_EQ(statement.order.effective_start, "2025-01-01");
  EXPECT_EQ(statement.order.effective_end, "2026-01-01");
  EXPECT_EQ(statement.order.authored_on, "2026-02-01");
  EXPECT_EQ(statement.order.dosages.size(), 1u);

  for (const char* member : {R"("taken":"n")", R"("wasNotTaken":true)",
                             R"("adherence":{"code":{"coding":[{"code":"not-taking"}]}})"})
    EXPECT_EQ(Read(R"({"resourceType":"MedicationStatement","status":"active",)" +
                   std::string(member) + "}")
                  .order.status,
              "not-taken")
        << member;
  EXPECT_EQ(
      Read(R"({"resourceType":"MedicationStatement","status":"active","taken":"y"})").order.status,
      "active");
  EXPECT_TRUE(is_medication_order("MedicationUsage"));
  EXPECT_FALSE(is_medication_order("NutritionOrder"));
}

TEST(MedicationRequest, EpicAndSandboxShapes) {
  const Read read(order_with(
      R"("category":{"coding":[{"code":"outpatient"}]},"medicationCodeableConcept":{"coding":{"code":1367410,
      "system":"http://www.nlm.nih.gov/research/umls/rxnorm"}},
    "dosageInstruction":{"timing":{"repeat":{"frequency":"1","period":1,"periodUnit":"d"}},"doseAndRate":{"doseQuantity":{"value":1,
      "system":"http://unitsofmeasure.org","code":"{pill}"}},"doseQuantity":{"value":9}})"));
  EXPECT_EQ(read.order.medication.codings.at(0).code, "1367410");
  const Dosage& dosage = read.order.dosages.at(0);
  ASSERT_EQ(dosage.doses.size(), 1u);
  EXPECT_EQ(dosage.doses[0].quantity->code, "{pill}");
  EXPECT_EQ(dosage.timing.repeat->frequency->text, "1");
  EXPECT_TRUE(read.has_issue("not-a-list", "MedicationRequest.dosageInstruction"));
  EXPECT_TRUE(read.has_issue("not-a-list", "MedicationRequest.dosageInstruction.doseAndRate"));
  EXPECT_TRUE(
      read.has_issue("wrong-type", "MedicationRequest.medicationCodeableConcept.coding.code"));
  EXPECT_TRUE(
      read.has_issue("wrong-type", "MedicationRequest.dosageInstruction.timing.repeat.frequency"));
}
