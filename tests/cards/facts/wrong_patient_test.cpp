// Proves: nothing of another patient, and nothing that may be another's, contributes to advice; and where that leaves a
// question open, the answer says so (rows T-PAT of the threat table).
#include <map>

#include "cards/engine/evaluate.hpp"
#include "tests/cards/facts/call.hpp"

using namespace cofactor;
using namespace cofactor::cards;
using namespace cofactor::cards::testing;

namespace {
const char* const d3 = "cholecalciferol 5,000 unit capsule";
const std::string mg = quantity("2.0", "mg/dL");
const std::string nothing = R"({"resourceType":"Bundle","total":0})";

/// A whole call in which everything was asked for and nothing was found.
Call asked(std::string drafts) {
  return {.drafts = std::move(drafts),
          .patient = R"({"resourceType":"Patient","id":"pt-1","birthDate":"1960-01-01"})",
          .medications = nothing,
          .statements = nothing,
          .magnesium = nothing,
          .vitamin_d = nothing,
          .calcium_renal = nothing,
          .conditions = nothing,
          .service_requests = nothing};
}
std::string with_subject(std::string resource, std::string_view subject) {
  const std::string ours = R"("subject":{"reference":"Patient/pt-1"})";
  const auto at = resource.find(ours);
  if (at == std::string::npos) throw std::runtime_error("no subject to replace");
  // Without a subject the comma before or after it goes as well.
  if (!subject.empty()) return resource.replace(at, ours.size(), "\"subject\":" + std::string(subject));
  const bool last = resource[at + ours.size()] == '}';
  return last ? resource.erase(at - 1, ours.size() + 1) : resource.erase(at, ours.size() + 1);
}
std::string state(const Facts& facts, std::string_view key) {
  for (const SourceFact& source : facts.sources)
    if (source.key == key) return source.state + (source.reason.empty() ? "" : ":" + source.reason);
  return "no such source";
}
std::vector<std::string> rules_of(const Facts& facts) {
  std::vector<std::string> rules;
  for (const Card& card : evaluate(facts, shipped_knowledge()).cards) rules.push_back(card.rule);
  return rules;
}
using Rules = std::vector<std::string>;
}  // namespace

TEST(WrongPatient, T_PAT_1_APrefetchedPatientOfAnotherIdIsNotUsed) {
  Call call = asked(bundle({order("d", d3, "1 daily")}));
  call.patient = R"({"resourceType":"Patient","id":"pt-2","birthDate":"2020-01-01","gender":"male"})";
  const Facts facts = call.facts();
  EXPECT_TRUE(facts.patient_mismatch);
  EXPECT_FALSE(facts.age) << "a child's limits are not applied to this patient";
  EXPECT_EQ(facts.sex, "");
  const Evaluation evaluation = evaluate(facts, shipped_knowledge());
  ASSERT_EQ(evaluation.cards.size(), 1u);
  EXPECT_NE(evaluation.cards[0].detail.find("Age is not known"), std::string::npos);
  // Linked records come with the right one: that one decides.
  call.patient = bundle({R"({"resourceType":"Patient","id":"pt-2","birthDate":"2020-01-01"})",
                         R"({"resourceType":"Patient","id":"pt-1","birthDate":"1960-01-01"})"});
  EXPECT_EQ(call.facts().age.value().youngest_years, 66);
  EXPECT_FALSE(call.facts().patient_mismatch);
}

