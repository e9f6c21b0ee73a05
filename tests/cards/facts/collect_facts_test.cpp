// Proves: resources become facts of this patient and no other; what was not obtained is said by key
// and reason.
#include <gmock/gmock.h>

#include "tests/cards/facts/call.hpp"

using namespace cofactor;
using namespace cofactor::cards;
using namespace cofactor::cards::testing;

namespace {
const char* const d3 = "VITAMIN D3 5,000 UNIT CAPSULE";
std::string source(const Facts& facts, std::string_view key) {
  for (const SourceFact& fact : facts.sources)
    if (fact.key == key) return fact.state + (fact.reason.empty() ? "" : ":" + fact.reason);
  return "no such key";
}
std::string service_request(const char* id, const char* code,
                            const char* members = R"("status":"draft")") {
  return R"({"resourceType":"ServiceRequest","id":")" + std::string(id) + R"(",)" + members +
         R"(,"intent":"order","subject":{"reference":"Patient/pt-1"},"code":)" + code + "}";
}
const char* const loinc_mg = R"({"coding":[{"system":"http://loinc.org","code":"19123-9"}]})";
}  // namespace

TEST(CollectFacts, SourcesSayWhatWasObtained) {
  const Facts facts =
      Call{
          .patient =
              R"({"resourceType":"Patient","id":"pt-1","birthDate":"1960-05-01","gender":"female"})",
          .medications = "null",
          .statements = R"({"resourceType":"Bundle","total":0})",
          .magnesium = R"({"resourceType":"OperationOutcome","issue":[]})",
          .vitamin_d = R"({"resourceType":"Bundle","link":[{"relation":"next","url":"x"}]})",
          .conditions = "\"<html>\""}
          .facts();
  EXPECT_EQ(source(facts, "patient"), "present");
  EXPECT_EQ(source(facts, "medications"), "none-found");
  EXPECT_EQ(source(facts, "statements"), "none-found");
  EXPECT_EQ(source(facts, "magnesium"), "error:operation-outcome");
  EXPECT_EQ(source(facts, "vitaminD"), "incomplete:next-link");
  EXPECT_EQ(source(facts, "calciumRenal"), "absent:not-supplied");
  EXPECT_EQ(source(facts, "conditions"), "error:not-a-resource");
  EXPECT_EQ(source(facts, "serviceRequests"), "absent:not-supplied");
  EXPECT_EQ(source(facts, "encounter"), "absent:not-supplied");
  EXPECT_EQ(facts.age->youngest_years, 65);
  EXPECT_EQ(facts.sex, "female");
}

TEST(CollectFacts, AgeIsUnknownForAReason) {
  const auto reason = [](const char* patient) {
    return Call{.patient = patient}.facts().age_unknown;
  };
  EXPECT_EQ(reason(""), "not-supplied");
  EXPECT_EQ(reason("null"), "none-found");
  EXPECT_EQ(reason(R"({"resourceType":"Patient","id":"pt-1"})"), "no-birth-date");
  EXPECT_EQ(reason(R"({"resourceType":"Patient","id":"pt-1","birthDate":"May"})"),
            "birth-date-unreadable");
  EXPECT_EQ(reason(R"({"resourceType":"Patient","id":"pt-1","birthDate":"2030"})"),
            "birth-date-unreadable");
  EXPECT_EQ(reason(R"({"resourceType":"Patient","id":"pt-1","birthDate":"1960"})"), "");
  EXPECT_EQ(reason(R"({"resourceType":"Patient","id":"pt-2","birthDate":"1960"})"),
            "other-patient");
  EXPECT_EQ(reason(R"({"resourceType":"Patient","birthDate":"1960"})"), "subject-unproven");
}

TEST(CollectFacts, AForeignPatientResourceIsAMismatch) {
  const Facts facts =
      Call{.patient =
               R"({"resourceType":"Patient","id":"pt-2","birthDate":"1960-01-01","gender":"male"})"}
          .facts();
  EXPECT_TRUE(facts.patient_mismatch);
  EXPECT_FALSE(facts.age);
  EXPECT_EQ(facts.sex, "");
  EXPECT_EQ(source(facts, "patient"), "error:other-patient");
}

