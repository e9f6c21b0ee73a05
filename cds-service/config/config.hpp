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
  std::string authentication;  ///< "none", "jwt" or "mtls"
  bool allow_unauthenticated = false;
  // With "jwt":
  std::string issuer;                                   ///< compared byte by byte
  std::string jwks;                                     ///< a file, or an https URL
  std::string jwks_ca;                                  ///< PEM file for that URL; empty: the system's authorities
  std::vector<std::string> algorithms{"ES384", "RS384"};
  std::vector<std::string> audiences;                   ///< beside each endpoint's own URL
  std::vector<std::string> tenants, subjects;           ///< empty: any, also none
  std::chrono::seconds max_token_lifetime{3600};
  bool replay_protection = true;
  /// With "mtls" who it is (RFC 2253 text); with "jwt" a certificate that is demanded beside the token.
  std::string certificate_subject;
  std::vector<std::string> cors_origins;
  OnMissingData on_missing_data = OnMissingData::card;
  std::vector<std::string> fhir_servers;  ///< base URLs that may be called, and that absolute references may carry
  std::vector<std::string> fhir_networks; ///< CIDR blocks that they and the key set's server are in; empty: see AddressRule
  std::string fhir_ca;                    ///< PEM file; empty: the system's authorities
  std::vector<std::pair<std::string, std::string>> prefetch_keys;  ///< site's key -> our key
  /// `ehrProfile`, `orderCodes` and `rules` as one JSON object; empty: none given. Whether they fit the knowledge in
  /// force is told by site_policy_of (knowledge_directory.hpp).
  std::string site_policy;
};

/// Both empty: plain HTTP.
struct TlsConfig {
  std::string certificate, key;  ///< PEM files: the chain, the leaf first; its key
  std::string client_ca;         ///< PEM file; empty: no client certificate is asked for
};

/// Tokens are good for one call: what is remembered of them.
struct ReplayConfig {
  std::string path;                       ///< default: replay.db beside the audit store
  std::size_t tokens = 1'000'000;         ///< that can be remembered at a time
  std::size_t tokens_per_client = 500'000;
  bool refuse_when_unwritable = false;    ///< else the memory of this process and tokens of at most 30 s
};

/// Calls to FHIR servers for what a request did not bring.
struct CallBackConfig {
  bool on = true;
  std::chrono::milliseconds total{450}, fhir{300};  ///< of one hook call; of its FHIR calls together
  std::size_t response_bytes = 8u << 20;
  /// Of one search; more is incomplete. The facts take no more resources of one source either (cards/facts/collect_facts).
  std::size_t pages = 10, resources = 1000;
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
  bool test_profile = false;      ///< published test keys are accepted
  bool allow_plain_http = false;  ///< beyond loopback: a proxy on another machine ends TLS
  TlsConfig tls;
  ReplayConfig replay;
  CallBackConfig call_backs;
  AuditConfig audit;
  http::ServerLimits limits;
  std::size_t calls_under_way = 512;                 ///< at once, of all clients
  std::chrono::microseconds signatures_per_issuer{900'000}, signatures_per_address{600'000};  ///< CPU time a second
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

/// Every key that is read, as "/clients/*/name": for the test that holds schema and documentation to the reader.
std::vector<std::string> known_config_keys();

}  // namespace cofactor::service
