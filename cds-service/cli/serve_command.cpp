// Promises: `cofactor serve`: puts the parts together, serves until SIGTERM or SIGINT, then lets running calls
// finish and their records become durable. SIGHUP takes over what can change while running, or keeps all as it
// was and says why; what needs a restart is named.
#include <atomic>
#include <chrono>
#include <csignal>
#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include "cards/engine/rule_table.hpp"
#include "cds-service/audit/sqlite_audit_log.hpp"
#include "cds-service/cli/commands.hpp"
#include "cds-service/cli/console.hpp"
#include "cds-service/cli/trust.hpp"
#include "cds-service/cli/version.hpp"
#include "cds-service/config/config.hpp"
#include "cds-service/config/knowledge_directory.hpp"
#include "cds-service/hooks/hook_endpoints.hpp"
#include "cds-service/http/router.hpp"
#include "cds-service/http/server.hpp"
#include "cds-service/ops/clock_watch.hpp"
#include "cds-service/ops/descriptors.hpp"
#include "cds-service/ops/log.hpp"
#include "cds-service/ops/metrics.hpp"
#include "cds-service/security/client_gate.hpp"
#include "fhir/client/http_fhir_client.hpp"

namespace cofactor::service::cli {
namespace {

using ops::Level;

sigset_t signals_of_interest() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
  return set;
}

std::vector<std::string> cors_origins(const Config& config) {
  std::vector<std::string> origins;
  for (const ClientConfig& client : config.clients)
    origins.insert(origins.end(), client.cors_origins.begin(), client.cors_origins.end());
  return origins;
}

/// Their series exist from the start, so that a rule that never fires shows as 0.
std::vector<std::string> rule_ids() {
  std::vector<std::string> ids;
  for (const cards::RuleEntry& rule : cards::rule_table()) ids.emplace_back(rule.id);
  return ids;
}

std::vector<std::pair<std::string, std::string>> files_of(const cards::Knowledge& knowledge) {
  std::vector<std::pair<std::string, std::string>> files;
  for (const cards::KnowledgeFile& file : knowledge.files()) files.emplace_back(file.path, file.bytes);
  return files;
}

/// What is in force is stored, so that its decisions can be replayed.
Result<hooks::InForce> in_force(const Config& config, std::shared_ptr<const cards::Knowledge> knowledge,
                                audit::AuditLog& log, hooks::FhirServers& fhir_servers) {
  hooks::InForce now;
  if (const auto stored = log.keep_knowledge(knowledge->revision(), files_of(*knowledge)); !stored)
    return tl::unexpected(stored.error());
  for (std::size_t i = 0; i < config.clients.size(); ++i) {
    auto site = site_policy_of(config.clients[i].site_policy, "/clients/" + std::to_string(i), *knowledge);
    if (!site) return tl::unexpected(site.error());
    auto fhir = fhir_servers.of(config.clients[i], config.call_backs, "/clients/" + std::to_string(i));
    if (!fhir) return tl::unexpected(fhir.error());
    now.clients.push_back({config.clients[i], std::move(*site), std::move(*fhir)});
    const auto& policy = now.clients.back().site;
    if (policy == nullptr) continue;
    const auto stored = log.keep_knowledge(policy->revision, {{"site-policy.json", policy->text}});
    if (!stored) return tl::unexpected(stored.error());
  }
  now.knowledge = std::move(knowledge);
  now.source_url = config.source_url.empty() ? config.public_base_url : config.source_url;
  now.announce_version = config.announce_version;
  return now;
}

/// Keys that only a new process takes over; empty when none changed. A replay memory that is not open yet is opened as `next` says.
std::string needs_restart(const Config& old, const Config& next, const std::vector<std::string>& origins, bool replay_open) {
  std::string keys;
  const auto check = [&](bool same, const char* key) {
    if (same) return;
    if (!keys.empty()) keys += ", ";
    keys += key;
  };
  const auto same_endpoint = [](const Endpoint& a, const Endpoint& b) { return a.address == b.address && a.port == b.port; };
  check(same_endpoint(old.listen, next.listen), "listen");
  check(old.public_base_url == next.public_base_url, "publicBaseUrl");
  check(same_endpoint(old.operations, next.operations), "operations");
  check(old.threads == next.threads, "threads");
  check(origins == cors_origins(next), "corsOrigins");
  const AuditConfig &a = old.audit, &b = next.audit;
  check(a.sqlite_path == b.sqlite_path && a.key_file == b.key_file && a.acknowledge_before == b.acknowledge_before &&
            a.when_unwritable == b.when_unwritable && a.queue_records == b.queue_records,
        "audit");
  check(old.tls.certificate.empty() == next.tls.certificate.empty(), "tls");
  check(!replay_open || (old.replay.path == next.replay.path && old.replay.tokens == next.replay.tokens &&
            old.replay.tokens_per_client == next.replay.tokens_per_client && old.replay.refuse_when_unwritable == next.replay.refuse_when_unwritable), "replay");
  const http::ServerLimits &l = old.limits, &m = next.limits;
  check(l.header_bytes == m.header_bytes && l.header_fields == m.header_fields && l.target_bytes == m.target_bytes &&
            l.body_bytes == m.body_bytes && l.pending_body_bytes == m.pending_body_bytes && l.connections == m.connections &&
            l.connections_per_address == m.connections_per_address && l.header_time == m.header_time &&
            l.body_time == m.body_time && l.idle_time == m.idle_time && l.write_time == m.write_time &&
            l.answer_time == m.answer_time && l.handshake_time == m.handshake_time &&
            l.admission.burst_wait == m.admission.burst_wait && l.admission.standing_wait == m.admission.standing_wait &&
            old.calls_under_way == next.calls_under_way,
        "limits");
  return keys;
}

/// A table of the site that contradicts a weaker one is in force, but not in silence.
void log_notices(const cards::Knowledge& knowledge) {
  const auto& notices = knowledge.notices();
  if (notices.empty()) return;
  ops::log(Level::warn, "knowledge-notes", {{"count", std::to_string(notices.size())}, {"first", text_of(notices.front())},
                                            {"advice", "run `cofactor knowledge check` to see all"}});
}

/// What a reload exchanges.
struct Running {
  hooks::HookEndpoints& endpoints;
  security::ClientGate& gate;
  http::Server& cds;
  audit::AuditLog& log;
  hooks::FhirServers& fhir_servers;
  ops::Metrics& metrics;
  TrustMemory& trust;
  const std::vector<std::string>& origins;  ///< what the listener's CORS was made with
};

/// All that can fail comes first, so that nothing is taken over by halves.
void reload(const std::string& file, Config& config, const Running& running) {
  auto& [endpoints, gate, cds, log, fhir_servers, metrics, trust, origins] = running;
  const bool had_replay = trust.replay != nullptr;
  const auto kept = [&metrics, &trust, &config](const Failure& why) {
    trust.servers->use(config);
    metrics.reload(false);
    ops::log(Level::error, "reload-refused", {{"code", why.code}, {"text", why.text}, {"kept", "all as it was"}});
  };
  if (file == "-") return kept({"config-unreadable", "the configuration came from standard input: restart to change it"});
  auto next = read_config(file);
  if (!next) return kept(next.error());
  std::vector<cards::KnowledgeProblem> problems;
  auto knowledge = knowledge_in_force(next->knowledge_directory, &problems);
  if (!knowledge) {
    constexpr std::size_t most = 50;
    for (std::size_t i = 0; i < problems.size() && i < most; ++i)
      ops::log(Level::error, "knowledge-problem", {{"file", problems[i].file}, {"place", problems[i].pointer}, {"text", problems[i].text}});
    return kept(knowledge.error());
  }
  const std::string& revision = (*knowledge)->revision();
  const std::string restart = needs_restart(config, *next, origins, had_replay);
  // Cards, discovery and the audiences of tokens speak of the address that is served.
  if (next->source_url == next->public_base_url) next->source_url = config.public_base_url;
  next->public_base_url = config.public_base_url;
  auto now = in_force(*next, *knowledge, log, fhir_servers);
  if (!now) return kept(now.error());
  TrustMemory its = trust;  // a replay memory that only this configuration names is given up with it
  if (auto opened = remember_for(*next, its); !opened) return kept(opened.error());
  auto authenticator = authenticator_of(*next, its);
  if (!authenticator) return kept(authenticator.error());
  if (const auto tls = tls_of(*next); tls && tls_of(config)) {
    if (const auto certificate = cds.use_tls(*tls); !certificate) return kept(certificate.error());
  }
  trust.replay = its.replay;
  gate.use(std::move(*authenticator));
  endpoints.use(std::move(*now));
  metrics.build(software_version(), revision);
  ops::set_level(next->log_level);
  metrics.reload(true);
  ops::log(Level::info, "reloaded", {{"knowledge", revision}});
  log_notices(**knowledge);
  if (!restart.empty()) ops::log(Level::warn, "reload-needs-restart", {{"keys", restart}});
  // What is compared next time is what runs, so the listeners' part stays.
  Config taken = std::move(*next);
  if (tls_of(taken).has_value() != tls_of(config).has_value()) taken.tls = config.tls;
  taken.listen = config.listen;
  taken.operations = config.operations;
  taken.threads = config.threads;
  taken.audit = config.audit;
  if (had_replay) taken.replay = config.replay;
  taken.limits = config.limits;
  taken.calls_under_way = config.calls_under_way;
  config = std::move(taken);
}

/// Tokens, dates of results and all times on record go by that clock.
void tell_clock_jump(std::chrono::milliseconds moved, audit::AuditLog& log, ops::Metrics& metrics) {
  const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch());
  metrics.clock_jump();
  ops::log(Level::warn, "clock-jump", {{"movedMilliseconds", std::to_string(moved.count())}, {"advice", "look at this machine's time service"}});
  log.append(audit::ClockJumpRecord{now.count(), moved.count()});
}

