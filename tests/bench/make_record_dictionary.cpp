// Promises: the dictionary for compressing audit records, trained on the contents that the vignettes and the example
// requests leave behind, with every id and date drawn anew so that it fits no single patient. Run from the root:
//   build/<preset>/tests/bench/make_record_dictionary cds-service/audit/record_dictionary.bin
// A store keeps every dictionary it was written with, so a new one can be made at any release.
#include <zdict.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <regex>

#include "cards/facts/facts_json.hpp"
#include "cards/rendering/card_json.hpp"
#include "cds-service/audit/uuid_bytes.hpp"
#include "cds-service/hooks/decision_record.hpp"
#include "cds-service/hooks/evaluate_call.hpp"
#include "synthetic_content.hpp"

namespace {

using namespace cofactor;
using namespace cofactor::service;

constexpr std::size_t dictionary_bytes = 16u << 10;
constexpr int copies_of_a_request = 60, copies_of_a_vignette = 4;

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class Samples {
 public:
  void add_request(const std::string& body) {
    const auto request = hooks::read_hook_request(body, "", {});
    if (!request) throw std::runtime_error(request.error().text);
    const auto context = new_context();
    add(*request, hooks::evaluate_call(*request, *knowledge_, fhir::Day::read("2026-03-01").value(),
                                       {client_.on_missing_data, context.source_url}, context.decision, hooks::fresh_uuid),
        context);
  }

  void add_facts(const json::Value& facts) {
    const auto context = new_context();
    hooks::HookRequest request;
    request.hook = "order-sign";
    request.user_id = "Practitioner/1";
    request.patient_id = "synthetic";
    request.draft_orders = &json::absent;
    hooks::CallResult result;
    result.facts = cards::read_facts(facts).value();
    result.evaluation = cards::evaluate(result.facts, *knowledge_);
    cards::assign_uuids(result.evaluation, hooks::fresh_uuid);
    cards::RenderContext render;
    render.source_url = context.source_url;
    render.decision = context.decision;
    render.knowledge_revision = knowledge_->revision();
    render.patient_id = request.patient_id;
    render.user_reference = request.user_id;
    render.as_of = result.facts.as_of;
    result.response = cards::response_json(result.evaluation, *knowledge_, render);
    add(request, result, context);
  }

  std::string train() const {
    std::string joined;
    std::vector<std::size_t> sizes;
    for (const auto& text : texts_) {
      joined += text;
      sizes.push_back(text.size());
    }
    std::string dictionary(dictionary_bytes, '\0');
    const auto size = ZDICT_trainFromBuffer(dictionary.data(), dictionary.size(), joined.data(), sizes.data(),
                                            static_cast<unsigned>(sizes.size()));
    if (ZDICT_isError(size)) throw std::runtime_error(ZDICT_getErrorName(size));
    dictionary.resize(size);
    return dictionary;
  }
  std::size_t count() const { return texts_.size(); }

 private:
  hooks::RecordContext new_context() {
    hooks::RecordContext context;
    context.decision = audit::time_ordered_uuid(1'772'400'000'000);
    context.client = &client_;
    context.scope = client_.name;
    context.source_url = "http://127.0.0.1:8080";
    return context;
  }

  void add(const hooks::HookRequest& request, const hooks::CallResult& result, const hooks::RecordContext& context) {
    texts_.push_back(drawn_anew(hooks::decision_record(request, result, *knowledge_, context).content));
  }

  /// Ids of resources and dates by chance; what stands between them is what records have in common.
  std::string drawn_anew(const std::string& content) {
    static const std::regex drawn(R"((MedicationRequest|MedicationStatement|Observation|Condition|Encounter|Practitioner|ServiceRequest)/[A-Za-z0-9.\-]+|20\d\d-\d\d-\d\d)");
    std::string text;
    std::size_t at = 0;
    for (auto it = std::sregex_iterator(content.begin(), content.end(), drawn); it != std::sregex_iterator(); ++it) {
      text.append(content, at, static_cast<std::size_t>(it->position()) - at);
      if (const auto type = (*it)[1].str(); !type.empty()) {
        text += type + "/" + (number(0, 1) == 0 ? chance_.uuid() : chance_.digits(number(4, 9)));
      } else {
        text += "202" + std::to_string(number(3, 6)) + "-0" + std::to_string(number(1, 9)) + "-" + std::to_string(number(10, 28));
      }
      at = static_cast<std::size_t>(it->position() + it->length());
    }
    return text.append(content, at);
  }
  int number(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }

  std::shared_ptr<const cards::Knowledge> knowledge_ = *cards::Knowledge::load(cards::shipped_knowledge_files());
  ClientConfig client_{};
  bench::SyntheticContent chance_{5};
  std::mt19937 random_{5};
  std::vector<std::string> texts_;
};

}  // namespace

int main(int count, char** arguments) try {
  if (count != 2) throw std::runtime_error("say where to write the dictionary");
  Samples samples;
  for (const auto& file : std::filesystem::directory_iterator("deploy/examples")) {
    if (file.path().extension() != ".json") continue;
    for (int i = 0; i < copies_of_a_request; ++i) samples.add_request(text_of(file.path()));
  }
  for (const auto& file : std::filesystem::recursive_directory_iterator("tests/vignettes")) {
    if (file.path().extension() != ".json") continue;
    const auto vignette = json::parse(text_of(file.path()));
    if (!vignette || !vignette->root()["facts"].is_object()) continue;
    for (int i = 0; i < copies_of_a_vignette; ++i) samples.add_facts(vignette->root()["facts"]);
  }
  const auto dictionary = samples.train();
  std::ofstream(arguments[1], std::ios::binary) << dictionary;
  std::cerr << samples.count() << " records, dictionary of " << dictionary.size() << " bytes\n";
  return 0;
} catch (const std::exception& error) {
  std::cerr << "make_record_dictionary: " << error.what() << "\n";
  return 1;
}
