// Promises: a fingerprint of what a card rests on: the findings in it, how grave they are, and the facts that their
// policies name. Two cards about one patient with the same fingerprint say the same thing; what only ages (how long a
// drug has been taken, how old a result is, which order it was) does not change it. Pure, deterministic.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "cards/engine/evaluate.hpp"
#include "cards/engine/merge.hpp"

namespace cofactor::cards {

/// 32 hex digits; empty when some finding of the card must never be silenced by an override.
std::string finding_of(const Candidate& card);

}  // namespace cofactor::cards
