// Promises: see config.hpp. Every key stands in one of the tables below, with its bounds.
#include "cds-service/config/config.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <iostream>
#include <iterator>
#include <set>
#include <sstream>

#include "cds-service/config/key_table.hpp"
#include "fhir/json/reader.hpp"
#include "fhir/json/writer.hpp"

namespace cofactor::service {
namespace {

/// What is known only when the whole file has been read.
struct Draft {
  Config config;
  bool base_url_given = false, source_url_given = false;
};

/// "127.0.0.1:8080", "[::1]:8080", "localhost:8080"
Result<void> read_endpoint(const Setting& setting, Endpoint& target) {
  std::string text;
  if (auto done = read_into(setting, text); !done) return done;
  const auto colon = text.rfind(':');
  std::string address = colon == std::string::npos ? "" : text.substr(0, colon);
  const char* const begin = text.data() + (colon == std::string::npos ? text.size() : colon + 1);
  const char* const end = text.data() + text.size();
  std::uint16_t port = 0;
  const auto read = std::from_chars(begin, end, port);
  const bool bracketed = address.size() > 2 && address.front() == '[' && address.back() == ']';
  if (bracketed) address = address.substr(1, address.size() - 2);
  if (address.empty() || read.ec != std::errc() || read.ptr != end ||
      (!bracketed && address.find(':') != std::string::npos))
    return refuse(setting, "must be ADDRESS:PORT, such as `127.0.0.1:8080` or `[::1]:8080`");
  target = {std::move(address), port};
  return {};
}

/// An http(s) URL without query, fragment, credentials and trailing slash.
Result<void> read_url(const Setting& setting, std::string& target) {
  std::string url;
  if (auto done = read_into(setting, url); !done) return done;
  const std::size_t scheme = url.starts_with("https://") ? 8 : url.starts_with("http://") ? 7 : 0;
  const auto bad = [](char c) {
    return c <= 0x20 || c >= 0x7f ||
           std::string_view("?#@\\\"<>`").find(c) != std::string_view::npos;
  };
  while (url.size() > scheme && url.ends_with('/')) url.pop_back();
  if (scheme == 0 || url.size() == scheme || url[scheme] == '/' || std::ranges::any_of(url, bad))
    return refuse(setting, "must be an http or https URL without query, fragment and credentials");
  target = std::move(url);
  return {};
}

/// Scheme, host and port as a browser sends it: anything else would never match.
Result<void> read_origins(const Setting& setting, std::vector<std::string>& target) {
  return read_array(setting, [&](const Setting& item) -> Result<void> {
    std::string origin;
    if (auto done = read_url(item, origin); !done) return done;
    const auto upper = [](char c) { return c >= 'A' && c <= 'Z'; };
    if (origin.find('/', origin.find("//") + 2) != std::string::npos ||
        std::ranges::any_of(origin, upper) || origin != item.value.string())
      return refuse(item,
                    "must be an origin as a browser sends it, such as `https://app.example` (lower "
                    "case, no path, no slash at the end)");
    target.push_back(std::move(origin));
    return {};
  });
}

constexpr std::array<std::string_view, 9> kPrefetchKeys{
    "patient",      "medications", "statements",      "magnesium", "vitaminD",
    "calciumRenal", "conditions",  "serviceRequests", "encounter"};

Result<void> read_prefetch_keys(const Setting& setting,
                                std::vector<std::pair<std::string, std::string>>& target) {
  if (!setting.value.is_object())
    return fail("config-wrong-type",
                "`" + setting.pointer + "` must be an object of your key to our key");
  for (const json::Member& member : setting.value.members()) {
    std::size_t ours = 0;
    const Setting item{member.value, setting.pointer + "/" + std::string(member.name)};
    if (auto done = read_word(item, {kPrefetchKeys.begin(), kPrefetchKeys.end()}, ours); !done)
      return done;
    target.emplace_back(member.name, kPrefetchKeys[ours]);
  }
  return {};
}

Key text(std::string name, std::string& target) {
  return {std::move(name), [&target](const Setting& s) { return read_into(s, target); }};
}
Key yes_or_no(std::string name, bool& target) {
  return {std::move(name), [&target](const Setting& s) { return read_into(s, target); }};
}
template <class T>
Key number(std::string name, T& target, std::uint64_t least, std::uint64_t most) {
  return {std::move(name), [&target, least, most](const Setting& s) {
            std::uint64_t value = 0;
            auto done = read_into(s, value, least, most);
            if (done) target = T(value);
            return done;
          }};
}
Key word(std::string name, std::vector<std::string_view> words,
         std::function<void(std::size_t)> take) {
  return {std::move(name), [words = std::move(words), take = std::move(take)](const Setting& s) {
            std::size_t index = 0;
            auto done = read_word(s, words, index);
            if (done) take(index);
            return done;
          }};
}
Key later(std::string name) { return {std::move(name), {}}; }
Key section(std::string name, std::function<Keys()> keys) {
  return {std::move(name),
          [keys = std::move(keys)](const Setting& s) { return read_object(s, keys()); }};
}

Keys operations_keys(Config& config) {
  return {{"listen", [&](const Setting& s) { return read_endpoint(s, config.operations); }}};
}

/// Kept as it is: only the knowledge can tell which rules, numbers and orders there are.
Result<void> add_to_policy(const Setting& setting, std::string_view name, ClientConfig& client) {
  json::Writer member;
  member.string(name);
  std::string text = member.take() + ":";
  member.value(setting.value);
  text += member.take();
  std::string& policy = client.site_policy;
  policy = policy.empty() ? "{" + text + "}" : policy.substr(0, policy.size() - 1) + "," + text + "}";
  return {};
}

Keys client_keys(ClientConfig& client) {
  return {text("name", client.name),
          {"authentication",
           [&](const Setting& s) -> Result<void> {
             if (auto done = read_into(s, client.authentication); !done) return done;
             if (client.authentication == "none") return {};
             return refuse(s,
                           "can only be `none` in this version: tokens and client certificates are "
                           "not supported yet; keep the listener on loopback "
                           "behind a proxy that authenticates");
           }},
          yes_or_no("allowUnauthenticated", client.allow_unauthenticated),
          {"corsOrigins", [&](const Setting& s) { return read_origins(s, client.cors_origins); }},
          word("onMissingData", {"card", "412"},
               [&](std::size_t i) {
                 client.on_missing_data =
                     i == 0 ? OnMissingData::card : OnMissingData::precondition_failed;
               }),
          {"fhirServers",
           [&](const Setting& s) -> Result<void> {
             std::size_t count = 0;
             auto done = read_array(s, [&](const Setting& item) {
               return ++count, read_url(item, client.fhir_server);
             });
             if (done && count > 1) return refuse(s, "may name one server in this version");
             return done;
           }},
          {"prefetchKeys",
           [&](const Setting& s) { return read_prefetch_keys(s, client.prefetch_keys); }},
          later("issuer"),
          later("jwks"),
          later("algorithms"),
          later("audiences"),
          later("tenants"),
          later("subjects"),
          later("maxTokenLifetimeSeconds"),
          later("replayProtection"),
          later("certificateSubject"),
          later("fhirCa"),
          {"ehrProfile", [&](const Setting& s) { return add_to_policy(s, "ehrProfile", client); }},
          {"orderCodes", [&](const Setting& s) { return add_to_policy(s, "orderCodes", client); }},
          {"rules", [&](const Setting& s) { return add_to_policy(s, "rules", client); }}};
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

Keys limit_keys(http::ServerLimits& limits) {
  return {number("headerBytes", limits.header_bytes, 1u << 10, 64u << 10),
          number("headerFields", limits.header_fields, 10, 1000),
          number("targetBytes", limits.target_bytes, 128, 16u << 10),
          // The reader of request bodies has the same upper bound.
          number("bodyBytes", limits.body_bytes, 1u << 10, 4u << 20),
          number("connections", limits.connections, 1, 100'000),
          number("connectionsPerAddress", limits.connections_per_address, 0, 100'000),
          number("headerMilliseconds", limits.header_time, 10, 600'000),
          number("bodyMilliseconds", limits.body_time, 10, 600'000),
          number("idleMilliseconds", limits.idle_time, 10, 3'600'000),
          number("writeMilliseconds", limits.write_time, 10, 600'000),
          number("answerMilliseconds", limits.answer_time, 10, 60'000)};
}

Keys knowledge_keys(Config& config) { return {text("directory", config.knowledge_directory)}; }

Result<void> read_client(const Setting& setting, ClientConfig& client) {
  if (auto done = read_object(setting, client_keys(client)); !done) return done;
  if (client.name.empty())
    return fail("config-missing", "`" + setting.pointer +
                                      "/name` is missing: the audit record names the client by it");
  if (client.authentication.empty())
    return fail("config-missing",
                "`" + setting.pointer +
                    "/authentication` is missing: say `none` to accept everybody on this machine");
  return {};
}

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
          section("limits", [&] { return limit_keys(config.limits); }),
          section("knowledge", [&] { return knowledge_keys(config); }),
          number("threads", config.threads, 0, 256),
          word("logLevel", {"debug", "info", "warn", "error"},
               [&](std::size_t i) {
                 config.log_level = std::array{"debug", "info", "warn", "error"}[i];
               }),
          yes_or_no("announceVersion", config.announce_version),
          number("drainMilliseconds", config.drain_time, 0, 600'000),
          later("tls")};
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
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < config.clients.size(); ++i) {
    const ClientConfig& client = config.clients[i];
    const std::string pointer = "/clients/" + std::to_string(i);
    if (!names.insert(client.name).second)
      return fail("config-refused",
                  "`" + pointer + "/name` stands twice: reports tell clients apart by it");
    if (client.authentication == "none" && !config.listen.loopback() &&
        !client.allow_unauthenticated)
      return fail("config-refused", "`/listen` is not a loopback address, and `" + pointer +
                                        "` has no authentication: listen on `127.0.0.1` behind a "
                                        "proxy, or say `\"allowUnauthenticated\": true` "
                                        "beside it if the network alone decides who may call");
  }
  if (!draft.base_url_given) {
    if (!config.listen.loopback())
      return fail("config-missing",
                  "`/publicBaseUrl` is missing: say the address that the EHR calls");
    const bool v6 = config.listen.address.find(':') != std::string::npos;
    config.public_base_url = "http://" +
                             (v6 ? "[" + config.listen.address + "]" : config.listen.address) +
                             ":" + std::to_string(config.listen.port);
  }
  if (!draft.source_url_given) config.source_url = config.public_base_url;
  return {};
}

struct Known {
  std::vector<std::string> read, later;
  void add(const Keys& keys, const std::string& pointer) {
    for (const Key& key : keys) (key.read ? read : later).push_back(pointer + "/" + key.name);
  }
};

Known known() {
  Draft draft;
  ClientConfig client;
  Known all;
  all.add(top_keys(draft), "");
  all.add(operations_keys(draft.config), "/operations");
  all.add(client_keys(client), "/clients/*");
  all.add(audit_keys(draft.config.audit), "/audit");
  all.add(limit_keys(draft.config.limits), "/limits");
  all.add(knowledge_keys(draft.config), "/knowledge");
  return all;
}

}  // namespace

bool Endpoint::loopback() const {
  return address == "localhost" || address == "::1" || address.starts_with("127.");
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

std::vector<std::string> known_config_keys() { return known().read; }
std::vector<std::string> later_config_keys() { return known().later; }

}  // namespace cofactor::service
