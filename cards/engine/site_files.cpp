// Promises: a site's files and what site.json says of them are held against each other: nothing replaced without a name,
// a day and a reason. Pure.
#include <algorithm>

#include "cards/engine/knowledge_content.hpp"

namespace cofactor::cards {
namespace {

constexpr std::string_view manifest = "site.json";

std::string quoted(std::string_view text) { return "`" + std::string(text) + "`"; }

/// A file that is byte for byte the shipped one changes nothing, so nobody has to answer for it. Tables of a site's own
/// codes replace nothing either; where they contradict the shipped ones, a notice says so.
bool changes_something(const KnowledgeFile& file, const std::vector<KnowledgeFile>& shipped) {
  if (file.path == manifest || is_site_code_file(file.path)) return false;
  const auto same = std::find_if(shipped.begin(), shipped.end(), [&](const auto& other) { return other.path == file.path; });
  return same == shipped.end() || same->bytes != file.bytes;
}

}  // namespace

std::vector<KnowledgeProblem> site_problems(const std::vector<KnowledgeFile>& site) {
  std::vector<KnowledgeProblem> problems;
  const std::vector<KnowledgeFile> shipped = shipped_knowledge_files();
  std::vector<std::string_view> changed;
  for (const KnowledgeFile& file : site)
    if (changes_something(file, shipped)) changed.push_back(file.path);

  const auto own = std::find_if(site.begin(), site.end(), [](const auto& file) { return file.path == manifest; });
  if (own == site.end()) {
    if (changed.empty()) return problems;
    std::string files;
    for (std::string_view path : changed) files += (files.empty() ? "" : ", ") + quoted(path);
    problems.push_back({std::string(manifest), "", "is missing: it says who changed a file, when and why, and is needed for " + files});
    return problems;
  }
  Knowledge::Content content;
  std::vector<KnowledgeProblem> inside;
  Report report(own->path, inside);
  read_json_file(*own, content, report);
  // Its own faults come from the loader; with them a file without an entry may only be a consequence.
  if (!inside.empty()) return problems;
  for (std::string_view path : changed)
    if (std::none_of(content.site_overrides.begin(), content.site_overrides.end(), [&](const auto& entry) { return entry.covers(path); }))
      problems.push_back({std::string(manifest), "/overrides", "has no entry for " + quoted(path) + ": say who changed it, when and why"});
  for (std::size_t i = 0; i < content.site_overrides.size(); ++i) {
    const SiteOverride& entry = content.site_overrides[i];
    if (std::none_of(site.begin(), site.end(), [&](const auto& file) { return file.path != manifest && entry.covers(file.path); }))
      problems.push_back({std::string(manifest), "/overrides/" + std::to_string(i) + "/file",
                          "there is no " + quoted(entry.file) + " in this folder: correct the name or take the entry out"});
  }
  return problems;
}

}  // namespace cofactor::cards
