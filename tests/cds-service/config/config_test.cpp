// Proves: a configuration is read whole or refused with the place and what to do; defaults are
// those of the contract; no secret shows in an error.
#include "cds-service/config/config.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace cofactor::service {
namespace {

constexpr const char* kMinimal = R"(
{ "listen": "127.0.0.1:8080", "publicBaseUrl": "http://127.0.0.1:8080",
  "operations": { "listen": "127.0.0.1:9090" },
  "clients": [ { "name": "demo", "authentication": "none" } ],
  "audit": { "store": "sqlite:/tmp/cofactor-demo/audit.db" } })";

/// The shortest file that is accepted, with more members in front.
std::string with(std::string_view members) {
  return "{ " + std::string(members) +
         R"( "clients": [{"name":"a","authentication":"none"}], "audit": {"store":"sqlite:/x"} })";
}
std::string with_client(std::string_view members) {
  return R"({ "clients": [{"name":"a","authentication":"none")" + std::string(members) +
         R"(}], "audit": {"store":"sqlite:/x"} })";
}

Config good(const std::string& text) {
  auto config = parse_config(text, "test.json");
  EXPECT_TRUE(config) << text << "\n" << (config ? "" : config.error().text);
  return config ? *config : Config();
}

/// "code: text"
std::string bad(const std::string& text) {
  const auto config = parse_config(text, "test.json");
  return config ? "accepted" : config.error().code + ": " + config.error().text;
}

#define EXPECT_BAD(text, code, part)                                             \
  {                                                                              \
    const std::string said = bad(text);                                          \
    EXPECT_TRUE(said.starts_with(code ": test.json: ")) << said << "\n" << text; \
    EXPECT_NE(said.find(part), std::string::npos) << said << "\n" << text;       \
  }

TEST(Config, TheMinimalFileHasTheContractsDefaults) {
  const Config config = good(kMinimal);
  EXPECT_EQ(config.listen.address, "127.0.0.1");
  EXPECT_EQ(config.listen.port, 8080);
  EXPECT_EQ(config.public_base_url, "http://127.0.0.1:8080");
  EXPECT_EQ(config.source_url, config.public_base_url);
  EXPECT_EQ(config.operations.port, 9090);
  ASSERT_EQ(config.clients.size(), 1u);
  EXPECT_EQ(config.clients[0].name, "demo");
  EXPECT_EQ(config.clients[0].on_missing_data, OnMissingData::card);
  EXPECT_TRUE(config.clients[0].cors_origins.empty());
  EXPECT_EQ(config.audit.sqlite_path, "/tmp/cofactor-demo/audit.db");
  EXPECT_TRUE(config.audit.acknowledge_before);
  EXPECT_EQ(config.audit.when_unwritable, "refuse");
  EXPECT_EQ(config.limits.body_bytes, 4u << 20);
  EXPECT_EQ(config.limits.answer_time, std::chrono::milliseconds(500));
  EXPECT_EQ(config.log_level, "info");
  EXPECT_FALSE(config.announce_version);
  EXPECT_EQ(good(with("")).public_base_url, "http://127.0.0.1:8080");
  EXPECT_EQ(good(with(R"("listen": "[::1]:81",)")).public_base_url, "http://[::1]:81");
}

