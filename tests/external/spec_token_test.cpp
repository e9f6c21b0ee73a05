// Proves: the example token of the CDS Hooks specification is accepted by a service that is set up as the example says,
// on a day when it was valid, and refused after each single change of that.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <iterator>

#include "cds-service/security/authenticator.hpp"
#include "fhir/json/reader.hpp"
#include "fhir/json/writer.hpp"

namespace cofactor::service::security {
namespace {

class SpecToken : public ::testing::Test {
 protected:
  void SetUp() override {
    std::ifstream file(COFACTOR_SHARED "/testdata/cdshooks-spec/spec-jwt.json", std::ios::binary);
    const auto document = json::parse({std::istreambuf_iterator<char>(file), {}});
    ASSERT_TRUE(document);
    json::Writer out;
    keys_ = out.value(document->root()["jwks"]).take();
    token_ = document->root()["jwt"].string();
    TrustedClient client;
    client.name = "spec";
    client.issuer = "https://fhir-ehr.example.com/";
    client.jwks = "https://fhir-ehr.example.com/jwk_uri";
    client.tenants = {"2ddd6c3a-8e9a-44c6-a305-52111ad302a2"};
    client.max_token_lifetime = std::chrono::seconds(1422568860 - 1311280970);
    settings_.clients = {client};
    settings_.public_base_url = "https://cds.example.org";
    settings_.allow_test_keys = true;
  }

  std::string judged() {
    Clocks clocks;
    clocks.system = [this] { return std::chrono::system_clock::time_point(std::chrono::seconds(now_)); };
    KeyCacheSettings cache;
    cache.own_thread = false;
    auto made = Authenticator::create(
        settings_,
        std::make_shared<KeyCache>(
            cache, [this](const std::string&, Clock::time_point, const FetchReply& reply) { reply(keys_); }, clocks),
        ReplayMemory::open({}, clocks).value(), clocks);
    if (!made) return made.error().text;
    std::string result = "no verdict";
    const std::string value = "Bearer " + token_;
    (*made)->authenticate({{value}, {}, {}}, purpose_, service_, Clock::now() + std::chrono::seconds(10),
                          [&](const Verdict& verdict) { result = name_of(verdict.reason); });
    return result;
  }

  std::int64_t now_ = 1400000000;
  AuthenticatorSettings settings_;
  std::string keys_, token_, service_ = "some-service";
  Purpose purpose_ = Purpose::service;
};

TEST_F(SpecToken, IsAcceptedWhereAndWhenItIsMeant) {
  EXPECT_EQ(judged(), "none");
  purpose_ = Purpose::feedback;
  EXPECT_EQ(judged(), "none");
  settings_.clients[0].tenants.clear();
  now_ = 1422568860 + 60;
  EXPECT_EQ(judged(), "none");
  now_ = 1311280970 - 60;
  EXPECT_EQ(judged(), "none");
}

TEST_F(SpecToken, IsRefusedAfterEachSingleChange) {
  const std::pair<const char*, std::function<void()>> changes[] = {
      {"expired", [&] { now_ = 1422568860 + 61; }},
      {"not-yet-valid", [&] { now_ = 1311280970 - 61; }},
      {"lifetime-too-long", [&] { settings_.clients[0].max_token_lifetime = std::chrono::seconds(3600); }},
      {"issuer-unknown", [&] { settings_.clients[0].issuer = "https://fhir-ehr.example.com"; }},
      {"jku-differs", [&] { settings_.clients[0].jwks = "https://fhir-ehr.example.com/jwks_uri"; }},
      {"audience-wrong", [&] { settings_.public_base_url = "https://cds.example.com"; }},
      {"audience-wrong", [&] { service_ = "another-service"; }},
      {"audience-wrong", [&] { purpose_ = Purpose::discovery; }},
      {"tenant-not-allowed", [&] { settings_.clients[0].tenants = {"another"}; }},
      {"subject-not-allowed", [&] { settings_.clients[0].subjects = {"anyone"}; }},
      {"algorithm-not-allowed", [&] { settings_.clients[0].algorithms = {"RS384"}; }},
      {"certificate-not-trusted", [&] { settings_.clients[0].mtls_subject = "CN=ehr"; }},
      {"key-unknown", [&] { settings_.allow_test_keys = false; }},
      {"key-unknown", [&] { keys_.replace(keys_.find("example-kid"), 11, "another-kid"); }},
      {"keys-not-available", [&] { keys_ = "{}"; }},
      {"signature-wrong", [&] { token_[token_.size() - 5] = token_[token_.size() - 5] == 'A' ? 'B' : 'A'; }},
  };
  for (const auto& [reason, change] : changes) {
    SetUp();
    now_ = 1400000000, service_ = "some-service", purpose_ = Purpose::service;
    change();
    EXPECT_EQ(judged(), reason);
  }
}

}  // namespace
}  // namespace cofactor::service::security
