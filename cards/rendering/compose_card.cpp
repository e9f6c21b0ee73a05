// Promises: see compose_card.hpp.
#include "cards/rendering/compose_card.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "cards/rendering/situation_words.hpp"

namespace cofactor::cards {
namespace {

constexpr std::size_t longest_summary = 139;  // CDS Hooks 2.0.1: fewer than 140 characters

std::string_view sentence_of(const RulePolicy& policy, const Knowledge& knowledge, std::string_view key) {
  const auto own = policy.sentences.find(key);
  return own != policy.sentences.end() ? std::string_view(own->second) : knowledge.sentence(key);
}

bool starts_any(std::string_view key, std::initializer_list<std::string_view> prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](std::string_view prefix) { return key.starts_with(prefix); });
}

/// The paragraph a sentence belongs to: 0 finding and values, 1 rule and basis, 2 what was missing, 3 options.
int paragraph_of(std::string_view key) {
  if (starts_any(key, {"not-available", "age-unknown", "missing"})) return 2;
  if (starts_any(key, {"options", "renal", "dialysis", "pregnancy", "active-analogue", "course-no-end",
                       "course-follow-up"}))
    return 3;
  if (starts_any(key, {"rule", "basis", "course", "cofactor", "k-sparing", "pcab", "cisplatin"})) return 1;
  return 0;
}

/// The values that the rule itself gave, and the words of the situation.
class CandidateWords final : public WordSource {
 public:
  explicit CandidateWords(const Candidate& candidate) : own_(candidate.fired.values), others_(*candidate.words) {}
  const std::string* find(std::string_view name) override {
    const auto found = own_.find(name);
    return found != own_.end() ? &found->second : others_.find(name);
  }
  bool empty(std::string_view name) {
    const std::string* value = find(name);
    return value == nullptr || value->empty();
  }

 private:
  const std::map<std::string, std::string, std::less<>>& own_;
  WordSource& others_;
};

/// The sentences of the site for the findings of the card, each once.
std::string site_wording(const Candidate& candidate, const Knowledge& knowledge) {
  std::vector<std::string_view> said;
  const auto add = [&](std::string_view wording) {
    if (!wording.empty() && std::find(said.begin(), said.end(), wording) == said.end()) said.push_back(wording);
  };
  add(candidate.site_wording);
  for (const Candidate& line : candidate.lines) add(line.site_wording);
  std::string out;
  for (const std::string_view wording : said)
    out += (out.empty() ? "" : " ") + fill(knowledge.sentence("site-wording"), {{"wording", std::string(wording)}},
                                           TextKind::markdown);
  return out;
}

std::string detail_of(const Candidate& candidate, CandidateWords& words, const Knowledge& knowledge, EhrProfile profile,
                      std::vector<LeftOut>& left_out) {
  std::array<std::string, 4> paragraphs;
  // Oracle Health shows cards in a panel of an eighth of the screen: what led to the finding stays in the record.
  const bool narrow = profile == EhrProfile::oracle;
  const auto add = [&](int paragraph, const std::string& text) {
    std::string& to = paragraphs[static_cast<std::size_t>(paragraph)];
    if (!to.empty()) to += ' ';
    to += text;
  };
  for (const std::string& key : candidate.fired.detail) {
    if (key == "not-available" && words.empty("not_available")) continue;
    if (key == "options-causes" && words.empty("response_causes")) continue;
    std::string text = fill(sentence_of(*candidate.policy, knowledge, key), words, TextKind::markdown);
    const int paragraph = paragraph_of(key);
    if (narrow && paragraph == 1)
      left_out.push_back({std::move(text), "narrow-panel"});
    else
      add(paragraph, text);
  }
  add(1, fill(knowledge.sentence("evidence-label"),
              {{"evidence", code_in_words(knowledge, "evidence-", candidate.policy->evidence)}},
              TextKind::markdown));
  std::string out;
  for (std::size_t i = 0; i < paragraphs.size(); ++i) {
    if (!paragraphs[i].empty()) out += (out.empty() ? "" : "\n\n") + paragraphs[i];
    if (i != 1) continue;
    bool first = true;
    for (const Candidate& line : candidate.lines) {
      if (line.fired.line.empty()) continue;
      out += first ? "\n\n- " : "\n- ";
      CandidateWords own(line);
      out += fill(sentence_of(*line.policy, knowledge, line.fired.line), own, TextKind::markdown);
      first = false;
    }
  }
  if (const std::string wording = site_wording(candidate, knowledge); !wording.empty()) out += "\n\n" + wording;
  return out;
}

