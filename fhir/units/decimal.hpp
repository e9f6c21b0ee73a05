// Promises: a FHIR decimal that keeps its text (precision is meaning) beside its nearest double.
#pragma once
#include <optional>
#include <string_view>

namespace cofactor::fhir {

struct Decimal {
  std::string_view text;  ///< as written: "1.50"; where it was read from
  double value = 0;    ///< nearest double; finite

  /// From JSON number text or from a string with a plain decimal number; nullopt when it is neither or not finite.
  static std::optional<Decimal> read(std::string_view text);
  bool operator==(const Decimal&) const = default;
};

}  // namespace cofactor::fhir
