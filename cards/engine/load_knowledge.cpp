// Promises: a set of files becomes knowledge or a list of everything that is wrong with it. The shipped set says which
// keys the program asks for: a set without one of them is not loaded, and a key it does not know is a misspelling.
#include <algorithm>
#include <map>
#include <regex>
#include <tuple>

#include "cards/engine/knowledge_content.hpp"
#include "cards/engine/sha256.hpp"

namespace cofactor::cards {
namespace {

std::string quoted(std::string_view text) { return "`" + std::string(text) + "`"; }

/// Over the sorted paths and bytes, each with its length, so that no two sets share a text.
std::string revision_of(const std::vector<KnowledgeFile>& files) {
  Sha256 digest;
  for (const KnowledgeFile& file : files) {
    digest.add(std::to_string(file.path.size()) + ":" + file.path + std::to_string(file.bytes.size()) + ":");
    digest.add(file.bytes);
  }
  return "sha256:" + digest.hex();
}

std::vector<KnowledgeFile> sorted(std::vector<KnowledgeFile> files) {
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return files;
}

std::unique_ptr<Knowledge::Content> read(std::vector<KnowledgeFile> files, std::vector<KnowledgeProblem>& problems) {
  files = sorted(std::move(files));
  auto content = std::make_unique<Knowledge::Content>();
  for (const KnowledgeFile& file : files) {
    if (is_site_code_file(file.path)) continue;
    Report report(file.path, problems);
    if (!read_json_file(file, *content, report) && !read_table_file(file, *content, report) &&
        !read_value_set_file(file, *content, report))
      report.at("", "is no file that Cofactor reads");
  }
  read_site_codes(files, *content, problems);
  for (std::size_t i = 1; i < files.size(); ++i)
    if (files[i].path == files[i - 1].path) problems.push_back({files[i].path, "", "is given twice"});
  for (const auto& [rule, policy] : content->policies) content->by_rank.push_back(rule);
  std::sort(content->by_rank.begin(), content->by_rank.end(), [&](std::string_view a, std::string_view b) {
    const int left = content->policies.find(a)->second.rank, right = content->policies.find(b)->second.rank;
    return left != right ? left < right : a < b;
  });
  check_policies(*content, problems);
  content->revision = revision_of(files);
  content->files = std::move(files);
  return content;
}

template <class Wanted, class Given>
void check_keys(const Wanted& wanted, const Given& given, const std::string& file, std::string_view what,
                std::string_view where, std::vector<KnowledgeProblem>& problems) {
  for (const auto& [key, unused] : wanted)
    if (given.find(key) == given.end())
      problems.push_back({file, std::string(where) + "/" + key, "the " + std::string(what) + " is missing; the program asks for it"});
  for (const auto& [key, unused] : given)
    if (wanted.find(key) == wanted.end())
      problems.push_back({file, std::string(where) + "/" + key, "nothing in the program asks for this " + std::string(what) + "; it may be misspelt"});
}

void add_placeholders(std::string_view sentence, std::set<std::string, std::less<>>& names) {
  for (std::size_t at = sentence.find('{'); at != std::string_view::npos; at = sentence.find('{', at + 1)) {
    const std::size_t end = sentence.find('}', at);
    if (end == std::string_view::npos) return;
    names.emplace(sentence.substr(at + 1, end - at - 1));
  }
}

/// A site's sentence may use only what the program fills, which is what the shipped sentences use.
template <class Sentences>
void check_placeholders(const Sentences& shipped, const Sentences& given, const std::string& file, std::string_view where,
                        std::vector<KnowledgeProblem>& problems) {
  std::set<std::string, std::less<>> known, used;
  for (const auto& [key, sentence] : shipped) add_placeholders(sentence, known);
  for (const auto& [key, sentence] : given) {
    used.clear();
    add_placeholders(sentence, used);
    for (const std::string& name : used)
      if (known.find(name) == known.end())
        problems.push_back({file, std::string(where) + "/" + key, "the program fills no placeholder {" + name + "} here"});
  }
}

}  // namespace

const Knowledge::Content& shipped_content() {
  static const std::unique_ptr<const Knowledge::Content> content = [] {
    std::vector<KnowledgeProblem> ignored;
    return read(shipped_knowledge_files(), ignored);
  }();
  return *content;
}

void check_policies(const Knowledge::Content& content, std::vector<KnowledgeProblem>& problems) {
  const auto known = [&](const std::string& file, const char* member, const std::vector<std::string>& keys, const auto& table,
                         const char* what) {
    for (std::size_t i = 0; i < keys.size(); ++i)
      if (table.find(keys[i]) == table.end())
        problems.push_back({file, std::string("/") + member + "/" + std::to_string(i), "unknown " + std::string(what) + " " + quoted(keys[i])});
  };
  std::map<int, std::string_view> ranks;
  for (std::string_view rule : content.by_rank) {
    const RulePolicy& policy = content.policies.find(rule)->second;
    const std::string file = "policy/" + std::string(rule) + ".json";
    known(file, "overrideReasons", policy.override_reasons, content.override_reasons, "override reason");
    known(file, "suggests", policy.suggests, content.lab_orders, "lab order");
    known(file, "citations", policy.citations, content.evidence, "citation");
    known(file, "thresholds", policy.thresholds, content.thresholds, "number");
    known(file, "swallows", policy.swallows, content.policies, "rule");
    for (const auto& [member, text] : {std::pair{"/when", &policy.when}, std::pair{"/then", &policy.then}, std::pair{"/why", &policy.why}}) {
      std::set<std::string, std::less<>> keys;
      add_placeholders(*text, keys);
      for (const std::string& key : keys)
        if (std::find(policy.thresholds.begin(), policy.thresholds.end(), key) == policy.thresholds.end())
          problems.push_back({file, member, "{" + key + "} is none of the numbers in `thresholds` of this rule"});
    }
    const auto [at, fresh] = ranks.emplace(policy.rank, rule);
    if (!fresh)
      problems.push_back({file, "/rank", "the rank " + std::to_string(policy.rank) + " is also that of " + quoted(at->second) + "; the order of cards needs one each"});
  }
}

/// A site may word anew, but not say what the shipped set forbids; what is as shipped was judged by its tests.
template <class Sentences>
void check_wording(const Sentences& shipped, const Sentences& given,
                   const std::vector<std::pair<std::regex, const ForbiddenWording*>>& forbidden, std::string_view rule,
                   const std::string& file, std::string_view where, std::vector<KnowledgeProblem>& problems) {
  for (const auto& [key, sentence] : given) {
    if (const auto same = shipped.find(key); same != shipped.end() && same->second == sentence) continue;
    std::string lower = sentence;
    for (char& c : lower)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    for (const auto& [pattern, wording] : forbidden)
      if (std::smatch found; !wording->allows(rule) && std::regex_search(lower, found, pattern))
        problems.push_back({file, std::string(where) + "/" + key, "must not say " + quoted(found.str()) + ": " + wording->why});
  }
}

void check_against(const Knowledge::Content& shipped, const Knowledge::Content& content,
                   std::vector<KnowledgeProblem>& problems) {
  check_keys(shipped.thresholds, content.thresholds, "thresholds.json", "number", "", problems);
  check_keys(shipped.sentences, content.sentences, "sentences.json", "sentence", "", problems);
  check_placeholders(shipped.sentences, content.sentences, "sentences.json", "", problems);
  std::vector<std::pair<std::regex, const ForbiddenWording*>> forbidden;
  for (const ForbiddenWording& wording : shipped.forbidden_wording) forbidden.emplace_back(std::regex(wording.pattern), &wording);
  check_wording(shipped.sentences, content.sentences, forbidden, "", "sentences.json", "", problems);
  for (const auto& [key, threshold] : content.thresholds)
    if (const auto found = shipped.thresholds.find(key); found != shipped.thresholds.end() && found->second.unit != threshold.unit)
      problems.push_back({"thresholds.json", "/" + key + "/unit", "the unit " + quoted(threshold.unit) + " is not the declared unit " + quoted(found->second.unit)});
  for (const auto& [rule, policy] : shipped.policies) {
    const std::string file = "policy/" + rule + ".json";
    const auto found = content.policies.find(rule);
    if (found == content.policies.end()) {
      problems.push_back({file, "", "the file is missing; every rule needs its policy"});
      continue;
    }
    check_keys(policy.sentences, found->second.sentences, file, "sentence", "/sentences", problems);
    check_placeholders(policy.sentences, found->second.sentences, file, "/sentences", problems);
    check_wording(policy.sentences, found->second.sentences, forbidden, rule, file, "/sentences", problems);
  }
  for (const auto& [rule, policy] : content.policies)
    if (shipped.policies.find(rule) == shipped.policies.end())
      problems.push_back({"policy/" + rule + ".json", "", "there is no rule of that name in this program"});
  for (std::size_t system = 0; system < code_systems; ++system)
    for (const auto& [code, unused] : shipped.do_not_use[system])
      if (content.do_not_use[system].find(code) == content.do_not_use[system].end())
        problems.push_back({"do-not-use.csv", "", "the code " + quoted(code) + " is missing: a site may add to this list, not take from it"});
  for (const KnowledgeFile& file : shipped.files)
    if (file.path.rfind("policy/", 0) != 0 &&
        std::none_of(content.files.begin(), content.files.end(), [&](const auto& given) { return given.path == file.path; }))
      problems.push_back({file.path, "", "the file is missing"});
}

namespace {

/// What would be told otherwise than it was, with nothing to show it.
void check_stored(const Knowledge::Content& shipped, const Knowledge::Content& content, std::vector<KnowledgeProblem>& problems) {
  check_placeholders(shipped.sentences, content.sentences, "sentences.json", "", problems);
  for (const auto& [rule, policy] : content.policies) {
    const std::string file = "policy/" + rule + ".json";
    if (const auto found = shipped.policies.find(rule); found != shipped.policies.end())
      check_placeholders(found->second.sentences, policy.sentences, file, "/sentences", problems);
    else
      problems.push_back({file, "", "there is no rule of that name in this program"});
  }
}

using Loaded = tl::expected<std::shared_ptr<const Knowledge>, std::vector<KnowledgeProblem>>;

Loaded load_checked(std::vector<KnowledgeFile> files, decltype(check_against)& check) {
  std::vector<KnowledgeProblem> problems;
  auto content = read(std::move(files), problems);
  // The shipped set needs no comparison with itself, so it is not read twice at start.
  static const std::string shipped_revision = revision_of(sorted(shipped_knowledge_files()));
  if (content->revision != shipped_revision) check(shipped_content(), *content, problems);
  if (!problems.empty()) {
    std::sort(problems.begin(), problems.end(), [](const auto& a, const auto& b) { return std::tie(a.file, a.pointer) < std::tie(b.file, b.pointer); });
    return tl::unexpected(std::move(problems));
  }
  return std::make_shared<const Knowledge>(std::move(content));
}

}  // namespace

Loaded Knowledge::load(std::vector<KnowledgeFile> files) { return load_checked(std::move(files), check_against); }
Loaded Knowledge::load_stored(std::vector<KnowledgeFile> files) { return load_checked(std::move(files), check_stored); }

}  // namespace cofactor::cards
