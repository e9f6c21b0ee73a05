// Promises: see site_policy.hpp. A member that is not known is a problem, not ignored: it may be a misspelt "off".
#include "cards/engine/site_policy.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <regex>

#include "cards/engine/sha256.hpp"
#include "cards/rendering/card_text.hpp"
#include "fhir/json/writer.hpp"

namespace cofactor::cards {
namespace {

using Problems = std::vector<KnowledgeProblem>;

constexpr std::array<std::string_view, 3> profiles{"generic", "epic", "oracle"};
/// How Epic names an item of a preference list (fhir.epic.com, CDS Hooks, "Codesets for Create APIs").
constexpr std::string_view epic_preference_list = "urn:com.epic.cdshooks.action.code.system.preference-list-item";
constexpr std::size_t longest_wording = 200;  // code points: a sentence, so that a card stays short
constexpr std::size_t longest_code = 100;

std::string quoted(std::string_view text) { return "`" + std::string(text) + "`"; }

std::string number_text(double value) {
  json::Writer out;
  out.number(value);
  return out.take();
}

/// Reads one policy; every reader takes the value and the pointer to it.
class PolicyReader {
 public:
  PolicyReader(const Knowledge& knowledge, Problems& problems) : knowledge_(knowledge), problems_(problems) {}

  void read(const json::Value& root, SitePolicy& policy) {
    if (!object(root, "")) return;
    // The profile first: it decides what a code without system means.
    if (const json::Value* profile = root.find("ehrProfile")) read_profile(*profile, policy);
    for (const json::Member& member : root.members()) {
      const std::string at = "/" + std::string(member.name);
      if (member.name == "rules")
        read_rules(member.value, at, policy);
      else if (member.name == "orderCodes")
        read_order_codes(member.value, at, policy);
      else if (member.name != "ehrProfile")
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

  void read_profile(const json::Value& value, SitePolicy& policy) {
    const auto found = std::find(profiles.begin(), profiles.end(), value.string());
    if (found == profiles.end())
      problem("/ehrProfile", "must be `generic`, `epic` or `oracle`");
    else
      policy.profile = static_cast<EhrProfile>(found - profiles.begin());
  }

  std::string read_text(const json::Value& value, const std::string& at, std::size_t longest) {
    const std::string_view text = value.string();
    if (text.empty() || count_code_points(text) > longest)
      problem(at, "must be text of 1 to " + std::to_string(longest) + " characters");
    else if (one_line(text) != text)
      problem(at, "must be one line without control characters and without blanks around it");
    return std::string(text);
  }

  void read_order_codes(const json::Value& codes, const std::string& at, SitePolicy& policy) {
    if (!object(codes, at)) return;
    for (const json::Member& member : codes.members()) {
      const std::string here = at + "/" + std::string(member.name);
      if (knowledge_.find_lab_order(member.name) == nullptr) {
        problem(here, "there is no laboratory order of that name in lab-orders.json");
        continue;
      }
      SiteOrderCode code;
      if (!object(member.value, here)) continue;
      for (const json::Member& part : member.value.members()) {
        std::string* target = part.name == "system"    ? &code.system
                              : part.name == "code"    ? &code.code
                              : part.name == "display" ? &code.display
                                                       : nullptr;
        const std::string place = here + "/" + std::string(part.name);
        if (target == nullptr)
          unknown(place);
        else
          *target = read_text(part.value, place, longest_code);
      }
      if (member.value.find("code") == nullptr) problem(here + "/code", "is missing");
      if (code.system.empty() && policy.profile == EhrProfile::epic) code.system = epic_preference_list;
      if (code.system.empty()) problem(here + "/system", "is missing; only the profile `epic` has one of its own");
      policy.order_codes.emplace(member.name, std::move(code));
    }
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
      else if (member.name == "maxIndicator")
        rule.max_indicator = read_cap(member.value, here);
      else if (member.name == "thresholds")
        read_thresholds(member.value, here, policy, rule);
      else if (member.name == "extraWording")
        rule.extra_wording = read_wording(member.value, here);
      else if (member.name == "afterOverride")
        rule.shown_after_override = read_after_override(member.value, here);
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

  std::optional<Indicator> read_cap(const json::Value& value, const std::string& at) {
    const auto cap = indicator_named(value.string());
    if (!cap || *cap == Indicator::critical) problem(at, "must be `info` or `warning`: a cap only lowers");
    return cap;
  }

  bool read_after_override(const json::Value& value, const std::string& at) {
    if (value.string() != "silence" && value.string() != "show") problem(at, "must be `silence` or `show`");
    return value.string() == "show";
  }

  void read_thresholds(const json::Value& numbers, const std::string& at, const RulePolicy& policy, SiteRule& rule) {
    if (!object(numbers, at)) return;
    std::map<std::string, double, std::less<>> changed;
    for (const json::Member& member : numbers.members()) {
      const std::string here = at + "/" + std::string(member.name);
      const bool read_by_rule =
          std::find(policy.thresholds.begin(), policy.thresholds.end(), member.name) != policy.thresholds.end() ||
          (member.name == "override_silence_days" && !policy.silenced_by_override.empty());
      if (!read_by_rule) {
        problem(here, "is no number of this rule; `cofactor knowledge show " + policy.rule + "` lists them");
        continue;
      }
      const Threshold& threshold = knowledge_.threshold(member.name);
      const auto value = member.value.is_number() ? member.value.number() : std::nullopt;
      const bool days = threshold.unit == "d";
      if (!threshold.bounds) {
        problem(here, "is not for a site to change (" + threshold.source + ")");
      } else if (!value || *value < threshold.bounds->from || *value > threshold.bounds->to ||
                 (days && *value != std::floor(*value))) {
        problem(here, std::string("must be a ") + (days ? "whole " : "") + "number from " +
                          number_text(threshold.bounds->from) + " to " + number_text(threshold.bounds->to) + " " +
                          threshold.unit + "; it is " + number_text(threshold.value) + " (" + threshold.source + ")");
      } else {
        changed.emplace(member.name, *value);
      }
    }
    if (!changed.empty()) rule.knowledge = knowledge_.with_thresholds(changed);
  }

  std::string read_wording(const json::Value& value, const std::string& at) {
    std::string wording = read_text(value, at, longest_wording);
    if (wording.find_first_of("{}") != std::string::npos) problem(at, "must not hold braces: nothing is filled in here");
    std::string lower = wording;
    for (char& c : lower)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    for (const ForbiddenWording& forbidden : knowledge_.forbidden_wording())
      if (std::smatch found; std::regex_search(lower, found, std::regex(forbidden.pattern)))
        problem(at, "must not say " + quoted(found.str()) + ": " + forbidden.why);
    return wording;
  }

  const Knowledge& knowledge_;
  Problems& problems_;
};

}  // namespace

std::string_view name_of(EhrProfile profile) { return profiles[static_cast<std::size_t>(profile)]; }

const SiteRule* SitePolicy::rule(std::string_view id) const {
  const auto found = rules.find(id);
  return found == rules.end() ? nullptr : &found->second;
}

const SiteOrderCode* SitePolicy::order_code(std::string_view lab) const {
  const auto found = order_codes.find(lab);
  return found == order_codes.end() ? nullptr : &found->second;
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
