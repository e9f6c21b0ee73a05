// Promises: one merged candidate as a finished Card (uuids empty): sentences filled and escaped, in the order of the
// specification: finding, values, rule, basis, lines of what was merged, what was missing, options.
#pragma once
#include "cards/card.hpp"
#include "cards/engine/merge.hpp"
#include "cards/rendering/card_text.hpp"

namespace cofactor::cards {

/// `candidate` and its lines have their words. A site adds its sentences and shapes the card to its EHR.
Card compose_card(const Candidate& candidate, const Knowledge& knowledge, const SitePolicy* site);

/// "high-dose-ppi" -> "HighDosePpi": static and alphanumeric, as some EHRs tie acknowledgements to it.
std::string topic_code(std::string_view rule);

}  // namespace cofactor::cards
