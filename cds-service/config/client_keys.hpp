// Promises: one client of the configuration, and what several clients together must not be: two that a token could
// both mean, keys that would seem to be in force and are not, an open door.
#pragma once
#include "cds-service/config/config.hpp"
#include "cds-service/config/key_table.hpp"

namespace cofactor::service {

Keys client_keys(ClientConfig& client);
/// Reads one member of `/clients`. Failure codes as read_config().
Result<void> read_client(const Setting& setting, ClientConfig& client);
/// What only the whole file can tell of the clients.
Result<void> check_clients(const Config& config);

}  // namespace cofactor::service
