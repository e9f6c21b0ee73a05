// Proves: who is let in carries the client's name; who is turned away leaves a record with the reason and nothing of the
// token; a flood is counted together, is bounded and loses none; each reason is in the manual.
#include "cds-service/security/client_gate.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <stdexcept>

#include "cds-service/http/tls.hpp"
#include "cds-service/security/reason_advice.hpp"
#include "cds-service/security/wiped.hpp"
#include "tests/cds-service/security/trust_setup.hpp"
#include "tests/support/memory_audit_log.hpp"

namespace cofactor::service::security {
namespace {

std::shared_ptr<Authenticator> for_clients(std::vector<TrustedClient> clients) {
  AuthenticatorSettings settings;
  settings.clients = std::move(clients);
  settings.public_base_url = "https://cds.example";
  auto made = Authenticator::create(std::move(settings), nullptr, nullptr);
  if (!made) throw std::runtime_error(made.error().text);
  return std::move(*made);
}

TrustedClient open_client(std::string name) {
  TrustedClient client;
  client.name = std::move(name);
  client.authentication = Authentication::none;
  return client;
}
TrustedClient with_certificate(std::string name, std::string subject) {
  TrustedClient client;
  client.name = std::move(name);
  client.authentication = Authentication::mtls;
  client.mtls_subject = std::move(subject);
  return client;
}

struct ClientGateTest : ::testing::Test {
  audit::MemoryAuditLog log;
  ops::Metrics metrics;

