// Proves: whatever a FHIR server sends, or does not send, a request ends in time, within bounds, with one answer, and the
// token goes to that server alone.
#include "fhir/client/http_transport.hpp"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdio>
#include <cstdlib>
#include <thread>

#include "tests/fhir/client/running_client.hpp"
#include "tests/fhir/client/stub_server.hpp"

namespace cofactor::fhir::client {
namespace {

using namespace std::chrono_literals;
using testing::answer;
using testing::client_of;
using testing::json_response;
using testing::new_transport;
using testing::Peer;
using testing::StubServer;

constexpr const char* patient = R"({"resourceType":"Patient","id":"1"})";
constexpr const char* token = "canary-token-7f31";

/// Answers each first request of a connection with raw bytes, then closes or keeps quiet.
StubServer::Script raw(std::string bytes, bool then_close = true) {
  return [bytes = std::move(bytes), then_close](Peer& peer) {
    if (peer.read_request().empty()) return;
    peer.send(bytes);
    if (!then_close) peer.pause(30s);
  };
}

std::string response(int code, const std::string& more_headers = "", const std::string& body = "{}") {
  return "HTTP/1.1 " + std::to_string(code) + " X\r\nContent-Type: application/fhir+json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         more_headers + "\r\n" + body;
}

std::chrono::milliseconds since(Clock::time_point then) { return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - then); }

struct HttpTransportTest : ::testing::Test {
  std::shared_ptr<HttpTransport> transport = new_transport();
  FhirAnswer ask(StubServer::Script script, std::chrono::milliseconds within = 5s) {
    StubServer server(std::move(script));
    const auto client = client_of(transport, server.base());
    return answer(*client, "Patient/1", within, token);
  }
};

TEST_F(HttpTransportTest, R_12_TheQueryGoesOutBelowTheBaseWithTheTokenAndNothingElse) {
  StubServer* self = nullptr;
  StubServer server(answering(self, [](const std::string&) { return json_response(patient); }));
  self = &server;
  const auto client = client_of(transport, server.base("/api/fhir/r4"));
  const auto result = answer(*client, "Observation?patient=1&code=http%3A%2F%2Floinc.org%7C19123-9,http://loinc.org%7C2601-3&_count=50", 5s, token);
  EXPECT_EQ(code_of(result.failure), "");
  EXPECT_EQ(result.body, patient);
  EXPECT_EQ(answer(*client, "?_getpages=7&x=%20y", 5s, token).body, patient);
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_TRUE(requests[0].starts_with("GET /api/fhir/r4/Observation?patient=1&code=http%3A%2F%2Floinc.org%7C19123-9,http://loinc.org%7C2601-3&_count=50 HTTP/1.1\r\n"))
      << requests[0];
  EXPECT_TRUE(requests[1].starts_with("GET /api/fhir/r4?_getpages=7&x=%20y HTTP/1.1\r\n")) << requests[1];
  for (const char* line : {"\r\nAuthorization:Bearer canary-token-7f31\r\n", "\r\nAccept:application/fhir+json\r\n", "\r\nAccept-Encoding:identity\r\n"})
    EXPECT_NE(requests[0].find(line), std::string::npos) << line << "\n" << requests[0];
  EXPECT_NE(requests[0].find("\r\nHost:127.0.0.1:" + std::to_string(server.port()) + "\r\n"), std::string::npos) << requests[0];
  for (const char* header : {"Cookie", "Referer", "Proxy", "TE:", "Content-"}) EXPECT_EQ(requests[0].find(header), std::string::npos) << requests[0];
  for (int i = 0; i < 4; ++i) {
    std::this_thread::sleep_for(20ms);  // a connection goes back to the pool a moment after its answer
    EXPECT_EQ(answer(*client).body, patient);
  }
  EXPECT_LT(server.connections(), server.requests_count()) << "connections are kept";
}

TEST_F(HttpTransportTest, T_SSRF_8_ProxyVariablesNetrcAndCookiesAreIgnored) {
  StubServer proxy(raw(response(200, "", patient)));
  const std::string url = "http://127.0.0.1:" + std::to_string(proxy.port());
  for (const char* name : {"http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}) setenv(name, url.c_str(), 1);
  StubServer* self = nullptr;
  StubServer server(answering(self, [](const std::string&) { return response(200, "Set-Cookie: a=b; Path=/\r\n", patient); }));
  self = &server;
  const auto client = client_of(transport, server.base());
  for (int i = 0; i < 2; ++i) EXPECT_EQ(answer(*client).body, patient);
  for (const char* name : {"http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}) unsetenv(name);
  EXPECT_EQ(proxy.connections(), 0);
  for (const std::string& request : server.requests()) EXPECT_EQ(request.find("Cookie"), std::string::npos);
}

TEST_F(HttpTransportTest, T_SSRF_3_RedirectsAreNotFollowedAndTheTokenStays) {
  StubServer elsewhere(raw(response(200, "", patient)));
  for (const int code : {301, 302, 303, 307, 308})
    for (const std::string& location : {"http://127.0.0.1:" + std::to_string(elsewhere.port()) + "/x", std::string("file:///etc/passwd"),
                                        std::string("/fhir/Patient/2"), std::string("https://127.0.0.1/x")}) {
      const auto result = ask(raw(response(code, "Location: " + location + "\r\n")));
      EXPECT_EQ(result.failure, FhirFailure::redirect) << code << " " << location;
      EXPECT_TRUE(result.body.empty());
    }
  EXPECT_EQ(elsewhere.connections(), 0);
}

TEST_F(HttpTransportTest, T_FHIR_4_EachRefusalHasItsCodeAndIsNotRepeated) {
  const std::pair<int, FhirFailure> rows[] = {{401, FhirFailure::unauthorized}, {403, FhirFailure::forbidden},      {404, FhirFailure::not_found},
                                              {410, FhirFailure::not_found},    {429, FhirFailure::rate_limited},   {400, FhirFailure::refused},
                                              {500, FhirFailure::server_error}, {503, FhirFailure::server_error},   {599, FhirFailure::server_error},
                                              {201, FhirFailure::not_fhir},     {206, FhirFailure::not_fhir},       {700, FhirFailure::not_fhir}};
  for (const auto& [code, failure] : rows) {
    StubServer* self = nullptr;
    StubServer server(answering(self, [code = code](const std::string&) { return response(code, "Retry-After: 0\r\n"); }));
    self = &server;
    const auto client = client_of(transport, server.base());
    const auto result = answer(*client);
    EXPECT_EQ(result.failure, failure) << code;
    EXPECT_TRUE(result.body.empty());
    EXPECT_EQ(server.requests_count(), 1) << code;
  }
}

TEST_F(HttpTransportTest, T_FHIR_4_AnIdleConnectionThatTheServerClosedIsReplacedOnce) {
  StubServer* self = nullptr;
  StubServer server([&self](Peer& peer) {  // one answer a connection, without saying so
    const std::string request = peer.read_request();
    if (request.empty()) return;
    self->note(request);
    peer.send(json_response(patient));
  });
  self = &server;
  const auto client = client_of(transport, server.base());
  for (int i = 0; i < 5; ++i) EXPECT_EQ(answer(*client).body, patient) << i;
  EXPECT_EQ(server.requests_count(), 5);
}

TEST_F(HttpTransportTest, NobodyListeningIsToldAtOnce) {
  std::string base;
  { StubServer gone(raw("")); base = gone.base(); }
  const auto client = client_of(transport, base);
  const auto begin = Clock::now();
  EXPECT_EQ(answer(*client).failure, FhirFailure::unreachable);
  EXPECT_LT(since(begin), 3s);
}

TEST_F(HttpTransportTest, T_FHIR_2_OneAbsoluteDeadlineInEveryPhase) {
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\n";
  const auto dripping = [](std::string first, std::string piece) {
    return [first, piece](Peer& peer) {
      if (peer.read_request().empty()) return;
      peer.send(first);
      for (int i = 0; i < 600; ++i)
        if (!peer.send(piece) || !peer.pause(50ms)) return;
    };
  };
  const std::pair<const char*, StubServer::Script> rows[] = {
      {"silence", [](Peer& peer) { peer.pause(30s); }},
      {"silence after the request", raw("", false)},
      {"header drip", dripping(head, "X-A: b\r\n")},
      {"header drip of bytes", dripping(head + "X: ", "a")},
      {"body drip", dripping(head + "Content-Length: 5000\r\n\r\n", " ")},
      {"chunk drip", dripping(head + "Transfer-Encoding: chunked\r\n\r\n", "1\r\n \r\n")},
      {"stall in the body", raw(head + "Content-Length: 50\r\n\r\n{", false)},
      {"stall in the header", raw(head, false)},
  };
  for (const auto& [name, script] : rows) {
    StubServer server(script);
    const auto client = client_of(transport, server.base());
    const auto begin = Clock::now();
    const auto result = answer(*client, "Patient/1", 300ms);
    EXPECT_EQ(result.failure, FhirFailure::timeout) << name;
    EXPECT_GE(since(begin), 299ms) << name;
    EXPECT_LT(since(begin), 2s) << name;
  }
}

TEST_F(HttpTransportTest, T_FHIR_2_ADeadlineInThePastAsksNobody) {
  StubServer server(raw(json_response(patient)));
  const auto client = client_of(transport, server.base());
  EXPECT_EQ(answer(*client, "Patient/1", -1ms).failure, FhirFailure::timeout);
  EXPECT_EQ(server.connections(), 0);
}

TEST_F(HttpTransportTest, T_FHIR_2_AHangingNameServerMeetsTheDeadline) {
  std::promise<void> let_go;
  TransportSettings settings;
  settings.resolver = [gate = let_go.get_future().share()](const std::string&) -> Result<std::vector<std::string>> {
    gate.wait();
    return std::vector<std::string>{"127.0.0.1"};
  };
  const auto slow = new_transport(std::move(settings));
  const auto client = client_of(slow, "http://ehr.example/fhir");
  const auto begin = Clock::now();
  EXPECT_EQ(answer(*client, "Patient/1", 300ms).failure, FhirFailure::timeout);
  EXPECT_LT(since(begin), 2s);
  let_go.set_value();
}

TEST_F(HttpTransportTest, T_TOK_2_ACallThatEndedHoldsNoTokenThoughTheNameServerStillHangs) {
  std::promise<void> let_go;
  TransportSettings settings;
  settings.resolver = [gate = let_go.get_future().share()](const std::string&) -> Result<std::vector<std::string>> {
    gate.wait();
    return std::vector<std::string>{"127.0.0.1"};
  };
  const auto slow = new_transport(std::move(settings));
  const auto client = client_of(slow, "http://ehr.example/fhir");
  auto secret = std::make_shared<const SecretText>(token);
  const std::weak_ptr<const SecretText> held = secret;
  const auto promise = std::make_shared<std::promise<FhirFailure>>();
  auto ended = promise->get_future();
  client->get("Patient/1", std::move(secret), Clock::now() + 100ms, [promise](FhirAnswer result) { promise->set_value(result.failure); });
  EXPECT_FALSE(held.expired());
  const bool came = ended.wait_for(20s) == std::future_status::ready;
  EXPECT_TRUE(came);
  EXPECT_TRUE(held.expired());
  let_go.set_value();
  if (came) {
    EXPECT_EQ(ended.get(), FhirFailure::timeout);
  }
}

/// Listens and never accepts: whoever comes waits.
class DeafServer {
 public:
  DeafServer() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    if (bind(socket_, reinterpret_cast<sockaddr*>(&at), size) != 0 || listen(socket_, 4) != 0 ||
        getsockname(socket_, reinterpret_cast<sockaddr*>(&at), &size) != 0)
      ADD_FAILURE() << "cannot listen";
    port_ = ntohs(at.sin_port);
  }
  ~DeafServer() { close(socket_); }
  DeafServer(const DeafServer&) = delete;
  DeafServer& operator=(const DeafServer&) = delete;
  std::string base() const { return "http://127.0.0.1:" + std::to_string(port_) + "/fhir"; }

 private:
  int socket_;
  std::uint16_t port_ = 0;
};

TEST_F(HttpTransportTest, WhoIsToldThatAServerIsBusyMayAskItAgain) {
  const DeafServer server;
  struct Seen {
    std::atomic<int> busy{0}, again{0};
  };
  const auto seen = std::make_shared<Seen>();
  const auto client = client_of(transport, server.base());
  std::promise<void> all_begun;
  auto begun = all_begun.get_future();
  std::thread asking([&, seen] {
    FhirClient* const to = client.get();
    for (int i = 0; i < 600 && seen->busy == 0; ++i)
      to->get("Patient/1", nullptr, Clock::now() + 60s, [to, seen](FhirAnswer first) {
        if (first.failure != FhirFailure::busy) return;
        ++seen->busy;
        to->get("Patient/1", nullptr, Clock::now() + 60s, [seen](FhirAnswer second) {
          if (second.failure == FhirFailure::busy) ++seen->again;
        });
      });
    all_begun.set_value();
  });
  if (begun.wait_for(30s) != std::future_status::ready) {
    std::fprintf(stderr, "the transport waits for itself\n");
    std::_Exit(1);  // nothing here could end in order any more
  }
  asking.join();
  transport->stop();
  EXPECT_EQ(seen->busy, 1);
  EXPECT_EQ(seen->again, 1);
}

TEST_F(HttpTransportTest, T_FHIR_1_BodiesHeadersAndChunksAreBounded) {
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\n";
  const auto endless = [](std::string first, std::string piece) {
    return [first, piece](Peer& peer) {
      if (peer.read_request().empty() || !peer.send(first)) return;
      for (int i = 0; i < 4096 && peer.send(piece); ++i) {
      }
    };
  };
  const std::string block(256u << 10, ' ');
  const std::pair<const char*, StubServer::Script> rows[] = {
      {"announced", raw(head + "Content-Length: 9000000\r\n\r\n", false)},
      {"announced absurdly", raw(head + "Content-Length: 99999999999999999999999\r\n\r\n", false)},
      {"until the end of the connection", endless(head + "\r\n", block)},
      {"many chunks", endless(head + "Transfer-Encoding: chunked\r\n\r\n", "40000\r\n" + block + "\r\n")},
      {"one huge chunk", endless(head + "Transfer-Encoding: chunked\r\n\r\n7fffff00\r\n", block)},
      {"one chunk of negative size", endless(head + "Transfer-Encoding: chunked\r\n\r\n-3\r\n", block)},
      {"one endless header", endless(head + "X: ", block)},
      {"one endless chunk header", endless(head + "Transfer-Encoding: chunked\r\n\r\n5;", std::string(256u << 10, 'a'))},
  };
  for (const auto& [name, script] : rows) {
    StubServer server(script);
    const auto client = client_of(transport, server.base());
    const auto begin = Clock::now();
    EXPECT_EQ(code_of(answer(*client, "Patient/1", 20s).failure), "fhir-too-large") << name;
    EXPECT_LT(since(begin), 15s) << name;
  }
}

TEST_F(HttpTransportTest, T_FHIR_1_ChunksOfNegativeSizeDoNotEndTheProcess) {
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const std::string& chunks : {std::string("-1\r\n\r\n"), std::string("-2\r\n\r\n"), std::string("-2\r\n"), std::string("5\r\n{    \r\n-1\r\n\r\n"),
                                    std::string("5\r\n{    \r\n-2\r\n\r\n"), std::string("ffffffff\r\n"), std::string("-80000000\r\n"), std::string("zz\r\n"),
                                    std::string("\r\n\r\n"), std::string("100000000\r\n")}) {
    const auto result = ask(raw(head + chunks), 10s);
    EXPECT_NE(result.failure, FhirFailure::none) << chunks;
    EXPECT_NE(result.failure, FhirFailure::timeout) << chunks;
  }
}

TEST_F(HttpTransportTest, T_FHIR_1_CompressedAnswersAreNotAskedForAndNotRead) {
  for (const char* coding : {"gzip", "deflate", "br", "x-gzip, identity"})
    EXPECT_EQ(ask(raw(response(200, std::string("Content-Encoding: ") + coding + "\r\n", patient))).failure, FhirFailure::not_fhir) << coding;
  EXPECT_EQ(ask(raw(response(200, "Content-Encoding: identity\r\n", patient))).body, patient);
}

TEST_F(HttpTransportTest, T_FHIR_3_WhatIsNoPlainHttpAnswerIsNoAnswer) {
  const std::string body = patient;
  for (const std::string& bytes : {
           std::string("SSH-2.0-OpenSSH_9.2\r\n\r\n"), std::string("HTTP/1.1 OK\r\n\r\n"), std::string("HTTP/5.6 200 OK\r\nContent-Length: 0\r\n\r\n"),
           std::string("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 13\r\n\r\n<html></html>"),
           std::string("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"), std::string("HTTP/1.1 100 Continue\r\n\r\n"),
           std::string("HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{   }\r\n0\r\n\r\n"),
           std::string("HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"),
           std::string("HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nContent-Length: -5\r\n\r\n{}"),
           std::string("HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nContent-Length: 2\r\nContent-Length: 30\r\n\r\n{}"),
           std::string("HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nContent-Length: 0x5\r\n\r\n{   }")})
    EXPECT_EQ(code_of(ask(raw(bytes)).failure), "fhir-not-fhir") << bytes;
  EXPECT_EQ(code_of(ask(raw("HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nContent-Length: 500\r\n\r\n{")).failure), "fhir-unreachable");
  EXPECT_EQ(ask(raw("HTTP/1.1 200 OK\r\nContent-Type: Application/FHIR+JSON; charset=utf-8\r\n\r\n" + body)).body, patient) << "until the end";
}

TEST_F(HttpTransportTest, T_FHIR_3_ASecondAnswerIsNeverTakenForTheNextRequests) {
  for (const bool at_once : {true, false}) {
    StubServer server([at_once](Peer& peer) {
      const std::string extra = json_response(R"({"resourceType":"Patient","id":"another"})");
      while (!peer.read_request().empty()) {
        peer.send(json_response(patient) + (at_once ? extra : ""));
        if (!at_once) peer.pause(5ms);
        if (!at_once) peer.send(extra);
      }
    });
    const auto client = client_of(transport, server.base());
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ(answer(*client).body, patient);
      std::this_thread::sleep_for(100ms);
    }
    if (!at_once) {
      EXPECT_EQ(server.connections(), 3) << "a connection with unread bytes is not used again";
    }
  }
}

TEST_F(HttpTransportTest, ManyParallelRequestsAndOneEndOfAll) {
  std::atomic<int> answered{0}, good{0};
  StubServer* self = nullptr;
  StubServer server(answering(self, [](const std::string&) { return json_response(patient); }));
  {
    const auto client = client_of(transport, server.base());
    for (int i = 0; i < 200; ++i)
      client->get("Patient/1", nullptr, Clock::now() + 20s, [&](FhirAnswer result) {
        if (result.body == patient) ++good;
        ++answered;
      });
    for (int i = 0; i < 2000 && answered < 200; ++i) std::this_thread::sleep_for(10ms);
  }
  EXPECT_EQ(answered, 200);
  EXPECT_EQ(good, 200);
}

TEST_F(HttpTransportTest, TheEndOfTheTransportEndsWhatRuns) {
  StubServer server([](Peer& peer) { peer.pause(30s); });
  std::atomic<int> answered{0};
  {
    auto brief = new_transport();
    const auto client = client_of(brief, server.base());
    for (int i = 0; i < 5; ++i) client->get("Patient/1", nullptr, Clock::now() + 60s, [&](FhirAnswer) { ++answered; });
    std::this_thread::sleep_for(100ms);
  }
  EXPECT_EQ(answered, 5);
}

TEST_F(HttpTransportTest, AfterStopNoCallBackRunsAndNoneBegins) {
  StubServer server(raw(json_response(patient)));
  std::atomic<int> begun{0}, ended{0};
  const auto client = client_of(transport, server.base());
  client->get("Patient/1", nullptr, Clock::now() + 5s, [&](FhirAnswer) {
    ++begun;
    std::this_thread::sleep_for(300ms);
    ++ended;
  });
  for (int i = 0; i < 500 && begun == 0; ++i) std::this_thread::sleep_for(10ms);
  transport->stop();
  EXPECT_EQ(ended, 1) << "stop() waits for what runs";
  EXPECT_EQ(answer(*client).failure, FhirFailure::unreachable);
}

}  // namespace
}  // namespace cofactor::fhir::client
