// Promises: see trust.hpp.
#include "cds-service/cli/trust.hpp"

#include <algorithm>

#include "cds-service/security/client_settings.hpp"

namespace cofactor::service::cli {
namespace {

using security::Authentication;

Authentication authentication_of(const ClientConfig& client) {
  if (client.authentication == "jwt") return Authentication::jwt;
  return client.authentication == "mtls" ? Authentication::mtls : Authentication::none;
}

security::TrustedClient trusted(const ClientConfig& client) {
  security::TrustedClient made;
  made.name = client.name;
  made.authentication = authentication_of(client);
  made.issuer = client.issuer;
  made.jwks = client.jwks;
  made.algorithms = client.algorithms;
  made.audiences = client.audiences;
  made.tenants = client.tenants;
  made.subjects = client.subjects;
  made.max_token_lifetime = client.max_token_lifetime;
  made.replay_protection = client.replay_protection;
  made.mtls_subject = client.certificate_subject;
  return made;
}

}  // namespace

void KeySetServers::use(const Config& config) {
  std::map<std::string, fhir::client::KeySetFetch> fetches;
  for (const ClientConfig& client : config.clients)
    if (security::is_key_url(client.jwks)) fetches[client.jwks] = fhir::client::key_set_fetch(transport_, client.jwks_ca, {client.fhir_networks});
  const std::lock_guard lock(mutex_);
  fetches_.swap(fetches);
}

void KeySetServers::fetch(const std::string& url, security::Clock::time_point deadline, security::FetchReply reply) {
  fhir::client::KeySetFetch fetch;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = fetches_.find(url); found != fetches_.end()) fetch = found->second;
  }
  if (!fetch) return reply(fail("jwks-url-refused", "no client of the configuration in force names this key set"));
  fetch(url, deadline, std::move(reply));
}

TrustMemory::TrustMemory(std::shared_ptr<fhir::client::HttpTransport> transport)
    : servers(std::make_shared<KeySetServers>(std::move(transport))),
      keys(std::make_shared<security::KeyCache>(
          security::KeyCacheSettings{},
          [servers = servers](const std::string& url, security::Clock::time_point deadline, security::FetchReply reply) {
            servers->fetch(url, deadline, std::move(reply));
          })) {}

std::vector<security::TrustedClient> trusted_clients(const Config& config) {
  std::vector<security::TrustedClient> clients;
  for (const ClientConfig& client : config.clients) clients.push_back(trusted(client));
  return clients;
}

Result<void> remember_for(const Config& config, TrustMemory& memory) {
  const auto needs = [](const ClientConfig& client) { return client.authentication == "jwt" && client.replay_protection; };
  if (memory.replay != nullptr || std::ranges::none_of(config.clients, needs)) return {};
  security::ReplayMemorySettings settings;
  settings.path = config.replay.path;
  settings.entries = config.replay.tokens;
  settings.entries_per_client = config.replay.tokens_per_client;
  settings.strict = config.replay.refuse_when_unwritable;
  auto opened = security::ReplayMemory::open(std::move(settings));
  if (!opened) return tl::unexpected(opened.error());
  memory.replay = std::move(*opened);
  return {};
}

Result<std::shared_ptr<security::Authenticator>> authenticator_of(const Config& config, const TrustMemory& memory) {
  security::AuthenticatorSettings settings;
  settings.clients = trusted_clients(config);
  settings.public_base_url = config.public_base_url;
  settings.allow_test_keys = config.test_profile;
  settings.budget.per_issuer = config.signatures_per_issuer;
  settings.budget.per_address = config.signatures_per_address;
  memory.servers->use(config);
  auto made = security::Authenticator::create(std::move(settings), memory.keys, memory.replay);
  if (!made) return tl::unexpected(made.error());
  return std::shared_ptr<security::Authenticator>(std::move(*made));
}

std::optional<http::TlsSettings> tls_of(const Config& config) {
  if (config.tls.certificate.empty()) return std::nullopt;
  http::TlsSettings tls;
  tls.certificate = config.tls.certificate;
  tls.key = config.tls.key;
  tls.client_ca = config.tls.client_ca;
  const bool all = std::ranges::none_of(config.clients, [](const ClientConfig& client) { return client.certificate_subject.empty(); });
  tls.client_certificate = all ? http::TlsSettings::ClientCertificate::required : http::TlsSettings::ClientCertificate::optional;
  return tls;
}

}  // namespace cofactor::service::cli
