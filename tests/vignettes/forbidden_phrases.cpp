// Promises: what section a.5 of the clinical specification forbids, as patterns over lower-cased text. Kept beside
// the tests and not in the product: the product has no such sentence to look for.
#include <algorithm>
#include <regex>

#include "vignette.hpp"

namespace cofactor::vignettes {

std::vector<std::string> forbidden_in(std::string_view text, const std::vector<std::string>& rules) {
  constexpr std::string_view vitamin_k2 = R"(\bk2\b|menaquinone|mk-7)";
  static const std::vector<std::string> patterns{
      R"(vitamin d[^.]*(deplet|burn|consum|drain|tank))", R"(\binert\b)", R"(useless)",
      R"(rules? (it|depletion|deficiency) out)", R"(5\.5)",
      R"(\b(stop|hold|discontinue|withdraw)\b[^.]*(ppi|prazole|diuretic|furosemide|thiazide))",
      std::string(vitamin_k2), R"(\b400 ?mg)", R"(glycinate|malate|threonate|orotate|taurate|citrate)",
      R"(blood.brain)", R"(\b[12]:1\b)", R"(\bsoil\b|coffee|caffeine)", R"(vieth|zheng)", R"(toxic)",
      R"(free 25)",
      // 1,25(OH)2D is no test of status; it may be asked for in the work-up of a granulomatous disease alone.
      R"(1,25(?!\(oh\)2d \(work-up of granulomatous disease\)))", R"(recommended dose)", R"(excessive)", R"(cramp|palpitation|twitch|insomnia)",
      R"(magnesium supplement|supplement magnesium|start magnesium|magnesium (oxide|chloride))"};
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  std::vector<std::string> found;
  const bool warns_of_k2 = std::find(rules.begin(), rules.end(), "vitamin-k2-anticoagulant") != rules.end();
  for (const std::string& pattern : patterns) {
    if (warns_of_k2 && pattern == vitamin_k2) continue;
    if (std::regex_search(lower, std::regex(pattern))) found.push_back(pattern);
  }
  return found;
}

}  // namespace cofactor::vignettes
