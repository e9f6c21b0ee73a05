// Promises: `cofactor knowledge check` and `show`: a pharmacist's own words back, every problem with its place.
#include "cards/engine/describe.hpp"
#include "cds-service/cli/commands.hpp"
#include "cds-service/cli/console.hpp"
#include "cds-service/config/config.hpp"
#include "cds-service/config/knowledge_directory.hpp"

namespace cofactor::service::cli {

int knowledge_check(const std::string& directory) {
  std::vector<std::string> others;
  auto site = read_knowledge_directory(directory, &others);
  if (!site) return complain(site.error());
  // A copy that an editor left, or a table saved as a spreadsheet: somebody may think that it counts.
  for (const std::string& name : others)
    if (!name.ends_with("README.md") && !name.ends_with("CMakeLists.txt")) print_line("note: `" + name + "` is not read: only .json and .csv files are");
  const auto loaded = load_with_site(std::move(*site));
  if (loaded) {
    for (const cards::KnowledgeProblem& notice : (*loaded)->notices())
      print_line("note: " + text_of(notice));
    print_line("the knowledge is fine: " + (*loaded)->revision());
    return flush() ? done : unreachable;
  }
  for (const cards::KnowledgeProblem& problem : loaded.error())
    print_line(text_of(problem));
  return complain(not_fine, "`" + directory + "` has " + std::to_string(loaded.error().size()) + " problem(s) and would not be loaded");
}

int knowledge_show(const KnowledgeShowOptions& options) {
  std::string directory;
  if (!options.config.empty()) {
    const auto config = read_config(options.config);
    if (!config) return complain(config.error());
    directory = config->knowledge_directory;
  }
  if (!options.directory.empty()) directory = options.directory;
  const auto knowledge = knowledge_in_force(directory);
  if (!knowledge) return complain(knowledge.error());
  if (options.rule.empty()) {
    print_line(cards::describe(**knowledge));
  } else {
    const auto text = cards::describe_rule(**knowledge, options.rule);
    if (!text) return complain(not_fine, "there is no rule `" + options.rule + "`: run `cofactor knowledge show` for all of them");
    print_line(*text);
  }
  return flush() ? done : unreachable;
}

}  // namespace cofactor::service::cli
