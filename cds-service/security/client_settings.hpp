// Promises: what is wrong with the settings of the clients, said before the service starts with them.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "cds-service/security/trusted_client.hpp"
#include "fhir/result.hpp"

namespace cofactor::service::security {

/// Is `jwks` an address rather than a file?
bool is_key_url(std::string_view jwks);

/// Failure code client-settings-wrong; the text names the client, the setting and what to do.
Result<void> check_client_settings(const std::vector<TrustedClient>& clients, const std::string& public_base_url,
                                   bool have_key_cache, bool have_replay_memory);

}  // namespace cofactor::service::security
