// Promises: FHIR Quantity, Range and Ratio as read, before any unit is understood (ucum.hpp does that).
#pragma once
#include <optional>
#include <string_view>

#include "fhir/codes/coding.hpp"
#include "fhir/units/decimal.hpp"

namespace cofactor::fhir {

struct Quantity {
  std::optional<Decimal> value;
  std::string_view comparator;  ///< "", "<", "<=", ">=", ">", or what was written
  std::string_view unit;        ///< human words
  std::string_view system;
  std::string_view code;
};
struct Range {
  std::optional<Quantity> low, high;
};
struct Ratio {
  std::optional<Quantity> numerator, denominator;
};

}  // namespace cofactor::fhir
