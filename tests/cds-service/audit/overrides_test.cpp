// Proves: a card that was overridden is not shown again for the same facts, for that patient and within its window, and
// is audited, counted and replayed as suppressed; a changed dose shows it again; a silent rule is withheld the same way.
#include <gtest/gtest.h>

#include <chrono>
#include <future>

#include "cds-service/audit/replay.hpp"
#include "cds-service/audit/schema.hpp"
#include "cds-service/config/knowledge_directory.hpp"
#include "cds-service/hooks/discovery.hpp"
#include "cds-service/hooks/hook_endpoints.hpp"
#include "cds-service/report/report.hpp"
#include "fhir/json/reader.hpp"
#include "scratch_store.hpp"

namespace cofactor::service::audit {
namespace {

std::int64_t now_day() {
  using namespace std::chrono;
  return duration_cast<hours>(system_clock::now().time_since_epoch()).count() / 24;
}
std::string day_text(std::int64_t days_ago) { return fhir::Day{static_cast<std::int32_t>(now_day() - days_ago)}.text(); }

/// Vitamin D once a week beside omeprazole of some years, no magnesium ever.
std::string request(int capsules, const std::string& patient = "pt-1") {
  const std::string subject = R"("subject":{"reference":"Patient/)" + patient + R"("})";
  const std::string rxnorm = R"("system":"http://www.nlm.nih.gov/research/umls/rxnorm")";
  const std::string empty = R"({"resourceType":"Bundle","type":"searchset","entry":[]})";
  return R"({"hook":"order-sign","hookInstance":"0f6a1c52-8c1e-4a53-9a52-1f1f0a5d7b13","context":{"userId":"Practitioner/d",)"
         R"("patientId":")" + patient + R"(","draftOrders":{"resourceType":"Bundle","entry":[{"resource":{)"
         R"("resourceType":"MedicationRequest","id":"draft-1","status":"draft","intent":"order",)" + subject +
         R"(,"medicationCodeableConcept":{"coding":[{)" + rxnorm + R"(,"code":"1367410"}],"text":"ergocalciferol 50,000 unit"},)"
         R"("dosageInstruction":[{"timing":{"repeat":{"frequency":1,"period":1,"periodUnit":"wk"}},)"
         R"("doseAndRate":[{"doseQuantity":{"value":)" + std::to_string(capsules) + R"(,"unit":"capsule"}}]}]}}]}},)"
         R"("prefetch":{"patient":{"resourceType":"Patient","id":")" + patient + R"(","birthDate":"1961-04-22"},)"
         R"("magnesium":)" + empty + R"(,"conditions":)" + empty + R"(,"serviceRequests":)" + empty +
         R"(,"calciumRenal":)" + empty + R"(,"statements":)" + empty +
         R"(,"medications":{"resourceType":"Bundle","type":"searchset","entry":[{"resource":{"resourceType":)"
         R"("MedicationRequest","id":"ppi-1","status":"active","intent":"order",)" + subject +
         R"(,"authoredOn":"2023-01-10","medicationCodeableConcept":{"coding":[{)" + rxnorm +
         R"(,"code":"7646"}],"text":"omeprazole"},"dosageInstruction":[{"timing":{"repeat":{"frequency":1,"period":1,)"
         R"("periodUnit":"d"}}}]}}]}}})";
}

class OverridesTest : public ::testing::Test {
 protected:
  testing::ScratchStore scratch;
  std::unique_ptr<AuditLog> log = scratch.open();
  ops::Metrics metrics{std::vector<std::string>{"high-dose-ppi"}};
  std::shared_ptr<const cards::Knowledge> knowledge = knowledge_in_force({}).value();
  std::optional<hooks::HookEndpoints> endpoints;

