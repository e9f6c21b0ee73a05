// Proves: what is counted shows, series exist before they are needed, and no flood of names makes
// more of them.
#include "cds-service/ops/metrics.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "cds-service/http/server.hpp"

namespace cofactor::service::ops {
namespace {

using namespace std::chrono_literals;

void expect_line(const Metrics& metrics, const std::string& line) {
  const std::string text = metrics.text();
  EXPECT_NE(text.find("\n" + line + "\n"), std::string::npos) << line << "\nnot in\n" << text;
}

std::size_t lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

TEST(Metrics, EverySeriesOfARuleExistsBeforeItFires) {
  const Metrics metrics({"rule-one", "rule-two"});
  expect_line(metrics, R"(cofactor_rule_outcomes_total{outcome="fired",rule="rule-one"} 0)");
  expect_line(metrics, R"(cofactor_rule_outcomes_total{outcome="undetermined",rule="rule-two"} 0)");
  expect_line(metrics, R"(cofactor_calls_total{hook="order-sign",outcome="cards"} 0)");
  expect_line(metrics, "cofactor_audit_failures_total 0");
}

TEST(Metrics, CountsWhatItIsTold) {
  Metrics metrics({"rule-one"});
  metrics.call("order-sign", "cards", 900us);
  metrics.call("order-sign", "cards", 30ms);
  metrics.rule_outcome("rule-one", "fired");
  metrics.could_not_check("dose-unreadable");
  metrics.feedback("overridden", false);
  metrics.patient_prefix_normalised();
  metrics.patient_mismatch();
  metrics.audit_failure();
  expect_line(metrics, R"(cofactor_calls_total{hook="order-sign",outcome="cards"} 2)");
  expect_line(metrics, R"(cofactor_call_duration_seconds_bucket{hook="order-sign",le="0.001"} 1)");
  expect_line(metrics, R"(cofactor_call_duration_seconds_bucket{hook="order-sign",le="0.025"} 1)");
  expect_line(metrics, R"(cofactor_call_duration_seconds_bucket{hook="order-sign",le="0.05"} 2)");
  expect_line(metrics, R"(cofactor_call_duration_seconds_count{hook="order-sign"} 2)");
  expect_line(metrics, R"(cofactor_rule_outcomes_total{outcome="fired",rule="rule-one"} 1)");
  expect_line(metrics, R"(cofactor_could_not_check_total{reason="dose-unreadable"} 1)");
  expect_line(metrics, R"(cofactor_feedback_total{card="unknown",outcome="overridden"} 1)");
  expect_line(metrics, "cofactor_patient_prefix_normalised_total 1");
  expect_line(metrics, "cofactor_patient_mismatch_total 1");
  expect_line(metrics, "cofactor_audit_failures_total 1");
}

TEST(Metrics, AClockThatWasSetIsCountedFromZero) {
  Metrics metrics;
  expect_line(metrics, "cofactor_clock_jumps_total 0");
  metrics.clock_jump();
  expect_line(metrics, "cofactor_clock_jumps_total 1");
}

TEST(Metrics, ARefusedReloadShowsUntilOneIsTakenOver) {
  Metrics metrics;
  expect_line(metrics, "cofactor_reload_refused 0");
  metrics.reload(false);
  expect_line(metrics, "cofactor_reload_refused 1");
  metrics.reload(true);
  expect_line(metrics, "cofactor_reload_refused 0");
  expect_line(metrics, R"(cofactor_reloads_total{outcome="done"} 1)");
  expect_line(metrics, R"(cofactor_reloads_total{outcome="refused"} 1)");
}

TEST(Metrics, T_LOG_3_UnknownNamesFoldIntoOther) {
  Metrics metrics({"rule-one"});
  const std::size_t before = lines(metrics.text());
  for (int i = 0; i < 10000; ++i) {
    const std::string name = "name-" + std::to_string(i);
    metrics.call(name, name, 1ms);
    metrics.rule_outcome(name, name);
    metrics.feedback(name, true);
    metrics.could_not_check(name);
  }
  metrics.could_not_check("Jane Doe \"1970\"\n");
  EXPECT_LT(lines(metrics.text()), before + 80);
  expect_line(metrics, R"(cofactor_calls_total{hook="other",outcome="other"} 10000)");
  expect_line(metrics, R"(cofactor_rule_outcomes_total{outcome="other",rule="other"} 10000)");
  EXPECT_EQ(metrics.text().find("Jane"), std::string::npos);
}

TEST(Metrics, ShowsTheListenerAndWhatRuns) {
  Metrics metrics;
  http::ServerCounters counters;
  counters.late = 3;
  counters.open = 2;
  metrics.server(&counters);
  metrics.build("1.2.3", "sha256:abc");
  expect_line(metrics, "cofactor_http_late_total 3");
  expect_line(metrics, "cofactor_http_connections_open 2");
  expect_line(metrics, R"(cofactor_build_info{version="1.2.3",knowledge_revision="sha256:abc"} 1)");
  metrics.server(nullptr);
  EXPECT_EQ(metrics.text().find("cofactor_http_late_total"), std::string::npos);
}

TEST(Metrics, ShowsTheKeysOfTheClientsThatThereAreNow) {
  Metrics metrics;
  EXPECT_EQ(metrics.text().find("cofactor_client_usable_keys"), std::string::npos);
  metrics.client_keys({{"north", 2, 0}, {"a \"name\"", 0, 7}});
  expect_line(metrics, R"(cofactor_client_usable_keys{client="north"} 2)");
  expect_line(metrics, R"(cofactor_client_usable_keys{client="a \"name\""} 0)");
  expect_line(metrics, R"(cofactor_key_set_failures_total{client="a \"name\""} 7)");
  metrics.client_keys({{"south", 1, 0}});
  expect_line(metrics, R"(cofactor_client_usable_keys{client="south"} 1)");
  EXPECT_EQ(metrics.text().find("north"), std::string::npos) << "a reload took it out";
}

TEST(Metrics, LosesNothingBetweenThreads) {
  Metrics metrics({"rule-one"});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 2500; ++i) {
        metrics.rule_outcome("rule-one", "fired");
        metrics.could_not_check("reason");
        metrics.call("feedback", "refused", 1ms);
      }
    });
  for (auto& thread : threads) thread.join();
  expect_line(metrics, R"(cofactor_rule_outcomes_total{outcome="fired",rule="rule-one"} 10000)");
  expect_line(metrics, R"(cofactor_could_not_check_total{reason="reason"} 10000)");
  expect_line(metrics, R"(cofactor_calls_total{hook="feedback",outcome="refused"} 10000)");
}

}  // namespace
}  // namespace cofactor::service::ops
