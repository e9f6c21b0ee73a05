// Promises: the order of cards: critical first, then by the rank of the policy, which is unique.
#include <algorithm>

#include "cards/engine/merge.hpp"

namespace cofactor::cards {

void put_in_order(std::vector<Candidate>& cards) {
  std::stable_sort(cards.begin(), cards.end(), [](const Candidate& a, const Candidate& b) {
    const bool a_first = a.indicator == Indicator::critical;
    const bool b_first = b.indicator == Indicator::critical;
    if (a_first != b_first) return a_first;
    return a.policy->rank < b.policy->rank;
  });
}

}  // namespace cofactor::cards
