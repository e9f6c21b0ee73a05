// Proves: who is let in carries the client's name; who is turned away leaves a record with the reason and nothing of the
// token; a flood is counted together and loses none; each reason is in the manual.
#include "cds-service/security/client_gate.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <stdexcept>

#include "cds-service/security/reason_advice.hpp"
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

struct ClientGateTest : testing::Test {
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

struct RefusalJournalTest : testing::Test {
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
