// Promises: every rule of cards/rules with its id, by id. The table is generated; nothing lists rules by hand.
#pragma once
#include <span>
#include <string_view>

#include "cards/rules/rule.hpp"

namespace cofactor::cards {

struct RuleEntry {
  std::string_view id;
  Answer (*judge)(const Situation&, const RulePolicy&);
};

std::span<const RuleEntry> rule_table();

}  // namespace cofactor::cards
