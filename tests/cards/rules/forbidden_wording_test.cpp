// Proves: every phrase that section a.5 of the clinical specification forbids has a pattern that catches it, no pattern
// is idle, and no sentence that the knowledge can put on a card holds one. Cards as they come out are held against
// the same patterns by every vignette (tests/vignettes/judge_vignette.cpp).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "cards/engine/knowledge.hpp"
#include "fhir/json/reader.hpp"
#include "tests/vignettes/vignette.hpp"

namespace cofactor::cards {
namespace {

using vignettes::forbidden_in;

const Knowledge& shipped() {
  static const std::shared_ptr<const Knowledge> knowledge = *Knowledge::load(shipped_knowledge_files());
  return *knowledge;
}

/// Placeholder names are ours, and nobody reads them.
std::string without_placeholders(std::string text) {
  for (auto open = text.find('{'); open != std::string::npos; open = text.find('{'))
    text.erase(open, text.find('}', open) + 1 - open);
  return text;
}

struct Planted {
  const char* phrase;  ///< of a.5, in its order
  std::vector<const char*> sentences;
};

/// One entry for each phrase of a.5, with sentences that a careless hand would write.
const std::vector<Planted>& planted() {
  static const std::vector<Planted> all{
      {"K2", {"Consider vitamin K2.", "Take MK-7 along.", "Add menaquinone.", "Products with K2 are preferred."}},
      {"depletes, burns, consumes",
       {"Vitamin D depletes magnesium.", "High-dose vitamin D burns through magnesium.", "Activating vitamin D consumes magnesium.",
        "Vitamin D drains magnesium stores."}},
      {"inert", {"Without magnesium the supplement sits inert."}},
      {"RBC above 5.5", {"Aim at RBC magnesium > 5.5 mg/dL."}},
      {"useless", {"Serum magnesium is useless."}},
      {"normal rules it out", {"A normal magnesium rules it out.", "This rules depletion out.", "Normal magnesium rules out depletion."}},
      {"stop the PPI or the diuretic",
       {"Options: stop the PPI.", "Hold furosemide.", "Discontinue omeprazole.", "Withdraw the diuretic.", "Suspend chlorthalidone."}},
      {"a magnesium supplement",
       {"Give a magnesium supplement.", "Start magnesium.", "Start oral magnesium.", "Consider magnesium supplementation.",
        "Take magnesium in the evening.", "Use magnesium oxide.", "Supplement with magnesium."}},
      {"400 mg", {"Magnesium 400 mg/day.", "400mg of magnesium"}},
      {"form or brand ranking",
       {"Glycinate is the gold standard.", "Malate for fatigue.", "Citrate is better.", "Choose the best absorbed form.",
        "This is the preferred brand.", "Its bioavailability is higher."}},
      {"blood-brain barrier", {"It crosses the blood-brain barrier.", "It crosses the BBB."}},
      {"ratios", {"Keep a ratio of 1:1.", "Vitamin D to magnesium 2:1"}},
      {"soil", {"Soil has lost its magnesium."}},
      {"coffee", {"Drink less coffee.", "Caffeine costs magnesium."}},
      {"symptoms as proof",
       {"Cramps show that magnesium is low.", "Insomnia is a sign of low magnesium.", "These symptoms mean depletion.",
        "Fatigue due to low magnesium.", "Palpitations suggest low magnesium."}},
      {"Vieth 2020, Zheng 2020", {"(Vieth 2020)", "Zheng 2020, BMC Med"}},
      {"toxicity", {"50,000 IU weekly risks toxicity.", "a toxic dose"}},
      {"free 25(OH)D, 1,25(OH)2D", {"Measure free 25(OH)D.", "Check 1,25(OH)2D for status.", "Order free vitamin D."}},
      {"4,000 IU as a recommended dose", {"The recommended dose is 4,000 IU.", "4,000 IU/day is recommended.", "We recommend 4000 IU a day."}},
      {"a.4: a repletion course is not excessive", {"This dose is excessive."}},
      {"S77: stop vitamin D", {"Stop vitamin D.", "Hold the vitamin D."}},
  };
  return all;
}

TEST(ForbiddenWording, EveryPhraseIsCaughtAndNoPatternIsIdle) {
  std::set<std::string> used;
  for (const Planted& each : planted())
    for (const char* sentence : each.sentences) {
      const auto found = forbidden_in(sentence, {"high-dose-no-magnesium"});
      EXPECT_FALSE(found.empty()) << each.phrase << ": nothing catches `" << sentence << "`";
      used.insert(found.begin(), found.end());
    }
  for (const ForbiddenWording& wording : shipped().forbidden_wording())
    EXPECT_TRUE(used.count(wording.why)) << wording.pattern << " catches no planted sentence";
}

TEST(ForbiddenWording, WhatCardsRightlySayIsNotCaught) {
  for (const char* sentence :
       {"This is inside the reference range; it does not fully exclude depletion.", "review whether omeprazole is still indicated",
        "Do not start routine magnesium.", "order serum magnesium", "Cramp recorded on 2026-01-01: unspecific and no proof.",
        "1,25(OH)2D (work-up of granulomatous disease)", "the adult upper level, 4,000 IU/day"})
    EXPECT_THAT(forbidden_in(sentence), testing::IsEmpty()) << sentence;
}

TEST(ForbiddenWording, OnlyRulesThatExistAreExcepted) {
  const auto rules = shipped().rules();
  for (const ForbiddenWording& wording : shipped().forbidden_wording())
    for (const std::string& rule : wording.except) EXPECT_THAT(rules, testing::Contains(rule)) << wording.pattern;
}

TEST(ForbiddenWording, NoSentenceOfTheKnowledgeHoldsAny) {
  int held = 0;
  const auto hold = [&](const std::string& text, const std::string& rule, const std::string& place) {
    ++held;
    EXPECT_THAT(forbidden_in(without_placeholders(text), {rule}), testing::IsEmpty()) << place << " `" << text << "`";
  };
  for (const std::string_view id : shipped().rules()) {
    const std::string rule(id), place = "policy/" + rule + "/";
    const RulePolicy& policy = shipped().policy(id);
    for (const auto& [key, sentence] : policy.sentences) hold(sentence, rule, place + key);
    hold(policy.title, rule, place + "title");
    hold(policy.topic_display, rule, place + "topicDisplay");
    for (const std::string& code : policy.override_reasons) hold(shipped().override_reason(code).display, rule, code);
    for (const std::string& lab : policy.suggests) hold(shipped().lab_order(lab).label, rule, lab);
  }
  for (const KnowledgeFile& file : shipped().files()) {
    if (file.path != "sentences.json") continue;
    const auto document = json::parse(file.bytes).value();
    for (const json::Member& member : document.root().members())
      hold(std::string(member.value.string()), "", "sentences.json/" + std::string(member.name));
  }
  EXPECT_GT(held, 400);
}

}  // namespace
}  // namespace cofactor::cards
