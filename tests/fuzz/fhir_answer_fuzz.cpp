// Promises: any bytes as the pages that a FHIR server sends: they are read or refused, followed to bounded ends below the base,
// and what they become is one value that the reader of prefetch takes. Medications among them go through the cache.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "fhir/client/medication_cache.hpp"
#include "fhir/client/search.hpp"
#include "fhir/resources/bundle.hpp"

namespace {

using namespace cofactor::fhir::client;

void demand(bool held) {
  if (!held) std::abort();
}

/// Gives out the pieces of the input, one a request; the last one for ever.
class PieceClient final : public FhirClient {
 public:
  explicit PieceClient(std::vector<std::string> pieces) : pieces_(std::move(pieces)) {}
  const BaseUrl& base() const override { return base_; }
  void get(std::string relative, SharedSecret, Clock::time_point, std::function<void(FhirAnswer)> done) override {
    demand(is_plain_relative(relative));
    demand(++asked <= 10);
    done({FhirFailure::none, pieces_[std::min(asked - 1, pieces_.size() - 1)]});
  }
  std::size_t asked = 0;

 private:
  std::vector<std::string> pieces_;
  BaseUrl base_ = *BaseUrl::read("https://ehr.example/fhir");
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<std::string> pieces;
  for (std::size_t from = 0; from <= text.size();) {
    const auto end = std::min(text.find('\n', from), text.size());
    pieces.emplace_back(text.substr(from, end - from));
    from = end + 1;
  }
  PieceClient client(pieces);
  int calls = 0;
  search(client, "Observation?patient=1", {}, Clock::now() + std::chrono::hours(1), {}, [&](SearchResult result) {
    ++calls;
    demand(result.pages.size() <= 10);
    demand(!result.pages.empty() || result.failure != FhirFailure::none);
    const bool stopped = result.stopped;
    const std::size_t pages = result.pages.size();
    const auto value = one_value(std::move(result));
    if (!value) return;
    cofactor::Issues issues;
    const auto list = cofactor::fhir::read_resources(&value->root(), cofactor::json::ElementPath{nullptr, "x", -1}, issues);
    // More than was read is never called whole.
    if (stopped && pages > 0) demand(list.state == cofactor::fhir::SourceState::incomplete);
  });
  demand(calls == 1);
  MedicationCache cache({});
  for (const std::string& piece : pieces)
    if (cache.keep("m1", piece)) demand(*cache.find("m1") == piece);
  return 0;
}
