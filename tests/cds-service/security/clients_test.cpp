// Proves: a call is answered for the client that made it and for the endpoint it named: audiences, tenants and subjects
// behind one issuer, certificates, open clients, and settings that are refused before the service starts (T-JWT-12,
// T-JWT-13, T-JWT-5, S-08 to S-11, S-17, S-19).
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/cds-service/security/trust_setup.hpp"

namespace cofactor::service::security {
namespace {

using testing::ehr_key;
using testing::json_string;
using testing::jwks;
using testing::kIssuer;
using testing::kService;
using testing::kServiceUrl;
using testing::SigningKey;
using testing::TrustSetup;

class Clients : public ::testing::Test, protected TrustSetup {
 protected:
  std::string with_audience(const std::string& raw, Purpose purpose = Purpose::service,
                            std::string_view service = kService) const {
    return std::string(name_of(judge(token(header(), claims().set("aud", raw)), purpose, service).reason));
  }
  std::string refused_settings() {
    const auto made = Authenticator::create(settings, keys, replay, time.clocks());
    return made ? "" : made.error().code + ": " + made.error().text;
  }
};

TEST_F(Clients, T_JWT_12_TheAudienceIsTheUrlThatWasCalled) {
  EXPECT_EQ(with_audience(json_string(kServiceUrl)), "none");
  EXPECT_EQ(with_audience("[" + json_string(kServiceUrl) + "]"), "none");
  EXPECT_EQ(with_audience(R"(["https://other.example",)" + json_string(kServiceUrl) + "]"), "none");
  for (const char* wrong :
       {"https://cds.example/cds-services", "https://cds.example/cds-services/cofactor-order-select",
        "https://cds.example/cds-services/cofactor-order-sign/",
        "https://cds.example/cds-services/cofactor-order-sign/feedback",
        "http://cds.example/cds-services/cofactor-order-sign",
        "https://cds.example:443/cds-services/cofactor-order-sign",
        "https://CDS.example/cds-services/cofactor-order-sign",
        "https://cds.example/cds-services/cofactor-order-sign?a=b",
        "https://cds.example/cds-services/cofactor-order-sig", "https://cds.example/cds-services/cofactor-order-sign2",
        "https://cds.example", "https://evil.example/cds-services/cofactor-order-sign", "cofactor-order-sign", ""}) {
    EXPECT_EQ(with_audience(json_string(wrong)), "audience-wrong") << wrong;
  }
  EXPECT_EQ(with_audience("[]"), "audience-wrong");
  EXPECT_EQ(with_audience("[7," + json_string(kServiceUrl) + "]"), "claims-malformed");
  EXPECT_EQ(with_audience("{}"), "claims-malformed");
  EXPECT_EQ(with_audience("null"), "claims-malformed");
  std::string many = "[";
  for (int i = 0; i < 100; ++i) many += "\"https://a.example/" + std::to_string(i) + "\",";
  EXPECT_EQ(with_audience(many + json_string(kServiceUrl) + "]"), "none");
}

TEST_F(Clients, T_JWT_12_DiscoveryAndFeedbackHaveTheirOwnAudiences) {
  const std::string discovery = json_string("https://cds.example/cds-services"), service = json_string(kServiceUrl),
                    feedback = json_string(kServiceUrl + "/feedback"),
                    other_feedback = json_string("https://cds.example/cds-services/cofactor-order-select/feedback");
  EXPECT_EQ(with_audience(discovery, Purpose::discovery, ""), "none");
  EXPECT_EQ(with_audience(service, Purpose::discovery, ""), "audience-wrong");
  EXPECT_EQ(with_audience(json_string("https://cds.example/cds-services/"), Purpose::discovery, ""), "audience-wrong");
  EXPECT_EQ(with_audience(discovery, Purpose::service), "audience-wrong") << "a discovery token on a service";
  EXPECT_EQ(with_audience(service, Purpose::feedback), "none");
  EXPECT_EQ(with_audience(feedback, Purpose::feedback), "none");
  EXPECT_EQ(with_audience(other_feedback, Purpose::feedback), "audience-wrong");
  EXPECT_EQ(with_audience(discovery, Purpose::feedback), "audience-wrong");
}

TEST_F(Clients, S_09_ConfiguredAudiencesAreAddedForTheEndpointTheyName) {
  settings.clients[0].audiences = {"https://proxy.example/cds/cds-services/cofactor-order-sign",
                                   "https://proxy.example/cds/cds-services/cofactor-order-sign/", "urn:our-client-id",
                                   "https://proxy.example/cds-services/cofactor-order-select/feedback"};
  reload();
  EXPECT_EQ(with_audience(json_string("https://proxy.example/cds/cds-services/cofactor-order-sign")), "none");
  EXPECT_EQ(with_audience(json_string("https://proxy.example/cds/cds-services/cofactor-order-sign/")), "none");
  EXPECT_EQ(with_audience(json_string("https://proxy.example/cds/cds-services/cofactor-order-sign"), Purpose::feedback),
            "none");
  EXPECT_EQ(with_audience(json_string("https://proxy.example/cds/cds-services/cofactor-order-sign"), Purpose::service,
                          "cofactor-order-select"),
            "audience-wrong");
  EXPECT_EQ(
      with_audience(json_string("https://proxy.example/cds/cds-services/cofactor-order-sign"), Purpose::discovery, ""),
      "audience-wrong");
  EXPECT_EQ(with_audience(json_string("https://proxy.example/cds-services/cofactor-order-select/feedback"),
                          Purpose::feedback, "cofactor-order-select"),
            "none");
  EXPECT_EQ(with_audience(json_string("https://proxy.example/cds-services/cofactor-order-select/feedback"),
                          Purpose::service, "cofactor-order-select"),
            "audience-wrong");
  for (const Purpose purpose : {Purpose::discovery, Purpose::service, Purpose::feedback}) {
    EXPECT_EQ(with_audience(json_string("urn:our-client-id"), purpose), "none");
  }
  EXPECT_EQ(with_audience(json_string("urn:our-client-id/")), "audience-wrong");
  EXPECT_EQ(with_audience(json_string(kServiceUrl)), "none") << "the derived ones stay";
}

class TwoHospitals : public Clients {
 protected:
  TwoHospitals() {
    TrustedClient north = client(), south = client(), any = client();
    north.name = "north", north.tenants = {"tenant-n", "tenant-n2"};
    south.name = "south", south.tenants = {"tenant-s"}, south.algorithms = {"RS384"};
    settings.clients = {north, south};
    reload();
  }
  Verdict of_tenant(const std::string& tenant) const {
    return judge(token(header(), claims().set("tenant", json_string(tenant))));
  }
};

TEST_F(TwoHospitals, T_JWT_13_BehindOneIssuerTheTenantTellsWhoCalls) {
  EXPECT_EQ(of_tenant("tenant-n").client, 0u);
  EXPECT_EQ(of_tenant("tenant-n2").client, 0u);
  EXPECT_EQ(of_tenant("tenant-n").outcome, Verdict::Outcome::accepted);
  EXPECT_EQ(of_tenant("tenant-s").client, 1u);
  EXPECT_EQ(name_of(of_tenant("tenant-s").reason), "algorithm-not-allowed")
      << "judged by the other hospital's settings";
  for (const char* tenant : {"tenant-x", "tenant-", "TENANT-N", ""}) {
    const Verdict verdict = of_tenant(tenant);
    EXPECT_EQ(name_of(verdict.reason), "tenant-not-allowed");
    EXPECT_FALSE(verdict.client);
    EXPECT_EQ(verdict.issuer, kIssuer);
  }
  EXPECT_EQ(name_of(reason(header(), claims())), "tenant-not-allowed") << "no tenant claim";
}

TEST_F(TwoHospitals, T_JWT_13_SubjectsTellApartToo) {
  settings.clients[0].tenants.clear(), settings.clients[0].subjects = {"app-1"};
  settings.clients[1].tenants.clear(), settings.clients[1].subjects = {"app-2"},
                                       settings.clients[1].algorithms = {"ES384"};
  reload();
  EXPECT_EQ(judge(token(header(), claims().set("sub", "\"app-1\""))).client, 0u);
  EXPECT_EQ(judge(token(header(), claims().set("sub", "\"app-2\""))).client, 1u);
  EXPECT_EQ(name_of(reason(header(), claims().set("sub", "\"app-3\""))), "subject-not-allowed");
  EXPECT_EQ(name_of(reason(header(), claims())), "subject-not-allowed");
}

TEST_F(TwoHospitals, T_JWT_13_AClientThatTakesAnyTenantStandsBesideNoOther) {
  settings.clients[1].tenants.clear();
  EXPECT_NE(refused_settings().find("`north` and `south`"), std::string::npos) << "a tenant that was forgotten would be south's";
  std::swap(settings.clients[0], settings.clients[1]);
  EXPECT_NE(refused_settings().find("`south` and `north`"), std::string::npos);
  settings.clients[0].subjects = {"app"};
  EXPECT_NE(refused_settings(), "") << "north's tenant with the subject app would be both";
  settings.clients[1].subjects = {"other-app"};
  EXPECT_EQ(refused_settings(), "") << "apart by their subjects";
}

TEST_F(TwoHospitals, T_JWT_13_ClientsThatNothingTellsApartAreRefusedAtStart) {
  settings.clients[1].tenants = {"tenant-s", "tenant-n2"};
  EXPECT_NE(refused_settings().find("`north` and `south`"), std::string::npos) << refused_settings();
  settings.clients[1].tenants.clear(), settings.clients[1].subjects = {"app"};
  EXPECT_NE(refused_settings(), "") << "tenant-n with sub app would be both";
}

TEST_F(Clients, S_19_ATenantListAsksForTheClaim) {
  settings.clients[0].tenants = {"north"};
  reload();
  EXPECT_EQ(name_of(reason(header(), claims().set("tenant", "\"north\""))), "none");
  EXPECT_EQ(name_of(reason(header(), claims())), "tenant-not-allowed");
}

TEST_F(Clients, T_JWT_5_WithAPinnedFileAJkuSaysNothingAndIsNeverFetched) {
  for (const char* jku : {"https://evil.example/keys", "http://169.254.169.254/", "file:///etc/passwd", ""}) {
    EXPECT_EQ(name_of(reason(header().set("jku", json_string(jku)), claims())), "none") << jku;
  }
  EXPECT_EQ(name_of(reason(header().set("jku", "[]"), claims())), "header-malformed");
  EXPECT_EQ(server.hits(), 0);
}

TEST_F(Clients, T_JWT_5_WithAUrlAJkuMustBeItAndNothingElseIsFetched) {
  settings.clients[0].jwks = "https://ehr.example/keys.json";
  server.answer(jwks({ehr_key().jwk("key-1")}));
  reload();
  EXPECT_EQ(server.hits(), 1);
  EXPECT_EQ(name_of(reason(header().set("jku", "\"https://ehr.example/keys.json\""), claims())), "none");
  EXPECT_EQ(name_of(reason(header(), claims())), "none") << "S-11: it need not be there";
  for (const char* jku :
       {"https://evil.example/keys.json", "https://user@ehr.example/keys.json",
        "https://ehr.example@evil.example/keys.json", "https://ehr.example./keys.json",
        "https://ehr.example:443/keys.json", "https://EHR.example/keys.json", "https://ehr.example/keys.json#",
        "https://ehr.example/keys.json?x", "https://ehr.example/Keys.json", "http://ehr.example/keys.json",
        "https://ehr.example/redirect?to=https://evil.example", "https://ehr.example/keys.json/",
        "https://ehr.example//keys.json", "https://ehr.example/%6beys.json", "//ehr.example/keys.json", ""}) {
    EXPECT_EQ(name_of(reason(header().set("jku", json_string(jku)), claims())), "jku-differs") << jku;
  }
  EXPECT_EQ(server.hits(), 1) << "not one connection for what a token says";
  EXPECT_EQ(server.urls(), std::vector<std::string>{"https://ehr.example/keys.json"});
}

TEST_F(Clients, S_17_ACertificateCanBeEnoughOrBeAskedForBesides) {
  TrustedClient gateway;
  gateway.name = "gateway", gateway.authentication = Authentication::mtls,
  gateway.mtls_subject = "CN=gateway,O=Hospital";
  settings.clients[0].mtls_subject = "CN=ehr,O=Hospital";
  settings.clients.push_back(gateway);
  reload();
  const std::string value = "Bearer " + token();
  const auto reason_with = [&](std::string_view subject, bool with_token) {
    Credentials credentials;
    if (with_token) credentials.authorization = {value};
    credentials.tls_subject = subject;
    return judge(credentials);
  };
  const Verdict by_certificate = reason_with("CN=gateway,O=Hospital", false);
  EXPECT_EQ(by_certificate.outcome, Verdict::Outcome::accepted);
  EXPECT_EQ(by_certificate.client, 1u);
  EXPECT_EQ(by_certificate.by, Authentication::mtls);
  EXPECT_EQ(name_of(reason_with("CN=gateway,O=Hospital,C=x", false).reason), "credentials-missing");
  EXPECT_EQ(name_of(reason_with("", false).reason), "credentials-missing");
  EXPECT_EQ(name_of(reason_with("", true).reason), "certificate-not-trusted");
  EXPECT_EQ(name_of(reason_with("CN=other", true).reason), "certificate-not-trusted");
  EXPECT_EQ(name_of(reason_with("CN=ehr,O=Hospital", false).reason), "credentials-missing")
      << "the certificate alone is half of it";
  const Verdict both = reason_with("CN=ehr,O=Hospital", true);
  EXPECT_EQ(both.outcome, Verdict::Outcome::accepted);
  EXPECT_EQ(both.by, Authentication::jwt);
}

TEST_F(Clients, AnOpenClientTakesWhatHasNoCredentialsAndNeverAFailedToken) {
  TrustedClient open;
  open.name = "open", open.authentication = Authentication::none;
  settings.clients.push_back(open);
  reload();
  const Verdict nothing = judge(Credentials{});
  EXPECT_EQ(nothing.outcome, Verdict::Outcome::accepted);
  EXPECT_EQ(nothing.client, 1u);
  EXPECT_EQ(nothing.by, Authentication::none);
  EXPECT_EQ(name_of(reason(header(), claims().set("aud", "\"x\""))), "audience-wrong");
  EXPECT_EQ(judge(token()).client, 0u);
  settings.clients = {open};
  reload();
  EXPECT_EQ(judge("anything").client, 0u) << "clients of version 1.0 always send a token";
  EXPECT_EQ(judge("anything").outcome, Verdict::Outcome::accepted);
}

TEST_F(Clients, S_13_ReplayProtectionIsASwitchOfTheClient) {
  const std::string once = token();
  EXPECT_EQ(name_of(judge(once).reason), "none");
  EXPECT_EQ(name_of(judge(once).reason), "replayed");
  settings.clients[0].replay_protection = false;
  reload();
  const std::string often = token();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(name_of(judge(often).reason), "none");
}

TEST_F(Clients, T_JWT_16_AReloadForgetsNoTokenAndTheSameIdOfAnotherIssuerIsLegal) {
  const auto used = claims().set("jti", "\"shared\"");
  EXPECT_EQ(name_of(reason(header(), used)), "none");
  TrustedClient other = client();
  other.name = "other", other.issuer = "https://other.example/fhir";
  settings.clients.push_back(other);
  reload();
  EXPECT_EQ(name_of(reason(header(), used)), "replayed");
  EXPECT_EQ(judge(token(header(), used.set("iss", "\"https://other.example/fhir\""))).client, 1u);
  EXPECT_EQ(name_of(reason(header(), used.set("iss", "\"https://other.example/fhir\""))), "replayed");
}

TEST_F(Clients, AnAuthenticatorMayGoWhileCallsAreOpen) {
  settings.clients[0].jwks = "https://ehr.example/keys.json";
  server.hold();
  reload();
  Verdict verdict;
  const std::string value = "Bearer " + token();
  authenticator->authenticate({{value}, {}, {}}, Purpose::service, kService,
                              time.clocks().steady() + std::chrono::seconds(1),
                              [&](Verdict given) { verdict = std::move(given); });
  settings.clients[0].jwks = folder.path("ehr.json");
  reload();
  server.release(jwks({ehr_key().jwk("key-1")}));
  EXPECT_EQ(verdict.outcome, Verdict::Outcome::accepted);
}

TEST_F(Clients, SettingsThatCannotBeMeantAreRefusedWithTheClientsName) {
  const auto refused = [&](auto spoil) {
    const auto kept = settings;
    spoil(settings.clients[0]);
    const std::string text = refused_settings();
    settings = kept;
    EXPECT_NE(text.find("client-settings-wrong: client `ehr`: "), std::string::npos) << text;
  };
  refused([](TrustedClient& c) { c.issuer.clear(); });
  refused([](TrustedClient& c) { c.jwks.clear(); });
  refused([](TrustedClient& c) { c.jwks = "http://ehr.example/keys"; });
  refused([](TrustedClient& c) { c.jwks = "https://user@ehr.example/keys"; });
  refused([](TrustedClient& c) { c.jwks = "ftp://ehr.example/keys"; });
  refused([](TrustedClient& c) { c.jwks = "https://ehr.example/a%20b"; });  // no fetch would ever take it
  refused([](TrustedClient& c) { c.jwks = "https://ehr.example/a//b"; });
  refused([](TrustedClient& c) { c.jwks = "https://ehr.example/../keys"; });
  refused([](TrustedClient& c) { c.jwks = "https://[2001:db8::1]/keys"; });
  refused([](TrustedClient& c) { c.jwks = "https://ehr.example:0/keys"; });
  refused([](TrustedClient& c) { c.jwks = "https://0x7f.1/keys"; });
  refused([](TrustedClient& c) { c.jwks = "https://"; });
  refused([](TrustedClient& c) { c.algorithms.clear(); });
  refused([](TrustedClient& c) { c.algorithms = {"ES384", "HS256"}; });
  refused([](TrustedClient& c) { c.algorithms = {"none"}; });
  refused([](TrustedClient& c) { c.max_token_lifetime = std::chrono::seconds(0); });
  refused([](TrustedClient& c) { c.authentication = Authentication::mtls; });
  replay = nullptr;
  refused([](TrustedClient&) {});
  settings.public_base_url = "https://cds.example/";
  settings.clients[0].replay_protection = false;
  EXPECT_NE(refused_settings(), "");
}

TEST_F(Clients, S_11_AnAddressThatAFetchTakesIsTaken) {
  for (const char* good : {"https://ehr.example/keys.json", "https://ehr.example", "https://ehr.example:8443/a/b-c_d~e",
                           "https://ehr.example/keys?set=a%20b", "https://127.0.0.1:9443/jwks"}) {
    settings.clients[0].jwks = good;
    EXPECT_EQ(refused_settings(), "") << good;
  }
}

TEST_F(Clients, S_17_ACertificateThatIsEnoughForOneClientBelongsToItAlone) {
  settings.clients[0].mtls_subject = "CN=ehr,O=Hospital";
  TrustedClient gateway;
  gateway.name = "gateway", gateway.authentication = Authentication::mtls, gateway.mtls_subject = "CN=ehr,O=Hospital";
  settings.clients.push_back(gateway);
  const std::string text = refused_settings();
  EXPECT_NE(text.find("client-settings-wrong: client `gateway`: client `ehr` has the same certificate subject"),
            std::string::npos)
      << text;
  std::swap(settings.clients[0], settings.clients[1]);
  EXPECT_NE(refused_settings(), "") << "in either order";
  settings.clients[1].mtls_subject.clear();
  EXPECT_EQ(refused_settings(), "");
  settings.clients[0] = settings.clients[1];
  settings.clients[0].name = "south", settings.clients[0].issuer = "https://south.example";
  settings.clients[0].mtls_subject = settings.clients[1].mtls_subject = "CN=proxy";
  EXPECT_EQ(refused_settings(), "") << "two that both need a token may come through one proxy";
}

TEST_F(Clients, S_11_APinnedFileThatIsNoGoodIsSaidAtStart) {
  const auto refused = [&](const std::string& path) {
    settings.clients[0].jwks = path;
    return refused_settings();
  };
  EXPECT_NE(refused(folder.path("absent.json")).find("client-keys-unreadable"), std::string::npos);
  EXPECT_NE(refused(folder.path("")).find("is no file"), std::string::npos);
  EXPECT_NE(refused(folder.file("html", "<html>")).find("set-malformed"), std::string::npos);
  EXPECT_NE(refused(folder.file("big", std::string(70'000, ' '))).find("set-too-large"), std::string::npos);
  EXPECT_NE(refused(folder.file("none", jwks({SigningKey::rsa(1024).jwk("k")}))).find("keys[0] rsa-size"),
            std::string::npos);
  const std::string open = folder.file("open", jwks({ehr_key().jwk("key-1")}));
  ::chmod(open.c_str(), 0666);
  EXPECT_NE(refused(open).find("by everybody"), std::string::npos);
  ::chmod(open.c_str(), 0644);
  EXPECT_EQ(refused(open), "");
}

TEST_F(Clients, ThePinnedFilesProblemsAreReported) {
  settings.clients[0].jwks =
      folder.file("mixed.json", jwks({ehr_key().jwk("key-1"), SigningKey::rsa(1024).jwk("weak")}));
  reload();
  const auto report = authenticator->key_report();
  ASSERT_EQ(report.size(), 1u);
  EXPECT_EQ(report[0].client, "ehr");
  EXPECT_EQ(report[0].state.usable_keys, 1u);
  ASSERT_EQ(report[0].state.problems.size(), 1u);
  EXPECT_EQ(report[0].state.problems[0].fault, KeyFault::rsa_size);
  EXPECT_TRUE(authenticator->issuers_not_ready().empty());
}

}  // namespace
}  // namespace cofactor::service::security
