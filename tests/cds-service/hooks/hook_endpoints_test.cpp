// Proves: an answer leaves only after its record; the record replays the call without naming the patient; and what
// happens when the record cannot be written is what the site chose.
#include "cds-service/hooks/hook_endpoints.hpp"

#include <gtest/gtest.h>

#include <optional>

#include "cards/engine/evaluate.hpp"
#include "cards/facts/facts_json.hpp"
#include "cds-service/config/knowledge_directory.hpp"
#include "cds-service/hooks/discovery.hpp"
#include "fhir/json/reader.hpp"
#include "tests/support/memory_audit_log.hpp"

namespace cofactor::service::hooks {
namespace {

using http::Answer;

std::shared_ptr<const cards::Knowledge> shipped() {
  static const auto knowledge = knowledge_in_force({});
  if (!knowledge) throw std::runtime_error(knowledge.error().text);
  return *knowledge;
}

const std::string request_body =
    R"({"hook":"order-sign","hookInstance":"0f6a1c52-8c1e-4a53-9a52-1f1f0a5d7b13","context":{"userId":"Practitioner/d",)"
    R"("patientId":"canary-pt","encounterId":"enc-1","draftOrders":{"resourceType":"Bundle","entry":[{"resource":{)"
    R"("resourceType":"MedicationRequest","id":"draft-1","status":"draft","intent":"order","subject":{"reference":)"
    R"("Patient/canary-pt","display":"Canary Name"},"medicationCodeableConcept":{"coding":[{"system":)"
    R"("http://www.nlm.nih.gov/research/umls/rxnorm","code":"1367410"}],"text":"ergocalciferol 50,000 unit capsule"},)"
    R"("dosageInstruction":[{"text":"1 capsule weekly","timing":{"repeat":{"frequency":1,"period":1,"periodUnit":"wk"}},)"
    R"("doseAndRate":[{"doseQuantity":{"value":1,"unit":"capsule"}}]}]}}]}},)"
    R"("prefetch":{"patient":{"resourceType":"Patient","id":"canary-pt","birthDate":"1961-04-22"},"magnesium":null,"medications":null}})";

class HookEndpointsTest : public testing::Test {
 protected:
  HookEndpoints& endpoints() {
    if (!endpoints_) {
      InForce in;
      in.knowledge = shipped();
      ClientInForce client;
      client.config.name = "demo";
      client.config.on_missing_data = on_missing_data;
      if (has_fhir_servers) client.fhir = std::make_shared<ClientFhir>();
      in.clients.push_back(std::move(client));
      in.source_url = "https://cds.example";
      endpoints_.emplace(log, metrics, audit, "9.9.9", std::move(in));
    }
    return *endpoints_;
  }
  http::Call call(std::string body, std::string service = std::string(order_sign_id)) {
    http::Call made;
    made.service = std::move(service);
    made.body = std::move(body);
    made.caller.client = "demo";
    made.arrived = http::Clock::now();
    made.deadline = made.arrived + std::chrono::seconds(1);
    return made;
  }
  std::optional<Answer> service(std::string body, std::string id = std::string(order_sign_id)) {
    const auto answer = std::make_shared<std::optional<Answer>>();
    endpoints().service(call(std::move(body), std::move(id)), [answer](Answer given) { *answer = std::move(given); });
    last_ = answer;
    return *answer;
  }
  std::optional<Answer> feedback(std::string body) {
    const auto answer = std::make_shared<std::optional<Answer>>();
    endpoints().feedback(call(std::move(body)), [answer](Answer given) { *answer = std::move(given); });
    return *answer;
  }

  audit::MemoryAuditLog log;
  ops::Metrics metrics;
  AuditConfig audit;
  OnMissingData on_missing_data = OnMissingData::card;
  bool has_fhir_servers = false;
  std::shared_ptr<std::optional<Answer>> last_;

