// Promises: see config.hpp. Every key stands in one of the tables below, with its bounds.
#include "cds-service/config/config.hpp"

#include <array>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>

#include "cds-service/config/addresses.hpp"
#include "cds-service/config/client_keys.hpp"
#include "cds-service/config/key_table.hpp"
#include "fhir/json/reader.hpp"

namespace cofactor::service {
namespace {

/// What is known only when the whole file has been read.
struct Draft {
  Config config;
  bool base_url_given = false, source_url_given = false;
};

Keys operations_keys(Config& config) {
  return {{"listen", [&](const Setting& s) { return read_endpoint(s, config.operations); }}};
}

Keys audit_keys(AuditConfig& audit) {
  return {
      {"store",
       [&](const Setting& s) -> Result<void> {
         std::string store;
         if (auto done = read_into(s, store); !done) return done;
         constexpr std::string_view kScheme = "sqlite:";
         if (!store.starts_with(kScheme) || store.size() == kScheme.size())
           return refuse(s, "must be `sqlite:PATH` in this version");
         audit.sqlite_path = store.substr(kScheme.size());
         return {};
       }},
      text("keyFile", audit.key_file),
      word("ack", {"before", "after"}, [&](std::size_t i) { audit.acknowledge_before = i == 0; }),
      word("whenUnwritable", {"refuse", "answer"},
           [&](std::size_t i) { audit.when_unwritable = i == 0 ? "refuse" : "answer"; }),
      number("queueRecords", audit.queue_records, 16, 1'000'000)};
}

Keys limit_keys(Config& config) {
  http::ServerLimits& limits = config.limits;
  return {number("handshakeMilliseconds", limits.handshake_time, 10, 600'000),
          number("burstWaitMilliseconds", limits.admission.burst_wait, 1, 60'000),
          number("standingWaitMilliseconds", limits.admission.standing_wait, 1, 60'000),
          number("callsUnderWay", config.calls_under_way, 2, 100'000),
          number("signatureMicrosecondsPerIssuer", config.signatures_per_issuer, 1000, 100'000'000),
          number("signatureMicrosecondsPerAddress", config.signatures_per_address, 1000, 100'000'000),
          number("headerBytes", limits.header_bytes, 1u << 10, 64u << 10),
          number("headerFields", limits.header_fields, 10, 1000),
          number("targetBytes", limits.target_bytes, 128, 16u << 10),
          // The reader of request bodies has the same upper bound.
          number("bodyBytes", limits.body_bytes, 1u << 10, 4u << 20),
          number("pendingBodyBytes", limits.pending_body_bytes, 1u << 20, std::size_t{64} << 30),
          number("connections", limits.connections, 1, 100'000),
          number("connectionsPerAddress", limits.connections_per_address, 0, 100'000),
          number("headerMilliseconds", limits.header_time, 10, 600'000),
          number("bodyMilliseconds", limits.body_time, 10, 600'000),
          number("idleMilliseconds", limits.idle_time, 10, 3'600'000),
          number("writeMilliseconds", limits.write_time, 10, 600'000),
          number("answerMilliseconds", limits.answer_time, 10, 60'000)};
}

Keys tls_keys(TlsConfig& tls) {
  return {text("certificate", tls.certificate), text("key", tls.key), text("clientCa", tls.client_ca)};
}

Keys replay_keys(ReplayConfig& replay) {
  return {text("store", replay.path),
          number("tokens", replay.tokens, 100, 10'000'000),
          number("tokensPerClient", replay.tokens_per_client, 100, 10'000'000),
          word("whenUnwritable", {"local", "refuse"}, [&](std::size_t i) { replay.refuse_when_unwritable = i == 1; })};
}

Keys call_back_keys(CallBackConfig& calls) {
  return {yes_or_no("on", calls.on),
          number("totalMilliseconds", calls.total, 20, 60'000),
          number("fhirMilliseconds", calls.fhir, 10, 60'000),
          number("responseBytes", calls.response_bytes, 64u << 10, 64u << 20),
          number("pages", calls.pages, 1, 100),
          number("resources", calls.resources, 10, 1000)};
}

Keys knowledge_keys(Config& config) { return {text("directory", config.knowledge_directory)}; }

Keys top_keys(Draft& draft) {
  Config& config = draft.config;
  return {{"$schema", [](const Setting&) -> Result<void> { return {}; }},  // for editors
          {"listen", [&](const Setting& s) { return read_endpoint(s, config.listen); }},
          {"publicBaseUrl",
           [&](const Setting& s) {
             return draft.base_url_given = true, read_url(s, config.public_base_url);
           }},
          {"sourceUrl",
           [&](const Setting& s) {
             return draft.source_url_given = true, read_url(s, config.source_url);
           }},
          section("operations", [&] { return operations_keys(config); }),
          {"clients",
           [&](const Setting& s) {
             return read_array(s, [&](const Setting& item) {
               return read_client(item, config.clients.emplace_back());
             });
           }},
          {"audit", [&](const Setting& s) { return read_object(s, audit_keys(config.audit)); }},
          section("limits", [&] { return limit_keys(config); }),
          section("knowledge", [&] { return knowledge_keys(config); }),
          number("threads", config.threads, 0, 256),
          word("logLevel", {"debug", "info", "warn", "error"},
               [&](std::size_t i) {
                 config.log_level = std::array{"debug", "info", "warn", "error"}[i];
               }),
          yes_or_no("announceVersion", config.announce_version),
          number("drainMilliseconds", config.drain_time, 0, 600'000),
          word("profile", {"production", "test"}, [&](std::size_t i) { config.test_profile = i == 1; }),
          yes_or_no("allowPlainHttp", config.allow_plain_http),
          {"tls", [&](const Setting& s) { return read_object(s, tls_keys(config.tls)); }},
          section("replay", [&] { return replay_keys(config.replay); }),
          section("callBacks", [&] { return call_back_keys(config.call_backs); })};
}

/// What only the whole can tell.
Result<void> complete(Draft& draft) {
  Config& config = draft.config;
  if (config.clients.empty())
    return fail("config-missing", "`/clients` is missing or empty: name who may call");
  if (config.audit.sqlite_path.empty())
    return fail("config-missing",
                "`/audit/store` is missing: no answer leaves without a record, so say where, such "
                "as `sqlite:/var/lib/cofactor/audit.db`");
  if (config.tls.certificate.empty() != config.tls.key.empty() ||
      (config.tls.certificate.empty() && !config.tls.client_ca.empty()))
    return fail("config-missing", "`/tls` needs both `certificate` and `key`");
  if (config.call_backs.fhir > config.call_backs.total)
    return fail("config-refused", "`/callBacks/fhirMilliseconds` is more than `/callBacks/totalMilliseconds`");
  if (config.replay.tokens_per_client > config.replay.tokens)
    return fail("config-refused", "`/replay/tokensPerClient` is more than `/replay/tokens`");
  if (config.replay.path.empty())
    config.replay.path = (std::filesystem::path(config.audit.sqlite_path).parent_path() / "replay.db").string();
  if (auto done = check_clients(config); !done) return done;
  if (!draft.base_url_given) {
    if (!config.listen.loopback())
      return fail("config-missing",
                  "`/publicBaseUrl` is missing: say the address that the EHR calls");
    const bool v6 = config.listen.address.find(':') != std::string::npos;
    config.public_base_url = (config.tls.certificate.empty() ? "http://" : "https://") +
                             (v6 ? "[" + config.listen.address + "]" : config.listen.address) +
                             ":" + std::to_string(config.listen.port);
  }
  if (!draft.source_url_given) config.source_url = config.public_base_url;
  return {};
}

}  // namespace

std::vector<std::string> known_config_keys() {
  Draft draft;
  ClientConfig client;
  std::vector<std::string> all;
  const auto add = [&all](const Keys& keys, const std::string& pointer) {
    for (const Key& key : keys) all.push_back(pointer + "/" + key.name);
  };
  add(top_keys(draft), "");
  add(operations_keys(draft.config), "/operations");
  add(client_keys(client), "/clients/*");
  add(audit_keys(draft.config.audit), "/audit");
  add(limit_keys(draft.config), "/limits");
  add(knowledge_keys(draft.config), "/knowledge");
  add(tls_keys(draft.config.tls), "/tls");
  add(replay_keys(draft.config.replay), "/replay");
  add(call_back_keys(draft.config.call_backs), "/callBacks");
  return all;
}

Result<Config> parse_config(std::string text, const std::string& name_for_errors) {
  const auto named = [&](const std::string& code, const std::string& what) {
    return fail(code, name_for_errors + ": " + what);
  };
  const auto document = json::parse_with_comments(std::move(text));
  if (!document) return named("config-malformed", document.error().text);
  Draft draft;
  auto done = read_object({document->root(), ""}, top_keys(draft));
  if (done) done = complete(draft);
  if (!done) return named(done.error().code, done.error().text);
  return std::move(draft.config);
}

Result<Config> read_config(const std::string& path) {
  std::string text;
  if (path == "-") {
    text.assign(std::istreambuf_iterator<char>(std::cin), {});
    return parse_config(std::move(text), "standard input");
  }
  std::ifstream file(path, std::ios::binary);
  // Through a stream, which does not throw for a folder: opening one works, reading it does not.
  std::ostringstream whole;
  whole << file.rdbuf();
  text = whole.str();
  if (!file || text.empty())
    return fail("config-unreadable",
                "the configuration `" + path +
                    "` cannot be read or is empty: name a file that the service's user can read");
  return parse_config(std::move(text), path);
}

}  // namespace cofactor::service
