// Proves: what is asked of a FHIR server follows from what did not come, with plain ids only, and the token is taken out of the
// request whatever it looks like.
#include "cds-service/hooks/call_back_plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>

#include "cards/facts/collect_facts.hpp"
#include "cds-service/config/knowledge_directory.hpp"
#include "cds-service/hooks/call_back.hpp"

namespace cofactor::service::hooks {
namespace {

const cards::Knowledge& shipped() {
  static const auto knowledge = knowledge_in_force({});
  if (!knowledge) throw std::runtime_error(knowledge.error().text);
  return **knowledge;
}

std::string body(const std::string& prefetch, const std::string& more = "", const std::string& patient = "p1",
                 const std::string& draft = R"("medicationCodeableConcept":{"text":"ergocalciferol 50,000 unit capsule"})") {
  return R"({"hook":"order-sign","hookInstance":"0f6a1c52-8c1e-4a53-9a52-1f1f0a5d7b13","context":{"userId":"Practitioner/d","patientId":")" + patient +
         R"(","encounterId":"e1","draftOrders":{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"MedicationRequest","id":"d1","status":"draft",)"
         R"("intent":"order","subject":{"reference":"Patient/)" + patient + R"("},)" + draft + R"(}}]}},"prefetch":)" + prefetch + more + "}";
}

HookRequest request(const std::string& text) {
  auto read = read_hook_request(text, order_sign, {});
  if (!read) throw std::runtime_error(read.error().text);
  return std::move(*read);
}

cards::Facts facts(const HookRequest& given) { return cards::collect_facts(given.call_input(*fhir::Day::read("2026-03-01")), shipped()); }

std::vector<std::string> keys(const HookRequest& given) {
  std::vector<std::string> out;
  for (const CallBackQuestion& question : questions_of(given, facts(given), shipped())) out.push_back(question.key);
  return out;
}

const fhir::client::BaseUrl& base() {
  static const auto read = fhir::client::BaseUrl::read("https://ehr.example/fhir");
  return *read;
}

TEST(CallBackPlan, P_11_to_P_15_OnlyWhatIsNotKnownIsAsked) {
  const std::string none = R"({"resourceType":"Bundle","type":"searchset","total":0})";
  const std::string outcome = R"({"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"timeout"}]})";
  const std::string paged = R"({"resourceType":"Bundle","link":[{"relation":"next","url":"https://ehr.example/fhir?p=2"}],"entry":[{"resource":)"
                            R"({"resourceType":"Observation","id":"o","subject":{"reference":"Patient/p1"}}}]})";
  const auto asked = keys(request(body(R"({"patient":{"resourceType":"Patient","id":"p1"},"medications":null,"statements":)" + none + R"(,"magnesium":)" + paged +
                                       R"(,"vitaminD":)" + outcome + R"(,"calciumRenal":"123","encounter":null})")));
  EXPECT_EQ(asked, (std::vector<std::string>{"magnesium", "vitaminD", "calciumRenal", "conditions", "serviceRequests"}));
}

TEST(CallBackPlan, T_PAT_1_AnotherPatientsPrefetchIsNotAskedForAgain) {
  const auto asked = keys(request(body(R"({"patient":{"resourceType":"Patient","id":"other"}})")));
  EXPECT_EQ(std::ranges::count(asked, "patient"), 0);
}

TEST(CallBackPlan, TheQueriesAreDiscoverysOwnWithTheIdsFilledIn) {
  std::map<std::string, std::string> asked;
  const HookRequest given = request(body("{}"));
  for (const CallBackQuestion& question : questions_of(given, facts(given), shipped())) {
    EXPECT_TRUE(fhir::client::is_plain_relative(question.relative)) << question.relative;
    EXPECT_EQ(question.relative.find('{'), std::string::npos) << question.relative;
    asked[question.key] = question.relative;
  }
  EXPECT_EQ(asked["patient"], "Patient/p1");
  EXPECT_EQ(asked["encounter"], "Encounter/e1");
  EXPECT_EQ(asked["medications"], "MedicationRequest?patient=p1&status=active&_include=MedicationRequest:medication&_count=100");
  EXPECT_TRUE(asked["magnesium"].starts_with("Observation?patient=p1&code=http://loinc.org%7C")) << asked["magnesium"];
}