TEST(WrongPatient, T_PAT_2_AForeignResourceIsIgnoredTheCallIsMarkedAndItsSourceIsNotWhole) {
  const std::string foreign_lab = lab("x", "19123-9", quantity("0.5", "mg/dL"), "2026-02-28", "final", "pt-2");
  const std::string foreign_condition =
      R"({"resourceType":"Condition","id":"c","subject":{"reference":"Patient/pt-2"},"clinicalStatus":{"coding":[{"code":"active"}]},
          "code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10-cm","code":"Z51.5"}]}})";
  const std::string ppi = order("m", "omeprazole 20 mg capsule", "1 daily", R"("status":"active","authoredOn":"2024-01-01")", "pt-2");
  Call call = asked(bundle({order("d", d3, "1 daily")}));

  call.magnesium = bundle({foreign_lab});
  EXPECT_TRUE(call.facts().patient_mismatch);
  EXPECT_EQ(state(call.facts(), "magnesium"), "incomplete:other-patient");
  EXPECT_EQ(rules_of(call.facts()), Rules{"check-incomplete"}) << "neither low nor none: not known";
  // The newest is foreign, the patient's own is older and still counts.
  call.magnesium = bundle({foreign_lab, lab("mine", "19123-9", mg)});
  EXPECT_TRUE(call.facts().patient_mismatch);
  EXPECT_EQ(rules_of(call.facts()), Rules{});

  call = asked(bundle({order("d", d3, "1 daily")}));
  call.medications = bundle({ppi});
  EXPECT_EQ(state(call.facts(), "medications"), "incomplete:other-patient");
  const Evaluation evaluation = evaluate(call.facts(), shipped_knowledge());
  ASSERT_EQ(evaluation.cards.size(), 1u);
  EXPECT_EQ(evaluation.cards[0].detail.find("omeprazole"), std::string::npos);
  EXPECT_NE(evaluation.cards[0].detail.find("another patient's data"), std::string::npos) << evaluation.cards[0].detail;

  call = asked(bundle({order("d", d3, "1 daily")}));
  call.conditions = bundle({foreign_condition});
  EXPECT_TRUE(call.facts().conditions.empty());
  EXPECT_EQ(state(call.facts(), "conditions"), "incomplete:other-patient");
  EXPECT_EQ(rules_of(call.facts()), Rules{"high-dose-no-magnesium"}) << "somebody else's hospice care silences nothing";
  call.service_requests = bundle({
      R"({"resourceType":"ServiceRequest","id":"s","status":"active","intent":"order","authoredOn":"2026-02-27",
          "subject":{"reference":"Patient/pt-2"},"code":{"coding":[{"system":"http://loinc.org","code":"19123-9"}]}})"});
  EXPECT_EQ(rules_of(call.facts()), Rules{"high-dose-no-magnesium"}) << "nor does somebody else's pending test";
  call.encounter = R"({"resourceType":"Encounter","id":"e","status":"in-progress","class":{"code":"IMP"},"subject":{"reference":"Patient/pt-2"}})";
  EXPECT_EQ(call.facts().encounter_class, "");
}

