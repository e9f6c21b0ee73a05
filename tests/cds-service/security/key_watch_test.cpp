// Proves: what becomes of a client's key set is said once, when it changes, and shows in the metrics; nothing of a key is
// said but its place, its fault and a hash.
#include "cds-service/security/key_watch.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <mutex>

#include "cds-service/ops/log.hpp"
#include "cds-service/security/client_gate.hpp"
#include "tests/cds-service/security/trust_setup.hpp"
#include "tests/support/memory_audit_log.hpp"

namespace cofactor::service::security {
namespace {

using testing::ehr_key;
using testing::jwks;
using testing::SigningKey;

struct KeyWatchTest : ::testing::Test {
  KeyWatch watch;
  Authenticator::KeyReport ehr{"ehr", "https://ehr.example", "https://ehr.example/keys", {}};

  /// "what client code usable", one of each event.
  std::vector<std::string> look(std::vector<Authenticator::KeyReport> reports) {
    std::vector<std::string> said;
    for (const KeyEvent& event : watch.look(reports)) {
      const char* const what[] = {"unreadable", "read", "refused"};
      said.push_back(std::string(what[static_cast<int>(event.what)]) + " " + event.client + " " + event.code + " " +
                     std::to_string(event.what == KeyEvent::What::refused ? event.position : event.usable));
    }
    return said;
  }
  std::vector<std::string> look() { return look({ehr}); }
  void fails(const std::string& code) {
    ehr.state.last_failure = code;
    ++ehr.state.failures;
    ++ehr.state.failures_in_a_row;
  }
  void is_read(std::size_t usable) {
    ehr.state.last_failure.clear();
    ehr.state.failures_in_a_row = 0;
    ehr.state.usable_keys = usable;
    ehr.state.age = std::chrono::seconds(0);
  }
};
using Said = std::vector<std::string>;

TEST_F(KeyWatchTest, EachChangeIsSaidOnce) {
  EXPECT_EQ(look(), Said{}) << "the first fetch is under way";
  fails("fhir-timeout");
  EXPECT_EQ(look(), Said{"unreadable ehr fhir-timeout 0"});
  fails("fhir-timeout");
  EXPECT_EQ(look(), Said{}) << "again the same";
  fails("fhir-tls");
  EXPECT_EQ(look(), Said{"unreadable ehr fhir-tls 0"});
  is_read(2);
  EXPECT_EQ(look(), Said{"read ehr  2"});
  ehr.state.age = std::chrono::seconds(500);
  EXPECT_EQ(look(), Said{});
  is_read(3);
  EXPECT_EQ(look(), Said{"read ehr  3"}) << "a key was added";
  fails("set-malformed");
  ehr.state.problems = {{KeyFault::set_malformed, 0, {}}};
  EXPECT_EQ(look(), Said{"unreadable ehr set-malformed 3"}) << "the set before still serves; told once, not twice";
  ehr.state.usable_keys = 0;
  EXPECT_EQ(look(), Said{"unreadable ehr set-malformed 0"}) << "until it is too old";
  EXPECT_EQ(look(), Said{});
}

TEST_F(KeyWatchTest, ARefusedKeyIsSaidOnceWithItsPlace) {
  is_read(1);
  ehr.state.problems = {{KeyFault::rsa_size, 1, "aa"}, {KeyFault::kid_missing, 4, {}}};
  EXPECT_EQ(look(), (Said{"read ehr  1", "refused ehr rsa-size 1", "refused ehr kid-missing 4"}));
  EXPECT_EQ(look(), Said{});
  ehr.state.problems.pop_back();
  EXPECT_EQ(look(), Said{});
  ehr.state.problems.push_back({KeyFault::kid_missing, 4, {}});
  EXPECT_EQ(look(), Said{"refused ehr kid-missing 4"}) << "it was gone in between";
}

TEST_F(KeyWatchTest, EachClientForItselfAndAnotherSetIsNews) {
  is_read(1);
  auto lab = ehr;
  lab.client = "lab";
  EXPECT_EQ(look({ehr, lab}), (Said{"read ehr  1", "read lab  1"}));
  ehr.jwks = "https://ehr.example/other";
  EXPECT_EQ(look({ehr, lab}), Said{"read ehr  1"});
  EXPECT_EQ(look({lab}), Said{});
  EXPECT_EQ(look({ehr, lab}), Said{"read ehr  1"}) << "a client that was away";
}

struct KeyWatchAtTheGate : ::testing::Test, testing::TrustSetup {
  struct Lines {
    std::mutex mutex;
    std::string text;
  };
  std::shared_ptr<Lines> lines = std::make_shared<Lines>();
  audit::MemoryAuditLog log;
  ops::Metrics metrics;

  KeyWatchAtTheGate() {
    ops::set_log_sink([lines = lines](std::string_view more) {
      const std::lock_guard lock(lines->mutex);
      lines->text += more;
    });
  }
  ~KeyWatchAtTheGate() override {
    ops::flush_log();
    ops::set_log_sink({});
  }
  int said(const std::string& what) {
    ops::flush_log();
    const std::lock_guard lock(lines->mutex);
    int count = 0;
    for (auto at = lines->text.find(what); at != std::string::npos; at = lines->text.find(what, at + 1)) ++count;
    return count;
  }
  bool shows(const std::string& series) const { return metrics.text().find(series + "\n") != std::string::npos; }
};

TEST_F(KeyWatchAtTheGate, AKeySetThatCannotBeReadShowsInLogAndMetrics) {
  settings.clients[0].jwks = "https://ehr.example/keys.json";
  server.answer(fail("fhir-unreachable", "nobody there"));
  reload();
  ClientGate gate(log, metrics, std::shared_ptr<Authenticator>(std::move(authenticator)));
  for (int second = 0; second < 5; ++second) gate.flush();
  EXPECT_EQ(said(R"("event":"key-set-unreadable","client":"ehr","code":"fhir-unreachable")"), 1);
  EXPECT_TRUE(gate.nobody_can_call());
  EXPECT_TRUE(shows(R"(cofactor_client_usable_keys{client="ehr"} 0)")) << metrics.text();
  EXPECT_TRUE(shows(R"(cofactor_key_set_failures_total{client="ehr"} 1)"));
  server.answer(jwks({ehr_key().jwk("key-1"), SigningKey::rsa(1024).jwk("a-recognisable-kid")}));
  time.advance(std::chrono::seconds(60));
  keys->tick();
  for (int second = 0; second < 5; ++second) gate.flush();
  EXPECT_EQ(said(R"("event":"key-set-read","client":"ehr")"), 1);
  EXPECT_EQ(said(R"("event":"key-refused","client":"ehr","fault":"rsa-size","position":"1")"), 1);
  EXPECT_EQ(said("a-recognisable-kid"), 0);
  EXPECT_TRUE(shows(R"(cofactor_client_usable_keys{client="ehr"} 1)"));
  EXPECT_TRUE(shows(R"(cofactor_key_set_failures_total{client="ehr"} 1)"));
}

}  // namespace
}  // namespace cofactor::service::security
