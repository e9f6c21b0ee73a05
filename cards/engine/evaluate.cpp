// Promises: see evaluate.hpp. Every rule answers, by rank; a rule never vanishes, also when no draft holds anything
// that a rule could be about.
#include "cards/engine/evaluate.hpp"

#include <algorithm>
#include <memory>

#include "cards/engine/merge.hpp"
#include "cards/engine/rule_table.hpp"
#include "cards/engine/same_facts.hpp"
#include "cards/facts/situation.hpp"
#include "cards/rendering/compose_card.hpp"
#include "cards/rendering/situation_words.hpp"

namespace cofactor::cards {
namespace {

/// The one rule that speaks about what could not be looked at, also when nothing else can be judged.
constexpr std::string_view says_what_is_unknown = "check-incomplete";
/// The one rule that active vitamin D takes part in.
constexpr std::string_view judges_active_vitamin_d = "calcium-risk";

/// Do the drafts give this rule anything to judge?
bool starts(const Situation& situation, std::string_view rule) {
  const bool unknown = situation.unidentified_at_signing || situation.unproven_draft || situation.unread_draft;
  return situation.triggered || (unknown && rule == says_what_is_unknown) ||
         (situation.analogue_drafted && rule == judges_active_vitamin_d);
}

const RuleEntry* rule_named(std::string_view id) {
  const auto table = rule_table();
  const auto found = std::find_if(table.begin(), table.end(),
                                  [&](const RuleEntry& entry) { return entry.id == id; });
  return found == table.end() ? nullptr : &*found;
}

/// What fired, by rank: for the answer, and what the answer would hold if nothing were silent.
struct FiredRules {
  std::vector<Candidate> shown, all;
  bool some_silent = false;
};

/// Says who decided on a mode: "off-by-site-policy", "silent-by-default".
std::string decided(RuleMode mode, const SiteRule* site, std::string_view variant) {
  const bool by_site = site != nullptr && (variant.empty() || site->variants.find(variant) == site->variants.end()
                                               ? site->mode == mode
                                               : true);
  return std::string(name_of(mode)) + (by_site ? "-by-site-policy" : "-by-default");
}

/// Writes the answer down as an outcome; what fired also becomes a candidate for a card.
struct Recorder {
  Evaluation& out;
  FiredRules& fired;
  std::string_view rule;
  const RulePolicy& policy;
  const SiteRule* site;
  const Situation& situation;

