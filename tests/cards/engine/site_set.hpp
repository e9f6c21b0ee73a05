// Promises: a knowledge set as a site would have it: the shipped files and some of its own.
#pragma once
#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "cards/engine/knowledge.hpp"

namespace cofactor::cards::testing_site {

using Files = std::vector<std::pair<std::string, std::string>>;

inline std::string told(const std::vector<KnowledgeProblem>& problems) {
  std::string text;
  for (const auto& p : problems) text += p.file + " " + p.pointer + ": " + p.text + "\n";
  return text;
}
inline tl::expected<std::shared_ptr<const Knowledge>, std::vector<KnowledgeProblem>> load(const Files& files) {
  auto all = shipped_knowledge_files();
  for (const auto& [path, bytes] : files) {
    const auto same = std::find_if(all.begin(), all.end(), [&](const auto& file) { return file.path == path; });
    if (same == all.end())
      all.push_back({path, bytes});
    else
      same->bytes = bytes;
  }
  return Knowledge::load(std::move(all));
}
inline std::shared_ptr<const Knowledge> site(const Files& files) {
  auto loaded = load(files);
  if (!loaded) throw std::runtime_error(told(loaded.error()));
  return *loaded;
}
/// What is wrong with the set, or "fine".
inline std::string faults(const Files& files) {
  const auto loaded = load(files);
  return loaded ? "fine" : told(loaded.error());
}
inline std::string notices(const Files& files) { return told(site(files)->notices()); }

inline const std::string titles = "system,code,display,ingredient,strength_per_unit,unit,form\n";
inline Files formulary(const std::string& rows) { return {{"formulary/drugs.csv", titles + rows}}; }

}  // namespace cofactor::cards::testing_site
