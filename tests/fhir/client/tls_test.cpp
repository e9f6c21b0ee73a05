// Proves: only a server that holds a valid certificate for its configured name, from the configured CA, gets a request.
#include <gtest/gtest.h>

#include "tests/fhir/client/running_client.hpp"
#include "tests/fhir/client/stub_server.hpp"

namespace cofactor::fhir::client {
namespace {

using namespace std::chrono_literals;
using namespace testing;

constexpr const char* patient = R"({"resourceType":"Patient","id":"1"})";

struct TlsTest : ::testing::Test {
  static TransportSettings settings() {
    TransportSettings out;
    out.resolver = [](const std::string&) -> Result<std::vector<std::string>> { return std::vector<std::string>{"127.0.0.1"}; };
    return out;
  }
  std::shared_ptr<HttpTransport> transport = new_transport(settings());

  FhirAnswer ask(const Identity& identity, const std::string& ca_pem, int& requests, int most_tls = 0, const std::string& host = "localhost") {
    StubServer* self = nullptr;
    StubServer server(answering(self, [](const std::string&) { return json_response(patient); }), &identity, most_tls);
    self = &server;
    const ScratchFile ca(ca_pem);
    const auto client = client_of(transport, "https://" + host + ":" + std::to_string(server.port()) + "/fhir", ca.path(), 8u << 20, {{"127.0.0.0/8"}});
    auto result = answer(*client, "Patient/1", 5s, "canary-token-7f31");
    if (result.failure == FhirFailure::none) result = answer(*client, "Patient/1", 5s, "canary-token-7f31");
    requests = server.requests_count();
    for (const std::string& request : server.requests())
      EXPECT_NE(request.find("\r\nHost:" + host + ":" + std::to_string(server.port()) + "\r\n"), std::string::npos) << request;
    return result;
  }
};

TEST_F(TlsTest, T_FHIR_5_AValidCertificateOfThePrivateCa) {
  const Identity identity = make_identity({});
  int requests = 0;
  EXPECT_EQ(ask(identity, identity.ca_pem, requests).body, patient);
  EXPECT_EQ(requests, 2) << "the second on the same connection";
}

TEST_F(TlsTest, T_FHIR_5_AnAddressInTheCertificate) {
  const Identity identity = make_identity({"", "127.0.0.1"});
  int requests = 0;
  EXPECT_EQ(ask(identity, identity.ca_pem, requests, 0, "127.0.0.1").body, patient);
  const Identity name_only = make_identity({});
  EXPECT_EQ(ask(name_only, name_only.ca_pem, requests, 0, "127.0.0.1").failure, FhirFailure::tls);
}

TEST_F(TlsTest, T_FHIR_5_AnIPv6AddressInTheCertificate) {
  if (!StubServer::ipv6_is_here()) GTEST_SKIP() << "this machine has no IPv6 loopback";
  for (const auto& [ip, failure] : {std::pair{"::1", FhirFailure::none}, std::pair{"::2", FhirFailure::tls}}) {
    const Identity identity = make_identity({"", ip});
    StubServer* self = nullptr;
    StubServer server(answering(self, [](const std::string&) { return json_response(patient); }), &identity, 0, true);
    self = &server;
    const ScratchFile ca(identity.ca_pem);
    const auto client = client_of(transport, server.base(), ca.path());
    EXPECT_EQ(answer(*client, "Patient/1", 5s, "canary-token-7f31").failure, failure) << ip;
    EXPECT_EQ(server.requests_count(), failure == FhirFailure::none ? 1 : 0) << ip;
  }
}

TEST_F(TlsTest, T_FHIR_5_EverythingElseIsRefusedBeforeARequest) {
  const Identity good = make_identity({});
  const Identity other = make_identity({});
  IdentityOptions expired, later, alone, wrong, partial;
  expired.valid_from_seconds = -7200;
  expired.valid_for_seconds = 3600;
  later.valid_from_seconds = 3600;
  alone.self_signed = true;
  wrong.dns = "evil.example";
  partial.dns = "local*";
  const std::pair<const char*, Identity> rows[] = {{"expired", make_identity(expired)}, {"not yet valid", make_identity(later)},
                                                   {"self-signed", make_identity(alone)}, {"another name", make_identity(wrong)},
                                                   {"part of a name", make_identity(partial)}};
  for (const auto& [name, identity] : rows) {
    int requests = 0;
    EXPECT_EQ(ask(identity, identity.ca_pem, requests).failure, FhirFailure::tls) << name;
    EXPECT_EQ(requests, 0) << name;
  }
  int requests = 0;
  EXPECT_EQ(ask(good, other.ca_pem, requests).failure, FhirFailure::tls) << "another CA";
  EXPECT_EQ(ask(good, good.ca_pem, requests, TLS1_VERSION).failure, FhirFailure::tls) << "TLS 1.0";
  EXPECT_EQ(ask(good, good.ca_pem, requests, TLS1_1_VERSION).failure, FhirFailure::tls) << "TLS 1.1";
  EXPECT_EQ(requests, 0);
  EXPECT_EQ(ask(good, good.ca_pem, requests, TLS1_2_VERSION).body, patient);
}

TEST_F(TlsTest, T_FHIR_2_AHandshakeThatHangsMeetsTheDeadline) {
  StubServer server([](Peer& peer) { peer.pause(30s); });  // plain: says nothing to the handshake
  const ScratchFile ca(make_identity({}).ca_pem);
  const auto client = client_of(transport, "https://localhost:" + std::to_string(server.port()), ca.path());
  const auto begin = Clock::now();
  EXPECT_EQ(answer(*client, "Patient/1", 300ms).failure, FhirFailure::timeout);
  EXPECT_LT(Clock::now() - begin, 2s);
}

TEST_F(TlsTest, T_FHIR_5_AReplacedCaFileIsReadByTheNextClient) {
  const Identity first = make_identity({}), second = make_identity({});
  StubServer* self = nullptr;
  StubServer server(answering(self, [](const std::string&) { return json_response(patient); }), &second);
  const ScratchFile ca(first.ca_pem);
  const auto before = client_of(transport, server.base(), ca.path());
  EXPECT_EQ(answer(*before).failure, FhirFailure::tls);
  std::filesystem::remove(ca.path());
  std::ofstream(ca.path()) << second.ca_pem;
  const auto after = client_of(transport, server.base(), ca.path());
  EXPECT_EQ(answer(*after).body, patient);
}

TEST_F(TlsTest, AMissingCaFileIsToldBeforeAnyCall) {
  const auto base = BaseUrl::read("https://ehr.example/fhir");
  const auto made = http_fhir_client(transport, {*base, "/nonexistent/ca.pem", {}});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, "fhir-tls");
}

TEST_F(TlsTest, T_SSRF_8_AKeySetIsFetchedExactlyAndWithinBounds) {
  const Identity identity = make_identity({});
  std::string body = R"({"keys":[]})";
  StubServer* self = nullptr;
  StubServer server(answering(self, [&](const std::string& request) {
    if (request.starts_with("GET /moved ")) return std::string("HTTP/1.1 302 Found\r\nLocation: /keys\r\nContent-Length: 0\r\n\r\n");
    return json_response(body, "application/json");
  }), &identity);
  self = &server;
  const ScratchFile ca(identity.ca_pem);
  const auto fetch = key_set_fetch(transport, ca.path());
  const std::string base = "https://localhost:" + std::to_string(server.port());
  const auto fetched = [&](const std::string& url) {
    std::promise<Result<std::string>> promise;
    fetch(url, Clock::now() + 5s, [&](Result<std::string> text) { promise.set_value(std::move(text)); });
    return promise.get_future().get();
  };
  std::promise<Result<std::string>> elsewhere;
  key_set_fetch(transport, ca.path(), {{"10.0.0.0/8"}})(base + "/keys", Clock::now() + 5s, [&](Result<std::string> text) { elsewhere.set_value(std::move(text)); });
  EXPECT_EQ(elsewhere.get_future().get().error().code, "fhir-address") << "T-SSRF-4";
  EXPECT_EQ(server.connections(), 0);
  const auto keys = fetched(base + "/.well-known/jwks.json?v=1");
  ASSERT_TRUE(keys) << keys.error().code;
  EXPECT_EQ(*keys, body);
  EXPECT_TRUE(server.requests()[0].starts_with("GET /.well-known/jwks.json?v=1 HTTP/1.1\r\n")) << server.requests()[0];
  EXPECT_EQ(server.requests()[0].find("Authorization"), std::string::npos);
  EXPECT_EQ(fetched(base + "/moved").error().code, "fhir-redirect");
  EXPECT_EQ(server.requests_count(), 2);
  for (const char* bad : {"http://localhost/keys", "https://user@localhost/keys", "https://localhost/../keys", "keys"})
    EXPECT_EQ(fetched(bad).error().code, "jwks-url-refused") << bad;
  body = std::string(70u << 10, ' ');
  EXPECT_EQ(fetched(base + "/keys").error().code, "fhir-too-large");
}

}  // namespace
}  // namespace cofactor::fhir::client
