// Promises: `cofactor knowledge diff A B`: what differs between two sets, and which answers would change: of requests in
// files, or of the calls in an audit store. Reads only; patients and orders stay unnamed.
#include <algorithm>
#include <limits>
#include <memory>

#include "cards/engine/compare_knowledge.hpp"
#include "cards/facts/facts_json.hpp"
#include "cds-service/audit/audit_reader.hpp"
#include "cds-service/cli/commands.hpp"
#include "cds-service/cli/console.hpp"
#include "cds-service/config/config.hpp"
#include "cds-service/config/knowledge_directory.hpp"
#include "cds-service/hooks/evaluate_call.hpp"
#include "cds-service/report/answer_changes.hpp"
#include "cds-service/report/report.hpp"
#include "fhir/json/reader.hpp"

namespace cofactor::service::cli {
namespace {

using KnowledgePtr = std::shared_ptr<const cards::Knowledge>;

/// A directory over the shipped set, or `shipped`. Complains and gives the exit code in `code` when there is none.
KnowledgePtr set_named(const std::string& name, int& code) {
  std::vector<cards::KnowledgeFile> site;
  if (name != "shipped") {
    auto files = read_knowledge_directory(name);
    if (!files) {
      code = complain(files.error());
      return nullptr;
    }
    site = std::move(*files);
  }
  auto loaded = load_with_site(std::move(site));
  if (loaded) return *loaded;
  for (const cards::KnowledgeProblem& problem : loaded.error()) print_line(text_of(problem));
  code = complain(not_fine, "`" + name + "` has " + std::to_string(loaded.error().size()) + " problem(s) and cannot be compared");
  return nullptr;
}

/// A client's words go to a screen only when they look like an id.
bool is_plain_id(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  });
}

struct Comparison {
  KnowledgePtr from, to;
  fhir::Day as_of;
  report::AnswerChanges changes;
  std::size_t number = 0, unreadable = 0;
};

void compare_request(std::string body, Comparison& all) {
  const std::string position = "request " + std::to_string(++all.number);
  const auto request = hooks::read_hook_request(std::move(body), {}, {});
  if (!request) {
    ++all.unreadable;
    return;
  }
  const auto answer = [&](const cards::Knowledge& knowledge) {
    return hooks::evaluate_call(*request, knowledge, all.as_of, {OnMissingData::card, "https://cofactor.invalid"}, {},
                                hooks::reproducible_uuids(request->hook_instance))
        .evaluation;
  };
  all.changes.add(is_plain_id(request->hook_instance) ? request->hook_instance : position, answer(*all.from), answer(*all.to));
}

/// One request a file, or one a line: a file whose first line is a whole JSON value holds lines.
Result<void> compare_file(const std::string& file, Comparison& all) {
  auto text = read_input(file);
  if (!text) return tl::unexpected(text.error());
  const std::size_t first = text->find('\n');
  if (first == std::string::npos || !json::parse(text->substr(0, first))) {
    compare_request(std::move(*text), all);
    return {};
  }
  for (std::size_t at = 0; at < text->size();) {
    const std::size_t end = std::min(text->find('\n', at), text->size());
    if (text->find_first_not_of(" \t\r", at) < end) compare_request(text->substr(at, end - at), all);
    at = end + 1;
  }
  return {};
}

Result<void> compare_store(const KnowledgeDiffOptions& options, Comparison& all) {
  const auto config = read_config(options.audit);
  if (!config) return tl::unexpected(config.error());
  std::int64_t from = 0, to = std::numeric_limits<std::int64_t>::max();
  if (!options.from.empty() || !options.to.empty()) {
    const auto period = report::period_of(options.from, options.to);
    if (!period) return tl::unexpected(period.error());
    from = period->from_ms;
    to = period->to_ms;
  }
  auto reader = audit::AuditReader::open(config->audit.sqlite_path, {});
  if (!reader) return tl::unexpected(reader.error());
  return reader->each(from, to, [&](const audit::StoredDecision& decision) {
    const auto content = json::parse(decision.record.content);
    const auto facts = content ? cards::read_facts(content->root()["facts"]) : Result<cards::Facts>(fail("malformed", ""));
    if (facts)
      all.changes.add(decision.record.decision, cards::evaluate(*facts, *all.from), cards::evaluate(*facts, *all.to));
    else
      ++all.unreadable;
    return true;
  });
}

}  // namespace

int knowledge_diff(const KnowledgeDiffOptions& options) {
  int code = done;
  Comparison all;
  const auto as_of = day_or_today(options.as_of);
  if (!as_of) return complain(wrong_usage, "`--as-of " + options.as_of + "` is no day: write it as YYYY-MM-DD");
  all.as_of = *as_of;
  if (options.audit.empty() && !(options.from.empty() && options.to.empty()))
    return complain(wrong_usage, "`--from` and `--to` choose calls of an audit store: give `--audit` too");
  if (!(all.from = set_named(options.from_set, code)) || !(all.to = set_named(options.to_set, code))) return code;

  std::string text = cards::describe_differences(*all.from, *all.to);
  for (const std::string& file : options.requests)
    if (const auto read = compare_file(file, all); !read) return complain(read.error());
  if (!options.audit.empty())
    if (const auto read = compare_store(options, all); !read) return complain(read.error());
  if (!options.requests.empty() || !options.audit.empty()) {
    text += "\nAnswers\n" + all.changes.text();
    if (!options.audit.empty())
      text += "\nRecords hold facts as they were read: changed codes, words and unit factors show with --requests only, and\n"
              "every client is judged by the rules' own modes.\n";
  }
  text.pop_back();
  print_line(text);
  if (!flush()) return complain(unreachable, "standard output could not take the differences");
  if (all.unreadable == 0) return done;
  return complain(not_fine, std::to_string(all.unreadable) + " call(s) could not be read and were not compared");
}

}  // namespace cofactor::service::cli
