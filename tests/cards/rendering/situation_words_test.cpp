// Proves: a value is the same whichever others were asked for before it, and also when it is the only one.
#include "cards/rendering/situation_words.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <string>

#include "tests/cards/engine/shipped_vignettes.hpp"

using namespace cofactor;
using namespace cofactor::cards;

namespace {

/// Every {name} in the sentences of the knowledge.
std::set<std::string> names_in_sentences() {
  std::set<std::string> names;
  for (const KnowledgeFile& file : shipped_knowledge_files())
    for (std::size_t open = file.bytes.find('{'); open != std::string::npos; open = file.bytes.find('{', open + 1)) {
      const std::size_t close = file.bytes.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_", open + 1);
      if (close != std::string::npos && close > open + 1 && file.bytes[close] == '}')
        names.insert(file.bytes.substr(open + 1, close - open - 1));
    }
  return names;
}

std::string said(SituationWords& words, const std::string& name) {
  const std::string* value = words.find(name);
  return value != nullptr ? "=" + *value : std::string("unknown");
}

}  // namespace

TEST(SituationWords, AValueDoesNotDependOnWhatWasAskedBefore) {
  const auto names = names_in_sentences();
  ASSERT_GT(names.size(), 80u);
  constexpr int vignettes_a_rule = 8;
  std::size_t known = 0;
  for (const char* rule : {"high-dose-ppi", "calcium-risk", "vitamin-d-non-response", "bolus-dose", "low-magnesium",
                           "magnesium-supplement-safety", "check-incomplete"}) {
    int left = vignettes_a_rule;
    for (const auto& file : std::filesystem::directory_iterator(std::string("tests/vignettes/") + rule)) {
      const auto document = json::parse(text_of(file.path()));
      ASSERT_TRUE(document) << file.path();
      if (document->root().find("facts") == nullptr) continue;  // it holds a request
      if (left-- == 0) break;
      const auto facts = read_facts(document->root()["facts"]);
      ASSERT_TRUE(facts) << file.path();
      const Situation situation = derive_situation(*facts, *shipped());
      SituationWords forwards(situation), backwards(situation);
      for (auto name = names.rbegin(); name != names.rend(); ++name) said(backwards, *name);
      for (const std::string& name : names) {
        SituationWords alone(situation);
        const std::string value = said(alone, name);
        EXPECT_EQ(said(forwards, name), value) << file.path() << ' ' << name;
        EXPECT_EQ(said(backwards, name), value) << file.path() << ' ' << name;
        known += value != "unknown" ? 1u : 0u;
      }
    }
  }
  EXPECT_GT(known, 1'000u);
}
