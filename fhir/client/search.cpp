// Promises: see search.hpp.
#include "fhir/client/search.hpp"

#include <memory>
#include <set>
#include <string_view>
#include <utility>

#include "fhir/client/wiped_memory.hpp"
#include "fhir/json/writer.hpp"

namespace cofactor::fhir::client {
namespace {

/// What a search may be answered with, on every page of it. Where no type is said, a server was careless; another type
/// is the answer to something else.
bool is_page(const json::Value& root) {
  const json::Value& type = root["type"];
  return root["resourceType"].string() == "Bundle" && (type.is_null() || type.string() == "searchset" || type.string() == "collection");
}

/// Does `root` answer the question `relative`? A resource of another kind would read as "asked, and nothing found".
bool answers(const json::Value& root, std::string_view relative) {
  const std::string_view type = root["resourceType"].string();
  if (relative.find('?') != std::string_view::npos) return type == "OperationOutcome" || is_page(root);
  const auto slash = relative.find('/');
  return slash != std::string_view::npos && type == relative.substr(0, slash) && root["id"].string() == relative.substr(slash + 1);
}

struct Running : std::enable_shared_from_this<Running> {
  FhirClient* client = nullptr;
  SharedSecret token;
  Clock::time_point deadline;
  PageLimits limits;
  std::function<void(SearchResult)> done;
  SearchResult result;
  std::string question;  ///< the first page's
  std::set<std::string> visited;
  std::size_t resources = 0;

  void fetch(std::string relative) {
    visited.insert(relative);
    auto self = shared_from_this();
    client->get(std::move(relative), token, deadline, [self](FhirAnswer answer) {
      try {
        self->take(std::move(answer));
      } catch (const std::exception&) {  // memory alone can fail here
        self->finish(FhirFailure::not_fhir, !self->result.pages.empty());
      }
    });
  }

  void take(FhirAnswer answer) {
    if (answer.failure != FhirFailure::none) return finish(answer.failure, !result.pages.empty());
    auto page = read_fhir_json(std::move(answer.body), limits.json);
    if (!page) return finish(FhirFailure::not_fhir, !result.pages.empty());
    const json::Value& root = page->root();
    const bool bundle = is_page(root);
    // The second page of a search is a Bundle too, or it is no page of it.
    if (result.pages.empty() ? !answers(root, question) : !bundle) return finish(FhirFailure::not_fhir, !result.pages.empty());
    resources += root["entry"].items().size();
    const std::string_view next = bundle ? next_link(root) : std::string_view();
    auto relative = next.empty() ? std::nullopt : client->base().below(next);
    const bool more = !next.empty();
    result.pages.push_back(std::move(*page));
    if (!more) return finish(FhirFailure::none, false);
    const bool follow = relative && !visited.contains(*relative) && result.pages.size() < limits.pages &&
                        resources < limits.resources && Clock::now() < deadline;
    if (!follow) return finish(FhirFailure::none, true);
    fetch(std::move(*relative));
  }

  void finish(FhirFailure failure, bool stopped) {
    result.failure = failure;
    result.stopped = stopped;
    if (auto call = std::exchange(done, nullptr)) call(std::move(result));
  }
};

}  // namespace

void search(FhirClient& client, std::string relative, SharedSecret token, Clock::time_point deadline,
            const PageLimits& limits, std::function<void(SearchResult)> done) {
  auto running = std::make_shared<Running>();
  running->client = &client;
  running->token = std::move(token);
  running->deadline = deadline;
  running->limits = limits;
  running->done = std::move(done);
  running->question = relative;
  running->fetch(std::move(relative));
}

Result<json::Document> one_value(SearchResult result) {
  if (result.pages.empty()) return fail("fhir-no-answer", "there is no page to read");
  if (result.pages.size() == 1) return std::move(result.pages.front());
  const WipeFreedMemory wiping(WipeFreedMemory::this_scope);  // what the text grows out of tells who the patient is
  json::Writer out;
  out.begin_object().field("resourceType", "Bundle").field("type", "searchset");
  if (const json::Value& total = result.pages.front().root()["total"]; total.is_number()) out.key("total").value(total);
  if (result.stopped) {
    out.key("link").begin_array().begin_object().field("relation", "next").field("url", "urn:cofactor:not-followed");
    out.end_object().end_array();
  }
  out.key("entry").begin_array();
  for (const json::Document& page : result.pages)
    for (const json::Value& entry : page.root()["entry"].items()) out.value(entry);
  out.end_array().end_object();
  constexpr json::Limits large{64u << 20, 64, 4'000'000, 128};
  return json::parse(out.take(), large);
}

Result<json::Document> read_fhir_json(std::string body, const json::Limits& limits) {
  auto document = json::parse(std::move(body), limits);
  if (!document) return tl::unexpected(document.error());
  if (document->root()["resourceType"].string().empty())
    return fail("fhir-not-fhir", "the answer is no FHIR resource");
  return document;
}

std::string_view next_link(const json::Value& bundle) {
  const json::Value& links = bundle["link"];
  if (links.is_object()) return links["relation"].string() == "next" ? links["url"].string() : std::string_view();
  for (const json::Value& link : links.items())
    if (link["relation"].string() == "next") {
      const std::string_view url = link["url"].string();
      return url.empty() ? "urn:cofactor:empty-link" : url;
    }
  return {};
}

}  // namespace cofactor::fhir::client