  static http::Gate::Verdict ask(ClientGate& gate, std::string subject, std::vector<std::string> authorization = {}) {
    http::Gate::Shown shown;
    shown.certificate_subject = std::move(subject);
    shown.authorization = std::move(authorization);
    shown.remote_address = "127.0.0.1";
    shown.request_id = "r-1";
    shown.service = "cofactor-order-sign";
    shown.purpose = http::Gate::Purpose::feedback;
    shown.deadline = http::Clock::now() + std::chrono::seconds(5);
    http::Gate::Verdict got;
    gate.ask(std::move(shown), [&](http::Gate::Verdict verdict) { got = std::move(verdict); });
    return got;
  }
};

TEST_F(ClientGateTest, WhoIsLetInHasTheClientsName) {
  ClientGate gate(log, metrics, for_clients({with_certificate("ehr", "CN=ehr"), with_certificate("lab", "CN=lab")}));
  const auto verdict = ask(gate, "CN=lab");
  EXPECT_EQ(verdict.decision, http::Gate::Decision::admitted);
  EXPECT_EQ(verdict.caller.client, "lab");
  EXPECT_TRUE(log.refusals.empty());
  EXPECT_FALSE(gate.nobody_can_call());
}

TEST_F(ClientGateTest, ASenderIsAnAddressAndTheClientThatItClaimsToBe) {
  testing::TrustSetup setup;
  TrustedClient other = setup.client();
  other.name = "other";
  other.issuer = "https://other.example/fhir";
  setup.settings.clients.push_back(other);
  setup.settings.clients.push_back(with_certificate("lab", "CN=lab"));
  setup.reload();
  ClientGate gate(log, metrics, std::move(setup.authenticator));
  http::Request request;
  request.remote_address = "192.0.2.7";
  const auto caller = [&](std::string authorization) {
    request.headers = {{"authorization", std::move(authorization)}};
    const http::Sender sender = gate.sender_of(request);
    return sender.address + " " + sender.client;
  };
  // Nothing is proved yet: a signature that is wrong makes no difference, nor do times.
  EXPECT_EQ(caller("Bearer " + setup.token() + "x"), "192.0.2.7 ehr");
  EXPECT_EQ(caller("Bearer " + setup.token(setup.header(), setup.claims().set("iss", "\"https://other.example/fhir\"").set("exp", "1"))),
            "192.0.2.7 other");
  for (const char* nobody : {"Bearer a.b.c", "Bearer", "Basic x", ""}) EXPECT_EQ(caller(nobody), "192.0.2.7 ") << nobody;
  EXPECT_EQ(caller("Bearer " + setup.token(setup.header(), setup.claims().set("iss", "\"https://nobody.example\""))), "192.0.2.7 ");
  request.tls_client = std::make_shared<http::TlsClient>(http::TlsClient{"CN=lab", {}});
  EXPECT_EQ(caller(""), "192.0.2.7 lab");
  request.tls_client = std::make_shared<http::TlsClient>(http::TlsClient{"CN=stranger", {}});
  EXPECT_EQ(caller(""), "192.0.2.7 ");
  request.remote_address = "2001:db8:0:1::7";
  EXPECT_EQ(caller(""), "2001:db8:0:1::/64 ");
}

TEST_F(ClientGateTest, WhoIsTurnedAwayLeavesTheReasonAndNothingOfTheToken) {
  ClientGate gate(log, metrics, for_clients({with_certificate("ehr", "CN=ehr")}));
  const auto verdict = ask(gate, "CN=other", {"Bearer canary-token"});
  EXPECT_EQ(verdict.decision, http::Gate::Decision::refused);
  ASSERT_EQ(log.refusals.size(), 1u);
  const audit::RefusalRecord& record = log.refusals[0];
  EXPECT_EQ(record.endpoint, "cofactor-order-sign/feedback");
  EXPECT_EQ(record.remote_address, "127.0.0.1");
  EXPECT_EQ(record.request_id, "r-1");
  EXPECT_FALSE(record.reason.empty());
  EXPECT_GT(record.received_ms, 0);
  for (const std::string* text : {&record.client, &record.issuer, &record.reason})
    EXPECT_EQ(text->find("canary"), std::string::npos);
  EXPECT_NE(metrics.text().find("cofactor_refused_calls_total{reason=\"" + record.reason + "\"} 1"), std::string::npos);
}

TEST_F(ClientGateTest, AnExchangeHoldsForTheNextCall) {
  ClientGate gate(log, metrics, for_clients({with_certificate("ehr", "CN=ehr")}));
  EXPECT_EQ(ask(gate, "").decision, http::Gate::Decision::refused);
  gate.use(for_clients({open_client("demo")}));
  const auto verdict = ask(gate, "");
  EXPECT_EQ(verdict.decision, http::Gate::Decision::admitted);
  EXPECT_EQ(verdict.caller.client, "demo");
}

struct RefusalJournalTest : ::testing::Test {
  audit::MemoryAuditLog log;
  Clock::time_point now{};
  RefusalJournal journal{log, {2, 3}, Clocks{[this] { return now; }, Clocks{}.system}};

