// Promises: from one call to its answer, with no clock, no audit and no network of its own, so that `serve`
// and `evaluate` cannot differ. Every draft order is judged; drafts about nothing relevant still get every
// rule's outcome.
#pragma once
#include <optional>
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
  const cards::SitePolicy* site = nullptr;  ///< nullptr: every rule as its own policy has it
};

struct CallResult {
  cards::Facts facts;
  cards::Evaluation evaluation;        ///< uuids filled in
  bool relevant = false;
  std::vector<std::string> could_not_check_reasons;  ///< "magnesium-not-supplied", "dose-no-frequency"; from closed sets
  std::vector<cards::EarlierOverride> overrides;  ///< that silenced a card
  std::string precondition;            ///< not empty: this client wants a refusal; says which data are missing
  std::string response;                ///< {"cards":[...]}; empty when refused
  std::string recorded;                ///< the same for the audit record where it differs: a rewritten draft is named there, not held
};

/// From the facts to what there is to say; no uuids, no response yet.
CallResult judge_call(const HookRequest& request, const cards::Knowledge& knowledge, fhir::Day as_of,
                      const CallPolicy& policy);
/// How far back an override of one of these cards would matter; nullopt: no need to look.
std::optional<fhir::Day> overrides_since(const CallResult& result);
/// Takes earlier overrides into account; the result remembers those that silenced a card.
void silence(CallResult& result, const std::vector<cards::EarlierOverride>& overrides);
/// Uuids and response of a judged call that is not refused.
void word_call(CallResult& result, const HookRequest& request, const cards::Knowledge& knowledge,
               const CallPolicy& policy, std::string_view decision, const UuidSource& next_uuid);

/// judge_call and word_call, without a memory of overrides.
CallResult evaluate_call(const HookRequest& request, const cards::Knowledge& knowledge, fhir::Day as_of,
                         const CallPolicy& policy, std::string_view decision, const UuidSource& next_uuid);

/// Every rule's outcome, as trace and record show it.
void write_outcomes(json::Writer& out, const cards::Evaluation& evaluation);

/// The "trace" member of `evaluate --trace`.
std::string trace_json(const CallResult& result, const cards::Knowledge& knowledge);

}  // namespace cofactor::service::hooks