  std::optional<HookEndpoints> endpoints_;
};

TEST_F(HookEndpointsTest, T_SSRF_1_CallsForAForeignServerAreAllCountedInFewRecords) {
  has_fhir_servers = true;
  std::string body = request_body;
  body.insert(1, R"("fhirServer":"https://evil.example/fhir","fhirAuthorization":{"access_token":"t"},)");
  constexpr int calls = 500;
  for (int i = 0; i < calls; ++i) {
    const auto answer = service(body);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->kind, Answer::Kind::malformed);
  }
  ASSERT_FALSE(log.refusals.empty());
  EXPECT_LT(log.refusals.size(), 130u) << "a flood must not fill the queue that decisions share";
  EXPECT_EQ(log.refusals[0].reason, "fhir-server-not-allowed");
  EXPECT_EQ(log.refusals[0].client, "demo");
  endpoints_.reset();  // what is counted together is written at the latest when the journal goes
  std::int64_t counted = 0;
  for (const audit::RefusalRecord& each : log.refusals) counted += each.count;
  EXPECT_EQ(counted, calls);
  EXPECT_TRUE(log.decisions.empty());
}

TEST_F(HookEndpointsTest, AnswersOnlyAfterTheRecordIsStored) {
  log.hold = true;
  EXPECT_FALSE(service(request_body));
  ASSERT_EQ(log.decisions.size(), 1u);
  log.release();
  ASSERT_TRUE(*last_);
  EXPECT_EQ((*last_)->kind, Answer::Kind::ok);
  EXPECT_EQ((*last_)->decision, log.decisions[0].decision);
}

TEST_F(HookEndpointsTest, ARewrittenDraftIsSentWholeAndRecordedByName) {
  std::string body = request_body;
  const auto put = [&](std::string_view from, std::string_view to) { body.replace(body.find(from), from.size(), to); };
  put("1 capsule weekly", "1 capsule daily");
  put(R"("periodUnit":"wk")", R"("periodUnit":"d")");
  put(R"("intent":"order")", R"("intent":"order","note":[{"text":"Canary fell twice"}])");
  const auto answer = service(body);
  ASSERT_TRUE(answer);
  const audit::DecisionRecord& record = log.decisions.at(0);
  ASSERT_EQ(record.cards.at(0).rule, "dose-unit-suspect");
  EXPECT_NE(answer->body.find("Canary fell twice"), std::string::npos);
  EXPECT_NE(answer->body.find("1 capsule once a week"), std::string::npos);
  EXPECT_EQ(record.content.find("anary"), std::string::npos);
  EXPECT_NE(record.content.find(R"("resource":{"reference":"MedicationRequest/draft-1","changedTo":"weekly"})"), std::string::npos);
}

TEST_F(HookEndpointsTest, TheRecordReplaysTheCallWithoutNamingThePatient) {
  const auto answer = service(request_body);
  ASSERT_TRUE(answer);
  const audit::DecisionRecord& record = log.decisions.at(0);
  EXPECT_EQ(record.patient_id, "canary-pt");
  EXPECT_EQ(record.user, "Practitioner/d");
  EXPECT_EQ(record.encounter, "enc-1");
  EXPECT_EQ(record.software_version, "9.9.9");
  EXPECT_EQ(record.knowledge_revision, shipped()->revision());
  EXPECT_TRUE(record.relevant);
  ASSERT_EQ(record.cards.size(), 1u);
  EXPECT_EQ(record.cards[0].rule, "high-dose-no-magnesium");
  EXPECT_EQ(record.content.find("canary"), std::string::npos);
  EXPECT_EQ(record.content.find("Canary"), std::string::npos);

  const auto content = json::parse(record.content);
  ASSERT_TRUE(content) << content.error().text;
  const json::Value& root = content->root();
  EXPECT_EQ(root["drafts"].items()[0]["reference"].string(), "MedicationRequest/draft-1");
  EXPECT_EQ(root["drafts"].items()[0]["codes"].items()[0]["code"].string(), "1367410");
  EXPECT_EQ(root["outcomes"].items().size(), shipped()->rules().size());
  EXPECT_EQ(root["answer"]["response"]["cards"].items()[0]["uuid"].string(), record.cards[0].uuid);

  const auto facts = cards::read_facts(root["facts"]);
  ASSERT_TRUE(facts) << facts.error().text;
  const cards::Evaluation again = cards::evaluate(*facts, *shipped());
  ASSERT_EQ(again.cards.size(), 1u);
  EXPECT_EQ(again.cards[0].summary, root["answer"]["response"]["cards"].items()[0]["summary"].string());
  EXPECT_EQ(again.cards[0].detail, root["answer"]["response"]["cards"].items()[0]["detail"].string());
}

TEST_F(HookEndpointsTest, AnIrrelevantCallIsRecordedWithEveryRule) {
  std::string body = request_body;
  const std::string code = "1367410", name = "ergocalciferol 50,000 unit capsule";
  body.replace(body.find(code), code.size(), "314076");
  body.replace(body.find(name), name.size(), "lisinopril 10 mg tablet");
  const auto answer = service(body);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, R"({"cards":[]})");
  EXPECT_FALSE(log.decisions.at(0).relevant);
  const auto content = json::parse(log.decisions[0].content);
  ASSERT_TRUE(content);
  EXPECT_EQ(content->root()["outcomes"].items().size(), shipped()->rules().size());
}

TEST_F(HookEndpointsTest, WithoutARecordThereIsNoAdvice) {
  log.broken = true;
  const auto answer = service(request_body);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->kind, Answer::Kind::unavailable);
  EXPECT_EQ(answer->decision, "");
}

TEST_F(HookEndpointsTest, UnlessTheSiteChoseToAnswer) {
  log.broken = true;
  audit.when_unwritable = "answer";
  const auto answer = service(request_body);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->kind, Answer::Kind::ok);
  EXPECT_EQ(answer->decision, "");
}