  void serve(const std::string& policy = {}) {
    hooks::InForce in;
    in.knowledge = knowledge;
    hooks::ClientInForce client;
    client.config.name = "main-ehr";
    client.config.site_policy = policy;
    client.site = site_policy_of(policy, "/clients/0", *knowledge).value();
    in.source_url = "https://cds.example";
    std::vector<std::pair<std::string, std::string>> files;
    for (const auto& file : knowledge->files()) files.emplace_back(file.path, file.bytes);
    ASSERT_TRUE(log->keep_knowledge(knowledge->revision(), files));
    if (client.site) {
      ASSERT_TRUE(log->keep_knowledge(client.site->revision, {{"site-policy.json", client.site->text}}));
    }
    in.clients.push_back(std::move(client));
    endpoints.emplace(*log, metrics, scratch.config(), "9.9.9", std::move(in));
  }
  http::Answer post(bool feedback, std::string body) {
    http::Call call;
    call.service = hooks::order_sign_id;
    call.body = std::move(body);
    call.caller.client = "main-ehr";
    call.arrived = http::Clock::now();
    call.deadline = call.arrived + std::chrono::seconds(5);
    const auto promise = std::make_shared<std::promise<http::Answer>>();
    const auto reply = [promise](http::Answer answer) { promise->set_value(std::move(answer)); };
    feedback ? endpoints->feedback(std::move(call), reply) : endpoints->service(std::move(call), reply);
    return promise->get_future().get();
  }
  /// The uuids of the cards of an answer.
  std::vector<std::string> cards(std::string body) {
    last = post(false, std::move(body));
    const auto document = json::parse(last.body);
    std::vector<std::string> uuids;
    for (const auto& card : document.value().root()["cards"].items()) uuids.emplace_back(card["uuid"].string());
    return uuids;
  }
  void override_card(const std::string& card, std::int64_t days_ago) {
    const auto done = post(true, R"({"feedback":[{"card":")" + card + R"(","outcome":"overridden","outcomeTimestamp":")" +
                                     day_text(days_ago) + R"(T00:00:01Z","overrideReason":{"reason":{"code":"will-monitor",)"
                                     R"("system":"urn:cofactor:override-reason"}}}]})");
    ASSERT_EQ(done.kind, http::Answer::Kind::accepted_empty);
  }
  StoredDecision stored() { return scratch.reader().find(last.decision).value().value(); }
  Replay replayed() {
    auto reader = AuditReader::open(scratch.config().sqlite_path, "").value();
    return Replayer(reader).replay(last.decision).value();
  }
  report::Report counted() {
    auto reader = scratch.reader();
    return report::compute(reader, report::period_of(day_text(1), day_text(0)).value()).value();
  }
  http::Answer last;
};

TEST_F(OverridesTest, TheSameOrderIsSilentAfterAnOverrideAndAuditedAsSuppressed) {
  serve();
  const auto first = cards(request(1));
  ASSERT_EQ(first.size(), 1u);
  ASSERT_EQ(cards(request(1)).size(), 1u) << "without feedback it stays";
  override_card(first[0], 0);

  EXPECT_TRUE(cards(request(1)).empty());
  const std::string content = stored().record.content;
  EXPECT_NE(content.find(R"("rule":"high-dose-ppi","outcome":"suppressed")"), std::string::npos) << content;
  EXPECT_NE(content.find("overridden-recently: "), std::string::npos);
  EXPECT_NE(content.find(R"("withheld":[{"why":"overridden-recently")"), std::string::npos);
  EXPECT_EQ(content.find("pt-1"), std::string::npos);
  EXPECT_TRUE(replayed().same()) << replayed().sent << "\n" << replayed().again;

  const auto report = counted();
  ASSERT_EQ(report.withheld.size(), 1u);
  EXPECT_EQ(report.withheld[0].rule, "high-dose-ppi");
  EXPECT_EQ(report.withheld[0].why, "overridden-recently");
  EXPECT_EQ(report.withheld[0].count, 1);
  EXPECT_NE(report::as_json(report).find(R"("withheld":[{"rule":"high-dose-ppi")"), std::string::npos);
}

TEST_F(OverridesTest, AChangedDoseAndAnotherPatientAreShown) {
  serve();
  override_card(cards(request(1)).at(0), 0);
  EXPECT_EQ(cards(request(2)).size(), 1u);
  EXPECT_EQ(cards(request(1, "pt-2")).size(), 1u);
  EXPECT_TRUE(cards(request(1)).empty());
}

TEST_F(OverridesTest, TheWindowEndsAfterItsLastDay) {
  serve();
  override_card(cards(request(1)).at(0), 91);
  EXPECT_EQ(cards(request(1)).size(), 1u);
  override_card(cards(request(1)).at(0), 90);
  EXPECT_TRUE(cards(request(1)).empty());
}

TEST_F(OverridesTest, AClockThatRunsAheadDoesNotMakeAnOverrideLast) {
  serve();
  override_card(cards(request(1)).at(0), -30);  // the client says: in 30 days
  EXPECT_TRUE(cards(request(1)).empty());
  auto reader = scratch.reader();
  EXPECT_EQ(reader.database().integer("SELECT max(day) FROM overridden").value(), now_day());
}

TEST_F(OverridesTest, AnAcceptedCardIsShownAgain) {
  serve();
  const auto card = cards(request(1)).at(0);
  post(true, R"({"feedback":[{"card":")" + card + R"(","outcome":"accepted","acceptedSuggestions":[],"outcomeTimestamp":")" +
                 day_text(0) + R"(T00:00:01Z"}]})");
  EXPECT_EQ(cards(request(1)).size(), 1u);
}

