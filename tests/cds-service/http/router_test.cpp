// Proves: paths, methods, content types, CORS and error bodies of the CDS service, without a
// socket.
#include "cds-service/http/router.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>
#include <thread>

#include "fhir/json/reader.hpp"

namespace cofactor::service::http {
namespace {

class Fake final : public Endpoints {
 public:
  Answer next = Answer::json("{}");
  std::vector<std::string> calls;
  Call last;

  bool has_service(std::string_view id) const override { return id == "one" || id == "a b"; }
  void discovery(Call call, AnswerReply reply) override {
    take("discovery", std::move(call), reply);
  }
  void service(Call call, AnswerReply reply) override { take("service", std::move(call), reply); }
  void feedback(Call call, AnswerReply reply) override { take("feedback", std::move(call), reply); }

 private:
  void take(const char* what, Call call, const AnswerReply& reply) {
    calls.push_back(what + (":" + call.service));
    last = std::move(call);
    reply(next);
  }
};

class FakeGate final : public Gate {
 public:
  Verdict next{Decision::admitted, {"demo", {}, {}, {}, {}}};
  std::vector<Shown> asked;
  void ask(Shown shown, Done done) override {
    asked.push_back(std::move(shown));
    done(next);
  }
};

class RouterTest : public ::testing::Test {
 protected:
  Fake endpoints_;
  FakeGate gate_;
  RouterSettings settings_{"https://h.example/base/", {}};

