// Promises: whatever stands in a configuration file, reading it never crashes: it is whole and keeps what the rest of the
// service relies on, or refused with a code and one sentence.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "cds-service/config/config.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cofactor::service;
  std::string text(reinterpret_cast<const char*>(data), size);
  // Files and environment of the machine are not the matter here.
  if (text.find("${") != std::string::npos) return 0;
  const auto config = parse_config(std::move(text), "fuzz");
  if (!config) {
    const bool sentence = config.error().text.starts_with("fuzz: ") && config.error().text.find('\n') == std::string::npos;
    if (!config.error().code.starts_with("config-") || !sentence) std::abort();
    return 0;
  }
  if (config->clients.empty() || config->audit.sqlite_path.empty() || config->public_base_url.ends_with('/')) std::abort();
  if (config->call_backs.fhir > config->call_backs.total || config->replay.path.empty()) std::abort();
  for (const ClientConfig& client : config->clients) {
    const bool jwt = client.authentication == "jwt";
    if (client.name.empty() || (jwt && (client.issuer.empty() || client.jwks.empty() || client.algorithms.empty()))) std::abort();
    // The open door is never wider than somebody said.
    if (client.authentication == "none" && !config->listen.loopback() && !client.allow_unauthenticated) std::abort();
    if (client.authentication != "none" && !config->listen.loopback() && config->tls.certificate.empty() &&
        !config->allow_plain_http)
      std::abort();
  }
  return 0;
}
