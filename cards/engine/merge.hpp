// Promises: from every rule that fired to at most two cards: what a policy swallows becomes a line of its card, what
// is left over becomes a line of the first, and no merged finding lowers an indicator.
#pragma once
#include <string_view>
#include <vector>

#include "cards/engine/evaluate.hpp"
#include "cards/rendering/card_text.hpp"
#include "cards/rules/rule.hpp"

namespace cofactor::cards {

struct Candidate {
  std::string_view rule;
  const RulePolicy* policy = nullptr;
  Fired fired;
  Indicator indicator = Indicator::info;        ///< of the card: the highest of all that it holds
  bool line_only = false;                       ///< swallows nothing; a card of its own only when there is no other
  bool always_shown = false;                    ///< the site shows it also after it was overridden
  const Situation* situation = nullptr;         ///< that the rule judged, and the words of it
  WordSource* words = nullptr;
  std::string_view site_wording = {};           ///< a sentence of the site, unescaped; may be empty
  std::vector<Candidate> lines = {};            ///< merged into this one, by rank
};

/// `fired` by rank. Sets the outcome of every merged rule. The result is in the order of the cards.
std::vector<Candidate> merge(std::vector<Candidate> fired, std::vector<RuleOutcome>& outcomes);

/// Critical cards first, then by rank (order.cpp).
void put_in_order(std::vector<Candidate>& cards);

}  // namespace cofactor::cards
