// Promises: reads CodeableConcept, Quantity, Range and Ratio elements leniently; see dosage.hpp.
#include "fhir/dosage/datatypes.hpp"

#include "fhir/dosage/dosage.hpp"
#include "fhir/json/members.hpp"

namespace cofactor::fhir {

std::optional<Decimal> decimal_of(const json::Value& member, std::string_view name,
                                  const json::ElementPath& at, Issues& issues) {
  if (member.is_null()) return std::nullopt;
  if (!member.is_number()) json::wrong_type(at, name, issues);
  std::optional<Decimal> decimal =
      Decimal::read(member.is_number() ? member.number_text() : member.string());
  if (!decimal && (member.is_number() || member.is_string()))
    issues.push_back({Severity::warning, "number-unreadable",
                      json::ElementPath{&at, name, -1}.text(),
                      "the number cannot be read exactly enough"});
  return decimal;
}

CodeableConcept read_concept(const json::Value& element, const json::ElementPath& at,
                             Issues& issues) {
  CodeableConcept out;
  if (element.is_null()) return out;
  if (!element.is_object()) {
    issues.push_back(
        {Severity::warning, "wrong-type", at.text(), "the value has the wrong JSON type"});
    return out;
  }
  out.text = json::string_member(element, "text", at, issues);
  if (const json::Value* list = element.find("coding"); list != nullptr)
    out.codings.reserve(list->items().size());
  json::each_member(
      element, "coding", at, issues, [&](const json::Value& item, const json::ElementPath& here) {
        if (!item.is_object()) {
          issues.push_back(
              {Severity::warning, "wrong-type", here.text(), "the value has the wrong JSON type"});
          return;
        }
        Coding coding = read_coding(item, here, issues);
        if (!coding.code.empty() || !coding.display.empty()) out.codings.push_back(coding);
      });
  return out;
}

Coding read_coding(const json::Value& element, const json::ElementPath& at, Issues& issues) {
  Coding coding;
  coding.system = json::string_member(element, "system", at, issues);
  coding.code = json::token_member(element, "code", at, issues);
  coding.display = json::string_member(element, "display", at, issues);
  coding.known = code_system(coding.system);
  return coding;
}

std::vector<CodeableConcept> concepts_of(const json::Value& parent, std::string_view name,
                                         const json::ElementPath& at, Issues& issues) {
  std::vector<CodeableConcept> out;
  json::each_member(
      parent, name, at, issues, [&](const json::Value& item, const json::ElementPath& here) {
        // R5 CodeableReference: the concept stands one level down.
        CodeableConcept read =
            read_concept(item.find("concept") != nullptr ? item["concept"] : item, here, issues);
        if (!read.empty()) out.push_back(std::move(read));
      });
  return out;
}

std::optional<Quantity> read_quantity(const json::Value& element, const json::ElementPath& at,
                                      Issues& issues) {
  if (element.is_null()) return std::nullopt;
  if (!element.is_object()) {
    issues.push_back(
        {Severity::warning, "wrong-type", at.text(), "the value has the wrong JSON type"});
    return std::nullopt;
  }
  if (element.members().empty()) return std::nullopt;
  Quantity out;
  out.value = read_decimal(element, "value", at, issues);
  out.comparator = json::string_member(element, "comparator", at, issues);
  out.unit = json::string_member(element, "unit", at, issues);
  if (out.unit.empty()) out.unit = json::string_member(element, "units", at, issues);  // DSTU1
  out.system = json::string_member(element, "system", at, issues);
  out.code = json::token_member(element, "code", at, issues);
  return out;
}

std::optional<Range> range_of(const json::Value& member, std::string_view name,
                              const json::ElementPath& at, Issues& issues) {
  const json::Value* found = json::object_of(member, name, at, issues);
  if (found == nullptr) return std::nullopt;
  const json::ElementPath here{&at, name, -1};
  Range out{read_quantity_member(*found, "low", here, issues),
            read_quantity_member(*found, "high", here, issues)};
  return out.low || out.high ? std::optional(std::move(out)) : std::nullopt;
}

std::optional<Ratio> read_ratio(const json::Value& element, const json::ElementPath& at,
                                Issues& issues) {
  if (element.is_null()) return std::nullopt;
  if (!element.is_object()) {
    issues.push_back(
        {Severity::warning, "wrong-type", at.text(), "the value has the wrong JSON type"});
    return std::nullopt;
  }
  Ratio out{read_quantity_member(element, "numerator", at, issues),
            read_quantity_member(element, "denominator", at, issues)};
  return out.numerator || out.denominator ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace cofactor::fhir
