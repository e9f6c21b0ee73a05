// Promises: what no card may say, as the shipped knowledge lists it, over lower-cased text. That the list holds all of
// section a.5 of the clinical specification is proven by tests/cards/rules/forbidden_wording_test.cpp.
#include <algorithm>
#include <regex>
#include <utility>

#include "cards/engine/knowledge.hpp"
#include "vignette.hpp"

namespace cofactor::vignettes {

std::vector<std::string> forbidden_in(std::string_view text, const std::vector<std::string>& rules) {
  using Patterns = std::vector<std::pair<std::regex, cards::ForbiddenWording>>;
  static const Patterns patterns = [] {
    Patterns out;
    const auto shipped = cards::Knowledge::load(cards::shipped_knowledge_files());
    for (const cards::ForbiddenWording& wording : (*shipped)->forbidden_wording())
      out.emplace_back(std::regex(wording.pattern), wording);
    return out;
  }();
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  std::vector<std::string> found;
  for (const auto& [pattern, wording] : patterns) {
    const bool allowed = std::any_of(rules.begin(), rules.end(), [&w = wording](const std::string& rule) { return w.allows(rule); });
    if (!allowed && std::regex_search(lower, pattern)) found.push_back(wording.why);
  }
  return found;
}

}  // namespace cofactor::vignettes
