// Promises: the knowledge in force: the set this binary was built with, whole files of it replaced by those of a
// site's directory. A set with any problem is not loaded.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "cards/engine/knowledge.hpp"
#include "cards/engine/site_policy.hpp"
#include "fhir/result.hpp"

namespace cofactor::service {

/// Every regular file below `directory` that belongs to a knowledge set, by its path relative to it; `others` gets the
/// rest, which nobody reads. Failure code knowledge-unreadable.
Result<std::vector<cards::KnowledgeFile>> read_knowledge_directory(const std::string& directory,
                                                                   std::vector<std::string>* others = nullptr);

/// Shipped files, replaced by equal paths of `site`, which may also add files.
std::vector<cards::KnowledgeFile> overlay(std::vector<cards::KnowledgeFile> shipped, std::vector<cards::KnowledgeFile> site);

/// The shipped set with the files of a site over it, or everything that is wrong: with the files, and with who answers
/// for them (cards::site_problems).
tl::expected<std::shared_ptr<const cards::Knowledge>, std::vector<cards::KnowledgeProblem>> load_with_site(
    std::vector<cards::KnowledgeFile> site);

/// "file place: what is wrong"
std::string text_of(const cards::KnowledgeProblem& problem);

/// `directory` empty: the shipped set alone; a directory that does not exist is a failure. Failure codes:
/// knowledge-unreadable, knowledge-malformed (names the first problem and how many there are; `problems` gets all).
Result<std::shared_ptr<const cards::Knowledge>> knowledge_in_force(const std::string& directory,
                                                                   std::vector<cards::KnowledgeProblem>* problems = nullptr);

/// What a site has decided for a client (ClientConfig::site_policy), nullptr when nothing. `pointer` is the place of the
/// client in the configuration. Failure code config-refused: names the first problem and how many there are.
Result<std::shared_ptr<const cards::SitePolicy>> site_policy_of(const std::string& policy, const std::string& pointer,
                                                                const cards::Knowledge& knowledge);

}  // namespace cofactor::service
