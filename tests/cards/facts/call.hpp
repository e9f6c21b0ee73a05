// Promises: a call written as small JSON, read with the shipped knowledge: for the tests of
// cards/facts.
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>

#include "cards/facts/collect_facts.hpp"
#include "fhir/json/reader.hpp"

namespace cofactor::cards::testing {

inline const Knowledge& shipped_knowledge() {
  static const std::shared_ptr<const Knowledge> knowledge = [] {
    auto loaded = Knowledge::load(shipped_knowledge_files());
    if (!loaded) {
      for (const KnowledgeProblem& problem : loaded.error())
        ADD_FAILURE() << problem.file << " " << problem.pointer << " " << problem.text;
      throw std::runtime_error("the shipped knowledge does not load");
    }
    return *loaded;
  }();
  return *knowledge;
}

inline fhir::Day day(std::string_view text) { return *fhir::Day::read(text); }

/// A Bundle of resources given as JSON texts.
inline std::string bundle(std::initializer_list<std::string> resources) {
  std::string out = R"({"resourceType":"Bundle","entry":[)";
  for (const std::string& resource : resources)
    out += (out.ends_with('[') ? "" : ",") + ("{\"resource\":" + resource + "}");
  return out + "]}";
}
/// A medication order; `members` are added to it and may override nothing.
inline std::string order(std::string_view id, std::string_view words, std::string_view sig,
                         std::string_view members = R"("status":"draft")",
                         std::string_view patient = "pt-1",
                         std::string_view type = "MedicationRequest") {
  std::string out = R"({"resourceType":")" + std::string(type) + R"(","id":")" + std::string(id) +
                    R"(",)" + std::string(members);
  if (!patient.empty())
    out += R"(,"subject":{"reference":"Patient/)" + std::string(patient) + "\"}";
  out += R"(,"medicationCodeableConcept":{"text":")" + std::string(words) + "\"}";
  out += (type == "MedicationStatement" ? ",\"dosage\":[" : ",\"dosageInstruction\":[") +
         (R"({"text":")" + std::string(sig) + "\"}]}");
  return out;
}
inline std::string lab(std::string_view id, std::string_view loinc, std::string_view value,
                       std::string_view on = "2026-02-01", std::string_view status = "final",
                       std::string_view patient = "pt-1") {
  std::string out = R"({"resourceType":"Observation","id":")" + std::string(id) +
                    R"(","status":")" + std::string(status) +
                    R"(","code":{"coding":[{"system":"http://loinc.org","code":")" +
                    std::string(loinc) + R"("}]},)";
  if (!on.empty()) out += R"("effectiveDateTime":")" + std::string(on) + "\",";
  if (!value.empty()) out += std::string(value) + ",";
  return out + R"("subject":{"reference":"Patient/)" + std::string(patient) + "\"}}";
}
inline std::string quantity(std::string_view value, std::string_view unit) {
  return R"("valueQuantity":{"value":)" + std::string(value) +
         (unit.empty() ? "" : R"(,"unit":")" + std::string(unit) + "\"") + "}";
}

/// A call of 2026-03-01 about patient pt-1. Prefetch keys that are not set were not sent.
struct Call {
  std::string drafts = R"({"resourceType":"Bundle","entry":[]})";
  std::string patient{}, medications{}, statements{}, magnesium{}, vitamin_d{}, calcium_renal{},
      conditions{}, service_requests{}, encounter{};
  std::string medication_read{};  // by a call-back from `fhir_server`
  std::string hook = "order-sign", fhir_server = "https://ehr.example/fhir";
  std::optional<std::vector<std::string_view>> selections{};

  Facts facts() const {
    std::vector<json::Document> documents;
    documents.reserve(11);
    const auto value = [&](const std::string& text) -> const json::Value* {
      if (text.empty()) return nullptr;
      auto parsed = json::parse(text);
      EXPECT_TRUE(parsed) << text;
      if (!parsed) return nullptr;
      documents.push_back(std::move(*parsed));
      return &documents.back().root();
    };
    CallInput input;
    input.as_of = day("2026-03-01");
    input.hook = hook;
    input.patient_id = "pt-1";
    input.fhir_server = fhir_server;
    input.draft_orders = value(drafts);
    input.selections = selections;
    input.prefetch = {value(patient),    value(medications),      value(statements),
                      value(magnesium),  value(vitamin_d),        value(calcium_renal),
                      value(conditions), value(service_requests), value(encounter)};
    if (const json::Value* medication = value(medication_read)) input.medications.push_back(medication);
    return collect_facts(input, shipped_knowledge());
  }
};

inline const OrderFact& order_named(const Facts& facts, std::string_view reference,
                                    OrderRole role) {
  const auto found = std::find_if(
      facts.orders.begin(), facts.orders.end(),
      [&](const OrderFact& fact) { return fact.reference == reference && fact.role == role; });
  if (found == facts.orders.end()) throw std::runtime_error("no order " + std::string(reference));
  return *found;
}
inline bool has_issue(const Issues& issues, std::string_view code) {
  return std::any_of(issues.begin(), issues.end(),
                     [&](const Issue& issue) { return issue.code == code; });
}

}  // namespace cofactor::cards::testing
