// Promises: whether a code can be one of its system at all (check digits), and codes in the one spelling that
// tables are keyed by. Pure.
#pragma once
#include <array>
#include <cstddef>
#include <string_view>

#include "fhir/codes/coding.hpp"

namespace cofactor::cards {

bool snomed_check_digit(std::string_view code);  ///< 6 to 18 digits, Verhoeff
bool loinc_check_digit(std::string_view code);   ///< digits, hyphen, one mod-10 digit

/// A code as the tables spell it: NDC as 11 digits without hyphens, ICD-10-CM without dot, ATC and ICD in
/// upper case, all else as it is. Empty when it cannot be a code of the system.
class PlainCode {
 public:
  PlainCode(fhir::CodeSystem system, std::string_view code);
  std::string_view view() const { return {letters_.data(), size_}; }

 private:
  void put(char c);
  void put_ndc(std::string_view code);
  std::array<char, 32> letters_{};
  std::size_t size_ = 0;
};

}  // namespace cofactor::cards