TEST(Config, ReadsEveryKeyWithCommentsInBetween) {
  const Config config = good(R"({
    // for editors
    "$schema": "cofactor.schema.json",
    "listen": "[::1]:0", "publicBaseUrl": "https://h.example/base/", "sourceUrl": "https://h.example/about",
    "operations": { "listen": "localhost:1" },
    "clients": [ { "name": "a", "authentication": "none", "allowUnauthenticated": true, "onMissingData": "412",
                   "corsOrigins": ["https://app.example", "http://localhost:3000"], "fhirServers": ["https://ehr.example/fhir/"],
                   "prefetchKeys": { "meds": "medications", "mg": "magnesium" } },
                 { "name": "b", "authentication": "none" } ],
    /* the record */
    "audit": { "store": "sqlite:a.db", "keyFile": "k", "ack": "after", "whenUnwritable": "answer", "queueRecords": 16 },
    "limits": { "headerBytes": 1024, "headerFields": 11, "targetBytes": 129, "bodyBytes": 1025, "pendingBodyBytes": 1048577, "connections": 12, "connectionsPerAddress": 0,
                "headerMilliseconds": 13, "bodyMilliseconds": 14, "idleMilliseconds": 15, "writeMilliseconds": 16, "answerMilliseconds": 17 },
    "knowledge": { "directory": "/k" }, "threads": 3, "logLevel": "debug", "announceVersion": true, "drainMilliseconds": 18 })");
  EXPECT_EQ(config.listen.address, "::1");
  EXPECT_EQ(config.listen.port, 0);
  EXPECT_EQ(config.public_base_url, "https://h.example/base");
  EXPECT_EQ(config.source_url, "https://h.example/about");
  EXPECT_EQ(config.operations.address, "localhost");
  ASSERT_EQ(config.clients.size(), 2u);
  EXPECT_EQ(config.clients[0].on_missing_data, OnMissingData::precondition_failed);
  EXPECT_EQ(config.clients[0].cors_origins.size(), 2u);
  EXPECT_EQ(config.clients[0].fhir_servers, (std::vector<std::string>{"https://ehr.example/fhir"}));
  EXPECT_EQ(config.clients[0].prefetch_keys, (std::vector<std::pair<std::string, std::string>>{
                                                 {"meds", "medications"}, {"mg", "magnesium"}}));
  EXPECT_EQ(config.audit.key_file, "k");
  EXPECT_FALSE(config.audit.acknowledge_before);
  EXPECT_EQ(config.audit.when_unwritable, "answer");
  EXPECT_EQ(config.audit.queue_records, 16u);
  EXPECT_EQ(config.limits.header_bytes, 1024u);
  EXPECT_EQ(config.limits.header_fields, 11u);
  EXPECT_EQ(config.limits.target_bytes, 129u);
  EXPECT_EQ(config.limits.body_bytes, 1025u);
  EXPECT_EQ(config.limits.pending_body_bytes, 1048577u);
  EXPECT_EQ(config.limits.connections, 12u);
  EXPECT_EQ(config.limits.connections_per_address, 0u);
  EXPECT_EQ(config.limits.header_time.count(), 13);
  EXPECT_EQ(config.limits.body_time.count(), 14);
  EXPECT_EQ(config.limits.idle_time.count(), 15);
  EXPECT_EQ(config.limits.write_time.count(), 16);
  EXPECT_EQ(config.limits.answer_time.count(), 17);
  EXPECT_EQ(config.knowledge_directory, "/k");
  EXPECT_EQ(config.threads, 3u);
  EXPECT_EQ(config.log_level, "debug");
  EXPECT_TRUE(config.announce_version);
  EXPECT_EQ(config.drain_time.count(), 18);
}

TEST(Config, AnUnknownKeyIsNamedWithTheNearestKnownOne) {
  EXPECT_BAD(with(R"("listne": "x",)"), "config-unknown-key",
             "`/listne` is not a known key; did you mean `/listen`?");
  EXPECT_BAD(with(R"("limits": {"bodybytes": 1},)"), "config-unknown-key",
             "`/limits/bodybytes` is not a known key; did you mean `/limits/bodyBytes`?");
  EXPECT_BAD(with_client(R"(,"corsOrigin":[])"), "config-unknown-key",
             "`/clients/0/corsOrigin` is not a known key; did you mean `/clients/0/corsOrigins`?");
  EXPECT_BAD(with(R"("operations": {"zzz": 1},)"), "config-unknown-key", "known here: listen");
  EXPECT_BAD(with(R"("a/b~c": 1,)"), "config-unknown-key", "`/a~1b~0c`");
}

/// One client of a service that listens on loopback.
std::string with_trust(std::string_view client, std::string_view top = {}) {
  return "{" + std::string(top) + R"("clients":[{"name":"a",)" + std::string(client) +
         R"(}],"audit":{"store":"sqlite:/x/audit.db"}})";
}
constexpr const char* kJwt = R"("authentication":"jwt","issuer":"https://ehr/","jwks":"/keys.json")";

