// Promises: reading a site's knowledge files over the shipped set (knowledge_directory.hpp).
#include "cds-service/config/knowledge_directory.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include "fhir/json/reader.hpp"

namespace cofactor::service {
namespace {

namespace fs = std::filesystem;
constexpr std::uintmax_t largest_file = 64u << 20;

/// Editors and version control leave other files about; documents and schemas are not data.
bool is_data(const fs::path& path) {
  const std::string name = path.filename().string();
  return !name.starts_with('.') && (path.extension() == ".json" || path.extension() == ".csv");
}

}  // namespace

Result<std::vector<cards::KnowledgeFile>> read_knowledge_directory(const std::string& directory, std::vector<std::string>* others) {
  std::error_code error;
  const fs::path root(directory);
  if (!fs::is_directory(root, error))
    return fail("knowledge-unreadable", "`" + directory + "` is not a directory: create it or name another one");
  std::vector<cards::KnowledgeFile> files;
  for (fs::recursive_directory_iterator at(root, error), end; !error && at != end; at.increment(error)) {
    if (!at->is_regular_file(error)) continue;
    const std::string name = at->path().lexically_relative(root).generic_string();
    if (!is_data(at->path())) {
      if (others) others->push_back(name);
      continue;
    }
    if (name.starts_with("schema/")) continue;
    std::ifstream in(at->path(), std::ios::binary);
    if (!in || fs::file_size(at->path(), error) > largest_file)
      return fail("knowledge-unreadable", "`" + at->path().string() + "` cannot be read: check its permissions and size");
    files.push_back({name, std::string(std::istreambuf_iterator<char>(in), {})});
  }
  if (error) return fail("knowledge-unreadable", "`" + directory + "` cannot be read: " + error.message());
  std::ranges::sort(files, {}, &cards::KnowledgeFile::path);
  return files;
}

std::vector<cards::KnowledgeFile> overlay(std::vector<cards::KnowledgeFile> shipped, std::vector<cards::KnowledgeFile> site) {
  for (cards::KnowledgeFile& file : site) {
    const auto same = std::ranges::find(shipped, file.path, &cards::KnowledgeFile::path);
    if (same == shipped.end())
      shipped.push_back(std::move(file));
    else
      same->bytes = std::move(file.bytes);
  }
  return shipped;
}

tl::expected<std::shared_ptr<const cards::Knowledge>, std::vector<cards::KnowledgeProblem>> load_with_site(
    std::vector<cards::KnowledgeFile> site) {
  std::vector<cards::KnowledgeProblem> problems;
  if (!site.empty()) problems = cards::site_problems(site);
  auto loaded = cards::Knowledge::load(overlay(cards::shipped_knowledge_files(), std::move(site)));
  if (!loaded) problems.insert(problems.end(), loaded.error().begin(), loaded.error().end());
  if (problems.empty()) return std::move(*loaded);
  return tl::unexpected(std::move(problems));
}

std::string text_of(const cards::KnowledgeProblem& problem) {
  return problem.file + (problem.pointer.empty() ? "" : " " + problem.pointer) + ": " + problem.text;
}

Result<std::shared_ptr<const cards::Knowledge>> knowledge_in_force(const std::string& directory,
                                                                   std::vector<cards::KnowledgeProblem>* problems) {
  std::vector<cards::KnowledgeFile> site;
  if (!directory.empty()) {
    auto files = read_knowledge_directory(directory);
    if (!files) return tl::unexpected(files.error());
    site = std::move(*files);
  }
  auto loaded = load_with_site(std::move(site));
  if (loaded) return std::move(*loaded);
  std::string text = "the knowledge cannot be used: " + text_of(loaded.error().front());
  if (loaded.error().size() > 1) text += " (and " + std::to_string(loaded.error().size() - 1) + " more)";
  if (problems) *problems = std::move(loaded.error());
  return fail("knowledge-malformed", text + "; run `cofactor knowledge check` to see all");
}

Result<std::shared_ptr<const cards::SitePolicy>> site_policy_of(const std::string& policy, const std::string& pointer,
                                                                const cards::Knowledge& knowledge) {
  if (policy.empty()) return std::shared_ptr<const cards::SitePolicy>();
  const auto document = json::parse(policy);
  if (!document) return fail("config-malformed", "`" + pointer + "`: " + document.error().text);
  auto read = cards::read_site_policy(document->root(), knowledge);
  if (read) return *read;
  const cards::KnowledgeProblem& first = read.error().front();
  std::string text = "`" + pointer + first.pointer + "` " + first.text;
  if (read.error().size() > 1) text += " (the first of " + std::to_string(read.error().size()) + " problems)";
  return fail("config-refused", text);
}

}  // namespace cofactor::service
