// Promises: facts and knowledge in, cards and every rule's outcome out. Deterministic, pure, thread-safe.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cards/card.hpp"
#include "cards/engine/knowledge.hpp"
#include "cards/engine/site_policy.hpp"
#include "cards/facts/facts.hpp"
#include "fhir/json/writer.hpp"

namespace cofactor::cards {

enum class OutcomeKind { fired, not_applicable, undetermined, suppressed, merged };
std::string_view name_of(OutcomeKind kind);

struct RuleOutcome {
  std::string rule;
  OutcomeKind kind = OutcomeKind::not_applicable;
  std::optional<Indicator> indicator;   ///< fired, merged, suppressed
  std::string why;                      ///< reason code, then plain words where they help; no patient data
  std::string merged_into;
  std::optional<Indicator> capped_from = {};  ///< what it would be without the site's cap
};

/// A card that would have been part of the answer and is not shown; its uuids stay empty.
struct WithheldCard {
  Card card;
  std::string why;                      ///< "silent", "line-only", "overridden-recently"
};

/// A card about this patient that a clinician overrode.
struct EarlierOverride {
  std::string finding;                  ///< Card::finding of that card
  fhir::Day on;
};

struct Evaluation {
  std::vector<Card> cards;              ///< in order, at most two, uuids empty
  std::vector<WithheldCard> withheld;
  std::vector<RuleOutcome> outcomes;    ///< every rule exactly once, by rank
  bool could_not_check = false;         ///< some rule was undetermined or check-incomplete fired
};

/// Without a site's policy every rule does what its own policy says.
Evaluation evaluate(const Facts& facts, const Knowledge& knowledge, const SitePolicy* site = nullptr);

/// Is there a card that an earlier override could silence? When not, nobody needs to look for one.
bool overrides_matter(const Evaluation& evaluation);
/// Takes out the cards that were overridden not longer ago than their rule's window, with the same facts. Their rules
/// stay in the outcomes, suppressed.
void silence_overridden(Evaluation& evaluation, const std::vector<EarlierOverride>& overrides, fhir::Day as_of);

/// Fills the uuid of every card and suggestion, in order.
void assign_uuids(Evaluation& evaluation, const std::function<std::string()>& next_uuid);

/// The "facts" member of `--trace`: the computed totals and states (interfaces.md).
void write_situation(json::Writer& out, const Facts& facts, const Knowledge& knowledge);

}  // namespace cofactor::cards