  Response ask(std::string method, std::string path,
               std::vector<Header> headers = {{"Content-Type", "application/json"}}) {
    Request request;
    request.method = std::move(method);
    request.path = std::move(path);
    request.headers = std::move(headers);
    request.body = "{\"a\":1}";
    request.request_id = "id-1";
    request.deadline = Clock::now() + std::chrono::seconds(30);
    Response given;
    given.status = -1;
    cds_router(settings_, gate_, endpoints_)(std::move(request),
                                      [&](Response response) { given = std::move(response); });
    return given;
  }
  static std::string field(const Response& response, std::string_view name) {
    std::string all;
    for (const Header& header : response.headers)
      if (header.name == name) all += header.value;
    return all;
  }
  static void expect_outcome(const Response& response, std::string_view code) {
    const auto document = json::parse(response.body);
    ASSERT_TRUE(document) << response.body;
    EXPECT_EQ(document->root()["resourceType"].string(), "OperationOutcome");
    ASSERT_EQ(document->root()["issue"].items().size(), 1u);
    const json::Value& issue = document->root()["issue"].items()[0];
    EXPECT_EQ(issue["severity"].string(), "error");
    EXPECT_EQ(issue["code"].string(), code);
    EXPECT_NE(issue["diagnostics"].string().find("id-1"), std::string_view::npos) << response.body;
  }
};

TEST_F(RouterTest, D_01_DiscoveryIsFoundWithAndWithoutTheBasePath) {
  for (const char* path : {"/base/cds-services", "/base/cds-services/", "/cds-services"}) {
    EXPECT_EQ(ask("GET", path, {}).status, 200) << path;
    EXPECT_EQ(endpoints_.calls.back(), "discovery:") << path;
  }
  EXPECT_EQ(ask("HEAD", "/base/cds-services", {}).status, 200);
}

TEST_F(RouterTest, SendsCallsWhereTheyBelong) {
  ask("POST", "/base/cds-services/one");
  EXPECT_EQ(endpoints_.calls.back(), "service:one");
  EXPECT_EQ(endpoints_.last.body, "{\"a\":1}");
  EXPECT_EQ(endpoints_.last.request_id, "id-1");
  ask("POST", "/cds-services/one/");
  EXPECT_EQ(endpoints_.calls.back(), "service:one");
  ask("POST", "/base/cds-services/one/feedback");
  EXPECT_EQ(endpoints_.calls.back(), "feedback:one");
  ask("POST", "/base/cds-services/a%20b");
  EXPECT_EQ(endpoints_.calls.back(), "service:a b");
  ask("POST", "/base/cds-services/%6Fne");
  EXPECT_EQ(endpoints_.calls.back(), "service:one");
}

TEST_F(RouterTest, T_10_UnknownPathsAndServicesAre404) {
  for (const char* path :
       {"/", "/base", "/cds-services-x", "/base/cds-services/two", "/base/cds-services/one/other",
        "/base/cds-services/one/feedback/x", "/base/cds-services//",
        "/base/cds-services/one%2Ffeedback", "/base/cds-services/o%ne", "/base/cds-services/one%00",
        "/basecds-services", "/base/../cds-services", "/other/cds-services"}) {
    const Response response = ask("POST", path);
    EXPECT_EQ(response.status, 404) << path;
    expect_outcome(response, "not-found");
  }
  EXPECT_TRUE(endpoints_.calls.empty());
}

TEST_F(RouterTest, T_10_AWrongMethodIs405WithAllow) {
  for (const char* method : {"POST", "PUT", "DELETE", "TRACE", "BREW"}) {
    const Response response = ask(method, "/base/cds-services");
    EXPECT_EQ(response.status, 405) << method;
    EXPECT_EQ(field(response, "Allow"), "GET, HEAD, OPTIONS");
    expect_outcome(response, "not-supported");
  }
  for (const char* path : {"/base/cds-services/one", "/base/cds-services/one/feedback"}) {
    const Response response = ask("GET", path);
    EXPECT_EQ(response.status, 405) << path;
    EXPECT_EQ(field(response, "Allow"), "POST, OPTIONS");
  }
  EXPECT_TRUE(endpoints_.calls.empty());
}

TEST_F(RouterTest, T_10_OnlyJsonIsTakenWithAnyParameters) {
  for (const char* type :
       {"application/json", "Application/JSON; charset=utf-8", "application/json;q=1;x",
        "application/fhir+json", "application/json \t; a"})
    EXPECT_EQ(ask("POST", "/base/cds-services/one", {{"Content-Type", type}}).status, 200) << type;
  for (const char* type : {"", "text/json", "text/plain", "application/xml", "application/jsonx",
                           "application/+json", "application/x-www-form-urlencoded"}) {
    const Response response = ask("POST", "/base/cds-services/one", {{"content-type", type}});
    EXPECT_EQ(response.status, 415) << type;
    expect_outcome(response, "not-supported");
  }
}

TEST_F(RouterTest, TurnsEveryKindOfAnswerIntoItsStatus) {
  const auto status = [&](Answer::Kind kind) {
    endpoints_.next = Answer::refusal(kind, "some words");
    endpoints_.next.decision = "d-1";
    const Response response = ask("POST", "/base/cds-services/one");
    EXPECT_EQ(field(response, "X-Cofactor-Decision"), "d-1");
    return response;
  };
  EXPECT_EQ(status(Answer::Kind::accepted_empty).status, 200);
  EXPECT_EQ(status(Answer::Kind::accepted_empty).body, "");
  Response response = status(Answer::Kind::malformed);
  EXPECT_EQ(response.status, 400);
  expect_outcome(response, "invalid");
  EXPECT_EQ(status(Answer::Kind::unknown_service).status, 404);
  response = status(Answer::Kind::precondition_failed);
  EXPECT_EQ(response.status, 412);
  expect_outcome(response, "required");
  response = status(Answer::Kind::unavailable);
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(field(response, "Retry-After"), "1");
  expect_outcome(response, "transient");
  response = status(Answer::Kind::internal);
  EXPECT_EQ(response.status, 500);
  expect_outcome(response, "exception");
}

TEST_F(RouterTest, TheHookMayNameTheCodeAndThePlace) {
  endpoints_.next = Answer::refusal(Answer::Kind::malformed, "say \"which\" hook", "hook");
  endpoints_.next.code = "required";
  const Response response = ask("POST", "/base/cds-services/one");
  expect_outcome(response, "required");
  EXPECT_NE(response.body.find(R"("expression":["hook"])"), std::string::npos) << response.body;
}

class CorsTest : public RouterTest {
 protected:
  CorsTest() {
    settings_.cors_origins = {"https://a.example", "http://b.example:8080", "https://a.example"};
  }
  static constexpr const char* kAll[] = {"/base/cds-services", "/base/cds-services/one",
                                         "/base/cds-services/one/feedback"};
  Response preflight(const char* path, const char* origin) {
    return ask("OPTIONS", path,
               {{"Origin", origin},
                {"Access-Control-Request-Method", "POST"},
                {"Access-Control-Request-Headers", "authorization,content-type"}});
  }
};

TEST_F(CorsTest, X_01_PreflightNeedsNoAuthentication) {
  for (const char* path : kAll) EXPECT_EQ(preflight(path, "https://a.example").status, 204) << path;
  EXPECT_TRUE(endpoints_.calls.empty());
}

TEST_F(CorsTest, X_02_PreflightNamesOriginMethodsAndHeaders) {
  for (const char* path : kAll) {
    const Response response = preflight(path, "http://b.example:8080");
    EXPECT_EQ(field(response, "Access-Control-Allow-Origin"), "http://b.example:8080");
    EXPECT_EQ(field(response, "Access-Control-Allow-Methods"), "GET, POST, OPTIONS");
    EXPECT_EQ(field(response, "Access-Control-Allow-Headers").substr(0, 27),
              "Authorization, Content-Type");
    EXPECT_EQ(field(response, "Access-Control-Max-Age"), "600");
  }
}

TEST_F(CorsTest, X_03_AuthorizationIsListedByNameAndNothingIsAStar) {
  for (const Header& header : preflight(kAll[1], "https://a.example").headers)
    EXPECT_EQ(header.value.find('*'), std::string::npos) << header.name;
}

TEST_F(CorsTest, X_04_ErrorsCarryTheOriginToo) {
  const std::vector<Header> headers{{"Origin", "https://a.example"},
                                    {"Content-Type", "application/json"}};
  const auto allowed = [&](const Response& response, int status) {
    EXPECT_EQ(response.status, status);
    EXPECT_EQ(field(response, "Access-Control-Allow-Origin"), "https://a.example") << status;
    EXPECT_EQ(field(response, "Vary"), "Origin") << status;
  };
  allowed(ask("POST", kAll[1], headers), 200);
  allowed(ask("GET", kAll[1], headers), 405);
  allowed(ask("POST", "/base/cds-services/none", headers), 404);
  allowed(ask("POST", kAll[1], {headers[0]}), 415);
  endpoints_.next = Answer::refusal(Answer::Kind::malformed, "x");
  allowed(ask("POST", kAll[1], headers), 400);
  endpoints_.next = Answer::refusal(Answer::Kind::precondition_failed, "x");
  allowed(ask("POST", kAll[1], headers), 412);
  endpoints_.next = Answer::refusal(Answer::Kind::unavailable, "x");
  allowed(ask("POST", kAll[1], headers), 503);
}

TEST_F(CorsTest, X_05_OnlyListedOriginsAreEchoedAndNoCredentials) {
  for (const char* origin :
       {"https://evil.example", "null", "https://a.example.evil", "http://a.example",
        "https://A.example", "https://a.example:443", "https://a.example/", "*", ""})
    for (const Response& response :
         {preflight(kAll[1], origin),
          ask("POST", kAll[1], {{"Origin", origin}, {"Content-Type", "application/json"}})}) {
      for (const Header& header : response.headers)
        EXPECT_FALSE(header.name.starts_with("Access-Control-")) << origin << " " << header.name;
      EXPECT_EQ(field(response, "Vary"), "Origin") << origin;
    }
  EXPECT_EQ(field(preflight(kAll[1], "https://a.example"), "Access-Control-Allow-Credentials"), "");
}

TEST_F(RouterTest, C_07_T_JWT_21_WhoIsNotAdmittedGetsTheSame401WhateverTheCauseAndNothingIsLookedAt) {
  gate_.next.decision = Gate::Decision::refused;
  const Response first = ask("POST", "/base/cds-services/one");
  EXPECT_EQ(first.status, 401);
  EXPECT_EQ(field(first, "WWW-Authenticate"), "Bearer");
  EXPECT_EQ(first.body.find("id-1"), std::string::npos) << "not one byte may differ";
  for (const char* path : {"/base/cds-services/one", "/base/cds-services/one/feedback"})
    EXPECT_EQ(ask("POST", path).body, first.body);
  EXPECT_EQ(ask("GET", "/base/cds-services").body, first.body) << "D-16: discovery too";
  EXPECT_TRUE(endpoints_.calls.empty());
}

TEST_F(RouterTest, TheGateSeesEveryCredentialAndWhatIsCalled) {
  ask("POST", "/base/cds-services/one/feedback",
      {{"Content-Type", "application/json"}, {"authorization", "Bearer a"}, {"Authorization", "Bearer b"}});
  ASSERT_EQ(gate_.asked.size(), 1u);
  EXPECT_EQ(gate_.asked[0].authorization, (std::vector<std::string>{"Bearer a", "Bearer b"}));
  EXPECT_EQ(gate_.asked[0].service, "one");
  EXPECT_EQ(gate_.asked[0].purpose, Gate::Purpose::feedback);
  EXPECT_EQ(endpoints_.last.caller.client, "demo");
}

TEST_F(RouterTest, AGateThatCannotTellAsksToTryAgain) {
  gate_.next.decision = Gate::Decision::unavailable;
  const Response response = ask("POST", "/base/cds-services/one");
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(field(response, "Retry-After"), "1");
  EXPECT_TRUE(endpoints_.calls.empty());
}

TEST_F(RouterTest, AClientThatHasItsShareOfCallsUnderWayIsAskedToTryAgainAndAnotherIsServed) {
  struct Holding final : Endpoints {
    std::vector<AnswerReply> open;
    bool has_service(std::string_view) const override { return true; }
    void discovery(Call, AnswerReply reply) override { open.push_back(std::move(reply)); }
    void service(Call, AnswerReply reply) override { open.push_back(std::move(reply)); }
    void feedback(Call, AnswerReply reply) override { open.push_back(std::move(reply)); }
  } holding;
  settings_.calls_under_way = 8;
  const Handler handler = cds_router(settings_, gate_, holding);
  std::vector<int> statuses;
  const auto post = [&](const char* client) {
    gate_.next.caller.client = client;
    Request request;
    request.method = "POST";
    request.path = "/base/cds-services/one";
    request.headers = {{"Content-Type", "application/json"}};
    request.deadline = Clock::now() + std::chrono::seconds(30);
    handler(std::move(request), [&](Response response) { statuses.push_back(response.status); });
  };
  for (int i = 0; i < 20; ++i) post("greedy");
  EXPECT_EQ(statuses, std::vector<int>(20 - holding.open.size(), 503));
  EXPECT_LT(holding.open.size(), 8u);
  const std::size_t before = holding.open.size();
  post("modest");
  EXPECT_EQ(holding.open.size(), before + 1);
  holding.open.clear();  // unanswered replies give their places back too
  post("greedy");
  EXPECT_EQ(holding.open.size(), 1u);
}

TEST_F(RouterTest, AVerdictFromAnotherThreadDoesNotEvaluateThereAndALateOneNotAtAll) {
  struct Late final : Gate {
    Done done;
    void ask(Shown, Done given) override { done = std::move(given); }
  } gate;
  struct Later final : CallThread {
    std::vector<std::function<void()>> posted;
    void go_on(std::function<void()> work) override { posted.push_back(std::move(work)); }
  };
  const auto own = std::make_shared<Later>();
  const Handler handler = cds_router(settings_, gate, endpoints_);
  const auto post = [&](Clock::time_point deadline) {
    Request request;
    request.method = "POST";
    request.path = "/base/cds-services/one";
    request.headers = {{"Content-Type", "application/json"}};
    request.deadline = deadline;
    request.thread = own;
    int status = -1;
    handler(std::move(request), [&](Response response) { status = response.status; });
    std::thread([&] { gate.done({Gate::Decision::admitted, {"demo", {}, {}, {}, {}}}); }).join();
    EXPECT_EQ(status, -1) << "not on the gate's thread";
    // Taken out: what is kept would hold the thread that keeps it.
    std::exchange(own->posted, {}).back()();
    return status;
  };
  EXPECT_EQ(post(Clock::now() + std::chrono::seconds(30)), 200);
  EXPECT_EQ(endpoints_.calls.size(), 1u);
  EXPECT_EQ(post(Clock::now() - std::chrono::seconds(1)), 503);
  EXPECT_EQ(endpoints_.calls.size(), 1u);
}

TEST_F(RouterTest, AStarIsForOptionsAlone) {
  EXPECT_EQ(ask("OPTIONS", "*").status, 204);
  for (const char* method : {"POST", "GET"}) {
    const Response response = ask(method, "*");
    EXPECT_EQ(response.status, 405);
    EXPECT_EQ(field(response, "Allow"), "OPTIONS");
  }
  EXPECT_TRUE(gate_.asked.empty());
}

TEST_F(RouterTest, X_01_APreflightAndAWrongPathNeedNoCredential) {
  gate_.next.decision = Gate::Decision::refused;
  EXPECT_EQ(ask("OPTIONS", "/base/cds-services/one").status, 204);
  EXPECT_EQ(ask("POST", "/base/elsewhere").status, 404);
  EXPECT_TRUE(gate_.asked.empty());
}

TEST_F(RouterTest, X_06_CorsIsOffUnlessConfigured) {
  const Response preflight =
      ask("OPTIONS", "/base/cds-services",
          {{"Origin", "https://a.example"}, {"Access-Control-Request-Method", "GET"}});
  EXPECT_EQ(preflight.status, 204);
  EXPECT_EQ(field(preflight, "Allow"), "GET, HEAD, OPTIONS");
  for (const Header& header : preflight.headers) EXPECT_EQ(header.name, "Allow");
  EXPECT_TRUE(ask("GET", "/base/cds-services", {{"Origin", "https://a.example"}}).headers.empty());
}

TEST(OperationsRouter, ShowsLiveReadyAndMetrics) {
  std::vector<std::string> reasons;
  const Handler handler =
      operations_router({[&] { return reasons; }, [] { return std::string("metric 1\n"); }});
  const auto ask = [&](const char* method, const char* path) {
    Request request;
    request.method = method;
    request.path = path;
    Response given;
    handler(std::move(request), [&](Response response) { given = std::move(response); });
    return given;
  };
  EXPECT_EQ(ask("GET", "/health/live").body, R"({"status":"live"})");
  EXPECT_EQ(ask("GET", "/health/ready").body, R"({"status":"ready"})");
  reasons = {"audit-unwritable"};
  EXPECT_EQ(ask("GET", "/health/ready").status, 503);
  EXPECT_EQ(ask("GET", "/health/ready").body,
            R"({"status":"not-ready","reasons":["audit-unwritable"]})");
  EXPECT_EQ(ask("GET", "/metrics").body, "metric 1\n");
  EXPECT_EQ(ask("GET", "/metrics").content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(ask("POST", "/metrics").status, 405);
  EXPECT_EQ(ask("GET", "/cds-services").status, 404);
}

}  // namespace
}  // namespace cofactor::service::http