std::string label_of(const SuggestedAction& action, const Knowledge& knowledge) {
  if (const auto* lab = std::get_if<OrderLab>(&action)) {
    const std::string& label = knowledge.lab_order(lab->lab).label;
    if (!lab->due) return label;
    return fill_raw(knowledge.sentence("suggest-due"), {{"label", label}, {"date", lab->due->text()}});
  }
  if (const auto* reduce = std::get_if<ReduceDose>(&action))
    return std::string(knowledge.sentence("suggest-" + reduce->to));
  return std::string(knowledge.sentence("suggest-cancel"));
}

/// The same test is offered once: of two the one of the higher card, which comes first.
bool offered(const std::vector<Suggestion>& list, const SuggestedAction& action) {
  return std::any_of(list.begin(), list.end(), [&](const Suggestion& each) {
    const auto* a = std::get_if<OrderLab>(&each.action);
    const auto* b = std::get_if<OrderLab>(&action);
    return a != nullptr && b != nullptr ? a->lab == b->lab : each.action == action;
  });
}

/// What Epic can carry out (fhir.epic.com, CDS Hooks): creating and deleting, lab orders by the code of a preference
/// list, and every suggestion by itself.
void fit_to_epic(SuggestionSet& set, const SitePolicy& site, std::vector<LeftOut>& left_out) {
  std::vector<Suggestion> kept;
  for (Suggestion& suggestion : set.suggestions) {
    const auto* lab = std::get_if<OrderLab>(&suggestion.action);
    const char* why = std::holds_alternative<ReduceDose>(suggestion.action)         ? "update-not-supported"
                      : lab != nullptr && site.order_code(lab->lab) == nullptr      ? "no-order-code"
                      : set.behavior == SelectionBehavior::at_most_one && !kept.empty() ? "excludes-another"
                                                                                    : nullptr;
    if (why != nullptr)
      left_out.push_back({suggestion.label, why});
    else
      kept.push_back(std::move(suggestion));
  }
  set.suggestions = std::move(kept);
  set.behavior = SelectionBehavior::any;
}

}  // namespace

std::string topic_code(std::string_view rule) {
  std::string out;
  bool upper = true;
  for (const char c : rule) {
    if (c == '-') {
      upper = true;
      continue;
    }
    out += upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    upper = false;
  }
  return out;
}

Card compose_card(const Candidate& candidate, const Knowledge& knowledge, const SitePolicy* site) {
  const EhrProfile profile = site != nullptr ? site->profile : EhrProfile::generic;
  Card card;
  const RulePolicy& policy = *candidate.policy;
  card.rule = std::string(candidate.rule);
  card.indicator = candidate.indicator;
  for (const Candidate& line : candidate.lines) card.also_fired.emplace_back(line.rule);
  CandidateWords words(candidate);
  card.summary = cut_to(fill(sentence_of(policy, knowledge, candidate.fired.summary), words, TextKind::plain),
                        longest_summary);
  card.detail = detail_of(candidate, words, knowledge, profile, card.left_out);
  card.topic_code = topic_code(candidate.rule);
  card.topic_display = policy.topic_display;
  card.evidence = policy.evidence;
  SuggestionSet suggestions(candidate.fired.behavior);
  const auto offer = [&](const Fired& fired) {
    if (fired.behavior == SelectionBehavior::at_most_one) suggestions.behavior = fired.behavior;
    for (const SuggestedAction& action : fired.suggestions) {
      if (offered(suggestions.suggestions, action)) continue;
      suggestions.suggestions.push_back(Suggestion{label_of(action, knowledge), action, ""});
    }
  };
  offer(candidate.fired);
  for (const Candidate& line : candidate.lines) offer(line.fired);
  if (profile == EhrProfile::epic) fit_to_epic(suggestions, *site, card.left_out);
  if (!suggestions.suggestions.empty()) card.suggestions = std::move(suggestions);
  card.override_reasons.reserve(policy.override_reasons.size());
  for (const std::string& code : policy.override_reasons)
    card.override_reasons.push_back(knowledge.override_reason(code));
  return card;
}

}  // namespace cofactor::cards
