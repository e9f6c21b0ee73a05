// Promises: see merge.hpp.
#include "cards/engine/merge.hpp"

#include <algorithm>

namespace cofactor::cards {
namespace {

constexpr std::size_t most_cards = 2;

void make_line_of(Candidate& card, Candidate line, std::vector<RuleOutcome>& outcomes) {
  card.indicator = std::max(card.indicator, line.indicator);
  for (RuleOutcome& outcome : outcomes) {
    const bool inner = std::any_of(line.lines.begin(), line.lines.end(),
                                   [&](const Candidate& each) { return each.rule == outcome.rule; });
    if (outcome.rule != line.rule && !inner) continue;
    outcome.kind = OutcomeKind::merged;
    outcome.merged_into = std::string(card.rule);
  }
  std::vector<Candidate> inner = std::move(line.lines);
  line.lines.clear();
  card.lines.push_back(std::move(line));
  for (Candidate& each : inner) card.lines.push_back(std::move(each));
}

bool swallows(const Candidate& card, const Candidate& other) {
  if (card.line_only) return false;
  const auto& list = card.policy->swallows;
  return std::find(list.begin(), list.end(), other.rule) != list.end();
}

}  // namespace

std::vector<Candidate> merge(std::vector<Candidate> fired, std::vector<RuleOutcome>& outcomes) {
  std::vector<Candidate> cards;
  std::vector<bool> merged(fired.size(), false);
  for (std::size_t i = 0; i < fired.size(); ++i) {
    if (merged[i]) continue;
    for (std::size_t j = 0; j < fired.size(); ++j) {
      if (j == i || merged[j] || !swallows(fired[i], fired[j])) continue;
      merged[j] = true;
      make_line_of(fired[i], std::move(fired[j]), outcomes);
    }
  }
  for (std::size_t i = 0; i < fired.size(); ++i)
    if (!merged[i]) cards.push_back(std::move(fired[i]));
  put_in_order(cards);
  const auto lead = std::find_if(cards.begin(), cards.end(), [](const Candidate& card) { return !card.line_only; });
  if (lead != cards.end()) {
    std::rotate(cards.begin(), lead, lead + 1);  // the lines behind it go into it, by rank
    for (std::size_t i = 1; i < cards.size();) {
      if (!cards[i].line_only) {
        ++i;
        continue;
      }
      Candidate line = std::move(cards[i]);
      cards.erase(cards.begin() + static_cast<std::ptrdiff_t>(i));
      make_line_of(cards.front(), std::move(line), outcomes);
    }
    put_in_order(cards);
  }
  while (cards.size() > most_cards) {
    Candidate line = std::move(cards[most_cards]);
    cards.erase(cards.begin() + most_cards);
    make_line_of(cards.front(), std::move(line), outcomes);
  }
  put_in_order(cards);  // a line may have raised the first one; nothing else moves
  return cards;
}

}  // namespace cofactor::cards