TEST(CallBackPlan, T_SSRF_7_NoQuestionWithAStrangeId) {
  for (const char* name : {"a&b", "a|b", "a_b", "a;b", "a=b", "a,b"}) EXPECT_EQ(keys(request(body("{}", "", name))), std::vector<std::string>{"encounter"}) << name;
}

TEST(CallBackPlan, MedicationsThatAreOnlyReferredToAreRead) {
  const auto to_read = [](const std::string& reference, const std::string& prefetch = "{}") {
    return medications_to_read(request(body(prefetch, "", "p1", R"("medicationReference":{"reference":")" + reference + R"("})")), base());
  };
  for (const char* good : {"Medication/m1", "https://ehr.example/fhir/Medication/m1", "https://EHR.example:443/fhir/Medication/m1", "Medication/m1/_history/2"})
    EXPECT_EQ(to_read(good), std::vector<std::string>{"m1"}) << good;
  for (const char* bad : {"https://evil.example/fhir/Medication/m1", "https://ehr.example/other/Medication/m1", "#m1", "urn:uuid:m1", "Patient/m1", "Medication/a_b",
                          "Medication/..", "https://ehr.example/fhir/../Medication/m1", "https://ehr.example@evil.example/fhir/Medication/m1"})
    EXPECT_TRUE(to_read(bad).empty()) << bad;
  EXPECT_TRUE(to_read("Medication/m1", R"({"medications":{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Medication","id":"m1"}}]}})").empty());
  std::string many;
  for (int i = 0; i < 200; ++i)
    many += std::string(i ? "," : "") + R"({"resource":{"resourceType":"MedicationRequest","id":"r)" + std::to_string(i) +
            R"(","medicationReference":{"reference":"Medication/m)" + std::to_string(i % 120) + R"("}}})";
  EXPECT_EQ(medications_to_read(request(body(R"({"medications":{"resourceType":"Bundle","entry":[)" + many + "]}}")), base()).size(), most_medications);
}

std::string authorization(const std::string& token, const std::string& rest = R"(,"token_type":"Bearer","expires_in":300,"scope":"s","subject":"c")") {
  return R"(,"fhirServer":"https://ehr.example/fhir","fhirAuthorization":{"access_token":)" + token + rest + "}";
}

