// Promises: the closed set of reasons why a caller was turned away, and their stable names for the audit, the metrics
// and `cofactor doctor --last-refusals`. Who was not let in never learns one: every refusal looks the same to it.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

namespace cofactor::service::security {

enum class Reason : std::uint8_t {
  none,  ///< accepted

  // The call shows nothing that could be judged.
  credentials_missing,      ///< no Authorization header and no known client certificate
  credentials_repeated,     ///< more than one Authorization header
  scheme_not_bearer,        ///< or `Bearer` without a token
  token_too_long,           ///< more than 8 KiB; not looked at any further
  token_malformed,          ///< not three base64url parts (JWE, JSON serialisation, padding, white space ...)
  certificate_not_trusted,  ///< the token's client also needs a certificate, and this is not it

  // The header of the token.
  header_malformed,       ///< no JSON object, a name twice, a member of the wrong type
  header_not_allowed,     ///< crit, b64, jwk, x5c, x5u, zip, enc: changes what is signed or who vouches for the key
  type_not_jwt,           ///< `typ` is absent or something else
  algorithm_not_allowed,  ///< none, HMAC, unknown, or not in the client's list
  key_id_missing,         ///< no `kid`
  jku_differs,            ///< `jku` is not the configured URL

  // Its claims.
  claims_malformed,     ///< no JSON object, a name twice, a member of the wrong type or length
  issuer_unknown,       ///< `iss` is absent or no configured issuer
  tenant_not_allowed,   ///< `tenant` is absent or belongs to no client of this issuer
  subject_not_allowed,  ///< `sub` is absent or belongs to no client of this issuer
  audience_wrong,       ///< `aud` is absent or names no URL of what was called
  expiry_missing,
  issue_time_missing,
  token_id_missing,  ///< no `jti`
  expired,
  not_yet_valid,  ///< `iat` or `nbf` lies in the future
  expires_before_issued,
  lifetime_too_long,

  // The key and the signature.
  keys_not_available,  ///< the issuer's key set was never read, or not for 24 hours
  key_unknown,         ///< no usable key of that `kid` (it may be there and refused: see the key problems)
  key_does_not_fit,    ///< the key is of another type, curve or `alg` than the token says
  signature_wrong,

  // Replay.
  replayed,                       ///< this (issuer, jti) was here before
  too_old_without_replay_memory,  ///< the replay memory cannot be written, and the token is older than 30 s

  // Known, and let in; but what it wants is not its own. The answer is 400, and says so.
  fhir_server_not_allowed,  ///< `fhirServer`, beside an access token, is no configured one of the client

  // Not the caller's fault: it may try again.
  too_many_signatures,         ///< more signature work than this issuer or address may ask for
  too_many_waiting,            ///< too many calls wait for this issuer's keys
  replay_memory_full,          ///< nothing in it may be forgotten yet
  replay_memory_not_writable,  ///< and the site chose to be strict
  deadline_passed,
};

/// kebab-case, stable: "signature-wrong".
std::string_view name_of(Reason reason);
/// Every reason but `none`, in the order above: for series that exist from the start, and for the documentation.
std::span<const Reason> all_reasons();
/// The reasons of Verdict::Outcome::unavailable; every other one but `none` is a refusal.
bool is_unavailable(Reason reason);

}  // namespace cofactor::service::security