TEST_F(HookEndpointsTest, ARefusalForMissingDataIsRecordedToo) {
  on_missing_data = OnMissingData::precondition_failed;
  std::string body = request_body;
  body.replace(body.find("\"prefetch\""), 10, "\"nothing1\"");
  const auto answer = service(body);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->kind, Answer::Kind::precondition_failed);
  EXPECT_NE(answer->text.find("`magnesium`"), std::string::npos) << answer->text;
  ASSERT_EQ(log.decisions.size(), 1u);
  EXPECT_TRUE(log.decisions[0].could_not_check);
  EXPECT_EQ(log.decisions[0].could_not_check_reasons,
            (std::vector<std::string>{"medications-not-supplied", "magnesium-not-supplied"}));
  EXPECT_TRUE(log.decisions[0].cards.empty());
}

TEST_F(HookEndpointsTest, ADraftOfNobodyKnowsWhomIsAReasonOfTheRecord) {
  std::string body = request_body;
  const std::string subject = R"({"reference":"Patient/canary-pt","display":"Canary Name"})";
  body.replace(body.find(subject), subject.size(), R"({"identifier":{"value":"x"}})");
  ASSERT_TRUE(service(body));
  ASSERT_EQ(log.decisions.size(), 1u);
  EXPECT_TRUE(log.decisions[0].could_not_check);
  EXPECT_EQ(log.decisions[0].could_not_check_reasons, std::vector<std::string>{"draft-subject-unproven"});
}

TEST_F(HookEndpointsTest, MalformedCallsAreNotRecorded) {
  EXPECT_EQ(service("{")->kind, Answer::Kind::malformed);
  EXPECT_EQ(service(request_body, std::string(order_select_id))->kind, Answer::Kind::malformed);
  EXPECT_EQ(service(request_body, "other")->kind, Answer::Kind::unknown_service);
  EXPECT_TRUE(log.decisions.empty());
}

TEST_F(HookEndpointsTest, T_JWT_13_TenantsOfOneClientShareNeitherPatientsNorCards) {
  http::Call first = call(request_body);
  first.caller = {"demo", "https://issuer.example", "north", "app", "token-1"};
  endpoints().service(std::move(first), [](Answer) {});
  ASSERT_EQ(log.decisions.size(), 1u);
  EXPECT_EQ(log.decisions[0].client, "demo");
  EXPECT_EQ(log.decisions[0].issuer, "demo/north");
  EXPECT_NE(log.decisions[0].content.find(
                R"("caller":{"issuer":"https://issuer.example","tenant":"north","subject":"app","tokenId":"token-1"})"),
            std::string::npos);
  http::Call item = call(R"({"feedback":[{"card":")" + log.decisions[0].cards.at(0).uuid +
                         R"(","outcome":"overridden","outcomeTimestamp":"2026-03-02T14:08:00Z"}]})");
  item.caller = {"demo", "https://issuer.example", "south", "app", "token-2"};
  endpoints().feedback(std::move(item), [](Answer) {});
  EXPECT_EQ(log.feedback.at(0).issuer, "demo/south");
}

TEST_F(HookEndpointsTest, AClientThatAReloadTookAwayIsAskedToTryAgain) {
  http::Call gone = call(request_body);
  gone.caller.client = "gone";
  std::optional<Answer> answer;
  endpoints().service(std::move(gone), [&](Answer given) { answer = std::move(given); });
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->kind, Answer::Kind::unavailable);
  EXPECT_TRUE(log.decisions.empty());
}

TEST_F(HookEndpointsTest, FeedbackIsStoredBeforeItIsAnswered) {
  ASSERT_TRUE(service(request_body));
  const std::string item = R"({"feedback":[{"card":")" + log.decisions[0].cards[0].uuid +
                           R"(","outcome":"overridden","outcomeTimestamp":"2026-03-02T14:08:00Z"}]})";
  EXPECT_EQ(feedback(item)->kind, Answer::Kind::accepted_empty);
  ASSERT_EQ(log.feedback.size(), 1u);
  EXPECT_EQ(log.feedback[0].client, "demo");
  EXPECT_EQ(log.feedback[0].issuer, "demo");
  EXPECT_EQ(log.feedback[0].hook, "order-sign");
  EXPECT_GT(log.feedback[0].received_ms, 0);
  EXPECT_EQ(feedback(R"({"feedback":[]})")->kind, Answer::Kind::accepted_empty);
  EXPECT_EQ(feedback(R"({"feedback":[{}]})")->kind, Answer::Kind::malformed);
  log.broken = true;
  EXPECT_EQ(feedback(item)->kind, Answer::Kind::unavailable);
}

TEST_F(HookEndpointsTest, KnowledgeCanBeExchangedWhileCallsRun) {
  const std::string before = discovery_json(*shipped(), false);
  std::optional<Answer> answer;
  endpoints().discovery({}, [&](Answer given) { answer = std::move(given); });
  EXPECT_EQ(answer->body, before);
  InForce next;
  next.knowledge = shipped();
  next.announce_version = true;
  endpoints().use(std::move(next));
  endpoints().discovery({}, [&](Answer given) { answer = std::move(given); });
  EXPECT_NE(answer->body.find(R"("version":"2.0.1")"), std::string::npos);
}

}  // namespace
}  // namespace cofactor::service::hooks
