// Promises: from one call to its answer, with no clock, no audit and no network of its own, so that `serve`
// and `evaluate` cannot differ. Every draft order is judged; drafts about nothing relevant still get every
// rule's outcome.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "cards/engine/evaluate.hpp"
#include "cds-service/config/config.hpp"
#include "cds-service/hooks/hook_request.hpp"
#include "cds-service/hooks/uuids.hpp"

namespace cofactor::service::hooks {

struct CallPolicy {
  OnMissingData on_missing_data = OnMissingData::card;
  std::string_view source_url;         ///< absolute
};

struct CallResult {
  cards::Facts facts;
  cards::Evaluation evaluation;        ///< uuids filled in
  bool relevant = false;
  std::vector<std::string> could_not_check_reasons;  ///< "magnesium-not-supplied", "dose-no-frequency"; from closed sets
  std::string precondition;            ///< not empty: this client wants a refusal; says which data are missing
  std::string response;                ///< {"cards":[...]}; empty when refused
};

CallResult evaluate_call(const HookRequest& request, const cards::Knowledge& knowledge, fhir::Day as_of,
                         const CallPolicy& policy, std::string_view decision, const UuidSource& next_uuid);

/// The "trace" member of `evaluate --trace`.
std::string trace_json(const CallResult& result, const cards::Knowledge& knowledge);

}  // namespace cofactor::service::hooks
