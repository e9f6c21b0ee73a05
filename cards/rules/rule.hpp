// Promises: the contract of a rule: a pure function of the situation and its policy that always answers. A file
// <rule_id>.cpp in this folder defines `Answer <rule_id>(const Situation&, const RulePolicy&)` and nothing else
// outside an anonymous namespace; the table of rules is generated from the file names.
#pragma once
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "cards/card.hpp"
#include "cards/engine/knowledge.hpp"

namespace cofactor::cards {

struct Situation;  // cards/facts/situation.hpp: what a.1 of the clinical specification computes before any rule

/// Sentences are picked by key from the rule's policy and filled from `values`; a rule holds no prose.
struct Sentence {
  std::string key;
};
struct Fired {
  Indicator indicator;
  std::string summary = {};                         ///< sentence key
  std::vector<std::string> detail = {};             ///< sentence keys in order: finding, values, rule, basis, missing, options
  std::string line = {};                            ///< sentence key used when merged into another card
  std::map<std::string, std::string, std::less<>> values = {};  ///< placeholder values, unescaped
  std::vector<SuggestedAction> suggestions = {};
  SelectionBehavior behavior = SelectionBehavior::any;
  std::string why = {};                             ///< reason code for audit and trace
  /// The named variant of the policy that this finding is, when it has a mode of its own; empty: the rule's mode.
  std::string_view variant = {};
};
struct NotApplicable {
  std::string why;
};
struct Undetermined {
  std::string missing, why;
};
/// The rule would have fired; a guard of the specification silences it (hospice, pending, same basket, age).
struct Suppressed {
  Indicator indicator;
  std::string why;
};
using Answer = std::variant<Fired, NotApplicable, Undetermined, Suppressed>;

}  // namespace cofactor::cards
