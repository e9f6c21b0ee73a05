// Promises: one vignette as read from its file: what goes in, and what must come out.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "cards/facts/facts.hpp"
#include "fhir/json/value.hpp"

namespace cofactor::vignettes {

struct ExpectedCard {
  std::string rule, indicator;
  std::vector<std::string> summary, detail, detail_without;  ///< fragments
  std::optional<std::vector<std::string>> also_fired;        ///< in any order
  std::optional<std::vector<std::string>> suggestions;  ///< lab keys, a due date after "@"; "weekly:" and "remove:" with a draft
  std::string behavior;                                 ///< "any" or "at-most-one" when it matters
};
struct Vignette {
  std::string why;
  std::optional<cards::Facts> facts;
  const json::Value* request = nullptr;  ///< a CDS Hooks request instead of facts
  std::string as_of;                     ///< of a request
  const json::Value* site = nullptr;     ///< a site's policy (site_policy.hpp); absent: the rules' own defaults
  const json::Value* tables = nullptr;   ///< a site's own tables (formulary/, imported/): path to text, over the shipped set
  std::vector<ExpectedCard> cards;
  std::vector<std::pair<std::string, std::string>> outcomes;      ///< rule, outcome; "merged into <rule>" too
  std::vector<std::pair<std::string, std::string>> reasons;       ///< rule, fragment of why
};

/// The first problem, or an empty text. Unknown members are problems.
std::string read_vignette(const json::Value& root, Vignette& out);

/// Everything that is not as expected, one line each; `output` gets what came out, for a person.
std::vector<std::string> judge(const Vignette& vignette, const cards::Knowledge& knowledge, std::string& output);

/// Phrases of section a.5 that a text must not hold, for the texts of cards. `rules` are those that speak in it: the rule on
/// vitamin K2 beside its antagonist names what nobody may advise.
std::vector<std::string> forbidden_in(std::string_view text, const std::vector<std::string>& rules = {});

}  // namespace cofactor::vignettes
