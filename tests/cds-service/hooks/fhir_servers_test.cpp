// Proves: a FHIR server is kept over reloads as long as nothing of it changed, and goes when no configuration holds it.
#include "cds-service/hooks/fhir_servers.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace cofactor::service::hooks {
namespace {

class SilentClient final : public fhir::client::FhirClient {
 public:
  explicit SilentClient(fhir::client::BaseUrl base) : base_(std::move(base)) {}
  const fhir::client::BaseUrl& base() const override { return base_; }
  void get(std::string, fhir::client::SharedSecret, fhir::client::Clock::time_point, std::function<void(fhir::client::FhirAnswer)> done) override {
    done({fhir::client::FhirFailure::unreachable, {}});
  }

 private:
  fhir::client::BaseUrl base_;
};

struct FhirServersTest : ::testing::Test {
  std::vector<std::size_t> opened;  ///< with which bound on an answer
  std::vector<std::vector<std::string>> rules;  ///< and in which networks
  FhirServers servers{[this](const fhir::client::FhirServerSettings& settings) -> Result<std::unique_ptr<fhir::client::FhirClient>> {
    opened.push_back(settings.body_bytes);
    rules.push_back(settings.addresses.networks);
    return std::make_unique<SilentClient>(settings.base);
  }};
  CallBackConfig limits;

  std::shared_ptr<const ClientFhir> of(std::vector<std::string> bases, std::vector<std::string> networks = {}) {
    ClientConfig client;
    client.fhir_networks = std::move(networks);
    client.fhir_servers = std::move(bases);
    auto made = servers.of(client, limits, "/clients/0");
    EXPECT_TRUE(made) << made.error().text;
    return made ? *made : nullptr;
  }
};

TEST_F(FhirServersTest, AReloadKeepsAServerOfWhichNothingChanged) {
  const auto before = of({"https://ehr.example/fhir"});
  limits.fhir = std::chrono::milliseconds(77);
  const auto after = of({"https://ehr.example/fhir"});
  EXPECT_EQ(before->servers.front(), after->servers.front());
  EXPECT_EQ(after->limits.fhir, std::chrono::milliseconds(77));
  EXPECT_EQ(opened.size(), 1u);
}

TEST_F(FhirServersTest, AReloadTakesOverHowLargeAnAnswerMayBe) {
  const auto before = of({"https://ehr.example/fhir"});
  limits.response_bytes = 64u << 10;
  const auto after = of({"https://ehr.example/fhir"});
  EXPECT_NE(before->servers.front(), after->servers.front());
  EXPECT_EQ(opened, (std::vector<std::size_t>{CallBackConfig().response_bytes, 64u << 10}));
}

TEST_F(FhirServersTest, T_SSRF_4_EachClientsNetworksAreItsOwn) {
  const auto one = of({"https://ehr.example/fhir"}, {"10.20.0.0/16"});
  const auto other = of({"https://ehr.example/fhir"}, {"10.30.0.0/16"});
  const auto neither = of({"https://ehr.example/fhir"});
  EXPECT_NE(one->servers.front(), other->servers.front());
  EXPECT_NE(one->servers.front(), neither->servers.front());
  EXPECT_EQ(of({"https://ehr.example/fhir"}, {"10.20.0.0/16"})->servers.front(), one->servers.front());
  EXPECT_EQ(rules, (std::vector<std::vector<std::string>>{{"10.20.0.0/16"}, {"10.30.0.0/16"}, {}}));
}

TEST_F(FhirServersTest, AServerThatNoConfigurationHoldsIsGone) {
  auto before = of({"https://ehr.example/fhir", "https://old.example/fhir"});
  const std::weak_ptr<FhirServer> kept = before->servers[0], dropped = before->servers[1];
  auto after = of({"https://ehr.example/fhir"});
  EXPECT_FALSE(dropped.expired()) << "the old configuration still holds it";
  before = nullptr;
  EXPECT_TRUE(dropped.expired());
  EXPECT_EQ(kept.lock(), after->servers[0]);
  after = of({"https://ehr.example/fhir", "https://old.example/fhir"});
  EXPECT_EQ(opened.size(), 3u) << "opened anew";
}

}  // namespace
}  // namespace cofactor::service::hooks
