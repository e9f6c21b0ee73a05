// Promises: one read or search with all its pages: `next` links are followed below the same base only, each once, up
// to bounds and one absolute deadline. What could not be followed leaves the result incomplete, never whole.
#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "fhir/client/fhir_client.hpp"
#include "fhir/json/reader.hpp"

namespace cofactor::fhir::client {

struct PageLimits {
  std::size_t pages = 10;
  std::size_t resources = 2'000;
  json::Limits json{8u << 20, 64, 400'000, 128};
};

struct SearchResult {
  /// Why nothing came; with pages: why the next one did not.
  FhirFailure failure = FhirFailure::none;
  /// In their order, each a JSON object with a resourceType.
  std::vector<json::Document> pages;
  /// More pages were announced than were read (a bound, a loop, a foreign link, a failure).
  bool stopped = false;
};

/// A search ("Observation?patient=1") is answered by a Bundle (a searchset, a collection or of no type said) or an
/// OperationOutcome, a read ("Patient/1") by the resource of that type and id. Anything else is not_fhir: it would pass as
/// "nothing found". `client` must live until `done` was called. `done` is called once, as FhirClient::get() does.
void search(FhirClient& client, std::string relative, SharedSecret token, Clock::time_point deadline,
            const PageLimits& limits, std::function<void(SearchResult)> done);

/// The pages as one FHIR value: a single page as it stands, several as one searchset Bundle with all entries, the
/// first page's total and, when stopped, a `next` link, so that whoever reads it sees that there is more.
Result<json::Document> one_value(SearchResult result);

/// The JSON of an answer, or not_fhir: no JSON object with a resourceType.
Result<json::Document> read_fhir_json(std::string body, const json::Limits& limits);

/// The `next` link of a Bundle; empty when there is none.
std::string_view next_link(const json::Value& bundle);

}  // namespace cofactor::fhir::client
