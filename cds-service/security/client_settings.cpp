// Promises: what client_settings.hpp says.
#include "cds-service/security/client_settings.hpp"

#include "cds-service/security/algorithm.hpp"
#include "fhir/client/base_url.hpp"

namespace cofactor::service::security {
namespace {

Result<void> wrong(const TrustedClient& client, const std::string& what) {
  return fail("client-settings-wrong", "client `" + client.name + "`: " + what);
}

bool has_scheme(std::string_view text) { return text.find("://") != std::string_view::npos; }

Result<void> check_jwt(const TrustedClient& client, bool have_key_cache, bool have_replay_memory) {
  if (client.issuer.empty()) return wrong(client, "`issuer` is missing; give the `iss` of its tokens");
  if (client.jwks.empty()) return wrong(client, "`jwks` is missing; name a file with its JWK set or an https URL");
  if (has_scheme(client.jwks) && !is_key_url(client.jwks)) {
    return wrong(client, "`jwks` must be a file or an https URL, no other address");
  }
  if (is_key_url(client.jwks)) {
    // What a fetch and a comparison could read in two ways is no address of a key set.
    if (client.jwks.find_first_of("#@\\ \t\r\n") != std::string::npos) {
      return wrong(client, "`jwks` may hold no `#`, `@`, backslash or white space");
    }
    if (!fhir::client::is_key_set_url(client.jwks)) {
      return wrong(client,
                   "`jwks` is a URL that is never fetched; write it as https://host[:port]/path: a host name or an IPv4 "
                   "address, a path without empty, dot or percent-encoded parts");
    }
    if (!have_key_cache) return wrong(client, "`jwks` is a URL and there is no way to fetch it");
  }
  if (client.algorithms.empty()) return wrong(client, "`algorithms` is empty; name at least one, such as ES384");
  for (const auto& name : client.algorithms) {
    if (algorithm_named(name)) continue;
    std::string known;
    for (const auto& facts : known_algorithms()) known += (known.empty() ? "" : ", ") + std::string(facts.name);
    return wrong(client, "`algorithms` names something that is not one of " + known);
  }
  if (client.max_token_lifetime < std::chrono::seconds(1)) {
    return wrong(client, "`maxTokenLifetimeSeconds` must be at least 1");
  }
  if (client.replay_protection && !have_replay_memory) {
    return wrong(client, "`replayProtection` is on and there is no replay memory");
  }
  return {};
}

/// The certificate alone would let the one in for the other, whatever token stands beside it. Two that both need a
/// token are told apart by it.
bool both_by_certificate(const TrustedClient& a, const TrustedClient& b) {
  if (a.mtls_subject.empty() || a.mtls_subject != b.mtls_subject) return false;
  const auto shows_one = [](const TrustedClient& client) { return client.authentication != Authentication::none; };
  return shows_one(a) && shows_one(b) &&
         (a.authentication == Authentication::mtls || b.authentication == Authentication::mtls);
}

}  // namespace

bool is_key_url(std::string_view jwks) { return jwks.starts_with("https://"); }

Result<void> check_client_settings(const std::vector<TrustedClient>& clients, const std::string& public_base_url,
                                   bool have_key_cache, bool have_replay_memory) {
  for (std::size_t i = 0; i < clients.size(); ++i) {
    const TrustedClient& client = clients[i];
    if (client.authentication == Authentication::jwt) {
      if (auto good = check_jwt(client, have_key_cache, have_replay_memory); !good) return good;
      if (public_base_url.empty() || public_base_url.ends_with('/')) {
        return fail("client-settings-wrong",
                    "`publicBaseUrl` must be given, without a slash at its end: the audience of "
                    "tokens is compared with it");
      }
    }
    if (client.authentication == Authentication::mtls && client.mtls_subject.empty()) {
      return wrong(client,
                   "the certificate subject is missing; give it as `openssl x509 -subject -nameopt RFC2253` "
                   "prints it");
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (both_by_certificate(clients[j], client)) {
        return wrong(client, "client `" + clients[j].name +
                                 "` has the same certificate subject, and for one of them the certificate is enough; "
                                 "give each its own certificate");
      }
    }
  }
  return {};
}

}  // namespace cofactor::service::security
