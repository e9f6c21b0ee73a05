// Promises: the spellings that laboratories use for the concentrations and clearances that rules
// compare, told apart exactly; per-litre and per-millilitre synonyms share a reading only where
// they are the same number.
#include <algorithm>
#include <array>

#include "fhir/units/folded_text.hpp"
#include "fhir/units/ucum.hpp"

namespace cofactor::fhir {
namespace {

struct Spelling {
  std::string_view text;
  LabUnit unit;
};
// Folded, without spaces, dots, braces, brackets, underscores and carets. Sorted.
constexpr Spelling kSpellings[] = {
    {"%", LabUnit::other},
    {"g/dl", LabUnit::g_per_dl},
    {"g/l", LabUnit::g_per_l},
    {"gm/dl", LabUnit::g_per_dl},
    {"mcg/dl", LabUnit::ug_per_dl},
    {"mcg/l", LabUnit::ug_per_l},
    {"mcmol/l", LabUnit::umol_per_l},
    {"meq/l", LabUnit::meq_per_l},
    {"mg%", LabUnit::mg_per_dl},
    {"mg/100ml", LabUnit::mg_per_dl},
    {"mg/dl", LabUnit::mg_per_dl},
    {"mg/l", LabUnit::mg_per_l},
    {"micromol/l", LabUnit::umol_per_l},
    {"ml/min", LabUnit::ml_per_min},
    {"ml/min/173", LabUnit::ml_per_min_173},
    {"ml/min/173m2", LabUnit::ml_per_min_173},
    {"ml/min/173sqm", LabUnit::ml_per_min_173},
    {"ml/min/bsa", LabUnit::ml_per_min_173},
    {"ml/min/m2", LabUnit::other},
    {"ml/min/sa", LabUnit::ml_per_min_173},
    {"ml/min1", LabUnit::ml_per_min},
    {"mmol/l", LabUnit::mmol_per_l},
    {"mval/l", LabUnit::meq_per_l},
    {"ng/dl", LabUnit::ng_per_dl},
    {"ng/l", LabUnit::pg_per_ml},
    {"ng/ml", LabUnit::ng_per_ml},
    {"nmol/l", LabUnit::nmol_per_l},
    {"pg/ml", LabUnit::pg_per_ml},
    {"pmol/l", LabUnit::pmol_per_l},
    {"ug/dl", LabUnit::ug_per_dl},
    {"ug/l", LabUnit::ug_per_l},
    {"ug/ml", LabUnit::mg_per_l},
    {"umol/l", LabUnit::umol_per_l},
};
static_assert(std::is_sorted(std::begin(kSpellings), std::end(kSpellings),
                             [](const Spelling& a, const Spelling& b) { return a.text < b.text; }));

constexpr std::array<bool, 256> left_out = [] {
  std::array<bool, 256> table{};
  for (const char c : std::string_view(" .{}[]()_^*")) table[static_cast<unsigned char>(c)] = true;
  return table;
}();

LabUnit read_spelling(std::string_view words) {
  const FoldedText<64> folded(words);
  std::array<char, 64> plain;
  std::size_t size = 0;
  for (const char c : folded.text())
    if (!left_out[static_cast<unsigned char>(c)]) plain[size++] = c;
  const std::string_view text(plain.data(), size);
  if (text.empty()) return LabUnit::unknown;
  const auto* found =
      std::lower_bound(std::begin(kSpellings), std::end(kSpellings), text,
                       [](const Spelling& s, std::string_view t) { return s.text < t; });
  if (found != std::end(kSpellings) && found->text == text) return found->unit;
  return LabUnit::other;
}

bool same_number(LabUnit a, LabUnit b) {
  const auto per_litre = [](LabUnit u) { return u == LabUnit::ug_per_l ? LabUnit::ng_per_ml : u; };
  return per_litre(a) == per_litre(b);
}

}  // namespace

LabUnit read_lab_unit(std::string_view /*system*/, std::string_view code, std::string_view unit) {
  const LabUnit coded = read_spelling(code);
  const LabUnit worded = unit == code ? coded : read_spelling(unit);
  const auto readable = [](LabUnit u) { return u != LabUnit::unknown && u != LabUnit::other; };
  if (!readable(coded)) return readable(worded) || coded == LabUnit::unknown ? worded : coded;
  // Code and words that name different units: nobody can tell which one the number is in.
  if (readable(worded) && !same_number(coded, worded)) return LabUnit::unknown;
  return coded;
}

}  // namespace cofactor::fhir
