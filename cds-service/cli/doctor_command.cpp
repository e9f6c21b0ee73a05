// Promises: `cofactor doctor`: is this configuration fit to serve, and why were calls turned away? Reads only; safe beside a
// running service. One line a finding, with what to do.
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <set>

#include "cds-service/audit/audit_reader.hpp"
#include "cds-service/cli/commands.hpp"
#include "cds-service/cli/console.hpp"
#include "cds-service/cli/trust.hpp"
#include "cds-service/config/knowledge_directory.hpp"
#include "cds-service/hooks/fhir_servers.hpp"
#include "cds-service/security/client_settings.hpp"
#include "cds-service/security/pinned_keys.hpp"
#include "cds-service/security/reason_advice.hpp"
#include "fhir/client/http_fhir_client.hpp"

namespace cofactor::service::cli {
namespace {

/// Lines that say "ok" or "not ok"; remembers whether all is well.
class Findings {
 public:
  void good(const std::string& what) { print_line("ok      " + what); }
  void bad(const std::string& what) {
    print_line("NOT OK  " + what);
    all_good_ = false;
  }
  void hint(const std::string& what) { print_line("note    " + what); }
  bool all_good() const { return all_good_; }

 private:
  bool all_good_ = true;
};

std::string utc(std::int64_t milliseconds) {
  const std::time_t seconds = milliseconds / 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

void check_tls_files(const Config& config, Findings& findings) {
  const auto tls = tls_of(config);
  if (!tls) {
    findings.hint("no `tls`: the listener speaks plain HTTP; a proxy in front must end TLS");
    return;
  }
  const auto certificate = http::check_tls(*tls);
  if (!certificate) return findings.bad("tls: " + certificate.error().text);
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  const long long days = (certificate->expires - now) / 86'400;
  const std::string what = "certificate of `" + certificate->subject + "`, good for " + std::to_string(days) + " more days";
  days < 30 ? findings.bad(what + ": renew it and send SIGHUP") : findings.good(what);
}

void check_keys(const Config& config, Findings& findings) {
  const auto clients = trusted_clients(config);
  if (const auto settings = security::check_client_settings(clients, config.public_base_url, true, true); !settings)
    findings.bad(settings.error().text);
  for (const ClientConfig& client : config.clients) {
    if (client.authentication != "jwt") continue;
    if (security::is_key_url(client.jwks)) {
      findings.hint("client `" + client.name + "`: keys come from `" + client.jwks + "`; the metrics of the running service say whether they could be read");
      continue;
    }
    const auto keys = security::pinned_keys(client.jwks, config.test_profile, {});
    if (!keys) {
      findings.bad("client `" + client.name + "`: " + keys.error().text);
      continue;
    }
    const auto state = (*keys)->state();
    findings.good("client `" + client.name + "`: " + std::to_string(state.usable_keys) + " usable keys in `" + client.jwks + "`");
    for (const auto& problem : state.problems)
      findings.hint("client `" + client.name + "`: key " + std::to_string(problem.position + 1) + " is not used: " + std::string(security::name_of(problem.fault)));
  }
}

/// The hosts that a client's `fhirNetworks` are about, as their names lead now, from this machine.
void check_networks(const ClientConfig& client, Findings& findings) {
  if (client.fhir_networks.empty()) return;
  std::set<std::string> hosts;
  const auto add = [&](std::string_view url) {
    if (const auto base = fhir::client::BaseUrl::read(url.substr(0, url.find('?')))) hosts.insert(base->bare_host());
  };
  for (const std::string& server : client.fhir_servers) add(server);
  if (security::is_key_url(client.jwks)) add(client.jwks);
  const fhir::client::AddressRule rule{client.fhir_networks};
  for (const std::string& host : hosts) {
    if (fhir::client::is_address(host)) continue;  // judged when the configuration was read
    const std::string what = "client `" + client.name + "`: `" + host + "` ";
    const auto found = fhir::client::system_resolver()(host);
    if (!found || found->empty()) {
      findings.hint(what + "cannot be looked up from here now");
      continue;
    }
    std::string allowed, others;
    for (const std::string& address : *found) {
      std::string& list = fhir::client::is_allowed(address, rule, false) ? allowed : others;
      list += (list.empty() ? "`" : ", `") + address + "`";
    }
    if (allowed.empty())
      findings.bad(what + "is at " + others + ", in none of its `fhirNetworks`: it is not called. Add its network, or find out who answers for that name");
    else
      findings.good(what + "is called at " + allowed + (others.empty() ? "" : " and, by its `fhirNetworks`, never at " + others));
  }
}

/// What serve would refuse at its start: policies, and the servers that are called back.
void check_clients(const Config& config, const cards::Knowledge& knowledge, Findings& findings) {
  const auto transport = std::make_shared<fhir::client::HttpTransport>();
  hooks::FhirServers servers([&](fhir::client::FhirServerSettings settings) {
    return fhir::client::http_fhir_client(transport, std::move(settings));
  });
  for (std::size_t i = 0; i < config.clients.size(); ++i) {
    const ClientConfig& client = config.clients[i];
    const std::string pointer = "/clients/" + std::to_string(i);
    if (const auto site = site_policy_of(client.site_policy, pointer, knowledge); !site)
      findings.bad("client `" + client.name + "`: " + site.error().text);
    if (const auto fhir = servers.of(client, config.call_backs, pointer); !fhir)
      findings.bad("client `" + client.name + "`: " + fhir.error().text);
    else if (*fhir != nullptr)
      findings.good("client `" + client.name + "`: " + std::to_string((*fhir)->servers.size()) + " FHIR servers may be called back");
    else
      findings.hint("client `" + client.name + "`: no `fhirServers`: what its prefetch does not bring could not be checked");
    check_networks(client, findings);
  }
  transport->stop();
}

/// What is on record of the clock; old jumps are no fault of today.
void tell_clock_jumps(audit::AuditReader& reader, Findings& findings) {
  constexpr std::int64_t most = 5;
  const auto jumps = reader.last_clock_jumps(most);
  if (!jumps) return findings.bad("audit store: " + jumps.error().text);
  for (const audit::ClockJumpRecord& jump : *jumps)
    findings.hint("the clock was set " + std::string(jump.moved_ms < 0 ? "back" : "forward") + " by " + std::to_string((std::abs(jump.moved_ms) + 500) / 1000) +
                  " s at " + utc(jump.noticed_ms) + ": records around it are ordered by seq, not by time; see that the time service (NTP) runs");
}

int last_refusals(const Config& config, std::int64_t most) {
  auto reader = audit::AuditReader::open(config.audit.sqlite_path, {});
  if (!reader) return complain(unreachable, reader.error().text);
  const auto refusals = reader->last_refusals(most);
  if (!refusals) return complain(unreachable, refusals.error().text);
  if (refusals->empty()) print_line("no call has been turned away");
  for (const audit::RefusalRecord& each : *refusals) {
    const auto [happened, mend] = security::advice_on(each.reason);
    std::string line = utc(each.received_ms) + "  " + each.reason + "  " + (each.client.empty() ? "unknown client" : each.client) +
                       "  " + each.endpoint + "  from " + each.remote_address;
    if (!each.request_id.empty()) line += "  request " + each.request_id;
    if (each.count > 1) line += "  " + std::to_string(each.count) + " calls";
    print_line(line);
    print_line("    what happened: " + std::string(happened));
    print_line("    what to do:    " + std::string(mend));
  }
  return flush() ? done : complain(unreachable, "standard output could not take the list");
}

}  // namespace

int doctor(const DoctorOptions& options) {
  const auto config = read_config(options.config);
  if (!config) return complain(config.error());
  if (options.last_refusals > 0) return last_refusals(*config, options.last_refusals);
  Findings findings;
  findings.good("configuration `" + options.config + "`");
  if (config->test_profile) findings.bad("`profile` is `test`: anybody can sign tokens with published test keys; never with patients");
  const auto knowledge = knowledge_in_force(config->knowledge_directory);
  if (knowledge) {
    findings.good("knowledge " + (*knowledge)->revision());
    check_clients(*config, **knowledge, findings);
  } else {
    findings.bad("knowledge: " + knowledge.error().text);
  }
  check_tls_files(*config, findings);
  check_keys(*config, findings);
  auto reader = audit::AuditReader::open(config->audit.sqlite_path, {});
  reader ? findings.good("audit store `" + config->audit.sqlite_path + "` can be read")
         : findings.bad("audit store: " + reader.error().text);
  if (reader) tell_clock_jumps(*reader, findings);
  std::error_code error;
  const auto space = std::filesystem::space(std::filesystem::path(config->audit.sqlite_path).parent_path(), error);
  if (!error) {
    const std::string free = std::to_string(space.available >> 20) + " MiB free beside the audit store";
    space.available < (std::uintmax_t{1} << 30) ? findings.bad(free + ": make room") : findings.good(free);
  }
  if (!flush()) return complain(unreachable, "standard output could not take the findings");
  return findings.all_good() ? done : not_fine;
}

}  // namespace cofactor::service::cli
