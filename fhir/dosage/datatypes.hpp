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

/// A number, or a string that holds one (with an Issue).
std::optional<Decimal> read_decimal(const json::Value& parent, std::string_view name,
                                    const json::ElementPath& at, Issues& issues);
Coding read_coding(const json::Value& element, const json::ElementPath& at, Issues& issues);
/// A list of concepts, of R5 CodeableReferences, or one of them alone.
std::vector<CodeableConcept> read_concepts(const json::Value& parent, std::string_view name,
                                           const json::ElementPath& at, Issues& issues);
std::optional<Quantity> read_quantity_member(const json::Value& parent, std::string_view name,
                                             const json::ElementPath& at, Issues& issues);
std::optional<Range> read_range_member(const json::Value& parent, std::string_view name,
                                       const json::ElementPath& at, Issues& issues);
std::optional<Ratio> read_ratio(const json::Value& element, const json::ElementPath& at,
                                Issues& issues);

}  // namespace cofactor::fhir
