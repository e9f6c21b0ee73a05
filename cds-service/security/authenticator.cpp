// Promises: what authenticator.hpp says: settings made ready, calls handed to judgement.hpp.
#include "cds-service/security/authenticator.hpp"

#include <algorithm>
#include <utility>

#include "cds-service/security/authenticator_state.hpp"
#include "cds-service/security/bearer.hpp"
#include "cds-service/security/claims.hpp"
#include "cds-service/security/client_settings.hpp"
#include "cds-service/security/judgement.hpp"
#include "cds-service/security/jws.hpp"
#include "cds-service/security/pinned_keys.hpp"

namespace cofactor::service::security {

std::optional<std::size_t> AuthenticatorState::client_of_certificate(std::string_view subject) const {
  if (subject.empty()) return std::nullopt;
  for (std::size_t i = 0; i < settings.clients.size(); ++i) {
    if (client(i).authentication == Authentication::mtls && client(i).mtls_subject == subject) return i;
  }
  return std::nullopt;
}

Authenticator::Authenticator(std::shared_ptr<AuthenticatorState> state) : state_(std::move(state)) {}
Authenticator::~Authenticator() = default;

Result<std::unique_ptr<Authenticator>> Authenticator::create(AuthenticatorSettings settings,
                                                             std::shared_ptr<KeyCache> keys,
                                                             std::shared_ptr<ReplayMemory> replay, Clocks clocks) {
  if (auto good = check_client_settings(settings.clients, settings.public_base_url, keys != nullptr, replay != nullptr);
      !good) {
    return tl::unexpected(good.error());
  }
  auto candidates = Candidates::of(settings.clients);
  if (!candidates) return tl::unexpected(candidates.error());
  auto state = std::make_shared<AuthenticatorState>();
  state->clocks = std::move(clocks);
  state->replay = std::move(replay);
  state->candidates = std::move(*candidates);
  state->budget = SignatureBudget(settings.budget);
  for (std::size_t i = 0; i < settings.clients.size(); ++i) {
    const TrustedClient& client = settings.clients[i];
    ReadyClient ready{Audiences(settings.public_base_url, client.audiences), {}, nullptr, false};
    if (client.authentication == Authentication::none && !state->open_client) state->open_client = i;
    if (client.authentication == Authentication::jwt) {
      state->any_jwt = true;
      for (const auto& name : client.algorithms) ready.algorithms.push_back(*algorithm_named(name));
      ready.jku_must_match = is_key_url(client.jwks);
      if (ready.jku_must_match) {
        ready.keys = keys->source(client.jwks, settings.allow_test_keys);
      } else {
        auto pinned = pinned_keys(client.jwks, settings.allow_test_keys, state->clocks);
        if (!pinned) return tl::unexpected(pinned.error());
        ready.keys = std::move(*pinned);
      }
    }
    state->ready.push_back(std::move(ready));
  }
  state->settings = std::move(settings);
  auto made = std::unique_ptr<Authenticator>(new Authenticator(std::move(state)));
  made->keys_ = std::move(keys);
  return made;
}

void Authenticator::authenticate(const Credentials& credentials, Purpose purpose, std::string_view service_id,
                                 Clock::time_point deadline, VerdictReply reply) {
  std::make_shared<Judgement>(state_, deadline, std::move(reply))->begin(credentials, purpose, service_id);
}

std::optional<std::size_t> Authenticator::claimed_client(const Credentials& credentials) const {
  if (const auto client = state_->client_of_certificate(credentials.tls_subject)) return client;
  if (!state_->any_jwt) return std::nullopt;
  const auto token = bearer_token(credentials.authorization);
  if (!token) return std::nullopt;
  const auto parts = split_token(*token);
  if (!parts) return std::nullopt;
  return state_->candidates.choose(state_->settings.clients, read_claims(parts->payload).claims).client;
}

Clock::duration Authenticator::expected_wait() const {
  return state_->replay ? state_->replay->expected_wait() : Clock::duration();
}

std::vector<std::string> Authenticator::issuers_not_ready() const {
  std::vector<std::string> issuers;
  for (std::size_t i = 0; i < state_->ready.size(); ++i) {
    const auto& keys = state_->ready[i].keys;
    if (!keys || keys->state().usable_keys > 0) continue;
    const std::string& issuer = state_->client(i).issuer;
    if (std::find(issuers.begin(), issuers.end(), issuer) == issuers.end()) issuers.push_back(issuer);
  }
  return issuers;
}

std::vector<Authenticator::KeyReport> Authenticator::key_report() const {
  std::vector<KeyReport> reports;
  for (std::size_t i = 0; i < state_->ready.size(); ++i) {
    const auto& keys = state_->ready[i].keys;
    if (keys)
      reports.push_back({state_->client(i).name, state_->client(i).issuer, state_->client(i).jwks, keys->state()});
  }
  return reports;
}

const std::vector<TrustedClient>& Authenticator::clients() const { return state_->settings.clients; }

}  // namespace cofactor::service::security