TEST(CollectFacts, EveryDraftIsReadAndProven) {
  std::string elsewhere = order("d4", d3, "1 daily");
  elsewhere.replace(elsewhere.find("Patient/pt-1"), 12, "https://other.example/fhir/Patient/pt-1");
  std::string ours = order("d5", d3, "1 daily");
  ours.replace(ours.find("Patient/pt-1"), 12, "https://ehr.example/fhir/Patient/pt-1/_history/3");
  std::string identifier = order("d6", d3, "1 daily");
  identifier.replace(identifier.find(R"("reference":"Patient/pt-1")"), 26,
                     R"("identifier":{"value":"MRN-1"})");
  const Facts facts =
      Call{.drafts = bundle({order("d1", d3, "1 daily"),
                             order("d2", d3, "1 daily", R"("status":"draft")", "pt-2"),
                             order("d3", d3, "1 daily", R"("status":"draft")", ""), elsewhere, ours,
                             identifier})}
          .facts();
  ASSERT_EQ(facts.orders.size(), 6u);
  EXPECT_EQ(facts.orders[0].left_out, "");
  EXPECT_EQ(facts.orders[1].left_out, "other-patient");
  EXPECT_EQ(facts.orders[2].left_out, "");
  EXPECT_TRUE(has_issue(facts.orders[2].issues, "subject-missing"));
  EXPECT_EQ(facts.orders[3].left_out, "subject-unproven");
  EXPECT_EQ(facts.orders[4].left_out, "");
  EXPECT_EQ(facts.orders[5].left_out, "subject-unproven");
  EXPECT_TRUE(facts.patient_mismatch);
}

TEST(CollectFacts, AUrnSubjectLeadsToThePatientBesideIt) {
  for (const auto& [id, reason] : {std::pair{"pt-1", ""}, {"pt-2", "other-patient"}}) {
    std::string text = order("d1", d3, "1 daily");
    text.replace(text.find("Patient/pt-1"), 12, "urn:uuid:7");
    const Facts facts =
        Call{
            .drafts =
                R"({"resourceType":"Bundle","entry":[{"fullUrl":"urn:uuid:7","resource":{"resourceType":"Patient","id":")" +
                std::string(id) + R"("}},{"resource":)" + text + "}]}"}
            .facts();
    EXPECT_EQ(facts.orders.at(0).left_out, reason);
  }
}

TEST(CollectFacts, OneUnreadableDraftDoesNotSilenceTheOthers) {
  const Facts facts =
      Call{
          .drafts =
              R"({"resourceType":"Bundle","entry":["...",{"resource":7},{"resource":{"resourceType":"MedicationRequest","id":[],
    "dosageInstruction":"x","medicationCodeableConcept":5}},{"resource":)" +
              order("d2", d3, "1 daily") + "}]}"}
          .facts();
  ASSERT_EQ(facts.orders.size(), 2u);
  EXPECT_TRUE(has_issue(facts.orders[0].issues, "wrong-type"));
  EXPECT_DOUBLE_EQ(facts.orders[1].iu_per_day.value_or(0), 5000);
}

TEST(CollectFacts, AResignedOrderCountsOnceAsDraft) {
  const Facts facts =
      Call{.drafts = bundle({order("m1", d3, "1 daily", R"("status":"active")")}),
           .medications =
               bundle({order("m1", d3, "1 daily", R"("status":"active","authoredOn":"2025-01-01")"),
                       order("m2", d3, "1 daily", R"("status":"active")")}),
           .statements = bundle({order("m2", d3, "1 daily", R"("status":"active")")})}
          .facts();
  ASSERT_EQ(facts.orders.size(), 3u);  // m2 answers two questions
  EXPECT_EQ(order_named(facts, "MedicationRequest/m1", OrderRole::draft).left_out, "");
  EXPECT_EQ(order_named(facts, "MedicationRequest/m1", OrderRole::active).left_out, "also-draft");
  EXPECT_EQ(order_named(facts, "MedicationRequest/m2", OrderRole::active).left_out, "");
  const Facts stopped =
      Call{.drafts = bundle({order("m1", d3, "1 daily", R"("status":"stopped")")}),
           .medications = bundle({order("m1", d3, "1 daily", R"("status":"active")")})}
          .facts();
  EXPECT_EQ(order_named(stopped, "MedicationRequest/m1", OrderRole::active).left_out,
            "changed-in-basket");
}

TEST(CollectFacts, SelectionsMarkTheDraftsThatAdviceIsAbout) {
  Call call{.drafts = bundle({order("d1", d3, "1 daily"), order("d2", d3, "1 daily")}),
            .hook = "order-select"};
  const auto selected = [&](std::vector<std::string_view> list) {
    call.selections = std::move(list);
    const Facts facts = call.facts();
    return std::pair(facts.orders.at(0).selected, facts.orders.at(1).selected);
  };
  EXPECT_EQ(selected({"MedicationRequest/d2"}), std::pair(false, true));
  EXPECT_EQ(selected({"d1"}), std::pair(true, false));
  EXPECT_EQ(selected({"https://ehr.example/fhir/MedicationRequest/d1"}), std::pair(true, false));
  EXPECT_EQ(selected({}), std::pair(true, true));
  EXPECT_EQ(selected({"MedicationRequest/none"}), std::pair(true, true));
  EXPECT_EQ(selected({"ServiceRequest/d1", "MedicationRequest/d2"}), std::pair(false, true));
}

