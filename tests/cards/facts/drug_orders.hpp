// Promises: small medication orders for tests, built in code; texts must outlive them.
#pragma once
#include <string>
#include <string_view>

#include "cards/facts/identify_drug.hpp"

namespace cofactor::cards::testing_orders {

inline const Knowledge& shipped() {
  static const auto knowledge = Knowledge::load(shipped_knowledge_files());
  return **knowledge;
}

inline fhir::Coding coding(fhir::CodeSystem system, std::string_view code, std::string_view display = {}) {
  fhir::Coding c;
  c.known = system;
  c.code = code;
  c.display = display;
  return c;
}
inline fhir::MedicationRequest text_order(std::string_view text) {
  fhir::MedicationRequest order;
  order.medication.text = text;
  return order;
}
inline fhir::MedicationRequest code_order(fhir::CodeSystem system, std::string_view code, std::string_view display = {}) {
  fhir::MedicationRequest order;
  order.medication.codings.push_back(coding(system, code, display));
  return order;
}
inline DrugReading identify(const fhir::MedicationRequest& order, Issues* issues = nullptr) {
  static const json::ElementPath at{nullptr, "MedicationRequest", -1};
  Issues own;
  return identify_drug(order, shipped(), at, issues ? *issues : own);
}
inline bool has_issue(const Issues& issues, std::string_view code) {
  for (const Issue& issue : issues)
    if (issue.code == code) return true;
  return false;
}
/// "cholecalciferol=vitamin-d-nutritional; ..." in order.
inline std::string ingredients(const DrugReading& reading) {
  std::string text;
  for (const auto& i : reading.ingredients) text += (text.empty() ? "" : "; ") + i.name + "=" + std::string(name_of(i.drug_class));
  return text;
}
/// "5000/dose-unit", "8000/mL", or "-".
inline std::string strength(const DrugReading& reading) {
  if (!reading.vitamin_d_strength) return "-";
  const auto& s = *reading.vitamin_d_strength;
  const double iu = s.in == fhir::ProductStrength::In::microgram ? s.amount * 40 : s.amount;
  constexpr std::string_view per[] = {"dose-unit", "mL", "drop", "g"};
  return std::to_string(static_cast<long>(iu + 0.5)) + "/" + std::string(per[static_cast<int>(s.per)]);
}

}  // namespace cofactor::cards::testing_orders
