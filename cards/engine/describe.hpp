// Promises: the knowledge in force in plain words for a pharmacist: for `cofactor knowledge show`. Deterministic. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "cards/engine/knowledge.hpp"

namespace cofactor::cards {

/// One rule: when, then, why, its numbers with their sources, override reasons, suggestions, wording, citations, the 13
/// source attributes that regulators ask for, its history with what the site changed.
/// nullopt when there is no such rule.
std::optional<std::string> describe_rule(const Knowledge& knowledge, std::string_view rule);
/// All rules by rank in short, all numbers, override reasons and laboratory orders, how many codes there are.
std::string describe(const Knowledge& knowledge);

}  // namespace cofactor::cards