TEST(CollectFacts, MagnesiumOrdersInBasketAndOnTheList) {
  const Facts facts =
      Call{
          .drafts = bundle(
              {service_request("s1", loinc_mg),
               service_request("s2", R"({"text":"Magnesium level"})"),
               service_request("s3", R"({"text":"Magnesium sulfate 2 g IV"})"),
               service_request(
                   "s4",
                   R"({"text":"magnesium","coding":[{"system":"http://loinc.org","code":"19124-7"}]})"),
               service_request("s5", loinc_mg, R"("status":"revoked")"),
               service_request("s6", loinc_mg, R"("status":"draft","doNotPerform":true)")}),
          .service_requests = bundle(
              {service_request(
                   "a1", loinc_mg,
                   R"("status":"active","authoredOn":"2026-02-20","occurrenceDateTime":"2026-03-05")"),
               service_request("a2", loinc_mg, R"("status":"draft")"),
               service_request("a3", loinc_mg, R"("status":"completed")"),
               service_request("s1", loinc_mg, R"("status":"active")")})}
          .facts();
  ASSERT_EQ(facts.magnesium_orders.size(), 3u);
  EXPECT_EQ(facts.magnesium_orders[0].reference, "ServiceRequest/s1");
  EXPECT_TRUE(facts.magnesium_orders[0].draft);
  EXPECT_EQ(facts.magnesium_orders[1].reference, "ServiceRequest/s2");
  EXPECT_EQ(facts.magnesium_orders[2].reference, "ServiceRequest/a1");
  EXPECT_FALSE(facts.magnesium_orders[2].draft);
  EXPECT_EQ(facts.magnesium_orders[2].authored, day("2026-02-20"));
  EXPECT_EQ(facts.magnesium_orders[2].occurrence, day("2026-03-05"));
}

TEST(CollectFacts, ConditionsThatAreActiveAndNotRefuted) {
  const auto condition = [](const char* id, const char* code, const char* members,
                            const char* patient = "pt-1") {
    return R"({"resourceType":"Condition","id":")" + std::string(id) + R"(",)" + members +
           R"("subject":{"reference":"Patient/)" + patient +
           R"("},"onsetDateTime":"2025-01-01","code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10-cm","code":")" +
           code + R"("}]}})";
  };
  const char* active = R"("clinicalStatus":{"coding":[{"code":"active"}]},)";
  const Facts facts =
      Call{.conditions =
               bundle({condition("c1", "E55.9", active),
                       condition("c2", "E55.9", R"("clinicalStatus":"resolved",)"),
                       condition("c3", "E55.9",
                                 R"("clinicalStatus":"active","verificationStatus":"refuted",)"),
                       condition("c4", "E55.9", active, "pt-2"), condition("c5", "Z99.2", ""),
                       condition("c6", "J00", active)})}
          .facts();
  std::vector<std::string> found;
  for (const ConditionFact& fact : facts.conditions)
    found.push_back(fact.reference + " " + fact.group);
  EXPECT_THAT(found, ::testing::IsSupersetOf(
                         {"Condition/c1 vitamin-d-deficiency", "Condition/c5 dialysis"}));
  EXPECT_THAT(found, ::testing::Each(::testing::AnyOf(::testing::StartsWith("Condition/c1 "),
                                                      ::testing::StartsWith("Condition/c5 "))));
  EXPECT_EQ(facts.conditions[0].on, day("2025-01-01"));
  EXPECT_TRUE(facts.patient_mismatch);
}

TEST(CollectFacts, TheReasonOfADraftIsADiagnosis) {
  const Facts facts =
      Call{
          .drafts = bundle({order(
              "d1", d3, "1 daily",
              R"("status":"draft","reasonCode":[{"coding":[{"system":"urn:oid:2.16.840.1.113883.6.90","code":"E55.9"}]}])")})}
          .facts();
  ASSERT_FALSE(facts.conditions.empty());
  EXPECT_EQ(facts.conditions[0].reference, "MedicationRequest/d1");
}

TEST(CollectFacts, EncounterClass) {
  EXPECT_EQ(
      Call{
          .encounter =
              R"({"resourceType":"Encounter","id":"e","status":"in-progress","class":{"code":"IMP"},"subject":{"reference":"Patient/pt-1"}})"}
          .facts()
          .encounter_class,
      "IMP");
  EXPECT_EQ(
      Call{
          .encounter =
              R"({"resourceType":"Encounter","id":"e","class":{"code":"IMP"},"subject":{"reference":"Patient/pt-2"}})"}
          .facts()
          .encounter_class,
      "");
}

