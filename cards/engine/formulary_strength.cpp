// Promises: see formulary_strength.hpp. RxNorm's own tokens first, then the spellings that dose quantities use.
#include "cards/engine/formulary_strength.hpp"

#include <algorithm>
#include <charconv>
#include <string>

#include "cards/engine/read_tables.hpp"
#include "fhir/units/ucum.hpp"

namespace cofactor::cards {
namespace {
using fhir::UnitKind;
using Per = fhir::ProductStrength::Per;

std::string lower(std::string_view text) {
  std::string out(trimmed(text));
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

bool read_amount(std::string text, StrengthUnit& unit) {
  for (const std::string_view word : {"elemental ", " elemental"})
    if (const std::size_t at = text.find(word); at != std::string::npos) {
      text.erase(at, word.size());
      unit.elemental = true;
    }
  if (text == "unt" || text == "usp units") {
    unit.what = StrengthUnit::What::iu;
    return true;
  }
  const fhir::UnitReading read = fhir::read_unit({}, {}, text);
  unit.factor = read.factor;
  switch (read.kind) {
    case UnitKind::iu:
    case UnitKind::ambiguous:  // a product's strength in "units": nothing else in the tables is counted so
      unit.what = StrengthUnit::What::iu;
      return true;
    case UnitKind::mass:
      unit.what = StrengthUnit::What::microgram;
      return true;
    case UnitKind::amount:
    case UnitKind::equivalents:
      return true;
    case UnitKind::unknown:
    case UnitKind::volume:
    case UnitKind::dose_form:
    case UnitKind::drop:
    case UnitKind::spray:
    case UnitKind::time:
      return false;
  }
  return false;
}

/// What stands behind the slash: "mL", "5 mL", "drop", "actuat", "tablet".
bool read_per(const std::string& text, StrengthUnit& unit) {
  double parts = 1;
  std::string_view rest = text;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), parts);
  if (error == std::errc()) rest.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (error != std::errc()) parts = 1;
  rest = trimmed(rest);
  unit.says_per = true;
  if (!(parts > 0)) return false;
  unit.factor /= parts;
  if (rest == "actuat" || rest == "actuation" || rest == "dose" || rest == "each" || rest == "unit") return true;
  const fhir::UnitReading read = fhir::read_unit({}, {}, rest);
  switch (read.kind) {
    case UnitKind::volume:
      unit.per = Per::millilitre;
      unit.factor /= read.factor;
      return true;
    case UnitKind::mass:
      unit.per = Per::gram;
      unit.factor /= read.factor / 1e6;
      return true;
    case UnitKind::drop:
      unit.per = Per::drop;
      return true;
    case UnitKind::dose_form:
    case UnitKind::spray:
      return true;
    case UnitKind::unknown:
    case UnitKind::iu:
    case UnitKind::amount:
    case UnitKind::equivalents:
    case UnitKind::time:
    case UnitKind::ambiguous:
      return false;
  }
  return false;
}

}  // namespace

std::optional<StrengthUnit> read_strength_unit(std::string_view text) {
  const std::string plain = lower(text);
  const std::size_t slash = std::min(plain.find('/'), plain.size());
  StrengthUnit unit;
  if (!read_amount(std::string(trimmed(plain.substr(0, slash))), unit)) return std::nullopt;
  if (slash < plain.size() && !read_per(std::string(trimmed(std::string_view(plain).substr(slash + 1))), unit)) return std::nullopt;
  return unit;
}

std::optional<double> read_strength_number(std::string_view text) {
  std::string digits;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool grouped = text[i] == ',' && i > 0 && i + 3 < text.size() && (i + 4 == text.size() || text[i + 4] == ',' || text[i + 4] == '.');
    if (!grouped) digits.push_back(text[i]);
  }
  return positive_number(digits);
}

bool is_liquid_form(std::string_view form) {
  const TextWords words(form);
  bool poured = false;
  for (std::size_t i = 0; i < words.count(); ++i) {
    const std::string_view word = words.span(i, 1);
    for (const std::string_view portion : {"ampoule", "ampule", "vial", "cup", "sachet", "packet", "syringe", "spray", "capsule"})
      if (word == portion) return false;
    for (const std::string_view poured_form : {"solution", "suspension", "liquid", "drops", "drop", "syrup", "elixir", "emulsion"})
      poured = poured || word == poured_form;
  }
  return poured;
}

}  // namespace cofactor::cards
