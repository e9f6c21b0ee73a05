// Promises: which of the configured clients a token speaks for: by its issuer, then by tenant and subject, where
// several hospitals stand behind one vendor's issuer. Nothing is proved by it yet. Immutable.
#pragma once
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cds-service/security/claims.hpp"
#include "cds-service/security/reasons.hpp"
#include "cds-service/security/trusted_client.hpp"
#include "fhir/result.hpp"

namespace cofactor::service::security {

class Candidates {
 public:
  /// Failure code client-settings-wrong: two clients that a token could both mean (token_scope.hpp).
  static Result<Candidates> of(const std::vector<TrustedClient>& clients);

  /// Reasons: issuer_unknown, tenant_not_allowed, subject_not_allowed.
  struct Choice {
    std::optional<std::size_t> client;
    Reason reason = Reason::none;
  };
  Choice choose(const std::vector<TrustedClient>& clients, const Claims& claims) const;

 private:
  std::map<std::string, std::vector<std::size_t>, std::less<>> by_issuer_;
};

}  // namespace cofactor::service::security