TEST(CollectFacts, RelevanceOfDrafts) {
  const auto relevant = [](const std::string& draft) {
    return drafts_are_relevant(Call{.drafts = bundle({draft})}.facts());
  };
  EXPECT_TRUE(relevant(order("d", d3, "1 daily")));
  EXPECT_TRUE(relevant(order("d", "omeprazole 20 mg capsule", "1 daily")));
  EXPECT_TRUE(relevant(order("d", "furosemide 40 mg tablet", "1 daily")));
  EXPECT_FALSE(relevant(order("d", "apixaban 5 mg tablet", "1 daily")));
  EXPECT_FALSE(relevant(order("d", d3, "1 daily", R"("status":"draft")", "pt-2")));
  EXPECT_FALSE(relevant(service_request("s", loinc_mg)));
  EXPECT_TRUE(relevant(
      R"({"resourceType":"MedicationRequest","id":"d","status":"draft","medicationReference":{"reference":"Medication/unknown"}})"));
  EXPECT_FALSE(drafts_are_relevant(
      Call{.medications = bundle({order("d", d3, "1 daily", R"("status":"active")")})}.facts()));
}

TEST(CollectFacts, WhatCannotBeUsedIsNotNothing) {
  std::string nameless = lab("o", "19123-9", quantity("2.0", "mg/dL"));
  nameless.replace(nameless.find(R"("subject")"), 9, R"("nobody")");
  EXPECT_EQ(source(Call{.magnesium = bundle({nameless})}.facts(), "magnesium"),
            "incomplete:subject-unproven");
  EXPECT_EQ(source(Call{.magnesium = bundle({lab("o", "19123-9", quantity("2.0", "mg/dL"),
                                                 "2026-02-01", "final", "pt-2")})}
                       .facts(),
                   "magnesium"),
            "incomplete:other-patient");
  const auto listed = [](const char* medication) {
    return bundle(
        {R"({"resourceType":"MedicationRequest","id":"m","status":"active","subject":{"reference":"Patient/pt-1"},)" +
         std::string(medication) + "}"});
  };
  EXPECT_EQ(
      source(Call{.medications = listed(R"("medicationReference":{"reference":"Medication/9"})")}
                 .facts(),
             "medications"),
      "incomplete:medication-unresolved");
  EXPECT_EQ(
      source(Call{.medications = listed(
                      R"("medicationReference":{"reference":"Medication/9","display":"aspirin"})")}
                 .facts(),
             "medications"),
      "present");
}

TEST(CollectFacts, HostileSizesStayBounded) {
  std::string many = R"({"resourceType":"Bundle","entry":[)";
  for (int i = 0; i < 3'000; ++i)
    many +=
        (i == 0 ? "" : ",") +
        ("{\"resource\":" + order("m" + std::to_string(i), d3, "1 daily", R"("status":"active")") +
         "}");
  many += "]}";
  const Facts facts = Call{.drafts = many, .medications = many}.facts();
  EXPECT_LE(facts.orders.size(), 2'000u);
  EXPECT_EQ(source(facts, "medications"), "incomplete:too-many-resources");
  EXPECT_TRUE(has_issue(facts.issues, "drafts-unreadable"));
  EXPECT_EQ(source(facts, "draftOrders"), "incomplete:too-many-resources");
}

TEST(CollectFacts, DraftsThatWereReadWholeAreNoSource) {
  EXPECT_EQ(source(Call{}.facts(), "draftOrders"), "no such key");
  EXPECT_EQ(source(Call{.drafts = R"({"resourceType":"Bundle","entry":[{"resource":{"id":"x"}}]})"}.facts(), "draftOrders"),
            "incomplete:not-a-resource");
}

TEST(CollectFacts, AMedicationThatWasReadIsOfTheServerThatWasAsked) {
  const auto listed = [](const std::string& reference, const std::string& server) {
    return source(
        Call{.medications = bundle(
                 {R"({"resourceType":"MedicationRequest","id":"m","status":"active","subject":{"reference":"Patient/pt-1"},"medicationReference":{"reference":")" +
                  reference + "\"}}"}),
             .medication_read = R"({"resourceType":"Medication","id":"m1","code":{"text":"omeprazole 20 mg capsule"}})",
             .fhir_server = server}
            .facts(),
        "medications");
  };
  for (const char* server : {"https://ehr.example/fhir", "https://ehr.example/fhir/"})
    for (const char* good : {"Medication/m1", "https://ehr.example/fhir/Medication/m1"}) EXPECT_EQ(listed(good, server), "present") << good;
  EXPECT_EQ(listed("https://other.example/fhir/Medication/m1", "https://ehr.example/fhir"), "incomplete:medication-unresolved");
}
