// Promises: readers of the FHIR data types that resources and dosages share. Lenient: what has the
// wrong shape becomes an Issue and is left empty. Private to fhir/; views point into the parsed
// request.
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "fhir/codes/coding.hpp"
#include "fhir/issue.hpp"
#include "fhir/json/element_path.hpp"
#include "fhir/json/value.hpp"
#include "fhir/units/quantity.hpp"

namespace cofactor::fhir {

// A member that is there; each has its inline question below, which costs nothing where it is not.
std::optional<Decimal> decimal_of(const json::Value& member, std::string_view name, const json::ElementPath& at,
                                  Issues& issues);
std::optional<Range> range_of(const json::Value& member, std::string_view name, const json::ElementPath& at,
                              Issues& issues);
std::vector<CodeableConcept> concepts_of(const json::Value& parent, std::string_view name,
                                         const json::ElementPath& at, Issues& issues);

/// A number, or a string that holds one (with an Issue).
inline std::optional<Decimal> read_decimal(const json::Value& parent, std::string_view name,
                                           const json::ElementPath& at, Issues& issues) {
  const json::Value* found = parent.find(name);
  return found != nullptr ? decimal_of(*found, name, at, issues) : std::nullopt;
}
Coding read_coding(const json::Value& element, const json::ElementPath& at, Issues& issues);
CodeableConcept read_concept(const json::Value& element, const json::ElementPath& at, Issues& issues);
/// Empty when absent.
inline CodeableConcept concept_member(const json::Value& parent, std::string_view name,
                                      const json::ElementPath& at, Issues& issues) {
  const json::Value* found = parent.find(name);
  return found != nullptr ? read_concept(*found, json::ElementPath{&at, name, -1}, issues) : CodeableConcept{};
}
/// A list of concepts, of R5 CodeableReferences, or one of them alone.
inline std::vector<CodeableConcept> read_concepts(const json::Value& parent, std::string_view name,
                                                  const json::ElementPath& at, Issues& issues) {
  return parent.find(name) != nullptr ? concepts_of(parent, name, at, issues) : std::vector<CodeableConcept>();
}
std::optional<Quantity> read_quantity(const json::Value& element, const json::ElementPath& at, Issues& issues);
inline std::optional<Quantity> read_quantity_member(const json::Value& parent, std::string_view name,
                                                    const json::ElementPath& at, Issues& issues) {
  const json::Value* found = parent.find(name);
  return found != nullptr ? read_quantity(*found, json::ElementPath{&at, name, -1}, issues) : std::nullopt;
}
inline std::optional<Range> read_range_member(const json::Value& parent, std::string_view name,
                                              const json::ElementPath& at, Issues& issues) {
  const json::Value* found = parent.find(name);
  return found != nullptr ? range_of(*found, name, at, issues) : std::nullopt;
}
std::optional<Ratio> read_ratio(const json::Value& element, const json::ElementPath& at,
                                Issues& issues);

}  // namespace cofactor::fhir
