// Promises: addresses and URLs of the configuration, each in the one form that the rest of the service compares byte
// by byte.
#pragma once
#include <string>
#include <vector>

#include "cds-service/config/config.hpp"
#include "cds-service/config/key_table.hpp"

namespace cofactor::service {

/// "127.0.0.1:8080", "[::1]:8080", "localhost:8080"
Result<void> read_endpoint(const Setting& setting, Endpoint& target);
/// An http(s) URL without query, fragment, credentials and trailing slash.
Result<void> read_url(const Setting& setting, std::string& target);
/// Scheme, host and port as a browser sends it: anything else would never match.
Result<void> read_origins(const Setting& setting, std::vector<std::string>& target);

}  // namespace cofactor::service
