// Promises: `cofactor evaluate`: requests in, the answers that the service would give out, one line each and in
// their order; reproducible, without network and audit.
#include <memory>

#include "cds-service/cli/commands.hpp"
#include "cds-service/cli/console.hpp"
#include "cds-service/config/config.hpp"
#include "cds-service/config/knowledge_directory.hpp"
#include "cds-service/hooks/evaluate_call.hpp"
#include "fhir/json/writer.hpp"

namespace cofactor::service::cli {
namespace {

struct Setting {
  std::shared_ptr<const cards::Knowledge> knowledge;
  ClientConfig client;
  std::shared_ptr<const cards::SitePolicy> site;
  std::string source_url;
  fhir::Day as_of;
  bool trace = false;
};

std::string error_line(const Failure& failure) {
  json::Writer out;
  out.begin_object().key("error").begin_object();
  out.field("code", failure.code).field("text", failure.text);
  out.end_object().end_object();
  return out.take();
}

/// False when the line became an error.
bool answer(std::string body, const Setting& setting) {
  const auto request = hooks::read_hook_request(std::move(body), {}, setting.client.prefetch_keys);
  if (!request) {
    print_line(error_line(request.error()));
    return false;
  }
  hooks::CallResult result =
      hooks::evaluate_call(*request, *setting.knowledge, setting.as_of, {setting.client.on_missing_data, setting.source_url, setting.site.get()},
                           {}, hooks::reproducible_uuids(request->hook_instance));
  if (!result.precondition.empty()) {
    print_line(error_line({"data-missing", result.precondition}));
    return false;
  }
  if (setting.trace) {
    result.response.pop_back();  // the object's closing brace
    result.response += ",\"trace\":" + hooks::trace_json(result, *setting.knowledge) + "}";
  }
  print_line(result.response);
  return true;
}

/// The minimal configuration (one client, cards instead of refusals) or that of the file.
Result<Config> configuration(const std::string& file) {
  if (!file.empty()) return read_config(file);
  Config config;
  config.public_base_url = config.source_url = "http://127.0.0.1:8080";
  config.clients.push_back({});
  config.clients.back().name = "demo";
  config.clients.back().authentication = "none";
  return config;
}

}  // namespace

int evaluate(const EvaluateOptions& options) {
  const auto config = configuration(options.config);
  if (!config) return complain(config.error());
  Setting setting;
  setting.trace = options.trace;
  setting.source_url = config->source_url.empty() ? config->public_base_url : config->source_url;
  const ClientConfig* client = nullptr;
  for (const ClientConfig& candidate : config->clients)
    if (!client && (options.client.empty() || candidate.name == options.client)) client = &candidate;
  if (!client && !options.client.empty())
    return complain(wrong_usage, "there is no client `" + options.client + "` in the configuration: check --client");
  if (client) setting.client = *client;
  const auto as_of = day_or_today(options.as_of);
  if (!as_of) return complain(wrong_usage, "`--as-of " + options.as_of + "` is no day: write it as YYYY-MM-DD");
  setting.as_of = *as_of;
  auto knowledge = knowledge_in_force(config->knowledge_directory);
  if (!knowledge) return complain(knowledge.error());
  setting.knowledge = std::move(*knowledge);
  for (std::size_t i = 0; i < config->clients.size(); ++i) {
    auto site = site_policy_of(config->clients[i].site_policy, "/clients/" + std::to_string(i), *setting.knowledge);
    if (!site) return complain(site.error());
    if (&config->clients[i] == client) setting.site = std::move(*site);
  }

  bool fine = true;
  for (const std::string& file : options.files) {
    Result<void> read;
    if (options.ndjson) {
      read = read_lines(file, [&](std::string line) { fine = answer(std::move(line), setting) && fine; });
    } else {
      auto body = read_input(file);
      if (body)
        fine = answer(std::move(*body), setting) && fine;
      else
        read = tl::unexpected(body.error());
    }
    if (!read) return complain(read.error());
  }
  if (!flush()) return complain(unreachable, "standard output could not take the answers");
  return fine ? done : not_fine;
}

}  // namespace cofactor::service::cli
