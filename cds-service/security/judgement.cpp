// Promises: what judgement.hpp says.
#include "cds-service/security/judgement.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "cds-service/security/base64url.hpp"
#include "cds-service/security/bearer.hpp"
#include "cds-service/security/digest.hpp"
#include "cds-service/security/verification_key.hpp"

namespace cofactor::service::security {

void Judgement::begin(const Credentials& credentials, Purpose purpose, std::string_view service_id) {
  // A certificate of an mtls client says enough; what stands beside it is not looked at.
  if (const auto client = state_->client_of_certificate(credentials.tls_subject)) {
    return accept(*client, Authentication::mtls);
  }
  // Without any jwt client a token says nothing: clients of CDS Hooks 1.0 always send one.
  if (state_->open_client && (credentials.authorization.empty() || !state_->any_jwt)) {
    return accept(*state_->open_client, Authentication::none);
  }
  const Reason fault = read_token(credentials, purpose, service_id);
  if (fault != Reason::none) return end(fault);
  if (state_->clocks.steady() >= deadline_) return end(Reason::deadline_passed);
  peer_network_ = std::string(credentials.peer_network);
  state_->ready[*verdict_.client].keys->find(
      kid_, deadline_, [self = shared_from_this()](KeyAnswer answer) { self->with_key(std::move(answer)); });
}

Reason Judgement::read_token(const Credentials& credentials, Purpose purpose, std::string_view service_id) {
  const auto token = bearer_token(credentials.authorization);
  if (!token) return token.error();
  const auto parts = split_token(*token);
  if (!parts) return parts.error();

  // The claims are read even if the header is refused: the audit wants to know whom the token speaks of.
  ClaimsRead read = read_claims(parts->payload);
  const auto choice = state_->candidates.choose(state_->settings.clients, read.claims);
  verdict_.client = choice.client;
  if (choice.reason != Reason::issuer_unknown) verdict_.issuer = *read.claims.issuer;

  auto header = read_header(parts->header);
  if (!header) return header.error();
  verdict_.algorithm = std::string(facts_of(header->algorithm).name);
  verdict_.key_id_hash = key_id_hash(header->kid.value_or(std::string()));
  if (const Reason fault = fault_of_jwt_header(*header); fault != Reason::none) return fault;
  if (read.fault != Reason::none) return read.fault;
  if (!choice.client) return choice.reason;
  if (const Reason fault = fault_of_client(*header, read.claims, credentials, purpose, service_id);
      fault != Reason::none) {
    return fault;
  }
  auto signature = base64url_decoded(parts->signature);
  if (!signature) return Reason::token_malformed;
  algorithm_ = header->algorithm;
  kid_ = std::move(*header->kid);
  claims_ = std::move(read.claims);
  token_.text = std::string(parts->signed_bytes);
  signature_.text = std::move(*signature);
  return Reason::none;
}

/// What the chosen client asks of a token, short of its signature.
Reason Judgement::fault_of_client(const JwsHeader& header, const Claims& claims, const Credentials& credentials,
                                  Purpose purpose, std::string_view service_id) const {
  const TrustedClient& client = state_->client(*verdict_.client);
  const ReadyClient& ready = state_->ready[*verdict_.client];
  if (std::find(ready.algorithms.begin(), ready.algorithms.end(), header.algorithm) == ready.algorithms.end()) {
    return Reason::algorithm_not_allowed;
  }
  if (ready.jku_must_match && header.jku && *header.jku != client.jwks) return Reason::jku_differs;
  if (!ready.audiences.accept(claims.audiences, purpose, service_id)) return Reason::audience_wrong;
  const Reason fault =
      fault_of_times(claims, state_->clocks.seconds(), state_->settings.skew, client.max_token_lifetime);
  if (fault != Reason::none) return fault;
  if (!claims.token_id || claims.token_id->empty()) return Reason::token_id_missing;
  if (!client.mtls_subject.empty() && client.mtls_subject != credentials.tls_subject) {
    return Reason::certificate_not_trusted;
  }
  return Reason::none;
}

void Judgement::with_key(KeyAnswer answer) {
  if (!answer.key) return end(answer.reason);
  if (!answer.key->fits(algorithm_)) return end(Reason::key_does_not_fit);
  const auto now = state_->clocks.steady();
  if (now >= deadline_) return end(Reason::deadline_passed);
  if (!state_->budget.take(verdict_.issuer, peer_network_, facts_of(algorithm_).cost, now)) {
    return end(Reason::too_many_signatures);
  }
  const bool good = answer.key->verify(algorithm_, token_.text, signature_.text);
  token_.wipe();
  signature_.wipe();
  if (!good) return end(Reason::signature_wrong);
  const TrustedClient& client = state_->client(*verdict_.client);
  if (!client.replay_protection) return accept(*verdict_.client, Authentication::jwt);
  const ReplayMemory::Token seen{
      verdict_.issuer, *claims_.token_id, client.name, static_cast<std::int64_t>(std::floor(*claims_.issued)),
      static_cast<std::int64_t>(std::ceil(*claims_.expires)) + state_->settings.skew.count()};
  state_->replay->remember(seen,
                           [self = shared_from_this()](ReplayMemory::Answer replay) { self->with_replay(replay); });
}

void Judgement::with_replay(ReplayMemory::Answer answer) {
  switch (answer) {
    case ReplayMemory::Answer::first_in_memory:
      verdict_.replay_in_memory_only = true;
      [[fallthrough]];
    case ReplayMemory::Answer::first:
      return accept(*verdict_.client, Authentication::jwt);
    case ReplayMemory::Answer::repeated:
      return end(Reason::replayed);
    case ReplayMemory::Answer::too_old:
      return end(Reason::too_old_without_replay_memory);
    case ReplayMemory::Answer::full:
      return end(Reason::replay_memory_full);
    case ReplayMemory::Answer::not_writable:
      return end(Reason::replay_memory_not_writable);
  }
}

void Judgement::accept(std::size_t client, Authentication by) {
  verdict_.client = client;
  verdict_.by = by;
  if (by == Authentication::jwt) {
    verdict_.tenant = claims_.tenant.value_or(std::string());
    verdict_.subject = claims_.subject.value_or(std::string());
    verdict_.jti = claims_.token_id.value_or(std::string());
  }
  end(Reason::none);
}

void Judgement::end(Reason reason) {
  verdict_.reason = reason;
  verdict_.outcome = reason == Reason::none   ? Verdict::Outcome::accepted
                     : is_unavailable(reason) ? Verdict::Outcome::unavailable
                                              : Verdict::Outcome::refused;
  std::exchange(reply_, nullptr)(std::move(verdict_));
}

}  // namespace cofactor::service::security
