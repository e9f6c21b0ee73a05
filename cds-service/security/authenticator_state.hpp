// Promises: what an Authenticator knows, shared with the calls that are open: everything but the budget is as it was
// made.
#pragma once
#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "cds-service/security/algorithm.hpp"
#include "cds-service/security/audiences.hpp"
#include "cds-service/security/authenticator.hpp"
#include "cds-service/security/candidates.hpp"

namespace cofactor::service::security {

/// What the settings say of one client, made ready.
struct ReadyClient {
  Audiences audiences;
  std::vector<Algorithm> algorithms;
  std::shared_ptr<KeySource> keys;  ///< nullptr: not a jwt client
  bool jku_must_match = false;
};

struct AuthenticatorState {
  AuthenticatorSettings settings;
  Clocks clocks;
  std::shared_ptr<ReplayMemory> replay;
  std::vector<ReadyClient> ready;
  Candidates candidates;
  SignatureBudget budget;  ///< thread-safe
  bool any_jwt = false;
  std::optional<std::size_t> open_client;  ///< the first with authentication none

  const TrustedClient& client(std::size_t i) const { return settings.clients[i]; }
  std::optional<std::size_t> client_of_certificate(std::string_view subject) const;
};

}  // namespace cofactor::service::security