TEST(Config, ATrustedClientIsReadWithTheContractsDefaults) {
  const Config config = good(with_trust(kJwt));
  const ClientConfig& client = config.clients[0];
  EXPECT_EQ(client.issuer, "https://ehr/") << "byte by byte, with its slash";
  EXPECT_EQ(client.jwks, "/keys.json");
  EXPECT_EQ(client.algorithms, (std::vector<std::string>{"ES384", "RS384"}));
  EXPECT_EQ(client.max_token_lifetime.count(), 3600);
  EXPECT_TRUE(client.replay_protection);
  EXPECT_EQ(config.replay.path, "/x/replay.db");
  EXPECT_FALSE(config.replay.refuse_when_unwritable);
  EXPECT_FALSE(config.test_profile);
  EXPECT_EQ(config.call_backs.total.count(), 450);
  EXPECT_EQ(config.call_backs.fhir.count(), 300);

  const Config full = good(with_trust(
      R"("authentication":"jwt","issuer":"i","jwks":"https://ehr/jwks","algorithms":["RS256"],"audiences":["x"],)"
      R"("tenants":["t"],"subjects":["s"],"maxTokenLifetimeSeconds":300,"replayProtection":false,)"
      R"("fhirServers":["https://a/fhir/","https://b"],"fhirCa":"/ca.pem","fhirNetworks":["10.20.0.0/16","fd00:20::/48"],"certificateSubject":"CN=ehr")",
      R"("profile":"test","tls":{"certificate":"/c","key":"/k","clientCa":"/ca"},)"
      R"("replay":{"store":"/r.db","whenUnwritable":"refuse","tokens":2000,"tokensPerClient":1000},"allowPlainHttp":true,)"
      R"("callBacks":{"on":false,"totalMilliseconds":400,"fhirMilliseconds":200,"responseBytes":65536,"pages":1,"resources":10},)"));
  EXPECT_EQ(full.clients[0].algorithms, (std::vector<std::string>{"RS256"}));
  EXPECT_EQ(full.clients[0].tenants, (std::vector<std::string>{"t"}));
  EXPECT_EQ(full.clients[0].subjects, (std::vector<std::string>{"s"}));
  EXPECT_EQ(full.clients[0].fhir_servers, (std::vector<std::string>{"https://a/fhir", "https://b"}));
  EXPECT_EQ(full.clients[0].fhir_ca, "/ca.pem");
  EXPECT_EQ(full.clients[0].fhir_networks, (std::vector<std::string>{"10.20.0.0/16", "fd00:20::/48"}));
  EXPECT_TRUE(client.fhir_networks.empty());
  EXPECT_FALSE(full.clients[0].replay_protection);
  EXPECT_TRUE(full.test_profile);
  EXPECT_TRUE(full.allow_plain_http);
  EXPECT_EQ(full.tls.client_ca, "/ca");
  EXPECT_EQ(full.replay.path, "/r.db");
  EXPECT_TRUE(full.replay.refuse_when_unwritable);
  EXPECT_EQ(full.replay.tokens, 2000u);
  EXPECT_EQ(full.replay.tokens_per_client, 1000u);
  EXPECT_EQ(config.replay.tokens, 1'000'000u);
  EXPECT_EQ(config.replay.tokens_per_client, 500'000u);
  EXPECT_FALSE(full.call_backs.on);
  EXPECT_EQ(full.call_backs.pages, 1u);
  EXPECT_TRUE(good(with_trust(kJwt, R"("tls":{"certificate":"/c","key":"/k"},)")).public_base_url.starts_with("https://"));
}

TEST(Config, WhatATrustedClientLacksOrCannotMeanIsNamed) {
  EXPECT_BAD(with_trust(R"("authentication":"basic")"), "config-refused", "must be one of `none`, `jwt`, `mtls`");
  EXPECT_BAD(with_trust(R"("authentication":"jwt","jwks":"k")"), "config-missing", "`/clients/0/issuer`");
  EXPECT_BAD(with_trust(R"("authentication":"jwt","issuer":"i")"), "config-missing", "`/clients/0/jwks`");
  EXPECT_BAD(with_trust(R"("authentication":"jwt","issuer":"i","jwks":"http://ehr/jwks")"), "config-refused", "an https URL");
  EXPECT_BAD(with_trust(R"("authentication":"mtls")"), "config-missing", "`/clients/0/certificateSubject`");
  EXPECT_BAD(with_trust(R"("authentication":"mtls","certificateSubject":"CN=e")"), "config-refused", "`/tls/clientCa`");
  EXPECT_BAD(with_trust(R"("authentication":"none","issuer":"i")"), "config-refused", "`/clients/0/issuer` is for clients with");
  EXPECT_BAD(with_trust(R"("authentication":"none","certificateSubject":"CN=e")"), "config-refused", "`/clients/0/certificateSubject`");
  EXPECT_BAD(with_trust(std::string(kJwt) + R"(,"algorithms":["HS256"])"), "config-refused", "`/clients/0/algorithms/0` must be one of");
  EXPECT_BAD(with_trust(std::string(kJwt) + R"(,"algorithms":["none"])"), "config-refused", "`/clients/0/algorithms/0` must be one of");
  EXPECT_BAD(with_trust(std::string(kJwt) + R"(,"algorithms":[])"), "config-refused", "is empty");
  EXPECT_BAD(with_trust(R"("authentication":"none","replayProtection":false)"), "config-refused", "`/clients/0/replayProtection` is for");
  EXPECT_BAD(with_trust(std::string(kJwt) + R"(,"allowUnauthenticated":true)"), "config-refused", "`/clients/0/allowUnauthenticated`");
  EXPECT_BAD(with_trust(std::string(kJwt) + R"(,"fhirCa":"/x")"), "config-refused", "`/clients/0/fhirCa` needs");
  EXPECT_BAD(with_trust(std::string(kJwt) + R"(,"jwksCa":"/x")"), "config-refused", "`/clients/0/jwksCa` is for");
  EXPECT_BAD(with_trust(std::string(kJwt) + R"(,"fhirServers":["http://ehr/fhir"])"), "config-refused", "must be https");
  for (const char* remote : {"http://127.evil.example/fhir", "http://localhost.evil.example/fhir", "http://[2001:db8::1]/fhir", "http://[::2]/fhir"})
    EXPECT_BAD(with_trust(std::string(kJwt) + R"(,"fhirServers":[")" + remote + "\"]"), "config-refused", "must be https");
  for (const char* here : {"http://127.0.0.1:9/fhir", "http://localhost:9/fhir", "http://[::1]:9/fhir"})
    good(with_trust(std::string(kJwt) + R"(,"fhirServers":[")" + here + "\"]"));
  good(with_trust(std::string(kJwt) + R"(,"fhirServers":["https://[2001:db8::1]/fhir"])"));
  good(with_trust(std::string(kJwt) + R"(,"fhirServers":["http://ehr/fhir"])", R"("allowPlainHttp":true,)"));
  EXPECT_BAD(R"({"clients":[{"name":"a/b","authentication":"none"}],"audit":{"store":"sqlite:x"}})", "config-refused",
             "`/clients/0/name` must not hold a slash");
  EXPECT_BAD(with_trust(kJwt, R"("tls":{"certificate":"/c"},)"), "config-missing", "`/tls` needs both");
  EXPECT_BAD(with_trust(kJwt, R"("replay":{"tokens":1000},)"), "config-refused", "`/replay/tokensPerClient` is more than `/replay/tokens`");
  EXPECT_BAD(with_trust(kJwt, R"("replay":{"tokensPerClient":99},)"), "config-refused", "`/replay/tokensPerClient` must be a whole number from 100 to 10000000");
  EXPECT_BAD(with_trust(kJwt, R"("callBacks":{"resources":1001},)"), "config-refused", "`/callBacks/resources` must be a whole number from 10 to 1000");
  EXPECT_BAD(with_trust(kJwt, R"("callBacks":{"fhirMilliseconds":500},)"), "config-refused", "`/callBacks/fhirMilliseconds`");
  EXPECT_BAD(R"({"clients":[{"name":"a","authentication":"none"}],"audit":{"store":"postgres:x"}})",
             "config-refused", "`/audit/store` must be `sqlite:PATH`");
}

TEST(Config, T_SSRF_4_NetworksThatCannotBeMeantAreNamed) {
  const auto with_networks = [](std::string_view networks, std::string_view more = R"("fhirServers":["https://ehr/fhir"])") {
    return with_trust(std::string(kJwt) + R"(,"fhirNetworks":)" + std::string(networks) + "," + std::string(more));
  };
  for (const char* wrong : {"10.20.0.0", "10.20.0.0/33", "fd00::/129", "ehr.example", "10.20/16", "[fd00::]/8"})
    EXPECT_BAD(with_networks("[\"" + std::string(wrong) + "\"]"), "config-refused", "`/clients/0/fhirNetworks/0` must be a network such as");
  EXPECT_BAD(with_networks("\"10.20.0.0/16\""), "config-wrong-type", "`/clients/0/fhirNetworks` must be an array");
  EXPECT_BAD(with_networks(R"(["10.20.0.0/16"])", R"("audiences":["x"])"), "config-refused", "`/clients/0/fhirNetworks` needs `fhirServers` or a `jwks` URL");
  EXPECT_BAD(with_networks(R"(["10.20.0.0/16"])", R"("fhirServers":["https://10.20.1.1/a","https://10.21.1.1/b"])"), "config-refused",
             "`/clients/0/fhirServers/1` is an address in none of its `fhirNetworks`");
  EXPECT_BAD(with_networks(R"(["0.0.0.0/0"])", R"("fhirServers":["https://169.254.169.254/a"])"), "config-refused", "`/clients/0/fhirServers/0` is an address");
  EXPECT_BAD(with_networks(R"(["2001:db8:20::/48"])", R"("fhirServers":["https://[2001:db8:21::1]/a"])"), "config-refused", "`/clients/0/fhirServers/0` is an address");
  good(with_networks(R"(["2001:db8:20::/48"])", R"("fhirServers":["https://[2001:db8:20::1]/a"])"));
  good(with_networks(R"(["10.20.0.0/16"])"));
  good(with_networks("[]", R"("audiences":["x"])"));
  const auto of_key_set = [](std::string_view url, std::string_view networks) {
    return with_trust(R"("authentication":"jwt","issuer":"i","jwks":")" + std::string(url) + R"(","fhirNetworks":)" + std::string(networks));
  };
  good(of_key_set("https://ehr/jwks?a=1", R"(["10.20.0.0/16"])"));
  EXPECT_BAD(of_key_set("https://10.21.0.1/jwks?a=1", R"(["10.20.0.0/16"])"), "config-refused", "`/clients/0/jwks` is an address in none");
  EXPECT_BAD(R"({"clients":[{"name":"a","authentication":"jwt","issuer":"i","jwks":"https://k","fhirNetworks":["10.0.0.0/8"]},)"
             R"({"name":"b","authentication":"jwt","issuer":"j","jwks":"https://k"}],"audit":{"store":"sqlite:x"}})",
             "config-refused", "different `fhirNetworks`");
}

TEST(Config, T_JWT_13_TwoClientsOfOneIssuerMustBeTellableApart) {
  const auto two = [](std::string_view first, std::string_view second) {
    const std::string jwt = R"("authentication":"jwt","issuer":"i","jwks":"k")";
    return R"({"clients":[{"name":"a",)" + jwt + std::string(first) + R"(},{"name":"b",)" + jwt + std::string(second) +
           R"(}],"audit":{"store":"sqlite:x"}})";
  };
  good(two(R"(,"tenants":["one"])", R"(,"tenants":["two"])"));
  good(two(R"(,"subjects":["one"])", R"(,"subjects":["two"])"));
  EXPECT_BAD(R"({"clients":[{"name":"a","authentication":"jwt","issuer":"i","jwks":"https://k","jwksCa":"/1"},)"
             R"({"name":"b","authentication":"jwt","issuer":"j","jwks":"https://k"}],"audit":{"store":"sqlite:x"}})",
             "config-refused", "different `jwksCa`");
  EXPECT_BAD(two("", ""), "config-refused", "have one issuer");
  EXPECT_BAD(two(R"(,"tenants":["one"])", ""), "config-refused", "have one issuer");
  EXPECT_BAD(two(R"(,"tenants":["one"])", R"(,"tenants":["two","one"])"), "config-refused", "have one issuer");
}

TEST(Config, T_02_TokensDoNotCrossTheNetworkInTheClear) {
  const auto listening = [](std::string_view top) {
    return with_trust(kJwt, R"("listen":"0.0.0.0:443","publicBaseUrl":"https://h",)" + std::string(top));
  };
  EXPECT_BAD(listening(""), "config-refused", "give `/tls`");
  good(listening(R"("tls":{"certificate":"/c","key":"/k"},)"));
  good(listening(R"("allowPlainHttp":true,)"));
}

TEST(Config, T_02_NoAuthenticationMeansLoopbackUnlessSaidOtherwise) {
  const auto listening = [](const char* address, const char* more) {
    return std::string(R"({"listen":")") + address +
           R"(","publicBaseUrl":"https://h","clients":[{"name":"a","authentication":"none")" +
           more + R"(}],"audit":{"store":"sqlite:x"}})";
  };
  for (const char* address : {"127.0.0.1:80", "127.9.9.9:80", "[::1]:80", "localhost:80"})
    good(listening(address, ""));
  for (const char* address : {"0.0.0.0:80", "10.0.0.1:80", "[::]:80", "[fe80::1]:80"}) {
    EXPECT_BAD(listening(address, ""), "config-refused", "`/listen` is not a loopback address");
    EXPECT_TRUE(good(listening(address, R"(,"allowUnauthenticated":true)"))
                    .clients[0]
                    .allow_unauthenticated);
  }
}

TEST(Config, WhatIsMissingIsNamed) {
  EXPECT_BAD("{}", "config-missing", "`/clients`");
  EXPECT_BAD(R"({"clients":[{"name":"a","authentication":"none"}]})", "config-missing",
             "`/audit/store`");
  EXPECT_BAD(R"({"clients":[{"authentication":"none"}]})", "config-missing", "`/clients/0/name`");
  EXPECT_BAD(R"({"clients":[{"name":"a"}]})", "config-missing", "`/clients/0/authentication`");
  EXPECT_BAD(
      R"({"listen":"0.0.0.0:1","clients":[{"name":"a","authentication":"none","allowUnauthenticated":true}],"audit":{"store":"sqlite:x"}})",
      "config-missing", "`/publicBaseUrl`");
  EXPECT_BAD(
      R"({"clients":[{"name":"a","authentication":"none"},{"name":"a","authentication":"none"}],"audit":{"store":"sqlite:x"}})",
      "config-refused", "`/clients/1/name` stands twice");
}

TEST(Config, WrongTypesAndValuesAreNamed) {
  EXPECT_BAD("[]", "config-wrong-type", "`/` must be an object");
  EXPECT_BAD(with(R"("listen": 8080,)"), "config-wrong-type", "`/listen` must be a string");
  EXPECT_BAD(with(R"("operations": [],)"), "config-wrong-type", "`/operations` must be an object");
  EXPECT_BAD(with(R"("announceVersion": "yes",)"), "config-wrong-type",
             "`/announceVersion` must be true or false");
  EXPECT_BAD(with(R"("threads": "2",)"), "config-wrong-type",
             "`/threads` must be a whole number from 0 to 256");
  EXPECT_BAD(with_client(R"(,"corsOrigins":"https://a")"), "config-wrong-type",
             "`/clients/0/corsOrigins` must be an array");
  EXPECT_BAD(with_client(R"(,"corsOrigins":[1])"), "config-wrong-type",
             "`/clients/0/corsOrigins/0` must be a string");
  for (const char* number : {"-1", "257", "1.5", "1e2", "99999999999999999999"})
    EXPECT_BAD(with(std::string("\"threads\": ") + number + ","), "config-refused",
               "`/threads` must be a whole number");
  for (const char* listen : {"8080", ":8080", "a:", "a:b", "a:65536", "::1:80", "a:80x", "a:-1"})
    EXPECT_BAD(with(std::string("\"listen\": \"") + listen + "\","), "config-refused",
               "`/listen` must be ADDRESS:PORT");
  for (const char* url : {"h.example", "ftp://h", "https://", "https:///x", "https://h?q",
                          "https://h#f", "https://u:p@h", "https://h x"})
    EXPECT_BAD(with(std::string("\"publicBaseUrl\": \"") + url + "\","), "config-refused",
               "`/publicBaseUrl` must be an http or https URL");
  for (const char* origin : {"https://a/b", "https://a/", "https://A", "*", "null", "a.example"})
    EXPECT_BAD(with_client(std::string(",\"corsOrigins\":[\"") + origin + "\"]"), "config-refused",
               "`/clients/0/corsOrigins/0` must be an");
  EXPECT_BAD(with_client(R"(,"onMissingData":"maybe")"), "config-refused",
             "must be one of `card`, `412`");
  EXPECT_BAD(with_client(R"(,"prefetchKeys":{"x":"nothing"})"), "config-refused",
             "`/clients/0/prefetchKeys/x` must be one of `patient`");
  EXPECT_BAD(with(R"("logLevel": "",)"), "config-refused", "`/logLevel` is empty");
  EXPECT_BAD(with(R"("limits": {"bodyBytes": 99999999},)"), "config-refused",
             "`/limits/bodyBytes`");
}

TEST(Config, BrokenJsonSaysWhere) {
  EXPECT_BAD("{", "config-malformed", "byte");
  EXPECT_BAD(R"({"listen": "127.0.0.1:1", "listen": "127.0.0.1:2"})", "config-malformed",
             "same name twice");
}

class ConfigFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "cofactor-config-XXXXXX").string();
    ASSERT_TRUE(::mkdtemp(name.data()));
    folder_ = name;
  }
  void TearDown() override {
    std::filesystem::remove_all(folder_);
    ::unsetenv("COFACTOR_TEST_VALUE");
  }
  std::string write(const std::string& name, const std::string& text) {
    const auto path = folder_ / name;
    std::ofstream(path) << text;
    return path.string();
  }
  std::filesystem::path folder_;
};

TEST_F(ConfigFiles, SecretsComeFromEnvironmentAndFiles) {
  ::setenv("COFACTOR_TEST_VALUE", "from ${ENV:HOME}", 1);
  const std::string path = write("secret", "/path/to/key\r\n");
  EXPECT_EQ(good(with("\"knowledge\": {\"directory\": \"a ${ENV:COFACTOR_TEST_VALUE} b ${FILE:" +
                      path + "}\"},"))
                .knowledge_directory,
            "a from ${ENV:HOME} b /path/to/key");
  ::unsetenv("COFACTOR_TEST_VALUE");
  EXPECT_BAD(with(R"("knowledge": {"directory": "${ENV:COFACTOR_TEST_VALUE}"},)"), "config-refused",
             "`/knowledge/directory` names the environment variable `COFACTOR_TEST_VALUE`, which "
             "is not set");
  EXPECT_BAD(with(R"("knowledge": {"directory": "${FILE:/nonexistent/file}"},)"),
             "config-unreadable", "`/nonexistent/file`, which cannot be read");
  EXPECT_BAD(with(R"("knowledge": {"directory": "${HOME}"},)"), "config-refused",
             "`${ENV:NAME}` or `${FILE:PATH}` only");
  EXPECT_BAD(with(R"("knowledge": {"directory": "${ENV:X"},)"), "config-refused", "`${ENV:NAME}`");
}

TEST_F(ConfigFiles, AWrongSecretIsNotRepeated) {
  ::setenv("COFACTOR_TEST_VALUE", "hunter2", 1);
  EXPECT_EQ(bad(with(R"("listen": "${ENV:COFACTOR_TEST_VALUE}",)")).find("hunter2"),
            std::string::npos);
  EXPECT_EQ(bad(with(R"("logLevel": "${ENV:COFACTOR_TEST_VALUE}",)")).find("hunter2"),
            std::string::npos);
}

TEST_F(ConfigFiles, ReadsAFileAndSaysWhenItCannot) {
  const auto read = read_config(write("cofactor.json", kMinimal));
  ASSERT_TRUE(read) << read.error().text;
  EXPECT_EQ(read->clients[0].name, "demo");
  for (const std::string& path :
       {(folder_ / "none.json").string(), folder_.string(), write("empty.json", "")}) {
    const auto missing = read_config(path);
    ASSERT_FALSE(missing) << path;
    EXPECT_EQ(missing.error().code, "config-unreadable") << path;
    EXPECT_NE(missing.error().text.find(path), std::string::npos) << missing.error().text;
  }
}

TEST_F(ConfigFiles, TheShippedConfigurationIsAccepted) {
  const auto shipped = read_config("deploy/debian/cofactor.json");
  EXPECT_TRUE(shipped) << shipped.error().text;
}

}  // namespace
}  // namespace cofactor::service
