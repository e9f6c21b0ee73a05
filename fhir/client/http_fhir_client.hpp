// Promises: FHIR reads from one configured server over the HTTP transport, and the same transport as a plain fetch of a key
// set. What is not JSON of an accepted kind is no FHIR answer.
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "fhir/client/fhir_client.hpp"
#include "fhir/client/http_transport.hpp"
#include "fhir/result.hpp"

namespace cofactor::fhir::client {

struct FhirServerSettings {
  BaseUrl base;
  std::string ca_file;            ///< PEM; empty: the certificates of the system
  AddressRule addresses;
  std::size_t body_bytes = 8u << 20;
};

/// Failure code: fhir-tls (the CA file).
Result<std::unique_ptr<FhirClient>> http_fhir_client(std::shared_ptr<HttpTransport> transport, FhirServerSettings settings);

/// Fetches one URL, exactly as it is configured: https only, 64 KiB at most, no redirects, no token, at an address
/// that `addresses` allows. `done` is called once,
/// as FhirClient::get() does. Failure codes: those of FhirFailure, and jwks-url-refused.
using KeySetFetch = std::function<void(std::string url, std::chrono::steady_clock::time_point deadline,
                                       std::function<void(Result<std::string>)> done)>;
KeySetFetch key_set_fetch(std::shared_ptr<HttpTransport> transport, std::string ca_file = {}, AddressRule addresses = {});

}  // namespace cofactor::fhir::client
