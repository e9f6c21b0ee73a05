// Promises: see metrics.hpp. Series that are bumped on every call are found without a lock; what is
// learned later (a reason seen for the first time) takes one.
#include "cds-service/ops/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <fstream>
#include <functional>
#include <map>
#include <mutex>
#include <unordered_map>

#include "cds-service/http/server.hpp"

namespace cofactor::service::ops {
namespace {

using prometheus::ClientMetric;
using prometheus::Counter;
using prometheus::MetricFamily;
using prometheus::MetricType;

constexpr std::size_t kMostValues = 64;
const prometheus::Histogram::BucketBoundaries kSeconds{0.001, 0.002, 0.003, 0.005, 0.0075, 0.01,
                                                       0.025, 0.05,  0.1,   0.25,  0.5};

struct Hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>{}(text);
  }
};
template <class T>
using ByName = std::unordered_map<std::string, T, Hash, std::equal_to<>>;

/// Our own codes look like this; nothing else becomes a label.
bool kebab(std::string_view text) {
  return !text.empty() && text.size() <= 48 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

/// Values that were not known at the start: at most so many, then "other".
class Learned {
 public:
  Learned(prometheus::Family<Counter>& family, std::string label)
      : family_(family), label_(std::move(label)) {}
  void bump(std::string_view value) {
    const std::lock_guard lock(mutex_);
    auto found = counters_.find(value);
    if (found == counters_.end()) {
      const bool room = kebab(value) && counters_.size() < kMostValues;
      const std::string name = room ? std::string(value) : "other";
      found = counters_.emplace(name, &family_.Add({{label_, name}})).first;
    }
    found->second->Increment();
  }

 private:
  prometheus::Family<Counter>& family_;
  std::string label_;
  std::mutex mutex_;
  ByName<Counter*> counters_;
};

/// A fixed two-way table with "other" in both directions.
class Table {
 public:
  Table(prometheus::Family<Counter>& family, const char* row_label, std::vector<std::string> rows,
        const char* column_label, std::vector<std::string> columns) {
    rows.push_back("other");
    columns.push_back("other");
    for (const std::string& row : rows)
      for (const std::string& column : columns)
        cells_[row][column] = &family.Add({{row_label, row}, {column_label, column}});
  }
  void bump(std::string_view row, std::string_view column) const {
    const auto& cells = at(cells_, row);
    at(cells, column)->Increment();
  }

 private:
  template <class T>
  static const T& at(const ByName<T>& map, std::string_view name) {
    const auto found = map.find(name);
    return found != map.end() ? found->second : map.find(std::string_view("other"))->second;
  }
  ByName<ByName<Counter*>> cells_;
};

MetricFamily single(const char* name, const char* help, MetricType type, double value,
                    std::vector<ClientMetric::Label> labels = {}) {
  MetricFamily family;
  family.name = name;
  family.help = help;
  family.type = type;
  ClientMetric metric;
  metric.label = std::move(labels);
  (type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
  family.metric.push_back(std::move(metric));
  return family;
}

std::pair<MetricFamily, MetricFamily> key_families(const std::vector<Metrics::ClientKeys>& clients) {
  MetricFamily usable, failures;
  usable.name = "cofactor_client_usable_keys";
  usable.help = "Keys that a client's tokens may be signed with now; at 0 it cannot call.";
  usable.type = MetricType::Gauge;
  failures.name = "cofactor_key_set_failures_total";
  failures.help = "Attempts to read a client's key set that failed.";
  failures.type = MetricType::Counter;
  for (const auto& each : clients) {
    ClientMetric keys, failed;
    keys.label = failed.label = {{"client", each.client}};
    keys.gauge.value = static_cast<double>(each.usable);
    failed.counter.value = static_cast<double>(each.failures);
    usable.metric.push_back(std::move(keys));
    failures.metric.push_back(std::move(failed));
  }
  return {std::move(usable), std::move(failures)};
}

double resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  double all = 0, resident = 0;
  statm >> all >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

struct Metrics::State {
  explicit State(std::vector<std::string> rules)
      : calls(family("cofactor_calls_total", "CDS Hooks calls by hook and how they ended."), "hook",
              hooks(), "outcome",
              {"cards", "no-cards", "precondition-failed", "malformed", "unavailable", "unrecorded",
               "failed", "refused"}),
        rule_outcomes(family("cofactor_rule_outcomes_total",
                             "Answers of the rules, every rule in every evaluated call."),
                      "rule", std::move(rules), "outcome", outcomes()),
        feedback(family("cofactor_feedback_total",
                        "Feedback items by outcome, and whether the card was ours."),
                 "outcome", {"accepted", "overridden"}, "card", {"known", "unknown"}),
        could_not_check(family("cofactor_could_not_check_total", "Why a check could not be done."),
                        "reason"),
        refused_calls(family("cofactor_refused_calls_total", "Calls turned away, and why."),
                      "reason"),
        unremembered(alone("cofactor_replay_in_memory_only_total",
                           "Tokens taken while their use could not be written to disk.")),
        call_backs(family("cofactor_call_backs_total", "What became of asking FHIR servers for what a request lacked, by call."),
                   "outcome"),
        fhir_searches(family("cofactor_fhir_searches_total", "Searches and reads at FHIR servers by how they ended."), "outcome"),
        call_back_took(prometheus::BuildHistogram()
                           .Name("cofactor_call_back_duration_seconds")
                           .Help("All FHIR calls of one hook call together.")
                           .Register(registry)
                           .Add({}, kSeconds)),
        prefixes(alone("cofactor_patient_prefix_normalised_total",
                       "Patient ids that came with a type prefix.")),
        mismatches(alone("cofactor_patient_mismatch_total",
                         "Calls that held resources of another patient.")),
        audit_failures(alone("cofactor_audit_failures_total",
                             "Audit records that could not be made durable.")),
        clock_jumps(alone("cofactor_clock_jumps_total", "Times that the wall clock was set by more than five seconds while the service ran.")),
        reloads_done(family("cofactor_reloads_total", "Reloads by how they ended.").Add({{"outcome", "done"}})),
        reloads_refused(family("cofactor_reloads_total", "Reloads by how they ended.").Add({{"outcome", "refused"}})) {
    auto& durations = prometheus::BuildHistogram()
                          .Name("cofactor_call_duration_seconds")
                          .Help("From the last byte of the request to the answer.")
                          .Register(registry);
    auto names = hooks();
    names.push_back("other");
    for (const std::string& hook : names) took[hook] = &durations.Add({{"hook", hook}}, kSeconds);
  }

  static std::vector<std::string> hooks() {
    return {"order-sign", "order-select", "feedback", "discovery"};
  }
  static std::vector<std::string> outcomes() {
    return {"fired", "not-applicable", "undetermined", "suppressed", "merged"};
  }
  prometheus::Family<Counter>& family(const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
  }
  Counter& alone(const char* name, const char* help) { return family(name, help).Add({}); }

  prometheus::Registry registry;
  Table calls, rule_outcomes, feedback;
  Learned could_not_check, refused_calls;
  Counter& unremembered;
  Learned call_backs, fhir_searches;
  prometheus::Histogram& call_back_took;
  Counter &prefixes, &mismatches, &audit_failures, &clock_jumps, &reloads_done, &reloads_refused;
  std::atomic<bool> reload_refused{false};
  ByName<prometheus::Histogram*> took;
  std::atomic<const http::ServerCounters*> server{nullptr};
  mutable std::mutex mutex;
  std::string version, revision;
  std::vector<ClientKeys> client_keys;
};

Metrics::Metrics(std::vector<std::string> rules)
    : state_(std::make_unique<State>(std::move(rules))) {}
Metrics::~Metrics() = default;

void Metrics::call(std::string_view hook, std::string_view outcome,
                   std::chrono::microseconds took) {
  state_->calls.bump(hook, outcome);
  auto found = state_->took.find(hook);
  if (found == state_->took.end()) found = state_->took.find(std::string_view("other"));
  found->second->Observe(std::chrono::duration<double>(took).count());
}

void Metrics::rule_outcome(std::string_view rule, std::string_view outcome) {
  state_->rule_outcomes.bump(rule, outcome);
}
void Metrics::could_not_check(std::string_view reason) { state_->could_not_check.bump(reason); }
void Metrics::feedback(std::string_view outcome, bool known_card) {
  state_->feedback.bump(outcome, known_card ? "known" : "unknown");
}
void Metrics::call_back(std::string_view outcome, std::chrono::microseconds took) {
  state_->call_backs.bump(outcome);
  if (took.count() > 0) state_->call_back_took.Observe(std::chrono::duration<double>(took).count());
}
void Metrics::fhir_search(std::string_view outcome) { state_->fhir_searches.bump(outcome); }
void Metrics::patient_prefix_normalised() { state_->prefixes.Increment(); }
void Metrics::patient_mismatch() { state_->mismatches.Increment(); }
void Metrics::reload(bool taken_over) {
  (taken_over ? state_->reloads_done : state_->reloads_refused).Increment();
  state_->reload_refused = !taken_over;
}
void Metrics::refused_call(std::string_view reason) { state_->refused_calls.bump(reason); }
void Metrics::replay_in_memory_only() { state_->unremembered.Increment(); }
void Metrics::clock_jump() { state_->clock_jumps.Increment(); }
void Metrics::audit_failure() { state_->audit_failures.Increment(); }

void Metrics::build(std::string_view version, std::string_view knowledge_revision) {
  const std::lock_guard lock(state_->mutex);
  state_->version = version;
  state_->revision = knowledge_revision;
}

void Metrics::client_keys(std::vector<ClientKeys> clients) {
  const std::lock_guard lock(state_->mutex);
  state_->client_keys = std::move(clients);
}

void Metrics::server(const http::ServerCounters* counters) { state_->server = counters; }

std::string Metrics::text() const {
  auto families = state_->registry.Collect();
  families.push_back(single("process_resident_memory_bytes", "Memory in use.", MetricType::Gauge,
                            resident_bytes()));
  families.push_back(single("cofactor_reload_refused",
                            "1 while the last reload was refused and the old set is in force.",
                            MetricType::Gauge, state_->reload_refused ? 1 : 0));
  {
    const std::lock_guard lock(state_->mutex);
    if (!state_->version.empty())
      families.push_back(single(
          "cofactor_build_info", "What runs: version and knowledge in force.", MetricType::Gauge, 1,
          {{"version", state_->version}, {"knowledge_revision", state_->revision}}));
    if (!state_->client_keys.empty()) {
      auto [usable, failures] = key_families(state_->client_keys);
      families.push_back(std::move(usable));
      families.push_back(std::move(failures));
    }
  }
  if (const http::ServerCounters* const counters = state_->server) {
    const auto count = [&](const char* name, const char* help,
                           const std::atomic<std::uint64_t>& value,
                           MetricType type = MetricType::Counter) {
      families.push_back(
          single(name, help, type, static_cast<double>(value.load(std::memory_order_relaxed))));
    };
    count("cofactor_http_connections_open", "Connections open now.", counters->open,
          MetricType::Gauge);
    count("cofactor_http_connections_accepted_total", "Connections taken.", counters->accepted);
    count("cofactor_http_connections_refused_total", "Connections refused by a limit.",
          counters->refused);
    count("cofactor_http_requests_total", "Whole requests.", counters->requests);
    count("cofactor_http_malformed_total", "Requests that the edge refused.", counters->malformed);
    count("cofactor_http_timed_out_total", "Connections ended by a deadline of the client's side.",
          counters->timed_out);
    count("cofactor_http_handshakes_failed_total", "TLS handshakes that did not succeed.", counters->handshakes_failed);
    count("cofactor_http_pending_body_bytes", "Bytes in memory of bodies that are being read or wait for their turn.",
          counters->pending_body_bytes, MetricType::Gauge);
    count("cofactor_http_shed_total", "Requests refused at once because they would have had to wait too long.",
          counters->shed);
    count("cofactor_http_expired_total", "Requests refused because their time was over before their turn.",
          counters->expired);
    count("cofactor_http_late_total",
          "Answers that missed their deadline and were replaced by a refusal.", counters->late);
  }
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace cofactor::service::ops
