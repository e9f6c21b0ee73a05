// Promises: `cofactor explain`: medication orders in, how each one is read out, one line of JSON for each.
#include <memory>

#include "cards/facts/collect_facts.hpp"
#include "cards/facts/facts_json.hpp"
#include "cds-service/cli/commands.hpp"
#include "cds-service/cli/console.hpp"
#include "cds-service/config/config.hpp"
#include "cds-service/config/knowledge_directory.hpp"
#include "fhir/json/reader.hpp"
#include "fhir/json/writer.hpp"
#include "fhir/resources/medication_request.hpp"

namespace cofactor::service::cli {
namespace {

bool refuse(const Failure& failure) {
  json::Writer out;
  out.begin_object().key("error").begin_object();
  out.field("code", failure.code).field("text", failure.text).end_object().end_object();
  print_line(out.take());
  return false;
}

void explain_order(const json::Value& resource, const fhir::MedicationShelf& shelf, fhir::Day as_of,
                   const cards::Knowledge& knowledge) {
  const json::ElementPath at{nullptr, resource["resourceType"].string()};
  Issues issues;
  const fhir::MedicationRequest order = fhir::read_medication_request(resource, shelf, at, issues);
  cards::OrderFact fact = cards::read_order(order, cards::OrderRole::draft, as_of, knowledge, at);
  issues.insert(issues.end(), fact.issues.begin(), fact.issues.end());
  fact.issues = std::move(issues);
  json::Writer out;
  cards::write_explanation(out, fact);
  print_line(out.take());
}

/// One resource: an order, or a Bundle of orders and the Medications they name.
bool explain_resource(const json::Value& resource, fhir::Day as_of, const cards::Knowledge& knowledge) {
  const std::string_view type = resource["resourceType"].string();
  if (fhir::is_medication_order(type)) {
    explain_order(resource, {}, as_of, knowledge);
    return true;
  }
  if (type != "Bundle") return refuse({"not-an-order", "neither a medication order nor a Bundle: give a MedicationRequest"});
  Issues issues;
  const fhir::ResourceList list = fhir::read_resources(&resource, {nullptr, "Bundle"}, issues);
  const fhir::MedicationShelf shelf{{&list}};
  bool any = false;
  for (const fhir::BundleEntry& entry : list.entries)
    if (fhir::is_medication_order(entry.resource_type)) {
      explain_order(*entry.resource, shelf, as_of, knowledge);
      any = true;
    }
  return any || refuse({"no-orders", "the Bundle holds no medication order"});
}

}  // namespace

int explain(const ExplainOptions& options) {
  const auto as_of = day_or_today(options.as_of);
  if (!as_of) return complain(wrong_usage, "`--as-of " + options.as_of + "` is no day: write it as YYYY-MM-DD");
  std::string directory = options.knowledge;
  if (!options.config.empty()) {
    const auto config = read_config(options.config);
    if (!config) return complain(config.error());
    directory = config->knowledge_directory;
  }
  const auto knowledge = knowledge_in_force(directory);
  if (!knowledge) return complain(knowledge.error());
  bool fine = true;
  const auto one = [&](std::string text) {
    const auto document = json::parse(std::move(text));
    fine = (document ? explain_resource(document->root(), *as_of, **knowledge) : refuse(document.error())) && fine;
  };
  for (const std::string& file : options.files) {
    auto text = read_input(file);
    if (!text) return complain(text.error());
    // A whole resource may be spread over many lines; NDJSON has one on each.
    if (const auto whole = json::parse(*text)) {
      fine = explain_resource(whole->root(), *as_of, **knowledge) && fine;
      continue;
    }
    bool several = false;
    std::size_t from = 0;
    std::vector<std::string> lines;
    while (from < text->size()) {
      const std::size_t end = std::min(text->find('\n', from), text->size());
      std::string line = text->substr(from, end - from);
      if (line.ends_with('\r')) line.pop_back();
      if (line.find_first_not_of(" \t") != std::string::npos) lines.push_back(std::move(line));
      from = end + 1;
    }
    for (const std::string& line : lines) several = several || (lines.size() > 1 && json::parse(line).has_value());
    if (several)
      for (std::string& line : lines) one(std::move(line));
    else
      one(std::move(*text));
  }
  if (!flush()) return complain(unreachable, "standard output could not take the answers");
  return fine ? done : not_fine;
}

}  // namespace cofactor::service::cli
