// Promises: see client_keys.hpp.
#include "cds-service/config/client_keys.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "cds-service/config/addresses.hpp"
#include "cds-service/security/algorithm.hpp"
#include "cds-service/security/token_scope.hpp"
#include "fhir/client/address_rule.hpp"
#include "fhir/client/base_url.hpp"
#include "fhir/json/writer.hpp"

namespace cofactor::service {
namespace {

constexpr std::array<std::string_view, 9> kPrefetchKeys{
    "patient",      "medications", "statements",      "magnesium", "vitaminD",
    "calciumRenal", "conditions",  "serviceRequests", "encounter"};

Result<void> read_prefetch_keys(const Setting& setting,
                                std::vector<std::pair<std::string, std::string>>& target) {
  if (!setting.value.is_object())
    return fail("config-wrong-type",
                "`" + setting.pointer + "` must be an object of your key to our key");
  for (const json::Member& member : setting.value.members()) {
    std::size_t ours = 0;
    const Setting item{member.value, setting.pointer + "/" + std::string(member.name)};
    if (auto done = read_word(item, {kPrefetchKeys.begin(), kPrefetchKeys.end()}, ours); !done)
      return done;
    target.emplace_back(member.name, kPrefetchKeys[ours]);
  }
  return {};
}

/// Kept as it is: only the knowledge can tell which rules, numbers and orders there are.
Result<void> add_to_policy(const Setting& setting, std::string_view name, ClientConfig& client) {
  json::Writer member;
  member.string(name);
  std::string text = member.take() + ":";
  member.value(setting.value);
  text += member.take();
  std::string& policy = client.site_policy;
  policy = policy.empty() ? "{" + text + "}" : policy.substr(0, policy.size() - 1) + "," + text + "}";
  return {};
}

Result<void> read_algorithms(const Setting& setting, std::vector<std::string>& target) {
  std::vector<std::string> all;
  std::vector<std::string_view> known;
  for (const auto& algorithm : security::known_algorithms()) known.push_back(algorithm.name);
  auto done = read_array(setting, [&](const Setting& item) -> Result<void> {
    std::size_t index = 0;
    if (auto word = read_word(item, known, index); !word) return word;
    all.emplace_back(known[index]);
    return {};
  });
  if (!done) return done;
  if (all.empty()) return refuse(setting, "is empty: take it out for `ES384` and `RS384`");
  target = std::move(all);
  return {};
}

Result<void> read_networks(const Setting& setting, std::vector<std::string>& target) {
  return read_array(setting, [&](const Setting& item) -> Result<void> {
    std::string network;
    if (auto done = read_into(item, network); !done) return done;
    if (!fhir::client::is_network(network)) return refuse(item, "must be a network such as `10.20.0.0/16` or `fd00:20::/48`, one machine `10.20.3.4/32`");
    target.push_back(std::move(network));
    return {};
  });
}

tl::unexpected<Failure> refuse_client(const std::string& pointer, const char* key, const std::string& what) {
  return fail("config-refused", "`" + pointer + "/" + key + "` " + what);
}

/// The host of an http URL is loopback.
bool on_this_machine(std::string_view url) {
  const auto base = fhir::client::BaseUrl::read(url);
  return base && fhir::client::is_loopback_host(base->bare_host());
}

/// A server that is configured by its address must be in the networks that are configured beside it.
Result<void> check_networks(const ClientConfig& client, const std::string& pointer) {
  if (client.fhir_networks.empty()) return {};
  const bool key_set = client.jwks.find("://") != std::string::npos;
  if (client.fhir_servers.empty() && !key_set) return refuse_client(pointer, "fhirNetworks", "needs `fhirServers` or a `jwks` URL");
  const auto could_be_called = [&](std::string_view url) {
    const auto base = fhir::client::BaseUrl::read(url.substr(0, url.find('?')));
    return !base || !fhir::client::is_address(base->bare_host()) || fhir::client::is_allowed(base->bare_host(), {client.fhir_networks}, false);
  };
  for (std::size_t i = 0; i < client.fhir_servers.size(); ++i)
    if (!could_be_called(client.fhir_servers[i]))
      return refuse_client(pointer, ("fhirServers/" + std::to_string(i)).c_str(), "is an address in none of its `fhirNetworks`: it could never be called");
  if (key_set && !could_be_called(client.jwks))
    return refuse_client(pointer, "jwks", "is an address in none of its `fhirNetworks`: it could never be called");
  return {};
}

/// Keys that only one kind of authentication reads: beside another they would seem to be in force.
Result<void> check_authentication(const ClientConfig& client, const std::string& pointer, const Config& config) {
  const bool jwt = client.authentication == "jwt", mtls = client.authentication == "mtls";
  const ClientConfig untouched;
  const std::array<std::pair<const char*, bool>, 8> of_tokens{
      {{"issuer", !client.issuer.empty()},
       {"jwks", !client.jwks.empty()},
       {"audiences", !client.audiences.empty()},
       {"tenants", !client.tenants.empty()},
       {"subjects", !client.subjects.empty()},
       {"algorithms", client.algorithms != untouched.algorithms},
       {"maxTokenLifetimeSeconds", client.max_token_lifetime != untouched.max_token_lifetime},
       {"replayProtection", client.replay_protection != untouched.replay_protection}}};
  if (!jwt)
    for (const auto& [key, given] : of_tokens)
      if (given) return refuse_client(pointer, key, "is for clients with `\"authentication\": \"jwt\"` only");
  if (client.authentication != "none" && client.allow_unauthenticated)
    return refuse_client(pointer, "allowUnauthenticated", "is for clients with `\"authentication\": \"none\"` only");
  if (!client.fhir_ca.empty() && client.fhir_servers.empty()) return refuse_client(pointer, "fhirCa", "needs `fhirServers`");
  for (const std::string& server : client.fhir_servers)
    if (server.starts_with("http://") && !on_this_machine(server) && !config.allow_plain_http)
      return refuse_client(pointer, "fhirServers", "must be https: access tokens and patients' data would cross the network in the clear "
                                                   "(`\"allowPlainHttp\": true` allows it)");
  if (auto done = check_networks(client, pointer); !done) return done;
  if (client.authentication == "none" && !client.certificate_subject.empty())
    return refuse_client(pointer, "certificateSubject", "is for clients with `mtls` or `jwt` only");
  if (jwt && client.issuer.empty())
    return fail("config-missing", "`" + pointer + "/issuer` is missing: the `iss` of this client's tokens, exactly as it is sent");
  if (jwt && client.jwks.empty())
    return fail("config-missing", "`" + pointer + "/jwks` is missing: a file with the client's public keys, or the https URL of its key set");
  if (mtls && client.certificate_subject.empty())
    return fail("config-missing", "`" + pointer + "/certificateSubject` is missing: the subject of the client's certificate, such as `CN=ehr.example,O=Hospital`");
  if (!client.certificate_subject.empty() && config.tls.client_ca.empty())
    return refuse_client(pointer, "certificateSubject", "needs `/tls/clientCa`: the authority that signs client certificates");
  const bool url = client.jwks.find("://") != std::string::npos;
  if (!client.jwks_ca.empty() && !url) return refuse_client(pointer, "jwksCa", "is for a `jwks` URL only");
  if (url && !client.jwks.starts_with("https://"))
    return refuse_client(pointer, "jwks", "must be a file or an https URL");
  return {};
}

/// Two clients of one issuer must be told apart by tenant or subject.
bool could_mean_both(const ClientConfig& a, const ClientConfig& b) {
  return a.authentication == "jwt" && b.authentication == "jwt" &&
         security::could_mean_both({a.issuer, a.tenants, a.subjects}, {b.issuer, b.tenants, b.subjects});
}

}  // namespace

Keys client_keys(ClientConfig& client) {
  return {text("name", client.name),
          word("authentication", {"none", "jwt", "mtls"},
               [&](std::size_t i) { client.authentication = std::array{"none", "jwt", "mtls"}[i]; }),
          yes_or_no("allowUnauthenticated", client.allow_unauthenticated),
          text("issuer", client.issuer),
          text("jwks", client.jwks),
          text("jwksCa", client.jwks_ca),
          {"algorithms", [&](const Setting& s) { return read_algorithms(s, client.algorithms); }},
          texts("audiences", client.audiences),
          texts("tenants", client.tenants),
          texts("subjects", client.subjects),
          number("maxTokenLifetimeSeconds", client.max_token_lifetime, 30, 86'400),
          yes_or_no("replayProtection", client.replay_protection),
          text("certificateSubject", client.certificate_subject),
          {"corsOrigins", [&](const Setting& s) { return read_origins(s, client.cors_origins); }},
          word("onMissingData", {"card", "412"},
               [&](std::size_t i) {
                 client.on_missing_data = i == 0 ? OnMissingData::card : OnMissingData::precondition_failed;
               }),
          {"fhirServers",
           [&](const Setting& s) {
             return read_array(s, [&](const Setting& item) { return read_url(item, client.fhir_servers.emplace_back()); });
           }},
          {"fhirNetworks", [&](const Setting& s) { return read_networks(s, client.fhir_networks); }},
          text("fhirCa", client.fhir_ca),
          {"prefetchKeys", [&](const Setting& s) { return read_prefetch_keys(s, client.prefetch_keys); }},
          {"ehrProfile", [&](const Setting& s) { return add_to_policy(s, "ehrProfile", client); }},
          {"orderCodes", [&](const Setting& s) { return add_to_policy(s, "orderCodes", client); }},
          {"rules", [&](const Setting& s) { return add_to_policy(s, "rules", client); }}};
}

Result<void> read_client(const Setting& setting, ClientConfig& client) {
  if (auto done = read_object(setting, client_keys(client)); !done) return done;
  // Patients and cards belong to `client/tenant`.
  if (client.name.find('/') != std::string::npos) return refuse({setting.value, setting.pointer + "/name"}, "must not hold a slash");
  if (client.name.empty())
    return fail("config-missing", "`" + setting.pointer + "/name` is missing: the audit record names the client by it");
  if (client.authentication.empty())
    return fail("config-missing", "`" + setting.pointer +
                                      "/authentication` is missing: say `jwt` or `mtls`, or `none` to accept everybody on "
                                      "this machine");
  return {};
}

Result<void> check_clients(const Config& config) {
  const bool loopback = config.listen.loopback();
  for (std::size_t i = 0; i < config.clients.size(); ++i) {
    const ClientConfig& client = config.clients[i];
    const std::string pointer = "/clients/" + std::to_string(i);
    if (auto done = check_authentication(client, pointer, config); !done) return done;
    for (std::size_t k = 0; k < i; ++k) {
      const ClientConfig& other = config.clients[k];
      const std::string both = "`" + pointer + "` and `/clients/" + std::to_string(k) + "` ";
      if (client.name == other.name)
        return fail("config-refused", "`" + pointer + "/name` stands twice: reports tell clients apart by it");
      if (!client.jwks.empty() && client.jwks == other.jwks && client.jwks_ca != other.jwks_ca)
        return fail("config-refused", both + "name one `jwks` URL with different `jwksCa`");
      if (client.jwks.find("://") != std::string::npos && client.jwks == other.jwks && client.fhir_networks != other.fhir_networks)
        return fail("config-refused", both + "name one `jwks` URL with different `fhirNetworks`");
      if (could_mean_both(client, other))
        return fail("config-refused", both + "have one issuer: give each its own `tenants` or `subjects`, so that a token means one of them");
      if (client.authentication == "mtls" && other.authentication == "mtls" && client.certificate_subject == other.certificate_subject)
        return fail("config-refused", both + "have one `certificateSubject`");
    }
    if (loopback) continue;
    if (client.authentication == "none" && !client.allow_unauthenticated)
      return fail("config-refused", "`/listen` is not a loopback address, and `" + pointer +
                                        "` has no authentication: listen on `127.0.0.1` behind a "
                                        "proxy, or say `\"allowUnauthenticated\": true` "
                                        "beside it if the network alone decides who may call");
    if (client.authentication != "none" && config.tls.certificate.empty() && !config.allow_plain_http)
      return fail("config-refused", "`/listen` is not a loopback address, and tokens and patients' data would cross the "
                                    "network in the clear: give `/tls`, or say `\"allowPlainHttp\": true` if a proxy on "
                                    "another machine ends TLS");
  }
  return {};
}

}  // namespace cofactor::service
