// Promises: what a site has decided about the rules for one client, read from JSON and checked against the knowledge
// in force, as a value that evaluation and rendering are handed. Immutable once read; safe to share between threads.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cards/engine/knowledge.hpp"
#include "fhir/json/value.hpp"

namespace cofactor::cards {

/// What one rule does here; what is not given stays as the rule's own policy has it.
struct SiteRule {
  std::optional<RuleMode> mode;
  std::map<std::string, RuleMode, std::less<>> variants;
  std::optional<Indicator> max_indicator;      ///< no finding of the rule is shown above this
  std::shared_ptr<const Knowledge> knowledge;  ///< with the site's numbers for this rule; nullptr: none differ
  std::string extra_wording;                   ///< a sentence of the site at the end of the rule's card, unescaped
  bool shown_after_override = false;           ///< an earlier override does not silence it
};

/// What the EHR of a client shows of a card and can carry out.
enum class EhrProfile { generic, epic, oracle };
std::string_view name_of(EhrProfile profile);

/// How the site's EHR names an order that a card suggests.
struct SiteOrderCode {
  std::string system, code, display;
};

struct SitePolicy {
  std::map<std::string, SiteRule, std::less<>> rules;
  EhrProfile profile = EhrProfile::generic;
  std::map<std::string, SiteOrderCode, std::less<>> order_codes;  ///< by key of lab-orders.json
  std::string text;      ///< as JSON: gives the same policy again
  std::string revision;  ///< "sha256:<hex>" of the text

  const SiteRule* rule(std::string_view id) const;
  const SiteOrderCode* order_code(std::string_view lab) const;
};

/// `root`: {"ehrProfile": ..., "orderCodes": {...}, "rules": {"high-dose-ppi": {"mode": "silent"}}}, as in the
/// configuration of a client, all of it optional. Every problem is told, with its pointer
/// below the root; `file` is empty.
tl::expected<std::shared_ptr<const SitePolicy>, std::vector<KnowledgeProblem>> read_site_policy(const json::Value& root,
                                                                                                const Knowledge& knowledge);

/// A rule's mode under that policy: the site's, else the rule's own.
RuleMode mode_of(const RulePolicy& policy, const SiteRule* site);
/// Of a named variant of the rule: its own mode, but never more than the rule's. An empty name: the rule's mode.
RuleMode mode_of(const RulePolicy& policy, const SiteRule* site, std::string_view variant);

}  // namespace cofactor::cards
