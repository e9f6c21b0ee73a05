// Promises: `cofactor knowledge diff A B`: what differs between two sets, and which answers would change: of requests in
// files, or of the calls in an audit store, each under the policy of its client. Reads only; patients and orders stay unnamed.
#include <algorithm>
#include <limits>
#include <map>
#include <memory>
#include <tuple>

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

/// What a site has decided for a client, read against both sets; nothing where it has decided nothing.
struct Policies {
  std::shared_ptr<const cards::SitePolicy> from, to;
};

struct Comparison {
  KnowledgePtr from, to;
  fhir::Day as_of;
  report::AnswerChanges changes;
  std::size_t number = 0, unreadable = 0, without_client = 0;
  std::vector<ClientConfig> clients;
  std::map<std::string, Policies, std::less<>> policies;  ///< by client
  ClientConfig asking;                                    ///< of the requests
};

/// A policy that fits one set need not fit the other: a number may have other bounds, a rule may be new.
Result<void> read_policies(Comparison& all) {
  for (std::size_t i = 0; i < all.clients.size(); ++i) {
    Policies both;
    for (const auto& [knowledge, policy, name] : {std::tuple{&all.from, &both.from, "first"}, std::tuple{&all.to, &both.to, "second"}}) {
      auto read = site_policy_of(all.clients[i].site_policy, "/clients/" + std::to_string(i), **knowledge);
      if (!read) return fail(read.error().code, "with the " + std::string(name) + " set: " + read.error().text);
      *policy = std::move(*read);
    }
    all.policies.emplace(all.clients[i].name, std::move(both));
  }
  return {};
}

void compare_request(std::string body, Comparison& all) {
  const std::string position = "request " + std::to_string(++all.number);
  const auto request = hooks::read_hook_request(std::move(body), {}, all.asking.prefetch_keys);
  if (!request) {
    ++all.unreadable;
    return;
  }
  const auto answer = [&](const cards::Knowledge& knowledge, const cards::SitePolicy* site) {
    return hooks::evaluate_call(*request, knowledge, all.as_of, {all.asking.on_missing_data, "https://cofactor.invalid", site}, {},
                                hooks::reproducible_uuids(request->hook_instance))
        .evaluation;
  };
  const Policies& policies = all.policies[all.asking.name];
  all.changes.add(is_plain_id(request->hook_instance) ? request->hook_instance : position, answer(*all.from, policies.from.get()),
                  answer(*all.to, policies.to.get()));
}

/// The call that was recorded, as a set would answer it now: what had been overridden before is silent again.
cards::Evaluation answer_again(const json::Value& content, const cards::Facts& facts, const cards::Knowledge& knowledge,
                               const cards::SitePolicy* site) {
  cards::Evaluation evaluation = cards::evaluate(facts, knowledge, site);
  std::vector<cards::EarlierOverride> overrides;
  for (const auto& each : content["overrides"].items())
    if (const auto on = fhir::Day::read(each["on"].string())) overrides.push_back({std::string(each["finding"].string()), *on});
  cards::silence_overridden(evaluation, overrides, facts.as_of);
  return evaluation;
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
    if (!options.client.empty() && decision.record.client != options.client) return true;
    const auto content = json::parse(decision.record.content);
    const auto facts = content ? cards::read_facts(content->root()["facts"]) : Result<cards::Facts>(fail("malformed", ""));
    if (!facts) {
      ++all.unreadable;
      return true;
    }
    const auto policies = all.policies.find(decision.record.client);
    if (policies == all.policies.end()) ++all.without_client;
    const Policies of_client = policies == all.policies.end() ? Policies{} : policies->second;
    all.changes.add(decision.record.decision, answer_again(content->root(), *facts, *all.from, of_client.from.get()),
                    answer_again(content->root(), *facts, *all.to, of_client.to.get()));
    return true;
  });
}

/// The clients whose policy counts, and the one that asks.
int take_clients(const KnowledgeDiffOptions& options, Comparison& all) {
  const std::string& file = options.config.empty() ? options.audit : options.config;
  if (file.empty()) return options.client.empty() ? done : complain(wrong_usage, "`--client` names a client of a configuration: give `--config` too");
  auto config = read_config(file);
  if (!config) return complain(config.error());
  all.clients = std::move(config->clients);
  const auto asking = std::ranges::find_if(all.clients, [&](const ClientConfig& client) { return options.client.empty() || client.name == options.client; });
  if (asking != all.clients.end())
    all.asking = *asking;
  else if (!options.client.empty())
    return complain(wrong_usage, "there is no client `" + options.client + "` in the configuration: check --client");
  const auto read = read_policies(all);
  return read ? done : complain(read.error());
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

  if (code = take_clients(options, all); code != done) return code;

  std::string text = cards::describe_differences(*all.from, *all.to);
  for (const std::string& file : options.requests)
    if (const auto read = compare_file(file, all); !read) return complain(read.error());
  if (!options.audit.empty())
    if (const auto read = compare_store(options, all); !read) return complain(read.error());
  if (!options.requests.empty() || !options.audit.empty()) {
    text += "\nAnswers\n" + all.changes.text();
    if (!options.audit.empty())
      text += "\nRecords hold facts as they were read: changed codes, words and unit factors show with --requests only.\n";
    if (all.without_client != 0)
      text += std::to_string(all.without_client) + " call(s) came from clients that the configuration does not name: judged by the rules' own modes.\n";
  }
  text.pop_back();
  print_line(text);
  if (!flush()) return complain(unreachable, "standard output could not take the differences");
  if (all.unreadable == 0) return done;
  return complain(not_fine, std::to_string(all.unreadable) + " call(s) could not be read and were not compared");
}

}  // namespace cofactor::service::cli
