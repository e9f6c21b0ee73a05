// Promises: the configuration of one service, read from JSON with comments, every key checked; an
// unknown key is an error that names its path. Secrets come by ${ENV:NAME} and ${FILE:PATH}.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "cds-service/http/server.hpp"
#include "fhir/result.hpp"

namespace cofactor::service {

struct Endpoint {
  std::string address;
  std::uint16_t port = 0;
  bool loopback() const;  ///< 127.0.0.0/8, ::1 or "localhost"
};

enum class OnMissingData { card, precondition_failed };

struct ClientConfig {
  std::string name;
  std::string authentication;  ///< "none" today; "jwt" and "mtls" are refused with a clear message
                               ///< until they exist
  bool allow_unauthenticated = false;
  std::vector<std::string> cors_origins;
  OnMissingData on_missing_data = OnMissingData::card;
  std::string fhir_server;  ///< base URL that absolute references may carry
  std::vector<std::pair<std::string, std::string>> prefetch_keys;  ///< site's key -> our key
  /// `ehrProfile`, `orderCodes` and `rules` as one JSON object; empty: none given. Whether they fit the knowledge in
  /// force is told by site_policy_of (knowledge_directory.hpp).
  std::string site_policy;
};

struct AuditConfig {
  std::string sqlite_path;                 ///< from "sqlite:PATH"
  std::string key_file;                    ///< default: beside the store, audit.key
  bool acknowledge_before = true;          ///< "ack": "before" | "after"
  std::string when_unwritable = "refuse";  ///< "refuse" | "answer"
  std::size_t queue_records = 10000;
};

struct Config {
  Endpoint listen{"127.0.0.1", 8080};
  std::string public_base_url = "http://127.0.0.1:8080";  ///< without a slash at its end
  Endpoint operations{"127.0.0.1", 9090};
  std::vector<ClientConfig> clients;
  AuditConfig audit;
  http::ServerLimits limits;
  unsigned threads = 0;                              ///< 0: one per core
  std::string knowledge_directory;                   ///< site overrides; empty: none
  std::string source_url = "http://127.0.0.1:8080";  ///< card source.url; default publicBaseUrl
  std::string log_level = "info";
  bool announce_version = false;  ///< "version" in discovery (3.0)
  std::chrono::milliseconds drain_time{5000};
};

/// Failure codes: config-unreadable, config-malformed, config-unknown-key, config-wrong-type,
/// config-refused, config-missing. The text names the file, the JSON pointer and what to do; it
/// never repeats a value that could be a secret. `path` "-" is standard input.
Result<Config> read_config(const std::string& path);
Result<Config> parse_config(std::string text, const std::string& name_for_errors);

/// Every key that is read, as "/clients/*/name", and those of the contract that this version
/// refuses by name: for the test that holds schema and documentation to the reader.
std::vector<std::string> known_config_keys();
std::vector<std::string> later_config_keys();

}  // namespace cofactor::service