TEST(FhirAuthorization, T_TOK_3_IsWholeOrNotUsedAndNeverStaysInTheBody) {
  const std::string canary = "canary-token-1";
  const std::pair<std::string, std::string> rows[] = {
      {authorization('"' + canary + '"'), ""},
      {authorization('"' + canary + '"', R"(,"token_type":"bearer","expires_in":1,"scope":"s","subject":"c","patient":"Patient/p1")"), ""},
      {authorization('"' + canary + '"', R"(,"token_type":"MAC","expires_in":300,"scope":"s","subject":"c")"), "token-not-bearer"},
      {authorization('"' + canary + '"', R"(,"token_type":"Bearer","expires_in":0,"scope":"s","subject":"c")"), "token-expired"},
      {authorization('"' + canary + '"', R"(,"token_type":"Bearer","scope":"s","subject":"c")"), "token-incomplete"},
      {authorization('"' + canary + '"', R"(,"token_type":"Bearer","expires_in":300,"subject":"c")"), "token-incomplete"},
      {authorization('"' + canary + R"(\r\nX: y")"), "token-malformed"},
      {authorization('"' + canary + R"(\u0000")"), ""},  // refused as a whole by the reader
      {authorization("7"), "token-incomplete"},
      {authorization('"' + canary + '"', R"(,"token_type":"Bearer","expires_in":300,"scope":"s","subject":"c","patient":123)"), "token-malformed"},
      {authorization('"' + canary + '"', R"(,"token_type":"Bearer","expires_in":300,"scope":"s","subject":"c","patient":{})"), "token-malformed"},
      {R"(,"fhirAuthorization":"x")", "token-incomplete"},
      {R"(,"fhirAuthorization":null)", "token-not-sent"},
  };
  for (const auto& [more, why] : rows) {
    auto read = read_hook_request(body("{}", more), order_sign, {});
    if (!read) {
      EXPECT_NE(more.find("u0000"), std::string::npos) << more;
      continue;
    }
    EXPECT_EQ(read->authorization.why_not, why) << more;
    EXPECT_EQ(read->authorization.token != nullptr, why.empty()) << more;
    if (read->authorization.token) {
      EXPECT_EQ(read->authorization.token->reveal(), canary);
    }
    const std::string_view left = read->document.root()["fhirAuthorization"]["access_token"].string();
    EXPECT_EQ(left.find("canary"), std::string_view::npos) << more;
  }
}

TEST(FhirAuthorization, T_TOK_3_ATokenInWhatIsNoAuthorizationIsOverwrittenToo) {
  for (const std::string given : {R"([{"access_token":"canary-\u0031","a":["canary-2"]}])", R"("canary-3")", R"([["canary-4"],"canary-\"5"])"})
    for (const std::string after : {"", R"(,"extension":{"kept":"yes"})"}) {
      const std::string text = body("{}", R"(,"fhirAuthorization":)" + given + after);
      const HookRequest read = request(text);
      const json::Value& root = read.document.root();
      const std::string_view raw(root.members().front().name.data() - 2, text.size());
      EXPECT_EQ(raw.find("canary"), std::string_view::npos) << given << after;
      EXPECT_EQ(root["extension"]["kept"].string(), after.empty() ? "" : "yes") << given;
      EXPECT_EQ(root["context"]["patientId"].string(), "p1") << given << after;
      EXPECT_EQ(read.authorization.why_not, "token-incomplete");
      EXPECT_EQ(read.authorization.token, nullptr);
    }
}

TEST(FhirAuthorization, T_TOK_3_ATokenWrittenWithEscapesLeavesNoTailBehind) {
  // Read in place, a text with escapes is shorter than what was written: the end of the written one stays behind it.
  const std::string rest = R"("token_type":"Bearer","expires_in":300,"scope":"s","subject":"c")";
  const std::string escaped = R"("access_token":"\u0063\u0061\u006eary-token-\u0031\"\\/quoted-tail")";
  const std::string nested = R"("access_token" : { "a" : [ "canary-token-1" , "\u0063 quoted-tail" ] })";
  for (const std::string& token : {escaped, nested})
    for (const std::string& more : {R"(,"fhirAuthorization":{)" + token + "," + rest + "}", R"(,"fhirAuthorization": { )" + rest + " , " + token + " } ",
                                    R"(,"fhirAuthorization":{)" + token + "," + rest + R"(},"extension":{"kept":"yes"})",
                                    R"(,"fhirAuthorization":{)" + rest + "," + token + R"( } , "extension":{"kept":"yes"})"}) {
      const std::string text = body("{}", more);
      const HookRequest read = request(text);
      const json::Value& root = read.document.root();
      const std::string_view raw(root.members().front().name.data() - 2, text.size());
      for (const char* piece : {"tail", "quoted", "ary-token", "0031"}) EXPECT_EQ(raw.find(piece), std::string_view::npos) << piece << " of " << more;
      EXPECT_EQ(root["fhirAuthorization"]["token_type"].string(), "Bearer") << more;
      EXPECT_EQ(root["fhirAuthorization"]["subject"].string(), "c") << more;
      EXPECT_EQ(root["extension"]["kept"].string(), more.find("kept") == std::string::npos ? "" : "yes") << more;
      EXPECT_EQ(root["context"]["patientId"].string(), "p1") << more;
      EXPECT_EQ(read.authorization.why_not, token == nested ? "token-incomplete" : "") << more;
      if (read.authorization.token) {
        EXPECT_EQ(read.authorization.token->reveal(), R"(canary-token-1"\/quoted-tail)");
      }
    }
}

/// Answers from a table, at once, and counts.
class TableClient final : public fhir::client::FhirClient {
 public:
  const fhir::client::BaseUrl& base() const override { return hooks::base(); }
  void get(std::string relative, fhir::client::SharedSecret, fhir::client::Clock::time_point, std::function<void(fhir::client::FhirAnswer)> done) override {
    ++asked;
    done(answer(relative));
  }
  int asked = 0;
  std::function<fhir::client::FhirAnswer(const std::string&)> answer;
};

struct CallBackTest : ::testing::Test {
  TableClient* client = new TableClient;
  std::shared_ptr<FhirServer> server = std::make_shared<FhirServer>(std::unique_ptr<fhir::client::FhirClient>(client));
  CallBackConfig limits;
  std::chrono::minutes time_left{60};
  CallBackReport run(HookRequest& given) {
    std::optional<CallBackReport> out;
    call_back(given, server, limits, facts(given), shipped(), fhir::client::Clock::now() + time_left, [&](CallBackReport report) { out = std::move(report); });
    EXPECT_TRUE(out);
    return out.value_or(CallBackReport());
  }
};

/// A search may be answered with an outcome; a read is answered with the resource that was asked for.
std::string_view outcome_of_error(std::string_view key) {
  if (key == "magnesium") return "error-kept-out";
  return key == "patient" || key == "encounter" ? "fhir-not-fhir" : "error";
}

TEST_F(CallBackTest, AnErrorDoesNotTakeThePlaceOfWhatTheClientSent) {
  client->answer = [](const std::string&) { return fhir::client::FhirAnswer{fhir::client::FhirFailure::none, R"({"resourceType":"OperationOutcome","issue":[{"severity":"error"}]})"}; };
  HookRequest given = request(body(R"({"magnesium":{"resourceType":"Bundle","total":9,"entry":[{"resource":{"resourceType":"Observation","id":"o"}}]}})", authorization("\"t\"")));
  const auto* before = given.prefetch.magnesium;
  const CallBackReport report = run(given);
  EXPECT_EQ(given.prefetch.magnesium, before);
  EXPECT_NE(given.prefetch.vitamin_d, nullptr);
  for (const CallBackReport::Key& each : report.keys) EXPECT_EQ(each.outcome, outcome_of_error(each.key)) << each.key;
  EXPECT_EQ(report.outcome, "failed") << "the record must not say that it came";
  EXPECT_EQ(server->breaker.state(), fhir::client::CircuitBreaker::State::closed) << "a server that answers is there";
}

TEST_F(CallBackTest, T_FHIR_3_WhatDoesNotAnswerTheQuestionIsNeverTakenForNothingFound) {
  for (const char* text : {R"({"resourceType":"CapabilityStatement","status":"active"})", R"({"resourceType":"Basic","id":"p1"})",
                           R"({"resourceType":"Observation","id":"p1"})", R"({"resourceType":"Patient","id":"another"})"}) {
    server = std::make_shared<FhirServer>(std::unique_ptr<fhir::client::FhirClient>(client = new TableClient));
    client->answer = [&](const std::string&) { return fhir::client::FhirAnswer{fhir::client::FhirFailure::none, text}; };
    HookRequest given = request(body("{}", authorization("\"t\"")));
    const CallBackReport report = run(given);
    EXPECT_EQ(report.outcome, "failed") << text;
    EXPECT_GT(report.keys.size(), 3u);
    for (const CallBackReport::Key& each : report.keys) {
      EXPECT_EQ(each.outcome, "fhir-not-fhir") << each.key << " " << text;
      EXPECT_EQ(given.unavailable[each.key], "fhir-not-fhir") << each.key << " " << text;
    }
    EXPECT_EQ(given.prefetch.magnesium, nullptr) << text;
    EXPECT_EQ(given.prefetch.patient, nullptr) << text;
  }
}

TEST_F(CallBackTest, T_FHIR_4_FiveFailedRoundsOpenTheBreakerAndOneGoodAnswerKeepsItClosed) {
  client->answer = [](const std::string& relative) {
    return fhir::client::FhirAnswer{relative.starts_with("Patient") ? fhir::client::FhirFailure::unauthorized : fhir::client::FhirFailure::server_error, {}};
  };
  for (int i = 0; i < 9; ++i) {
    HookRequest given = request(body("{}", authorization("\"t\"")));
    EXPECT_EQ(run(given).outcome, "failed");
    EXPECT_EQ(given.unavailable["magnesium"], "fhir-server-error");
  }
  client->answer = [](const std::string&) { return fhir::client::FhirAnswer{fhir::client::FhirFailure::timeout, {}}; };
  for (int i = 0; i < 5; ++i) {
    HookRequest given = request(body("{}", authorization("\"t\"")));
    run(given);
  }
  const int asked = client->asked;
  HookRequest given = request(body("{}", authorization("\"t\"")));
  EXPECT_EQ(run(given).outcome, "breaker-open");
  EXPECT_EQ(client->asked, asked);
  EXPECT_EQ(given.unavailable["magnesium"], "fhir-breaker-open");
}

TEST_F(CallBackTest, T_FHIR_4_AServerIsNotBlamedForTheLittleTimeThatWasLeft) {
  limits.fhir = std::chrono::hours(1);
  time_left = std::chrono::minutes(29);
  client->answer = [](const std::string&) { return fhir::client::FhirAnswer{fhir::client::FhirFailure::timeout, {}}; };
  for (int i = 0; i < 12; ++i) {
    HookRequest given = request(body("{}", authorization("\"t\"")));
    EXPECT_EQ(run(given).outcome, "failed") << i;
    EXPECT_EQ(given.unavailable["magnesium"], "fhir-timeout");
  }
  EXPECT_EQ(server->breaker.state(), fhir::client::CircuitBreaker::State::closed);
  client->answer = [](const std::string& relative) {  // what the server itself says still counts
    return fhir::client::FhirAnswer{relative.starts_with("Patient") ? fhir::client::FhirFailure::server_error : fhir::client::FhirFailure::timeout, {}};
  };
  for (int i = 0; i < 5; ++i) {
    HookRequest given = request(body("{}", authorization("\"t\"")));
    run(given);
  }
  EXPECT_EQ(server->breaker.state(), fhir::client::CircuitBreaker::State::open);
}

TEST_F(CallBackTest, T_FHIR_4_HalfTheTimeIsEnoughToBeBlamed) {
  limits.fhir = std::chrono::hours(1);
  time_left = std::chrono::minutes(31);
  client->answer = [](const std::string&) { return fhir::client::FhirAnswer{fhir::client::FhirFailure::timeout, {}}; };
  for (int i = 0; i < 5; ++i) {
    HookRequest given = request(body("{}", authorization("\"t\"")));
    run(given);
  }
  EXPECT_EQ(server->breaker.state(), fhir::client::CircuitBreaker::State::open);
}

TEST_F(CallBackTest, T_FHIR_4_WhatNeverWentOutIsNoSignOfLife) {
  for (int i = 0; i < 10; ++i) {
    client->answer = [i](const std::string&) {
      return fhir::client::FhirAnswer{i % 2 == 0 ? fhir::client::FhirFailure::timeout : fhir::client::FhirFailure::busy, {}};
    };
    HookRequest given = request(body("{}", authorization("\"t\"")));
    run(given);
  }
  EXPECT_EQ(server->breaker.state(), fhir::client::CircuitBreaker::State::open);
}

TEST_F(CallBackTest, T_SSRF_1_AForeignServerWithATokenIsSeenAndAClientWithoutServersIsLeftAlone) {
  ClientFhir fhir;
  fhir.servers.push_back(server);
  EXPECT_TRUE(names_a_foreign_server(request(body("{}", R"(,"fhirServer":"https://evil.example/fhir","fhirAuthorization":{})")), &fhir));
  EXPECT_FALSE(names_a_foreign_server(request(body("{}", R"(,"fhirServer":"https://evil.example/fhir")")), &fhir)) << "no token that could leave";
  EXPECT_FALSE(names_a_foreign_server(request(body("{}", authorization("\"t\""))), &fhir));
  EXPECT_FALSE(names_a_foreign_server(request(body("{}", R"(,"fhirServer":"https://evil.example/fhir","fhirAuthorization":{})")), nullptr));
  EXPECT_EQ(client->asked, 0);
}

}  // namespace
}  // namespace cofactor::service::hooks
