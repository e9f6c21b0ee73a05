// Promises: the access token of a call, taken out of the request: it lives in one wiped place, the characters in the parsed
// body are overwritten, and a token that is not complete, not Bearer, expired or not plain text is no token.
#pragma once
#include <string>
#include <string_view>

#include "fhir/client/secret_text.hpp"
#include "fhir/json/value.hpp"

namespace cofactor::service::hooks {

struct FhirAuthorization {
  bool sent = false;                   ///< there was a `fhirAuthorization`
  fhir::client::SharedSecret token;    ///< nullptr: not usable
  /// Why not: "token-not-sent", "token-incomplete", "token-not-bearer", "token-expired", "token-malformed".
  std::string_view why_not = "token-not-sent";
  std::string patient;                 ///< the one patient the token is good for; empty: not said
};

/// Reads `fhirAuthorization` (CDS Hooks 2.0.1: access_token, token_type, expires_in, scope and subject are all required)
/// and overwrites the token as it was written, usable or not. The tree must be one's own: nobody else may be reading it.
FhirAuthorization take_fhir_authorization(const json::Value& request);

}  // namespace cofactor::service::hooks
