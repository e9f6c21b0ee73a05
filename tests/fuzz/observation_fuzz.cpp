// Promises: no text makes the reading of a laboratory result crash, and a number is only given with
// its unit known.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "cards/facts/collect_facts.hpp"
#include "fhir/json/reader.hpp"
#include "fhir/resources/observation.hpp"

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
  Issues issues;
  fhir::read_observation(document->root(), json::ElementPath{nullptr, "Observation", -1}, issues);
  for (const Issue& issue : issues) demand(!issue.code.empty() && !issue.path.empty());

  cards::CallInput input;
  input.as_of = *fhir::Day::read("2026-03-01");
  input.hook = "order-sign";
  input.patient_id = "pt-1";
  input.prefetch.magnesium = &document->root();
  for (const cards::LabFact& lab : cards::collect_facts(input, knowledge()).labs) {
    if (lab.value) demand(std::isfinite(*lab.value) && *lab.value > 0 && !lab.unit_text.empty());
    if (lab.unusable.empty()) demand(lab.on.has_value() && *lab.on <= input.as_of);
    if (lab.unusable.empty() && lab.unreadable.empty()) demand(lab.value.has_value());
    if (!lab.comparator.empty()) demand(!lab.unreadable.empty());
  }
  return 0;
}