std::string address_of(const Endpoint& at, std::uint16_t port) { return at.address + ":" + std::to_string(port); }

}  // namespace

int serve(const ServeOptions& options) {
  ops::use_all_descriptors();
  // Before any thread starts: all of them inherit the mask, so that only the wait below sees these signals.
  const sigset_t signals = signals_of_interest();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  // A file-size limit must show as a failed write, which the audit store survives, not as the end of the process.
  std::signal(SIGXFSZ, SIG_IGN);

  auto read = read_config(options.config);
  if (!read) return complain(read.error());
  Config config = std::move(*read);
  ops::set_level(config.log_level);
  auto knowledge = knowledge_in_force(config.knowledge_directory);
  if (!knowledge) return complain(knowledge.error());
  log_notices(**knowledge);

  ops::Metrics metrics(rule_ids());
  metrics.build(software_version(), (*knowledge)->revision());
  audit::StoreOptions store;
  store.software_version = software_version();
  store.lost_record = [&metrics] { metrics.audit_failure(); };
  auto opened = audit::open_sqlite_audit_log(config.audit, std::move(store));
  if (!opened) return complain(opened.error());
  std::unique_ptr<audit::AuditLog> log = std::move(*opened);
  // Made before the listeners' threads: it sets what OpenSSL reads from the environment.
  const auto transport = std::make_shared<fhir::client::HttpTransport>();
  hooks::FhirServers fhir_servers([&transport](fhir::client::FhirServerSettings settings) {
    return fhir::client::http_fhir_client(transport, std::move(settings));
  });
  auto now = in_force(config, *knowledge, *log, fhir_servers);
  if (!now) return complain(now.error());

  hooks::HookEndpoints endpoints(*log, metrics, config.audit, software_version(), std::move(*now));
  TrustMemory trust(transport);
  if (const auto opened_replay = remember_for(config, trust); !opened_replay) return complain(opened_replay.error());
  auto authenticator = authenticator_of(config, trust);
  if (!authenticator) return complain(authenticator.error());
  security::ClientGate gate(*log, metrics, *authenticator);
  const std::vector<std::string> origins = cors_origins(config);
  std::atomic<bool> draining{false};
  http::OperationsPages pages;
  pages.metrics = [&metrics] { return metrics.text(); };
  pages.why_not_ready = [&draining, &gate, &audit = *log] {
    std::vector<std::string> reasons;
    if (draining) reasons.emplace_back("draining");
    if (!audit.writable()) reasons.emplace_back("audit-unwritable");
    if (gate.nobody_can_call()) reasons.emplace_back("no-client-has-keys");
    return reasons;
  };
  http::Server cds(config.listen.address, config.listen.port, config.threads, config.limits,
                   http::cds_router({config.public_base_url, origins, config.calls_under_way}, gate, endpoints),
                   [cors = http::Cors(origins)](std::string_view origin, http::Response& response) {
                     cors.decorate(origin, response);
                   });
  cds.share_by([&gate](const http::Request& request) { return gate.sender_of(request); });
  cds.expect_wait([&gate, &endpoints] {
    const auto token = gate.expected_wait();
    return token + endpoints.record_wait(token);
  });
  if (const auto tls = tls_of(config)) {
    const auto certificate = cds.use_tls(*tls);
    if (!certificate) return complain(certificate.error());
    ops::log(Level::info, "tls", {{"subject", certificate->subject}, {"daysLeft", std::to_string((certificate->expires - std::time(nullptr)) / 86'400)}});
  }
  metrics.server(&cds.counters());
  http::Server operations(config.operations.address, config.operations.port, 1, config.limits,
                          http::operations_router(std::move(pages)));
  for (http::Server* server : {&operations, &cds})
    if (const auto started = server->start(); !started) return complain(started.error());
  ops::log(Level::info, "ready",
           {{"listen", address_of(config.listen, cds.port())},
            {"operations", address_of(config.operations, operations.port())},
            {"version", software_version()},
            {"knowledge", (*knowledge)->revision()}});

  ops::ClockWatch clock;
  for (;;) {
    constexpr timespec second{1, 0};
    const int signal = sigtimedwait(&signals, nullptr, &second);
    try {
      gate.flush();
      endpoints.flush();
      if (const auto moved = clock.look()) tell_clock_jump(*moved, *log, metrics);
      if (signal == SIGHUP) reload(options.config, config, {endpoints, gate, cds, *log, fhir_servers, metrics, trust, origins});
    } catch (const std::exception&) {  // memory alone can fail here: the calls that run are worth more
      ops::log(Level::error, "housekeeping-failed", {{"code", "no-memory"}});
    }
    if (signal > 0 && signal != SIGHUP) break;
  }
  draining = true;
  ops::log(Level::info, "draining");
  const auto by = http::Clock::now() + config.drain_time;
  cds.drain(by);
  operations.drain(by);
  // From what calls back to what is called: answers that nobody waits for any more are recorded all the same.
  if (trust.replay) trust.replay->stop();
  transport->stop();
  endpoints.finish();
  gate.finish();
  log.reset();  // what is queued becomes durable
  ops::log(Level::info, "stopped");
  return done;
}

}  // namespace cofactor::service::cli