  RuleOutcome& note(OutcomeKind kind, std::string why) const {
    return out.outcomes.emplace_back(RuleOutcome{std::string(rule), kind, std::nullopt, std::move(why), ""});
  }
  void operator()(Fired& answer) const {
    const RuleMode mode = mode_of(policy, site, answer.variant);
    if (mode == RuleMode::off) {
      note(OutcomeKind::not_applicable, decided(mode, site, answer.variant) + ": " + answer.why);
      return;
    }
    const bool silent = mode == RuleMode::silent;
    RuleOutcome& outcome = silent ? note(OutcomeKind::suppressed, decided(mode, site, answer.variant) + ": " + answer.why)
                                  : note(OutcomeKind::fired, answer.why);
    cap(answer, outcome);
    outcome.indicator = answer.indicator;
    const Indicator indicator = answer.indicator;
    Candidate candidate{rule, &policy, std::move(answer), indicator};
    candidate.line_only = mode == RuleMode::line;
    candidate.situation = &situation;
    if (site != nullptr) {
      candidate.site_wording = site->extra_wording;
      candidate.always_shown = site->shown_after_override;
    }
    if (silent && !fired.some_silent) fired.all = fired.shown;
    fired.some_silent |= silent;
    if (fired.some_silent) fired.all.push_back(candidate);
    if (!silent) fired.shown.push_back(std::move(candidate));
  }
  void cap(Fired& answer, RuleOutcome& outcome) const {
    if (site == nullptr || !site->max_indicator || answer.indicator <= *site->max_indicator) return;
    outcome.capped_from = answer.indicator;
    answer.indicator = *site->max_indicator;
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

bool silent_in(const Candidate& card, const std::vector<RuleOutcome>& outcomes) {
  const auto silent = [&](std::string_view rule) {
    return std::any_of(outcomes.begin(), outcomes.end(), [&](const RuleOutcome& outcome) {
      return outcome.rule == rule && outcome.kind == OutcomeKind::suppressed;
    });
  };
  return silent(card.rule) || std::any_of(card.lines.begin(), card.lines.end(),
                                          [&](const Candidate& line) { return silent(line.rule); });
}

/// The words of each situation, made once.
class Phrasebook {
 public:
  explicit Phrasebook(const Situation& main) : main_(&main), words_(main) {}
  WordSource& operator()(const Candidate& candidate) {
    if (candidate.situation == nullptr || candidate.situation == main_) return words_;
    for (const auto& [situation, words] : others_)
      if (situation == candidate.situation) return *words;
    others_.emplace_back(candidate.situation, std::make_unique<SituationWords>(*candidate.situation));
    return *others_.back().second;
  }

 private:
  const Situation* main_;
  SituationWords words_;
  std::vector<std::pair<const Situation*, std::unique_ptr<SituationWords>>> others_;
};

void compose(FiredRules fired, const Situation& situation, const Knowledge& knowledge, const SitePolicy* site,
             Evaluation& out) {
  Phrasebook words(situation);
  const auto card_of = [&](Candidate& candidate) {
    candidate.words = &words(candidate);
    for (Candidate& line : candidate.lines) line.words = &words(line);
    Card card = compose_card(candidate, knowledge, site);
    card.finding = finding_of(candidate);
    if (!card.finding.empty())
      card.silence_days = static_cast<int>(candidate.situation->knowledge->threshold("override_silence_days").value);
    return card;
  };
  if (fired.some_silent) {
    std::vector<RuleOutcome> unused = out.outcomes;
    for (Candidate& candidate : merge(std::move(fired.all), unused))
      if (silent_in(candidate, out.outcomes)) out.withheld.push_back({card_of(candidate), "silent"});
  }
  for (Candidate& candidate : merge(std::move(fired.shown), out.outcomes)) {
    Card card = card_of(candidate);
    if (!candidate.line_only) {
      out.cards.push_back(std::move(card));
      continue;
    }
    // There is no other card that it could be a line of.
    for (RuleOutcome& outcome : out.outcomes)
      if (outcome.rule == candidate.rule) {
        outcome.kind = OutcomeKind::suppressed;
        outcome.why.insert(0, "line-only: ");
      }
    out.withheld.push_back({std::move(card), "line-only"});
  }
}

/// The situation as the site's own numbers for a rule have it; derived once for each set of numbers.
class Situations {
 public:
  Situations(const Facts& facts, const Situation& main) : facts_(facts), main_(main) {}
  const Situation& under(const SiteRule* site) {
    if (site == nullptr || site->knowledge == nullptr) return main_;
    return *others_.emplace_back(std::make_unique<Situation>(derive_situation(facts_, *site->knowledge)));
  }

 private:
  const Facts& facts_;
  const Situation& main_;
  std::vector<std::unique_ptr<Situation>> others_;
};

}  // namespace

Evaluation evaluate(const Facts& facts, const Knowledge& knowledge, const SitePolicy* site) {
  const Situation main = derive_situation(facts, knowledge);
  Situations situations(facts, main);
  Evaluation out;
  FiredRules fired;
  const std::vector<std::string_view> rules = knowledge.rules();
  out.outcomes.reserve(rules.size());
  for (const std::string_view id : rules) {
    const RuleEntry* rule = rule_named(id);
    if (rule == nullptr) continue;  // rule_triplets proves that no policy is without its rule
    const RulePolicy& policy = knowledge.policy(id);
    const SiteRule* here = site != nullptr ? site->rule(id) : nullptr;
    const bool off = mode_of(policy, here) == RuleMode::off;
    const Situation& situation = off ? main : situations.under(here);
    Answer answer = NotApplicable{"no-relevant-draft"};
    if (off)
      answer = NotApplicable{decided(RuleMode::off, here, {})};
    else if (starts(situation, id))
      answer = rule->judge(situation, policy);
    else if (situation.unidentified_at_signing)
      answer = Undetermined{"the medicine being signed", "medication-unresolved"};
    else if (situation.unproven_draft)
      answer = Undetermined{"whose order it is", "subject-unproven"};
    else if (situation.unread_draft)
      answer = Undetermined{"the draft orders", "drafts-unreadable"};
    std::visit(Recorder{out, fired, rule->id, policy, here, situation}, answer);
  }
  const std::vector<Candidate>& every = fired.some_silent ? fired.all : fired.shown;
  out.could_not_check |= std::any_of(every.begin(), every.end(), [](const Candidate& candidate) {
    return candidate.rule == says_what_is_unknown;
  });
  if (!every.empty()) compose(std::move(fired), main, knowledge, site, out);
  return out;
}

bool overrides_matter(const Evaluation& evaluation) {
  return std::any_of(evaluation.cards.begin(), evaluation.cards.end(),
                     [](const Card& card) { return !card.finding.empty(); });
}

void silence_overridden(Evaluation& evaluation, const std::vector<EarlierOverride>& overrides, fhir::Day as_of) {
  const auto silenced = [&](const Card& card) {
    return !card.finding.empty() && std::any_of(overrides.begin(), overrides.end(), [&](const EarlierOverride& each) {
      const int days = fhir::days_between(each.on, as_of);
      return each.finding == card.finding && days >= 0 && days <= card.silence_days;
    });
  };
  std::vector<Card> shown;
  for (Card& card : evaluation.cards) {
    if (!silenced(card)) {
      shown.push_back(std::move(card));
      continue;
    }
    for (RuleOutcome& outcome : evaluation.outcomes) {
      const bool in_card = outcome.rule == card.rule || outcome.merged_into == card.rule;
      if (!in_card) continue;
      outcome.kind = OutcomeKind::suppressed;
      outcome.why.insert(0, "overridden-recently: ");
      outcome.merged_into.clear();
    }
    evaluation.withheld.push_back({std::move(card), "overridden-recently"});
  }
  evaluation.cards = std::move(shown);
}

void assign_uuids(Evaluation& evaluation, const std::function<std::string()>& next_uuid) {
  for (Card& card : evaluation.cards) {
    card.uuid = next_uuid();
    if (!card.suggestions) continue;
    for (Suggestion& suggestion : card.suggestions->suggestions) suggestion.uuid = next_uuid();
  }
}

}  // namespace cofactor::cards
