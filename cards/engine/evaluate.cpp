// Promises: see evaluate.hpp. Every rule answers, by rank; a rule never vanishes, also when no draft holds anything
// that a rule could be about.
#include "cards/engine/evaluate.hpp"

#include <algorithm>

#include "cards/engine/merge.hpp"
#include "cards/engine/rule_table.hpp"
#include "cards/facts/situation.hpp"
#include "cards/rendering/compose_card.hpp"
#include "cards/rendering/situation_words.hpp"

namespace cofactor::cards {
namespace {

/// The one rule that speaks about what could not be looked at, also when nothing else can be judged.
constexpr std::string_view says_what_is_unknown = "check-incomplete";

const RuleEntry* rule_named(std::string_view id) {
  const auto table = rule_table();
  const auto found = std::find_if(table.begin(), table.end(),
                                  [&](const RuleEntry& entry) { return entry.id == id; });
  return found == table.end() ? nullptr : &*found;
}

/// Writes the answer down as an outcome; what fired also becomes a candidate for a card.
struct Recorder {
  Evaluation& out;
  std::vector<Candidate>& fired;
  std::string_view rule;
  const RulePolicy& policy;

  RuleOutcome& note(OutcomeKind kind, std::string why) const {
    return out.outcomes.emplace_back(RuleOutcome{std::string(rule), kind, std::nullopt, std::move(why), ""});
  }
  void operator()(Fired& answer) const {
    note(OutcomeKind::fired, answer.why).indicator = answer.indicator;
    const Indicator indicator = answer.indicator;
    fired.push_back(Candidate{rule, &policy, std::move(answer), indicator});
  }
  void operator()(NotApplicable& answer) const { note(OutcomeKind::not_applicable, std::move(answer.why)); }
  void operator()(Undetermined& answer) const {
    note(OutcomeKind::undetermined, answer.why + " (missing: " + answer.missing + ")");
    out.could_not_check = true;
  }
  void operator()(Suppressed& answer) const {
    note(OutcomeKind::suppressed, std::move(answer.why)).indicator = answer.indicator;
  }
};

}  // namespace

Evaluation evaluate(const Facts& facts, const Knowledge& knowledge) {
  const Situation situation = derive_situation(facts, knowledge);
  Evaluation out;
  std::vector<Candidate> fired;
  for (const std::string_view id : knowledge.rules()) {
    const RuleEntry* rule = rule_named(id);
    if (rule == nullptr) continue;  // rule_triplets proves that no policy is without its rule
    const RulePolicy& policy = knowledge.policy(id);
    Answer answer = NotApplicable{"no-relevant-draft"};
    if (situation.triggered || (situation.unidentified_at_signing && id == says_what_is_unknown))
      answer = rule->judge(situation, policy);
    else if (situation.unidentified_at_signing)
      answer = Undetermined{"the medicine being signed", "medication-unresolved"};
    std::visit(Recorder{out, fired, rule->id, policy}, answer);
  }
  out.could_not_check |= std::any_of(fired.begin(), fired.end(), [](const Candidate& candidate) {
    return candidate.rule == says_what_is_unknown;
  });
  if (fired.empty()) return out;
  const Words words = words_of(situation);
  for (const Candidate& card : merge(std::move(fired), out.outcomes))
    out.cards.push_back(compose_card(card, words, knowledge));
  return out;
}

void assign_uuids(Evaluation& evaluation, const std::function<std::string()>& next_uuid) {
  for (Card& card : evaluation.cards) {
    card.uuid = next_uuid();
    if (!card.suggestions) continue;
    for (Suggestion& suggestion : card.suggestions->suggestions) suggestion.uuid = next_uuid();
  }
}

}  // namespace cofactor::cards
