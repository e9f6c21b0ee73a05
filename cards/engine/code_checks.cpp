// Promises: the check-digit algorithms of SNOMED CT and LOINC, and NDC in its 5-4-2 form.
#include "cards/engine/code_checks.hpp"

#include <algorithm>
#include <cstdint>

namespace cofactor::cards {
namespace {
constexpr std::array<std::array<std::uint8_t, 10>, 10> dihedral{{{0, 1, 2, 3, 4, 5, 6, 7, 8, 9},
                                                                 {1, 2, 3, 4, 0, 6, 7, 8, 9, 5},
                                                                 {2, 3, 4, 0, 1, 7, 8, 9, 5, 6},
                                                                 {3, 4, 0, 1, 2, 8, 9, 5, 6, 7},
                                                                 {4, 0, 1, 2, 3, 9, 5, 6, 7, 8},
                                                                 {5, 9, 8, 7, 6, 0, 4, 3, 2, 1},
                                                                 {6, 5, 9, 8, 7, 1, 0, 4, 3, 2},
                                                                 {7, 6, 5, 9, 8, 2, 1, 0, 4, 3},
                                                                 {8, 7, 6, 5, 9, 3, 2, 1, 0, 4},
                                                                 {9, 8, 7, 6, 5, 4, 3, 2, 1, 0}}};
constexpr std::array<std::array<std::uint8_t, 10>, 8> permutation{{{0, 1, 2, 3, 4, 5, 6, 7, 8, 9},
                                                                   {1, 5, 7, 6, 2, 8, 3, 0, 9, 4},
                                                                   {5, 8, 0, 3, 7, 9, 6, 1, 4, 2},
                                                                   {8, 9, 1, 6, 0, 4, 3, 5, 2, 7},
                                                                   {9, 4, 5, 3, 1, 2, 6, 8, 7, 0},
                                                                   {4, 2, 8, 6, 5, 7, 3, 9, 0, 1},
                                                                   {2, 7, 9, 3, 8, 0, 6, 4, 1, 5},
                                                                   {7, 0, 4, 6, 9, 1, 3, 2, 5, 8}}};
bool digit(char c) { return c >= '0' && c <= '9'; }
bool all_digits(std::string_view text) {
  for (char c : text)
    if (!digit(c)) return false;
  return !text.empty();
}
}  // namespace

bool snomed_check_digit(std::string_view code) {
  if (code.size() < 6 || code.size() > 18 || !all_digits(code) || code[0] == '0') return false;
  std::uint8_t check = 0;
  for (std::size_t i = 0; i < code.size(); ++i) {
    const auto d = static_cast<std::size_t>(code[code.size() - 1 - i] - '0');
    check = dihedral[check][permutation[i % 8][d]];
  }
  return check == 0;
}

bool loinc_check_digit(std::string_view code) {
  if (code.size() < 3 || code[code.size() - 2] != '-' || !digit(code.back())) return false;
  const std::string_view body = code.substr(0, code.size() - 2);
  if (!all_digits(body)) return false;
  int sum = 0;
  for (std::size_t i = 0; i < body.size(); ++i) {
    int d = body[body.size() - 1 - i] - '0';
    if (i % 2 == 0) {
      d *= 2;
      if (d > 9) d -= 9;
    }
    sum += d;
  }
  return (10 - sum % 10) % 10 == code.back() - '0';
}

void PlainCode::put(char c) {
  if (size_ < letters_.size()) letters_[size_] = c;
  ++size_;
}

/// 4-4-2, 5-3-2 and 5-4-1 with hyphens are padded to 5-4-2; labeler-product (two parts) to 5-4; 11 digits stand.
void PlainCode::put_ndc(std::string_view code) {
  std::array<std::string_view, 3> parts{};
  std::size_t count = 0;
  for (std::size_t from = 0; from <= code.size();) {
    const std::size_t hyphen = std::min(code.find('-', from), code.size());
    if (count == parts.size()) return;
    parts[count++] = code.substr(from, hyphen - from);
    from = hyphen + 1;
  }
  for (std::size_t i = 0; i < count; ++i)
    if (!all_digits(parts[i])) return;
  if (count == 1) {
    if (code.size() == 11 || code.size() == 9)
      for (char c : code) put(c);
    return;
  }
  constexpr std::array<std::size_t, 3> widths{5, 4, 2};
  for (std::size_t i = 0; i < count; ++i)
    if (parts[i].size() > widths[i]) return;
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t pad = parts[i].size(); pad < widths[i]; ++pad) put('0');
    for (char c : parts[i]) put(c);
  }
}

PlainCode::PlainCode(fhir::CodeSystem system, std::string_view code) {
  if (system == fhir::CodeSystem::ndc) {
    put_ndc(code);
  } else {
    const bool icd = system == fhir::CodeSystem::icd10cm;
    const bool upper = icd || system == fhir::CodeSystem::atc;
    for (char c : code) {
      if (icd && c == '.') continue;
      put(upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
    }
  }
  if (size_ > letters_.size()) size_ = 0;
}

std::string_view plain_system(std::string_view system) {
  system = system.substr(0, system.find('|'));
  for (const std::string_view scheme : {"http://", "https://", "urn:oid:"}) {
    if (!same_letters(scheme, system.substr(0, scheme.size()))) continue;
    system.remove_prefix(scheme.size());
    break;
  }
  while (system.ends_with('/')) system.remove_suffix(1);
  return system;
}

bool same_letters(std::string_view lower_case, std::string_view text) {
  return std::equal(lower_case.begin(), lower_case.end(), text.begin(), text.end(),
                    [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b - 'A' + 'a') : b); });
}

LocalCode::LocalCode(std::string_view plain_system, std::string_view code) : view_(code) {
  if (plain_system == medi_span_ddid && all_digits(code)) {
    while (view_.size() > 1 && view_[0] == '0') view_.remove_prefix(1);
  } else if (plain_system == medi_span_gpi && code.size() <= letters_.size()) {
    const auto end = std::copy_if(code.begin(), code.end(), letters_.begin(), [](char c) { return c != '-'; });
    view_ = {letters_.data(), static_cast<std::size_t>(end - letters_.begin())};
  }
}

}  // namespace cofactor::cards
