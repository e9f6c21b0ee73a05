// Promises: see reason_advice.hpp.
#include "cds-service/security/reason_advice.hpp"

namespace cofactor::service::security {

Advice advice_on(Reason reason) {
  switch (reason) {
    case Reason::none:
      return {"the call was let in", "nothing"};
    case Reason::credentials_missing:
      return {"neither a token nor a known client certificate came",
              "let the EHR send `Authorization: Bearer <JWT>`, also for discovery; a proxy in between must pass the field on"};
    case Reason::credentials_repeated:
      return {"more than one Authorization field came", "look for a proxy that adds one of its own"};
    case Reason::scheme_not_bearer:
      return {"the Authorization field is not `Bearer` and a token", "set the EHR to JWT authentication for CDS Hooks"};
    case Reason::token_too_long:
      return {"the token has more than 8 KiB", "take certificates and needless claims out of it"};
    case Reason::token_malformed:
      return {"the token is not three base64url parts", "send a signed JWT in compact form: no encryption, no padding"};
    case Reason::certificate_not_trusted:
      return {"the client's `certificateSubject` is demanded beside the token and was not shown",
              "compare it with `openssl x509 -noout -subject -nameopt RFC2253` of the client's certificate"};
    case Reason::header_malformed:
      return {"the token's header is no JSON object or names a member twice", "report it to the EHR's vendor"};
    case Reason::header_not_allowed:
      return {"the token's header holds `crit`, `b64`, `jwk`, `x5c`, `x5u`, `zip` or `enc`",
              "leave it out: keys come from the configuration alone"};
    case Reason::type_not_jwt:
      return {"`typ` in the header is not `JWT`", "CDS Hooks requires `typ`: set it in the EHR"};
    case Reason::algorithm_not_allowed:
      return {"the token's `alg` is not in the client's `algorithms`",
              "let the EHR sign with ES384 or RS384, or add its algorithm"};
    case Reason::key_id_missing:
      return {"the header has no `kid`", "CDS Hooks requires it: set it in the EHR"};
    case Reason::jku_differs:
      return {"`jku` in the header is not the configured `jwks` URL", "compare both byte by byte; correct whichever is old"};
    case Reason::claims_malformed:
      return {"the token's claims are no JSON object, name a member twice, or one has a wrong type",
              "`exp` and `iat` are numbers, the others strings"};
    case Reason::issuer_unknown:
      return {"`iss` is no configured `issuer`", "copy it as the EHR sends it: letter case and a slash at the end count"};
    case Reason::tenant_not_allowed:
      return {"`tenant` is not in `tenants`", "add it, if that hospital is yours"};
    case Reason::subject_not_allowed:
      return {"`sub` is not in `subjects`", "add it, if that application is yours"};
    case Reason::audience_wrong:
      return {"`aud` does not name the address that was called",
              "it must be the endpoint's URL under `publicBaseUrl`; if somebody typed another one into the EHR, add that to `audiences`"};
    case Reason::expiry_missing:
      return {"`exp` is missing", "CDS Hooks requires it: set it in the EHR"};
    case Reason::issue_time_missing:
      return {"`iat` is missing", "CDS Hooks requires it: set it in the EHR"};
    case Reason::token_id_missing:
      return {"`jti` is missing", "CDS Hooks requires it: set it in the EHR"};
    case Reason::expired:
      return {"the token's time is over, by more than a minute", "compare the clocks of both machines (NTP)"};
    case Reason::not_yet_valid:
      return {"`iat` or `nbf` lies more than a minute ahead", "compare the clocks of both machines (NTP)"};
    case Reason::expires_before_issued:
      return {"`exp` is not after `iat`", "report it to the EHR's vendor"};
    case Reason::lifetime_too_long:
      return {"`exp` - `iat` is more than `maxTokenLifetimeSeconds`", "let the EHR sign short tokens, or raise the limit"};
    case Reason::keys_not_available:
      return {"the client's key set could not be read, or not for 24 hours",
              "look for `key-set-` in the log; try the `jwks` URL from this machine"};
    case Reason::key_unknown:
      return {"the key set has no usable key of that `kid`",
              "the EHR signs with a key that it does not publish, or the pinned file is old: fetch it anew and send SIGHUP"};
    case Reason::key_does_not_fit:
      return {"the key of that `kid` is of another kind than `alg` says", "report it to the EHR's vendor"};
    case Reason::signature_wrong:
      return {"the signature does not verify", "the key set is another system's, or somebody changed the token: find out which"};
    case Reason::replayed:
      return {"this token was used before",
              "each call needs its own `jti`; an HTTP retry with the same token is turned away rightly. A test client that "
              "reuses tokens needs `replayProtection: false`"};
    case Reason::too_old_without_replay_memory:
      return {"used tokens cannot be written to disk, and this one is older than 30 s", "look at the disk of `replay.store`"};
    case Reason::fhir_server_not_allowed:
      return {"`fhirServer` beside an access token is none of the client's `fhirServers`; the call got 400 and nothing was asked there",
              "if it is that hospital's server, add its base URL to the client's `fhirServers`; if not, find out who sent the call"};
    case Reason::too_many_signatures:
      return {"more signatures to verify than one client or address may ask for", "look who floods; RS384 is charged a ninth of ES384"};
    case Reason::too_many_waiting:
      return {"too many calls wait for this client's key set", "look at the `jwks` URL: it answers too slowly"};
    case Reason::replay_memory_full:
      return {"so many tokens are still valid that no more can be remembered", "let the EHR sign tokens of a shorter life, or raise `replay.tokensPerClient`"};
    case Reason::replay_memory_not_writable:
      return {"used tokens cannot be written to disk, and `replay.whenUnwritable` is `refuse`", "look at the disk of `replay.store`"};
    case Reason::deadline_passed:
      return {"the call's time was over before its token was judged", "look at the load of this machine"};
  }
  return {"a reason that this version does not know", "use the version of cofactor that wrote the record"};
}

Advice advice_on(std::string_view reason_name) {
  for (const Reason reason : all_reasons())
    if (name_of(reason) == reason_name) return advice_on(reason);
  return {"a reason that this version does not know", "use the version of cofactor that wrote the record"};
}

}  // namespace cofactor::service::security
