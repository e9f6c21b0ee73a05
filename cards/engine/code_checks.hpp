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

/// The name of a code system that Cofactor has no short name for: without version, scheme and closing slash.
std::string_view plain_system(std::string_view system);
bool same_letters(std::string_view lower_case, std::string_view text);  ///< whatever the case of `text`

/// Medi-Span's drug descriptor (MDDID) and generic product identifier (GPI), as systems without `urn:oid:`.
inline constexpr std::string_view medi_span_ddid = "2.16.840.1.113883.6.253";
inline constexpr std::string_view medi_span_gpi = "2.16.840.1.113883.6.68";

/// A code of such a system as the tables spell it: a GPI without hyphens, an MDDID without leading zeros, all else as
/// it is. Views the code, or itself.
class LocalCode {
 public:
  LocalCode(std::string_view plain_system, std::string_view code);
  LocalCode(const LocalCode&) = delete;
  LocalCode& operator=(const LocalCode&) = delete;
  std::string_view view() const { return view_; }

 private:
  std::array<char, 32> letters_;
  std::string_view view_;
};

}  // namespace cofactor::cards
