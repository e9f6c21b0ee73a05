// Proves: a server is asked at the address that was checked, by IPv4 or IPv6, and nothing is kept of one that is not configured any more.
#include <gtest/gtest.h>

#include <atomic>
#include <future>
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

struct HttpServers : ::testing::Test {
  std::shared_ptr<HttpTransport> transport = new_transport();
};

TEST_F(HttpServers, T_SSRF_4_TheCheckedAddressIsTheOneThatIsConnectedTo) {
  StubServer* self = nullptr;
  StubServer server(answering(self, [](const std::string&) { return json_response(patient); }));
  self = &server;
  std::atomic<int> look_ups{0};
  TransportSettings settings;
  settings.addresses = {0ms, 0ms};
  settings.resolver = [&](const std::string&) -> Result<std::vector<std::string>> { ++look_ups; return std::vector<std::string>{"127.0.0.1"}; };
  const auto rebound = new_transport(std::move(settings));
  const std::string base = "http://ehr.example:" + std::to_string(server.port()) + "/fhir";
  const auto refusing = client_of(rebound, base);
  EXPECT_EQ(answer(*refusing, "Patient/1", 5s, token).failure, FhirFailure::address);
  EXPECT_EQ(server.connections(), 0);
  const auto allowing = client_of(rebound, base, {}, 8u << 20, {{"127.0.0.0/8"}});
  EXPECT_EQ(answer(*allowing, "Patient/1", 5s, token).body, patient);
  ASSERT_EQ(server.requests_count(), 1);
  EXPECT_NE(server.requests()[0].find("\r\nHost:ehr.example:" + std::to_string(server.port()) + "\r\n"), std::string::npos) << server.requests()[0];
  EXPECT_EQ(look_ups, 2);
}

TEST_F(HttpServers, AServerAtAnIPv6AddressIsAskedThereAndNowhereElse) {
  if (!StubServer::ipv6_is_here()) GTEST_SKIP() << "this machine has no IPv6 loopback";
  StubServer* self = nullptr;
  StubServer server(answering(self, [](const std::string&) { return json_response(patient); }), nullptr, 0, true);
  self = &server;
  const auto client = client_of(transport, server.base());
  EXPECT_EQ(answer(*client, "Patient/1", 5s, token).body, patient);
  EXPECT_EQ(server.connections(), 1);
  ASSERT_EQ(server.requests_count(), 1);
  EXPECT_NE(server.requests()[0].find("\r\nHost:[::1]:" + std::to_string(server.port()) + "\r\n"), std::string::npos) << server.requests()[0];
  const auto elsewhere = client_of(transport, server.base(), {}, 8u << 20, {{"2001:db8::/32"}});
  EXPECT_EQ(answer(*elsewhere, "Patient/1", 5s, token).failure, FhirFailure::address);
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(HttpServers, AServerThatIsNotConfiguredAnyMoreKeepsNoConnection) {
  std::promise<bool> closed;
  std::atomic<int> asked{0};
  StubServer server([&](Peer& peer) {
    while (!peer.read_request().empty()) {
      ++asked;
      if (!peer.send(json_response(patient))) break;
    }
    closed.set_value(true);
  });
  auto ended = closed.get_future();
  auto client = client_of(transport, server.base());
  EXPECT_EQ(answer(*client).body, patient);
  EXPECT_EQ(server.connections(), 1);
  EXPECT_EQ(ended.wait_for(300ms), std::future_status::timeout) << "kept for the next request";
  client = nullptr;
  EXPECT_EQ(ended.wait_for(5s), std::future_status::ready) << "closed with the client";
  EXPECT_EQ(asked, 1);
}

TEST_F(HttpServers, AClientThatGoesInTheMiddleOfACallIsStillAnswered) {
  StubServer* self = nullptr;
  std::promise<void> go_on;
  const auto gate = go_on.get_future().share();
  StubServer server(answering(self, [gate](const std::string&) { gate.wait(); return json_response(patient); }));
  self = &server;
  auto client = client_of(transport, server.base());
  std::promise<FhirAnswer> promise;
  client->get("Patient/1", nullptr, Clock::now() + 5s, [&](FhirAnswer result) { promise.set_value(std::move(result)); });
  for (int i = 0; i < 500 && server.requests_count() == 0; ++i) std::this_thread::sleep_for(10ms);
  client = nullptr;
  go_on.set_value();
  EXPECT_EQ(promise.get_future().get().body, patient);
}

}  // namespace
}  // namespace cofactor::fhir::client
