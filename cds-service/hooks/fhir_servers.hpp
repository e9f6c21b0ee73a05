// Promises: the FHIR servers that a client may name, each with one client, one breaker and one cache of Medications, kept
// over reloads as long as a configuration holds it and nothing of it changed. A server that is not configured for a client
// does not exist for it. Thread-safe.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "cds-service/config/config.hpp"
#include "fhir/client/circuit_breaker.hpp"
#include "fhir/client/fhir_client.hpp"
#include "fhir/client/http_fhir_client.hpp"
#include "fhir/client/medication_cache.hpp"
#include "fhir/client/search.hpp"
#include "fhir/result.hpp"

namespace cofactor::service::hooks {

struct FhirServer {
  explicit FhirServer(std::unique_ptr<fhir::client::FhirClient> given) : client(std::move(given)) {}

  std::unique_ptr<fhir::client::FhirClient> client;
  fhir::client::CircuitBreaker breaker{{}};
  fhir::client::MedicationCache medications{{}};
};

/// Those of one client, and how long their calls may take.
struct ClientFhir {
  std::vector<std::shared_ptr<FhirServer>> servers;
  CallBackConfig limits;

  /// The server of exactly that base URL, or nullptr.
  std::shared_ptr<FhirServer> named(std::string_view base) const;
};

class FhirServers {
 public:
  using Open = std::function<Result<std::unique_ptr<fhir::client::FhirClient>>(fhir::client::FhirServerSettings)>;
  explicit FhirServers(Open open) : open_(std::move(open)) {}

  /// nullptr: this client gets no call-backs. `where` is the client's place in the configuration. Failure codes:
  /// base-url-refused, fhir-tls.
  Result<std::shared_ptr<const ClientFhir>> of(const ClientConfig& client, const CallBackConfig& limits, const std::string& where);

 private:
  const Open open_;
  std::mutex mutex_;
  /// By base, version of the CA file, networks and size of an answer. Those who use a server hold it: a configuration in force, or a
  /// call under way.
  std::map<std::tuple<std::string, std::string, std::vector<std::string>, std::size_t>, std::weak_ptr<FhirServer>> servers_;
};

}  // namespace cofactor::service::hooks
