// Promises: the settings of the security room and of TLS, as one configuration has them.
#pragma once
#include <memory>
#include <optional>

#include "cds-service/config/config.hpp"
#include "cds-service/http/tls.hpp"
#include "cds-service/security/authenticator.hpp"
#include "fhir/result.hpp"

namespace cofactor::service::cli {

/// What a reload keeps, so that no used token is forgotten and key sets of unchanged URLs stay.
struct TrustMemory {
  std::shared_ptr<security::KeyCache> keys;
  std::shared_ptr<security::ReplayMemory> replay;  ///< null: no client needs it
};

/// Opens the replay memory when a client wants one, also one that only a reload brought. Failure codes: those of
/// ReplayMemory::open.
Result<void> remember_for(const Config& config, TrustMemory& memory);
/// Failure codes: those of Authenticator::create.
Result<std::shared_ptr<security::Authenticator>> authenticator_of(const Config& config, const TrustMemory& memory);
/// nullopt: plain HTTP. A client certificate is demanded when no client could call without one.
std::optional<http::TlsSettings> tls_of(const Config& config);

}  // namespace cofactor::service::cli