  static audit::RefusalRecord refusal(std::string reason, std::string address = "a") {
    return {"client", "", std::move(reason), "discovery", std::move(address), "request", 5};
  }
  std::int64_t total() const {
    std::int64_t sum = 0;
    for (const auto& each : log.refusals) sum += each.count;
    return sum;
  }
};

TEST_F(RefusalJournalTest, AFewStandAloneAFloodIsCountedTogetherAndNoneIsLost) {
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(journal.note(refusal("expired")));
  for (int i = 0; i < 500; ++i) EXPECT_FALSE(journal.note(refusal("expired", i == 7 ? "b" : "a")));
  EXPECT_EQ(log.refusals.size(), 10u);
  journal.flush();
  ASSERT_EQ(log.refusals.size(), 11u);
  EXPECT_EQ(log.refusals.back().count, 500);
  EXPECT_EQ(log.refusals.back().remote_address, "several");
  EXPECT_EQ(log.refusals.back().request_id, "");
  journal.flush();
  EXPECT_EQ(total(), 510);
  now += std::chrono::seconds(1);
  EXPECT_TRUE(journal.note(refusal("expired"))) << "two a second are told singly again";
}

TEST_F(RefusalJournalTest, TooManyKindsBecomeOne) {
  for (int i = 0; i < 10; ++i) journal.note(refusal("first"));
  for (int i = 0; i < 100; ++i) journal.note(refusal("kind-" + std::to_string(i)));
  journal.flush();
  EXPECT_LE(log.refusals.size(), 14u);
  EXPECT_EQ(total(), 110);
}

TEST_F(RefusalJournalTest, AFloodWithoutEndIsBoundedByTheHourAndNoneIsLost) {
  std::int64_t noted = 0;
  constexpr std::size_t kKinds = 5;
  {
    RefusalJournal patient{log, {20, 1000, 2000}, Clocks{[this] { return now; }, Clocks{}.system}};
    std::size_t before = 0;
    for (int hour = 0; hour < 3; ++hour) {
      for (int second = 0; second < 3600; ++second) {
        bool alone = false;
        for (std::size_t i = 0; i < 40; ++i, ++noted)
          alone |= patient.note(refusal("kind-" + std::to_string(i % kKinds)));
        ASSERT_FALSE(alone && second > 200) << "the hour's records are used up";
        patient.flush();
        now += std::chrono::seconds(1);
      }
      EXPECT_GE(log.refusals.size() - before, 2000u);
      EXPECT_LE(log.refusals.size() - before, 2000u + 61 * kKinds) << "then one a minute of each kind";
      before = log.refusals.size();
    }
    now += std::chrono::hours(1);
    EXPECT_TRUE(patient.note(refusal("expired"))) << "after the flood they are told singly again";
    ++noted;
  }
  EXPECT_EQ(total(), noted) << "the last minute is written at the end";
}

TEST_F(RefusalJournalTest, BeyondTheHoursRecordsNewKindsMakeNoMoreRoom) {
  RefusalJournal patient{log, {20, 10, 0}, Clocks{[this] { return now; }, Clocks{}.system}};
  for (int second = 0; second < 120; ++second) {
    for (int i = 0; i < 20; ++i) EXPECT_FALSE(patient.note(refusal("kind-" + std::to_string(second * 20 + i))));
    patient.flush();
    now += std::chrono::seconds(1);
  }
  EXPECT_LE(log.refusals.size(), 3u * 11);
  EXPECT_GE(log.refusals.size(), 11u);
}

TEST(WipedTexts, HoldZerosWhereTheyWere) {
  WipedTexts wiped({"Bearer canary-token-that-is-longer-than-a-short-string", "short"});
  ASSERT_EQ(wiped.texts.size(), 2u);
  const std::size_t lengths[] = {wiped.texts[0].size(), wiped.texts[1].size()};
  wiped.wipe();
  for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(wiped.texts[i], std::string(lengths[i], '\0'));
}

TEST(WipedTexts, TakeOverTheBytesAndCopyNone) {
  std::vector<std::string> given{"Bearer canary-token-that-is-longer-than-a-short-string"};
  const char* const where = given[0].data();
  const WipedTexts wiped(std::move(given));
  EXPECT_EQ(static_cast<const void*>(wiped.texts[0].data()), static_cast<const void*>(where));
}

TEST(ReasonAdvice, TheManualHasEveryReasonWithWhatHappenedAndWhatToDo) {
  std::ifstream file("docs/operations.md");
  const std::string manual{std::istreambuf_iterator<char>(file), {}};
  for (const Reason reason : all_reasons()) {
    const auto [happened, mend] = advice_on(reason);
    const std::string row =
        "| `" + std::string(name_of(reason)) + "` | " + std::string(happened) + " | " + std::string(mend) + " |";
    EXPECT_NE(manual.find(row), std::string::npos) << row;
    EXPECT_EQ(advice_on(name_of(reason)).mend, mend);
  }
  EXPECT_NE(advice_on("of-a-newer-version").mend.find("version"), std::string_view::npos);
}

}  // namespace
}  // namespace cofactor::service::security
