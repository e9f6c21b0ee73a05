// Promises: lines of at most about 100 characters, indented under their heading; nothing is left out or rounded.
#include "cards/engine/describe.hpp"

#include <algorithm>
#include <utility>

#include "cards/engine/knowledge_content.hpp"
#include "cards/engine/plain_words.hpp"

namespace cofactor::cards {
namespace {

std::string threshold_line(std::string_view key, const Threshold& t) {
  std::string text = std::string(key) + " = " + plain_number(t.value) + " " + t.unit;
  const auto& shipped = shipped_content().thresholds;
  if (const auto found = shipped.find(key); found != shipped.end() && found->second.value != t.value)
    text += " [changed by the site; shipped: " + plain_number(found->second.value) + " " + found->second.unit + "]";
  text += " (" + t.strength + "): " + t.source;
  if (!t.note.empty()) text += "; " + t.note;
  return wrapped(text, "  ");
}

std::string evidence_line(const Evidence& e) {
  std::string text = e.citation + " [" + e.strength + (e.date.empty() ? "" : ", " + e.date) + "]";
  if (!e.url.empty()) text += " " + e.url;
  return wrapped(text, "  ");
}

/// The number as people write it: 2,000; 0.75.
std::string grouped(double value) {
  std::string text = plain_number(value);
  std::size_t whole = std::min(text.find('.'), text.size());
  while (whole > 3) text.insert(whole -= 3, 1, ',');
  return text;
}

/// The rule's words with the numbers in force for their {keys}, so that the page stays true when a number changes.
std::string with_numbers(const Knowledge& knowledge, std::string_view words) {
  std::string out;
  while (!words.empty()) {
    const std::size_t open = std::min(words.find('{'), words.size()), close = std::min(words.find('}', open), words.size());
    out.append(words.substr(0, open));
    if (open < close && close < words.size()) out += grouped(knowledge.threshold(words.substr(open + 1, close - open - 1)).value);
    words.remove_prefix(std::min(close + 1, words.size()));
  }
  return out;
}

std::string_view or_nothing(std::string_view text) { return text.empty() ? "no information provided" : text; }

/// The 13 source attributes of an evidence-based intervention, in the order of 45 CFR 170.315(b)(11)(iv)(A).
std::string source_attributes(const Knowledge& knowledge, const RulePolicy& policy) {
  std::string citations, dates;
  for (const std::string& key : policy.citations) {
    const Evidence& source = knowledge.evidence(key);
    citations += (citations.empty() ? "" : "; ") + source.citation;
    if (!source.date.empty()) dates += "; source of " + source.date + ": " + source.key;
  }
  std::string released = policy.changes.empty() ? std::string("no information provided") : "rule released " + policy.changes.front().date;
  if (policy.changes.size() > 1) released += ", last changed " + policy.changes.back().date;
  constexpr std::pair<std::string_view, std::string_view> uses[] = {
      {"Use of race", "race"},
      {"Use of ethnicity", "ethnicity"},
      {"Use of language", "language"},
      {"Use of sexual orientation", "sexualOrientation"},
      {"Use of gender identity", "genderIdentity"},
      {"Use of sex", "sex"},
      {"Use of date of birth", "dateOfBirth"},
      {"Use of social determinants of health", "socialDeterminants"},
      {"Use of health status assessments", "healthStatusAssessments"}};
  const auto answer = [&](std::string_view member) {
    const auto found = policy.source_attributes.find(member);
    return std::string(or_nothing(found == policy.source_attributes.end() ? "" : std::string_view(found->second)));
  };
  int number = 0;
  std::string out;
  const auto line = [&](std::string_view name, const std::string& text) {
    out += wrapped(std::to_string(++number) + ". " + std::string(name) + ": " + text, "  ", "   ");
  };
  line("Bibliographic citation", std::string(or_nothing(citations)));
  line("Developer", answer("developer"));
  line("Funding of the technical work", answer("funding"));
  line("Release and revision dates", released + dates);
  for (const auto& [name, member] : uses) line(name, answer(member));
  return out;
}

std::string override_line(const SiteOverride& entry) {
  return wrapped(entry.date + ", " + entry.author + ": site's own " + entry.file + ". " + entry.reason, "  ", "  ");
}

/// The rule's own history, then what the site did to files that the rule reads: its policy and those that all rules share.
std::string history(const Knowledge& knowledge, const RulePolicy& policy) {
  std::string out;
  for (const PolicyChange& change : policy.changes)
    out += wrapped(change.date + ", " + change.author + ": " + change.what + " " + change.why, "  ", "  ");
  const std::string own = "policy/" + policy.rule + ".json";
  for (const SiteOverride& entry : knowledge.site_overrides())
    if (entry.covers(own) || !entry.file.starts_with("policy/")) out += override_line(entry);
  return out;
}

}  // namespace

std::optional<std::string> describe_rule(const Knowledge& knowledge, std::string_view rule) {
  const auto rules = knowledge.rules();
  if (std::find(rules.begin(), rules.end(), rule) == rules.end()) return std::nullopt;
  const RulePolicy& policy = knowledge.policy(rule);
  std::string out = policy.rule + ": " + policy.title + "\n";
  out += "rank " + std::to_string(policy.rank) + ", evidence: " + policy.evidence + "\n";
  if (policy.default_mode != RuleMode::on)
    out += "mode where the site has not decided: " + std::string(name_of(policy.default_mode)) + "\n";
  for (const auto& [variant, mode] : policy.variants)
    out += "variant " + variant + ", where the site has not decided: " + std::string(name_of(mode)) + "\n";
  out += heading("When") + wrapped(with_numbers(knowledge, policy.when), "  ");
  out += heading("Then") + wrapped(with_numbers(knowledge, policy.then), "  ");
  out += heading("Why") + wrapped(with_numbers(knowledge, policy.why), "  ");
  if (!policy.thresholds.empty()) {
    out += heading("Numbers (thresholds.json)");
    for (const std::string& key : policy.thresholds) out += threshold_line(key, knowledge.threshold(key));
  }
  if (!policy.suggests.empty()) {
    out += heading("Suggests");
    for (const std::string& key : policy.suggests) {
      const LabOrder& lab = knowledge.lab_order(key);
      out += wrapped(lab.label + ": " + lab.display + " (LOINC " + lab.loinc + ")", "  ");
    }
  }
  if (!policy.swallows.empty()) {
    out += heading("Takes in as a line");
    for (const std::string& swallowed : policy.swallows) out += "  " + swallowed + "\n";
  }
  out += heading("Override reasons");
  for (const std::string& code : policy.override_reasons)
    out += wrapped(code + ": " + knowledge.override_reason(code).display, "  ");
  out += heading("Wording (policy/" + policy.rule + ".json)");
  for (const auto& [key, sentence] : policy.sentences) out += wrapped(key + ": " + sentence, "  ");
  out += heading("Citations");
  for (const std::string& key : policy.citations) out += evidence_line(knowledge.evidence(key));
  out += heading("Source attributes (45 CFR 170.315(b)(11))") + source_attributes(knowledge, policy);
  out += heading("History") + history(knowledge, policy);
  return out;
}

std::string describe(const Knowledge& knowledge) {
  const Knowledge::Content& content = knowledge.content();
  std::string out = "knowledge " + knowledge.revision() + "\n";
  if (!knowledge.site_overrides().empty()) {
    out += heading("Files of the site (site.json)");
    for (const SiteOverride& entry : knowledge.site_overrides()) out += override_line(entry);
  }
  out += heading("Rules, in the order of their cards");
  for (std::string_view rule : knowledge.rules()) {
    const RulePolicy& policy = knowledge.policy(rule);
    out += wrapped(policy.rule + " (" + policy.evidence + "): " + with_numbers(knowledge, policy.when) + " Then: " + with_numbers(knowledge, policy.then), "  ");
  }
  const auto keys = [](const auto& table) {
    std::vector<std::string_view> sorted;
    for (const auto& [key, unused] : table) sorted.push_back(key);
    std::sort(sorted.begin(), sorted.end());
    return sorted;
  };
  out += heading("Numbers (thresholds.json)");
  for (std::string_view key : keys(content.thresholds)) out += threshold_line(key, knowledge.threshold(key));
  out += heading("Override reasons (override-reasons.json)");
  for (std::string_view code : keys(content.override_reasons))
    out += wrapped(std::string(code) + ": " + knowledge.override_reason(code).display, "  ");
  out += heading("Laboratory orders (lab-orders.json)");
  for (std::string_view key : keys(content.lab_orders)) {
    const LabOrder& lab = knowledge.lab_order(key);
    out += wrapped(std::string(key) + ": " + lab.display + " (LOINC " + lab.loinc + ")", "  ");
  }
  std::size_t products = 0, conditions = 0;
  for (const auto& table : content.products) products += table.size();
  for (const auto& table : content.conditions) conditions += table.size();
  out += heading("Codes");
  out += "  " + std::to_string(products) + " medicines and ingredients, " + std::to_string(content.names.size()) + " names, " +
         std::to_string(content.labs.size()) + " laboratory codes, " + std::to_string(conditions) + " conditions\n";
  return out;
}

}  // namespace cofactor::cards
