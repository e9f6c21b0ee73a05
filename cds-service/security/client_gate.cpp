// Promises: see client_gate.hpp.
#include "cds-service/security/client_gate.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "cds-service/http/caller_network.hpp"
#include "cds-service/http/tls.hpp"
#include "cds-service/ops/log.hpp"
#include "cds-service/security/wiped.hpp"

namespace cofactor::service::security {
namespace {

security::Purpose purpose_of(http::Gate::Purpose purpose) {
  switch (purpose) {
    case http::Gate::Purpose::service:
      return Purpose::service;
    case http::Gate::Purpose::feedback:
      return Purpose::feedback;
    case http::Gate::Purpose::discovery:
      break;
  }
  return Purpose::discovery;
}

std::string endpoint_of(const http::Gate::Shown& shown) {
  if (shown.purpose == http::Gate::Purpose::discovery) return "discovery";
  return shown.purpose == http::Gate::Purpose::feedback ? shown.service + "/feedback" : shown.service;
}

}  // namespace

ClientGate::ClientGate(audit::AuditLog& log, ops::Metrics& metrics, std::shared_ptr<Authenticator> authenticator)
    : metrics_(metrics), journal_(log), authenticator_(std::move(authenticator)) {}

void ClientGate::use(std::shared_ptr<Authenticator> authenticator) {
  const std::lock_guard lock(mutex_);
  authenticator_ = std::move(authenticator);
}

std::shared_ptr<Authenticator> ClientGate::in_force() const {
  const std::lock_guard lock(mutex_);
  return authenticator_;
}

http::Sender ClientGate::sender_of(const http::Request& request) const {
  http::Sender sender{http::caller_network(request.remote_address)};
  const auto authenticator = in_force();
  if (authenticator->clients().size() < 2) return sender;
  Credentials credentials;
  if (const auto shown = request.header("Authorization"); !shown.empty()) credentials.authorization.push_back(shown);
  if (request.tls_client) credentials.tls_subject = request.tls_client->subject;
  if (const auto client = authenticator->claimed_client(credentials)) sender.client = authenticator->clients()[*client].name;
  return sender;
}

http::Clock::duration ClientGate::expected_wait() const { return in_force()->expected_wait(); }

bool ClientGate::nobody_can_call() const {
  const auto authenticator = in_force();
  const auto reports = authenticator->key_report();
  return reports.size() == authenticator->clients().size() &&
         std::ranges::all_of(reports, [](const auto& report) { return report.state.usable_keys == 0; });
}

void ClientGate::flush() {
  journal_.flush();
  const auto reports = in_force()->key_report();
  std::vector<ops::Metrics::ClientKeys> keys;
  for (const auto& report : reports) keys.push_back({report.client, report.state.usable_keys, report.state.failures});
  metrics_.client_keys(std::move(keys));
  const std::lock_guard lock(watch_mutex_);
  for (const KeyEvent& event : watch_.look(reports)) log_key_event(event);
}

void ClientGate::ask(Shown shown, Done done) {
  const auto authenticator = in_force();
  Credentials credentials;
  // Taken over, not copied, and overwritten when this call returns: the verdict may come later and needs none of it.
  const WipedTexts authorization(std::move(shown.authorization));
  for (const std::string& value : authorization.texts) credentials.authorization.emplace_back(value);
  const std::string subject = std::move(shown.certificate_subject), network = http::caller_network(shown.remote_address), service = shown.service;
  credentials.tls_subject = subject;
  credentials.peer_network = network;
  const auto deadline = shown.deadline;
  const security::Purpose purpose = purpose_of(shown.purpose);
  authenticator->authenticate(
      credentials, purpose, service, deadline,
      [this, authenticator, shown = std::move(shown), done = std::move(done)](security::Verdict verdict) {
        const std::string client = verdict.client ? authenticator->clients()[*verdict.client].name : std::string();
        if (verdict.outcome == security::Verdict::Outcome::accepted) {
          if (verdict.replay_in_memory_only) metrics_.replay_in_memory_only();
          return done({Decision::admitted,
                       {client, std::move(verdict.issuer), std::move(verdict.tenant), std::move(verdict.subject),
                        std::move(verdict.jti)}});
        }
        turned_away(shown, verdict, client);
        done({verdict.outcome == security::Verdict::Outcome::refused ? Decision::refused : Decision::unavailable, {}});
      });
}

void ClientGate::turned_away(const Shown& shown, const security::Verdict& verdict, const std::string& client) {
  const std::string_view reason = name_of(verdict.reason);
  metrics_.refused_call(reason);
  audit::RefusalRecord record;
  record.client = client;
  record.issuer = verdict.issuer;
  record.reason = reason;
  record.endpoint = endpoint_of(shown);
  record.remote_address = shown.remote_address;
  record.request_id = shown.request_id;
  record.received_ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(verdict.at.time_since_epoch()).count();
  if (journal_.note(std::move(record)))
    ops::log(ops::Level::warn, "call-refused",
             {{"request", shown.request_id}, {"reason", reason}, {"client", client}, {"keyIdHash", verdict.key_id_hash}});
}

}  // namespace cofactor::service::security
