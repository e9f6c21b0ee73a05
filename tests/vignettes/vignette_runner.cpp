// Promises: runs the vignette files that it is given, or all those below a folder, in one process; exit 0 when all came
// out as expected. Prints what came out when not, or with --show. --knowledge DIR takes another set than the shipped
// one, --stop ends at the first that went wrong: what the mutation check needs.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string_view>

#include "fhir/json/reader.hpp"
#include "vignette.hpp"

namespace {

using namespace cofactor;
namespace fs = std::filesystem;

std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<fs::path> files_below(const fs::path& place) {
  if (!fs::is_directory(place)) return {place};
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(place))
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

/// The shipped files, with those that lie in `folder` in their place.
std::vector<cards::KnowledgeFile> knowledge_from(const std::string& folder) {
  std::vector<cards::KnowledgeFile> files = cards::shipped_knowledge_files();
  if (folder.empty()) return files;
  for (cards::KnowledgeFile& file : files)
    if (const fs::path other = fs::path(folder) / file.path; fs::exists(other)) file.bytes = text_of(other);
  return files;
}

using Shared = std::shared_ptr<const cards::Knowledge>;

/// The set at hand, and over it the tables that the vignette brings.
Shared knowledge_with(const json::Value& tables, std::vector<cards::KnowledgeFile> files, std::vector<std::string>& wrong) {
  for (const json::Member& table : tables.members())
    files.push_back({std::string(table.name), std::string(table.value.string())});
  auto loaded = cards::Knowledge::load(std::move(files));
  if (loaded) return *loaded;
  for (const cards::KnowledgeProblem& problem : loaded.error())
    wrong.push_back(problem.file + " " + problem.pointer + ": " + problem.text);
  return nullptr;
}

std::vector<std::string> run(const fs::path& file, const std::vector<cards::KnowledgeFile>& set, Shared knowledge,
                             std::string& output) {
  const auto document = json::parse(text_of(file));
  if (!document) return {document.error().text};
  vignettes::Vignette vignette;
  if (const std::string problem = vignettes::read_vignette(document->root(), vignette); !problem.empty())
    return {problem};
  std::vector<std::string> wrong;
  if (vignette.tables != nullptr) knowledge = knowledge_with(*vignette.tables, set, wrong);
  return knowledge ? vignettes::judge(vignette, *knowledge, output) : wrong;
}

}  // namespace

int main(int argc, char** argv) {
  bool show = false, stop = false;
  std::string folder;
  std::vector<fs::path> files;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--show")
      show = true;
    else if (argument == "--stop")
      stop = true;
    else if (argument == "--knowledge" && i + 1 < argc)
      folder = argv[++i];
    else
      for (const fs::path& file : files_below(argv[i])) files.push_back(file);
  }
  const std::vector<cards::KnowledgeFile> set = knowledge_from(folder);
  const auto knowledge = cards::Knowledge::load(set);
  if (!knowledge) {
    for (const auto& problem : knowledge.error())
      std::cout << "REFUSED: " << problem.file << " " << problem.pointer << " " << problem.text << "\n";
    return 2;
  }
  bool good = !files.empty();
  for (const fs::path& file : files) {
    std::string output;
    const std::vector<std::string> wrong = run(file, set, *knowledge, output);
    if (show || !wrong.empty()) std::cout << file.string() << "\n" << output;
    for (const std::string& line : wrong) std::cout << "WRONG: " << line << "\n";
    good = good && wrong.empty();
    if (stop && !good) break;
  }
  return good ? 0 : 1;
}
