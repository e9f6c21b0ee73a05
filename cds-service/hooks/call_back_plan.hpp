// Promises: what a call has to ask a FHIR server for: the prefetch keys that did not come whole, with the queries that
// discovery announces, and the Medications that orders refer to without naming them. Pure.
#pragma once
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cards/engine/knowledge.hpp"
#include "cards/facts/facts.hpp"
#include "cds-service/hooks/hook_request.hpp"
#include "fhir/client/base_url.hpp"

namespace cofactor::service::hooks {

struct CallBackQuestion {
  std::string key;       ///< "magnesium"
  std::string relative;  ///< "Observation?patient=..."
};

/// In the order of discovery's templates. A template whose id was not sent, or is no FHIR id, is left out.
std::vector<CallBackQuestion> questions_of(const HookRequest& request, const cards::Facts& facts, const cards::Knowledge& knowledge);

/// Ids of Medications on that server that drafts, active medications and statements refer to, and that are neither in the
/// request nor read already. At most `most_medications`; the rest stays unresolved and is said to be.
constexpr std::size_t most_medications = 50;
std::vector<std::string> medications_to_read(const HookRequest& request, const fhir::client::BaseUrl& base);

}  // namespace cofactor::service::hooks