// What would not have counted for the patient either takes nothing away from the answer of its source.
TEST(WrongPatient, T_PAT_2_AForeignResourceThatWouldNotHaveCountedLeavesItsSourceWhole) {
  const auto magnesium = [](const std::string& resource) {
    Call call = asked(bundle({order("d", d3, "1 daily")}));
    call.magnesium = bundle({resource});
    return state(call.facts(), "magnesium");
  };
  for (const char* status : {"entered-in-error", "cancelled"})
    EXPECT_EQ(magnesium(lab("x", "19123-9", mg, "2026-02-28", status, "pt-2")), "present") << status;
  for (const char* status : {"final", "amended", "preliminary", "registered", "unknown", ""})
    EXPECT_EQ(magnesium(lab("x", "19123-9", mg, "2026-02-28", status, "pt-2")), "incomplete:other-patient") << status;
  EXPECT_EQ(magnesium(lab("x", "2823-3", quantity("4.1", "mmol/L"), "2026-02-28", "final", "pt-2")), "present") << "potassium";
  EXPECT_EQ(magnesium(lab("x", "718-7", quantity("14", "g/dL"), "2026-02-28", "final", "pt-2")), "present") << "haemoglobin";
  const std::string group = R"({"reference":"Group/g"})";
  EXPECT_EQ(magnesium(with_subject(lab("x", "19123-9", mg, "2026-02-28", "entered-in-error"), group)), "present");
  EXPECT_EQ(magnesium(with_subject(lab("x", "19123-9", mg), group)), "incomplete:subject-unproven");

  const auto medications = [](const char* words, const char* status) {
    Call call = asked(bundle({order("d", d3, "1 daily")}));
    call.medications = bundle({order("m", words, "1 daily", R"("status":")" + std::string(status) + "\"", "pt-2")});
    EXPECT_TRUE(call.facts().patient_mismatch) << "the call is marked in any case";
    return state(call.facts(), "medications");
  };
  EXPECT_EQ(medications("omeprazole 20 mg capsule", "active"), "incomplete:other-patient");
  EXPECT_EQ(medications("omeprazole 20 mg capsule", "stopped"), "present");
  EXPECT_EQ(medications("omeprazole 20 mg capsule", "entered-in-error"), "present");
  EXPECT_EQ(medications("lisinopril 10 mg tablet", "active"), "present");
  EXPECT_EQ(medications("", "active"), "incomplete:other-patient") << "any medicine";

  Call call = asked(bundle({order("d", d3, "1 daily")}));
  call.service_requests = bundle({
      R"({"resourceType":"ServiceRequest","id":"s","status":"completed","intent":"order","subject":{"reference":"Patient/pt-2"},"code":{"coding":[{"system":"http://loinc.org","code":"19123-9"}]}})"});
  EXPECT_EQ(state(call.facts(), "serviceRequests"), "present");
}

// A word of the patient's instruction that has the wrong JSON type says nothing about whose the order is.
TEST(WrongPatient, T_PAT_4_OnlyTheSubjectItselfMakesAnOrderUnproven) {
  const std::string drafted = with_subject(order("d", d3, "1 daily"), "");
  const auto left_out = [&](const std::string& from, const std::string& to) {
    std::string text = drafted;
    text.replace(text.find(from), from.size(), to);
    return asked(bundle({text})).facts().orders.at(0).left_out;
  };
  EXPECT_EQ(left_out(R"({"text":"1 daily"})", R"({"text":"1 daily","patientInstruction":7})"), "");
  EXPECT_EQ(left_out(R"("status":"draft")", R"("status":"draft","subject":7)"), "subject-unproven");
  EXPECT_EQ(left_out(R"("status":"draft")", R"("status":"draft","subject":{"reference":7})"), "subject-unproven");
}

TEST(WrongPatient, T_PAT_3_ADraftForAnotherPatientGetsNoAdviceAndTheOthersAreJudged) {
  const std::string foreign = order("x", d3, "1 daily", R"("status":"draft")", "pt-2");
  const Facts alone = asked(bundle({foreign})).facts();
  EXPECT_TRUE(alone.patient_mismatch);
  EXPECT_EQ(rules_of(alone), Rules{});
  const Facts both = asked(bundle({foreign, order("d", d3, "1 daily")})).facts();
  EXPECT_EQ(rules_of(both), Rules{"high-dose-no-magnesium"});
  EXPECT_NE(evaluate(both, shipped_knowledge()).cards.at(0).summary.find("5,000"), std::string::npos) << "not 10,000";
  // Nor does a foreign draft stop, replace or silence anything of this patient's.
  Call call = asked(bundle({order("m", "omeprazole 20 mg capsule", "1 daily", R"("status":"cancelled")", "pt-2"),
                            order("d", d3, "1 daily")}));
  call.medications = bundle({order("m", "omeprazole 20 mg capsule", "1 daily", R"("status":"active","authoredOn":"2024-01-01")")});
  EXPECT_EQ(rules_of(call.facts()), Rules{"high-dose-ppi"});
}

// Each form is decided on purpose. What is not proven is not used, and that is said; in a basket, a draft that names
// nobody is this patient's, because the context says whose basket it is.
TEST(WrongPatient, T_PAT_4_TwelveFormsOfReference) {
  struct Row {
    const char* form;
    const char* subject;   ///< the element; empty: none
    const char* as_draft;  ///< why it is left out; empty: used
    const char* as_result;
  };
  const Row rows[] = {
      {"relative", R"({"reference":"Patient/pt-1"})", "", ""},
      {"relative with a version", R"({"reference":"Patient/pt-1/_history/2"})", "", ""},
      {"absolute, our base", R"({"reference":"https://ehr.example/fhir/Patient/pt-1"})", "", ""},
      {"absolute, our base, with a version", R"({"reference":"https://ehr.example/fhir/Patient/pt-1/_history/2"})", "", ""},
      {"absolute, other base, same id", R"({"reference":"https://other.example/fhir/Patient/pt-1"})", "subject-unproven", "subject-unproven"},
      {"absolute, our host, other path", R"({"reference":"https://ehr.example/fhir/tenant-2/Patient/pt-1"})", "subject-unproven", "subject-unproven"},
      {"relative, other id", R"({"reference":"Patient/pt-2"})", "other-patient", "other-patient"},
      {"relative, same id in capitals", R"({"reference":"Patient/PT-1"})", "other-patient", "other-patient"},
      {"relative, same id of another type", R"({"reference":"Group/pt-1"})", "subject-unproven", "subject-unproven"},
      {"absolute, our base in capitals with its port", R"({"reference":"HTTPS://EHR.example:443/fhir/Patient/pt-1"})", "", ""},
      {"urn:uuid of nothing that was sent", R"({"reference":"urn:uuid:8f0b1a5e-3b0e-4f11-9a7e-2f5f1a2f7f21"})", "subject-unproven", "subject-unproven"},
      {"contained", R"({"reference":"#p"})", "subject-unproven", "subject-unproven"},
      {"identifier only", R"({"identifier":{"value":"MRN-1"}})", "subject-unproven", "subject-unproven"},
      {"missing", "", "", "subject-unproven"},
      {"display only", R"({"display":"A. Person"})", "", "subject-unproven"},
      {"the id alone", R"({"reference":"pt-1"})", "subject-unproven", "subject-unproven"},
      {"a search", R"({"reference":"Patient?identifier=1"})", "subject-unproven", "subject-unproven"},
      {"a text instead of an element", R"("Patient/pt-1")", "subject-unproven", "subject-unproven"},
      {"a number as the reference", R"({"reference":7})", "subject-unproven", "subject-unproven"},
  };
  for (const Row& row : rows) {
    Call call = asked(bundle({with_subject(order("d", d3, "1 daily"), row.subject)}));
    call.magnesium = bundle({with_subject(lab("o", "19123-9", mg), row.subject)});
    const Facts facts = call.facts();
    EXPECT_EQ(facts.orders.at(0).left_out, row.as_draft) << row.form;
    EXPECT_EQ(facts.labs.at(0).unusable, row.as_result) << row.form;
    const std::string_view draft = row.as_draft, result = row.as_result;
    EXPECT_EQ(state(facts, "magnesium"), result.empty() ? "present" : "incomplete:" + std::string(result)) << row.form;
    EXPECT_EQ(facts.patient_mismatch, draft == "other-patient") << row.form;
    // Used: the valid result leaves nothing to say. Foreign: no advice. Not proven: said.
    const Rules expected = draft == "subject-unproven" || (draft.empty() && !result.empty()) ? Rules{"check-incomplete"} : Rules{};
    EXPECT_EQ(rules_of(facts), expected) << row.form;
  }
}

TEST(WrongPatient, T_PAT_4_AUrnLeadsOnlyToAPatientWithAnIdInTheSameBundle) {
  const auto drafts = [](std::string_view patient) {
    return R"({"resourceType":"Bundle","entry":[{"fullUrl":"urn:uuid:7","resource":)" + std::string(patient) + R"(},{"resource":)" +
           with_subject(order("d", d3, "1 daily"), R"({"reference":"urn:uuid:7"})") + "}]}";
  };
  const std::map<std::string, std::string> rows = {{R"({"resourceType":"Patient","id":"pt-1"})", ""},
                                                   {R"({"resourceType":"Patient","id":"pt-2"})", "other-patient"},
                                                   {R"({"resourceType":"Patient"})", "subject-unproven"},
                                                   {R"({"resourceType":"Group","id":"pt-1"})", "subject-unproven"}};
  for (const auto& [patient, why] : rows) {
    const Facts facts = asked(drafts(patient)).facts();
    EXPECT_EQ(facts.orders.at(0).left_out, why) << patient;
    EXPECT_EQ(rules_of(facts), why.empty()               ? Rules{"high-dose-no-magnesium"}
                               : why == "other-patient" ? Rules{}
                                                        : Rules{"check-incomplete"})
        << patient;
  }
}

// Without a fhirServer in the call there is no base to compare with: the EHR's own data are taken at their id.
TEST(WrongPatient, T_PAT_4_WithoutAServerAnAbsoluteReferenceIsTakenAtItsId) {
  Call call = asked(bundle({with_subject(order("d", d3, "1 daily"), R"({"reference":"https://any.example/fhir/Patient/pt-1"})")}));
  call.fhir_server = "";
  EXPECT_EQ(call.facts().orders.at(0).left_out, "");
  call.drafts = bundle({with_subject(order("d", d3, "1 daily"), R"({"reference":"https://any.example/fhir/Patient/pt-2"})")});
  EXPECT_EQ(call.facts().orders.at(0).left_out, "other-patient");
}

TEST(WrongPatient, T_PAT_4_AnUnprovenDraftIsNamedOnlyWhereItCouldMatter) {
  const char* elsewhere = R"({"reference":"https://other.example/fhir/Patient/pt-1"})";
  const auto rules = [&](const std::string& drafted, std::string_view hook = "order-sign") {
    Call call = asked(bundle({with_subject(drafted, elsewhere)}));
    call.hook = hook;
    return rules_of(call.facts());
  };
  EXPECT_EQ(rules(order("d", d3, "1 daily")), Rules{"check-incomplete"});
  EXPECT_EQ(rules(order("d", d3, "1 daily"), "order-select"), Rules{"check-incomplete"});
  EXPECT_EQ(rules(order("d", "lisinopril 10 mg tablet", "1 daily")), Rules{}) << "no rule is about it";
  EXPECT_EQ(rules(order("d", d3, "1 daily", R"("status":"cancelled")")), Rules{}) << "nothing is lost";
  // A depleting class is judged beside vitamin D only; without a medication list nobody knows whether there is any.
  const std::string ppi = with_subject(order("m", "omeprazole 20 mg capsule", "1 daily"), elsewhere);
  Call depleting = asked(bundle({ppi}));
  EXPECT_EQ(rules_of(depleting.facts()), Rules{});
  depleting.medications = bundle({order("v", d3, "1 daily", R"("status":"active")")});
  EXPECT_EQ(rules_of(depleting.facts()), Rules{"check-incomplete"});
  depleting.medications = bundle({order("v", d3, "as directed", R"("status":"active")")});
  EXPECT_EQ(rules_of(depleting.facts()), Rules{"check-incomplete"}) << "a dose that cannot be read";
  depleting.medications = "";
  EXPECT_EQ(rules_of(depleting.facts()), Rules{"check-incomplete"});
  EXPECT_EQ(rules(order("g", "magnesium oxide 400 mg tablet", "1 daily")), Rules{"check-incomplete"});
  // Beside an order that is proven it is a line of that card.
  Call call = asked(bundle({with_subject(order("x", d3, "1 daily"), elsewhere), order("d", d3, "1 daily")}));
  const Evaluation evaluation = evaluate(call.facts(), shipped_knowledge());
  ASSERT_EQ(evaluation.cards.size(), 1u);
  EXPECT_EQ(evaluation.cards[0].rule, "high-dose-no-magnesium");
  EXPECT_NE(evaluation.cards[0].detail.find("could not be matched to this patient"), std::string::npos) << evaluation.cards[0].detail;
  EXPECT_NE(evaluation.cards[0].summary.find("5,000"), std::string::npos) << "not 10,000";
}

TEST(WrongPatient, T_PAT_4_WhatIsNotProvenLeavesItsSourceOpenWhateverItsType) {
  const char* elsewhere = R"({"identifier":{"value":"MRN-1"}})";
  Call call = asked(bundle({order("d", d3, "1 daily")}));
  const auto condition = [&](const char* status) {
    return with_subject(R"({"resourceType":"Condition","id":"c","subject":{"reference":"Patient/pt-1"},"clinicalStatus":{"coding":[{"code":")" +
                            std::string(status) + R"("}]},"code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10-cm","code":"N18.5"}]}})",
                        elsewhere);
  };
  call.conditions = bundle({condition("active")});
  EXPECT_EQ(state(call.facts(), "conditions"), "incomplete:subject-unproven");
  EXPECT_NE(evaluate(call.facts(), shipped_knowledge()).cards.at(0).detail.find("problem list"), std::string::npos);
  call.conditions = bundle({condition("resolved")});
  EXPECT_EQ(state(call.facts(), "conditions"), "present");
  call.service_requests = bundle({with_subject(
      R"({"resourceType":"ServiceRequest","id":"s","status":"active","intent":"order","subject":{"reference":"Patient/pt-1"},"code":{"coding":[{"system":"http://loinc.org","code":"19123-9"}]}})",
      elsewhere)});
  EXPECT_EQ(state(call.facts(), "serviceRequests"), "incomplete:subject-unproven");
  call.medications = bundle({with_subject(order("m", "omeprazole 20 mg capsule", "1 daily", R"("status":"active")"), elsewhere)});
  EXPECT_EQ(state(call.facts(), "medications"), "incomplete:subject-unproven");
}

TEST(WrongPatient, T_PAT_7_LoopsAndChainsOfReferencesEndAtOnce) {
  const auto drafted = [](const std::string& members) {
    return R"({"resourceType":"MedicationRequest","id":"d","status":"draft","subject":{"reference":"Patient/pt-1"},)" + members + "}";
  };
  const auto medication = [](const std::string& id, const std::string& next, const char* more = "") {
    return R"({"resourceType":"Medication","id":")" + id + R"(",)" + more + R"("ingredient":[{"itemReference":{"reference":")" + next + R"("}}]})";
  };
  // #a -> #b -> #a, and #a -> #a: no medicine is found in either, and that is said.
  for (const auto& contained : {medication("a", "#b") + "," + medication("b", "#a"), medication("a", "#a")}) {
    Call call = asked(bundle({drafted(R"("contained":[)" + contained + R"(],"medicationReference":{"reference":"#a"})")}));
    EXPECT_EQ(call.facts().orders.at(0).ingredients.size(), 0u);
    EXPECT_LE(rules_of(call.facts()).size(), 1u);
  }
  // A resource that contains itself by its own reference.
  Call self = asked(bundle({R"({"resourceType":"MedicationRequest","id":"d","status":"draft","subject":{"reference":"Patient/pt-1"},
      "medicationReference":{"reference":"MedicationRequest/d"},"basedOn":[{"reference":"MedicationRequest/d"}],
      "priorPrescription":{"reference":"MedicationRequest/d"}})"}));
  EXPECT_EQ(rules_of(self.facts()), Rules{"check-incomplete"}) << "a medicine that cannot be told";
  // A chain of a thousand: followed to the Medication and what its ingredient names, never further.
  std::string chain = R"({"resourceType":"Bundle","entry":[{"resource":)" + drafted(R"("medicationReference":{"reference":"Medication/0"})") + "}";
  for (int i = 0; i < 1000; ++i)
    chain += R"(,{"resource":)" + medication(std::to_string(i), "Medication/" + std::to_string(i + 1)) + "}";
  chain += R"(,{"resource":{"resourceType":"Medication","id":"1000","code":{"text":"cholecalciferol 50,000 unit capsule"}}}]})";
  const Facts facts = asked(chain).facts();
  ASSERT_EQ(facts.orders.size(), 1u);
  EXPECT_TRUE(facts.orders[0].ingredients.empty()) << "its far end is not this order's medicine";
}

TEST(WrongPatient, T_PAT_8_WhoLiesByOmissionHasNotAnswered) {
  const std::string warning = R"({"resourceType":"OperationOutcome","issue":[{"severity":"warning","code":"incomplete"}]})";
  const std::string own = lab("o", "19123-9", mg);
  const std::map<std::string, std::string> rows = {
      {"null", "none-found"},
      {R"({"resourceType":"Bundle"})", "none-found"},
      {R"({"resourceType":"Bundle","total":0,"entry":[]})", "none-found"},
      {R"({"resourceType":"Bundle","total":0,"link":[{"relation":"self","url":"x"}]})", "none-found"},
      {R"({"resourceType":"Bundle","total":12})", "incomplete:total-larger"},
      {R"({"resourceType":"Bundle","total":12,"entry":[]})", "incomplete:total-larger"},
      {R"({"resourceType":"Bundle","total":"12"})", "incomplete:total-larger"},
      {R"({"resourceType":"Bundle","total":0,"link":[{"relation":"next","url":"https://ehr.example/fhir?page=2"}]})", "incomplete:next-link"},
      {R"({"resourceType":"Bundle","link":{"relation":"next"}})", "incomplete:next-link"},
      {R"({"resourceType":"Bundle","entry":[{"resource":)" + warning + "}]}", "incomplete:outcome-entry"},
      {R"({"resourceType":"Bundle","entry":[{"search":{"mode":"outcome"},"resource":)" + warning + "}]}", "incomplete:outcome-entry"},
      {R"({"resourceType":"Bundle","entry":[{"search":{"mode":"outcome"},"resource":{"resourceType":"OperationOutcome"}}]})", "incomplete:outcome-entry"},
      // A result that is called an outcome is neither used nor passed over in silence.
      {R"({"resourceType":"Bundle","entry":[{"search":{"mode":"outcome"},"resource":)" + own + "}]}", "incomplete:outcome-entry"},
      {R"({"resourceType":"Bundle","total":1,"entry":[{"search":{"mode":"include"},"resource":)" + own + "}]}", "incomplete:total-larger"},
  };
  for (const auto& [value, expected] : rows) {
    for (const std::string key : {"magnesium", "medications"}) {
      Call call = asked(bundle({order("d", d3, "1 daily")}));
      (key == "magnesium" ? call.magnesium : call.medications) = value;
      const Facts facts = call.facts();
      EXPECT_EQ(state(facts, key), expected) << key << " " << value;
      const Rules rules = rules_of(facts);
      const bool open = expected != "none-found";
      // A valid result that is there counts, wherever it stands and however the page is described.
      if (value.find("include") != std::string::npos) {
        EXPECT_EQ(rules, key == "magnesium" ? Rules{} : Rules{"check-incomplete"}) << key;
        continue;
      }
      ASSERT_EQ(rules.size(), 1u) << key << " " << value;
      EXPECT_EQ(rules[0], open && key == "magnesium" ? "check-incomplete" : "high-dose-no-magnesium") << value;
      const bool said = evaluate(facts, shipped_knowledge()).cards[0].detail.find("ould not be obtained") != std::string::npos;
      EXPECT_EQ(said, open) << key << " " << value << ": " << evaluate(facts, shipped_knowledge()).cards[0].detail;
    }
  }
}
