// Promises: what answer_changes.hpp says: cards first (rule and indicator), then their words, then what is only recorded.
#include "cds-service/report/answer_changes.hpp"

#include <algorithm>

namespace cofactor::service::report {
namespace {

std::string cards_of(const cards::Evaluation& evaluation) {
  std::string text;
  for (const cards::Card& card : evaluation.cards) {
    if (!text.empty()) text += " + ";
    text += card.rule + " (" + std::string(cards::name_of(card.indicator)) + ")";
  }
  return text.empty() ? "no card" : text;
}

bool same_words(const cards::Card& a, const cards::Card& b) {
  const auto suggested = [](const cards::Card& card) {
    std::vector<std::string> labels;
    if (card.suggestions)
      for (const cards::Suggestion& suggestion : card.suggestions->suggestions) labels.push_back(suggestion.label);
    return labels;
  };
  const auto same_reason = [](const cards::OverrideReason& x, const cards::OverrideReason& y) {
    return x.code == y.code && x.display == y.display;
  };
  return a.summary == b.summary && a.detail == b.detail && a.also_fired == b.also_fired && a.evidence == b.evidence &&
         a.topic_display == b.topic_display && suggested(a) == suggested(b) &&
         std::ranges::equal(a.override_reasons, b.override_reasons, same_reason);
}

bool same_outcomes(const cards::Evaluation& a, const cards::Evaluation& b) {
  return std::ranges::equal(a.outcomes, b.outcomes, [](const cards::RuleOutcome& x, const cards::RuleOutcome& y) {
    return x.rule == y.rule && x.kind == y.kind && x.indicator == y.indicator && x.why == y.why;
  });
}

std::string lines(std::string_view indent, const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text.append(indent).append(item).append("\n");
  return text;
}

}  // namespace

void AnswerChanges::add(std::string_view id, const cards::Evaluation& before, const cards::Evaluation& after) {
  ++compared_;
  std::string from = cards_of(before), to = cards_of(after);
  if (from != to) {
    ++kinds_[from + " -> " + to];
    changes_.push_back({std::string(id), std::move(from), std::move(to)});
  } else if (!std::ranges::equal(before.cards, after.cards, same_words)) {
    ++words_;
    reworded_.push_back({std::string(id), from, std::move(to)});
  } else if (!same_outcomes(before, after)) {
    ++recorded_;
  }
}

std::string AnswerChanges::text() const {
  const std::size_t same = compared_ - changes_.size() - words_ - recorded_;
  std::string out = std::to_string(compared_) + " answers compared: " + std::to_string(changes_.size()) + " with other cards, " +
                    std::to_string(words_) + " with the same cards in other words, " + std::to_string(recorded_) +
                    " different only in what is recorded, " + std::to_string(same) + " the same\n";
  if (!changes_.empty()) {
    std::vector<std::pair<std::string, std::size_t>> kinds(kinds_.begin(), kinds_.end());
    std::ranges::stable_sort(kinds, [](const auto& a, const auto& b) { return a.second > b.second; });
    out += "\nOther cards, most frequent first\n";
    for (const auto& [kind, count] : kinds) out += "  " + std::to_string(count) + " x " + kind + "\n";
    std::vector<std::string> each;
    for (const Change& change : changes_) each.push_back(change.id + ": " + change.from + " -> " + change.to);
    out += "\nEach of them\n" + lines("  ", each);
  }
  if (!reworded_.empty()) {
    std::vector<std::string> each;
    for (const Change& change : reworded_) each.push_back(change.id + ": " + change.from);
    out += "\nThe same cards in other words\n" + lines("  ", each);
  }
  return out;
}

}  // namespace cofactor::service::report