TEST_F(OverridesTest, OverridesAreKnownAfterARestart) {
  serve();
  override_card(cards(request(1)).at(0), 0);
  endpoints.reset();
  log.reset();
  log = scratch.open();
  serve();
  EXPECT_TRUE(cards(request(1)).empty());
}

TEST_F(OverridesTest, ASilentRuleIsAuditedCountedAndReplayedWithItsPolicy) {
  serve(R"({"ehrProfile":"epic","rules":{"high-dose-ppi":{"mode":"silent"}}})");
  EXPECT_TRUE(cards(request(1)).empty());
  const std::string content = stored().record.content;
  EXPECT_NE(content.find("silent-by-site-policy: "), std::string::npos);
  EXPECT_NE(content.find(R"("withheld":[{"why":"silent","card":{)"), std::string::npos);
  EXPECT_NE(content.find(R"("leftOut":[{"what":"Order serum magnesium)"), std::string::npos) << content;
  EXPECT_TRUE(replayed().same());
  EXPECT_EQ(counted().withheld.at(0).why, "silent");

  serve(R"({"rules":{"high-dose-ppi":{"maxIndicator":"info","extraWording":"Renal pharmacy: 4711"}}})");
  ASSERT_EQ(cards(request(1)).size(), 1u);
  EXPECT_NE(replayed().sent.find("Local guidance: Renal pharmacy: 4711"), std::string::npos);
  EXPECT_NE(replayed().sent.find(R"("indicator":"info")"), std::string::npos);
  EXPECT_TRUE(replayed().same()) << "the policy of that decision, not the one before";
}

TEST_F(OverridesTest, AStoreOfTheFirstSchemaIsBroughtUp) {
  serve();
  cards(request(1));
  const auto decision = last.decision;
  endpoints.reset();
  log.reset();
  {
    auto database = Database::open(scratch.config().sqlite_path, Database::Access::read_write).value();
    ASSERT_TRUE(database.execute("DROP TABLE clock_jump; DROP TABLE refusal; DROP TABLE withheld; DROP TABLE overridden; ALTER TABLE card DROP COLUMN finding; "
                                 "PRAGMA user_version = 1"));
  }
  log = scratch.open();
  serve();
  EXPECT_EQ(scratch.reader().find(decision).value().value().record.cards.at(0).finding, "");
  override_card(scratch.reader().find(decision).value().value().record.cards.at(0).uuid, 0);
  EXPECT_EQ(cards(request(1)).size(), 1u) << "an old card has no finding, so its override silences nothing";
  override_card(cards(request(1)).at(0), 0);
  EXPECT_TRUE(cards(request(1)).empty());
}

}  // namespace
}  // namespace cofactor::service::audit
