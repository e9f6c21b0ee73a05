// Promises: the settings of the security room and of TLS, as one configuration has them.
#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cds-service/config/config.hpp"
#include "cds-service/http/tls.hpp"
#include "cds-service/security/authenticator.hpp"
#include "fhir/client/http_fhir_client.hpp"
#include "fhir/result.hpp"

namespace cofactor::service::cli {

/// Fetches key sets for the clients of the configuration in force, each under its own authority. Thread-safe.
class KeySetServers {
 public:
  explicit KeySetServers(std::shared_ptr<fhir::client::HttpTransport> transport) : transport_(std::move(transport)) {}
  void use(const Config& config);
  void fetch(const std::string& url, security::Clock::time_point deadline, security::FetchReply reply);

 private:
  const std::shared_ptr<fhir::client::HttpTransport> transport_;
  std::mutex mutex_;
  std::map<std::string, fhir::client::KeySetFetch> fetches_;  ///< by URL
};

/// What a reload keeps, so that no used token is forgotten and key sets of unchanged URLs stay.
struct TrustMemory {
  explicit TrustMemory(std::shared_ptr<fhir::client::HttpTransport> transport);

  std::shared_ptr<KeySetServers> servers;
  std::shared_ptr<security::KeyCache> keys;
  std::shared_ptr<security::ReplayMemory> replay;  ///< null: no client needs it
};

/// The clients as the security room knows them.
std::vector<security::TrustedClient> trusted_clients(const Config& config);
/// Opens the replay memory when a client wants one, also one that only a reload brought. Failure codes: those of
/// ReplayMemory::open.
Result<void> remember_for(const Config& config, TrustMemory& memory);
/// Failure codes: those of Authenticator::create. From now on key sets are fetched as `config` says.
Result<std::shared_ptr<security::Authenticator>> authenticator_of(const Config& config, const TrustMemory& memory);
/// nullopt: plain HTTP. A client certificate is demanded when no client could call without one.
std::optional<http::TlsSettings> tls_of(const Config& config);

}  // namespace cofactor::service::cli
