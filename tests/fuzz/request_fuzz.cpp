// Promises: no text makes the reading of a call crash, hang or lose its invariants: any bytes as
// the request, read with the shipped knowledge.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "cards/facts/collect_facts.hpp"
#include "fhir/json/reader.hpp"
#include "fhir/json/writer.hpp"

using namespace cofactor;

namespace {

const cards::Knowledge& knowledge() {
  static const std::shared_ptr<const cards::Knowledge> loaded = [] {
    auto result = cards::Knowledge::load(cards::shipped_knowledge_files());
    if (!result) std::abort();
    return *result;
  }();
  return *loaded;
}

void demand(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto document = json::parse(std::string(reinterpret_cast<const char*>(data), size));
  if (!document) return 0;
  const json::Value& request = document->root();

  // What was read can be written and reads back to the same text.
  json::Writer first;
  const std::string written = first.value(request).take();
  const auto again = json::parse(written);
  demand(again.has_value());
  json::Writer second;
  demand(second.value(again->root()).take() == written);

  cards::CallInput input;
  input.as_of = *fhir::Day::read("2026-03-01");
  input.hook = request["hook"].string();
  input.patient_id = request["context"]["patientId"].string();
  input.fhir_server = request["fhirServer"].string();
  input.draft_orders = request["context"].find("draftOrders");
  if (const json::Value* selections = request["context"].find("selections")) {
    input.selections.emplace();
    for (const json::Value& item : selections->items()) input.selections->push_back(item.string());
  }
  const json::Value& prefetch = request["prefetch"];
  input.prefetch = {
      prefetch.find("patient"),    prefetch.find("medications"),     prefetch.find("statements"),
      prefetch.find("magnesium"),  prefetch.find("vitaminD"),        prefetch.find("calciumRenal"),
      prefetch.find("conditions"), prefetch.find("serviceRequests"), prefetch.find("encounter")};
  const cards::Facts facts = cards::collect_facts(input, knowledge());
  // Every prefetch key is told, and the draft orders when they could not all be read.
  demand(facts.sources.size() == (cards::has_unread_draft(facts) ? 10U : 9U));
  for (const cards::OrderFact& order : facts.orders) {
    demand(!order.reference.empty());
    demand(!order.iu_per_day || (*order.iu_per_day >= 0 && *order.iu_per_day < 1e12));
    // A vitamin D whose dose is not known says why.
    if (order.has(cards::DrugClass::vitamin_d_nutritional) && !order.iu_per_day &&
        order.schedule != fhir::Schedule::one_time)
      demand(!order.vitamin_d_unknown.empty());
  }
  cards::drafts_are_relevant(facts);
  return 0;
}
