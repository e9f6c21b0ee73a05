// Promises: see site_policy.hpp. A member that is not known is a problem, not ignored: it may be a misspelt "off".
#include "cards/engine/site_policy.hpp"

#include <algorithm>

#include "cards/engine/sha256.hpp"
#include "fhir/json/writer.hpp"

namespace cofactor::cards {
namespace {

using Problems = std::vector<KnowledgeProblem>;

/// Reads one policy; every reader takes the value and the pointer to it.
class PolicyReader {
 public:
  PolicyReader(const Knowledge& knowledge, Problems& problems) : knowledge_(knowledge), problems_(problems) {}

  void read(const json::Value& root, SitePolicy& policy) {
    if (!object(root, "")) return;
    for (const json::Member& member : root.members()) {
      const std::string at = "/" + std::string(member.name);
      if (member.name == "rules")
        read_rules(member.value, at, policy);
      else
        unknown(at);
    }
  }

 private:
  void problem(const std::string& at, std::string text) { problems_.push_back({"", at, std::move(text)}); }
  void unknown(const std::string& at) { problem(at, "is no key that Cofactor knows; it may be misspelt"); }
  bool object(const json::Value& value, const std::string& at) {
    if (!value.is_object()) problem(at, "must be an object in braces");
    return value.is_object();
  }

  void read_rules(const json::Value& rules, const std::string& at, SitePolicy& policy) {
    if (!object(rules, at)) return;
    const std::vector<std::string_view> known = knowledge_.rules();
    for (const json::Member& member : rules.members()) {
      const std::string here = at + "/" + std::string(member.name);
      if (std::find(known.begin(), known.end(), member.name) == known.end())
        problem(here, "there is no rule of that name");
      else
        policy.rules.emplace(member.name, read_rule(member.value, here, knowledge_.policy(member.name)));
    }
  }

  SiteRule read_rule(const json::Value& value, const std::string& at, const RulePolicy& policy) {
    SiteRule rule;
    if (!object(value, at)) return rule;
    for (const json::Member& member : value.members()) {
      const std::string here = at + "/" + std::string(member.name);
      if (member.name == "mode")
        rule.mode = read_mode(member.value, here);
      else if (member.name == "variants")
        read_variants(member.value, here, policy, rule);
      else
        unknown(here);
    }
    return rule;
  }

  RuleMode read_mode(const json::Value& value, const std::string& at) {
    const auto mode = rule_mode_named(value.string());
    if (!mode) problem(at, "must be `on`, `line`, `silent` or `off`");
    return mode.value_or(RuleMode::on);
  }

  void read_variants(const json::Value& variants, const std::string& at, const RulePolicy& policy, SiteRule& rule) {
    if (!object(variants, at)) return;
    for (const json::Member& member : variants.members()) {
      const std::string here = at + "/" + std::string(member.name);
      if (policy.variants.find(member.name) == policy.variants.end())
        problem(here, "the rule has no variant of that name");
      else
        rule.variants.emplace(member.name, read_mode(member.value, here));
    }
  }

  const Knowledge& knowledge_;
  Problems& problems_;
};

}  // namespace

const SiteRule* SitePolicy::rule(std::string_view id) const {
  const auto found = rules.find(id);
  return found == rules.end() ? nullptr : &found->second;
}

tl::expected<std::shared_ptr<const SitePolicy>, Problems> read_site_policy(const json::Value& root,
                                                                           const Knowledge& knowledge) {
  auto policy = std::make_shared<SitePolicy>();
  Problems problems;
  PolicyReader(knowledge, problems).read(root, *policy);
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  json::Writer text;
  text.value(root);
  policy->text = text.take();
  policy->revision = "sha256:" + sha256_hex(policy->text);
  return policy;
}

RuleMode mode_of(const RulePolicy& policy, const SiteRule* site) {
  return site != nullptr && site->mode ? *site->mode : policy.default_mode;
}

RuleMode mode_of(const RulePolicy& policy, const SiteRule* site, std::string_view variant) {
  const RuleMode rule = mode_of(policy, site);
  if (variant.empty()) return rule;
  const auto own = policy.variants.find(variant);
  RuleMode mode = own == policy.variants.end() ? RuleMode::on : own->second;
  if (site != nullptr)
    if (const auto given = site->variants.find(variant); given != site->variants.end()) mode = given->second;
  return std::max(rule, mode);
}

}  // namespace cofactor::cards
