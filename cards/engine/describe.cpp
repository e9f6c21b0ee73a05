// Promises: lines of at most about 100 characters, indented under their heading; nothing is left out or rounded.
#include "cards/engine/describe.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "cards/engine/knowledge_content.hpp"

namespace cofactor::cards {
namespace {

constexpr std::size_t width = 100;

/// Breaks `text` at spaces; every line starts with `indent`.
std::string wrapped(std::string_view text, std::string_view indent) {
  std::string out;
  std::size_t column = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string_view word = text.substr(at, end - at);
    at = end + 1;
    if (word.empty()) continue;
    if (column == 0 || column + 1 + word.size() > width) {
      if (column > 0) out += '\n';
      out.append(indent);
      column = indent.size();
    } else {
      out += ' ';
      ++column;
    }
    out.append(word);
    column += word.size();
  }
  out += '\n';
  return out;
}

std::string heading(std::string_view name) { return "\n" + std::string(name) + "\n"; }

std::string number(double value) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed).ptr;
  return {text.data(), end};
}

std::string threshold_line(std::string_view key, const Threshold& t) {
  std::string text = std::string(key) + " = " + number(t.value) + " " + t.unit + " (" + t.strength + "): " + t.source;
  if (!t.note.empty()) text += "; " + t.note;
  return wrapped(text, "  ");
}

std::string evidence_line(const Evidence& e) {
  std::string text = e.citation + " [" + e.strength + (e.date.empty() ? "" : ", " + e.date) + "]";
  if (!e.url.empty()) text += " " + e.url;
  return wrapped(text, "  ");
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
  out += heading("When") + wrapped(policy.when, "  ");
  out += heading("Then") + wrapped(policy.then, "  ");
  out += heading("Why") + wrapped(policy.why, "  ");
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
  return out;
}

std::string describe(const Knowledge& knowledge) {
  const Knowledge::Content& content = knowledge.content();
  std::string out = "knowledge " + knowledge.revision() + "\n";
  out += heading("Rules, in the order of their cards");
  for (std::string_view rule : knowledge.rules()) {
    const RulePolicy& policy = knowledge.policy(rule);
    out += wrapped(policy.rule + " (" + policy.evidence + "): " + policy.when + " Then: " + policy.then, "  ");
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
