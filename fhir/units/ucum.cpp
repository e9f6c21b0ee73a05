// Promises: unit codes first (UCUM case-sensitively, then as careless writers spell it; SNOMED CT
// units of presentation; HL7 orderable drug forms), then words. A code and words that contradict
// each other by kind or by factor are unknown: a thousandfold error hides exactly there.
#include "fhir/units/ucum.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "fhir/codes/coding.hpp"
#include "fhir/units/folded_text.hpp"
#include "fhir/units/unit_words.hpp"

namespace cofactor::fhir {
namespace {

struct Code {
  std::string_view code;
  UnitReading reading;
};

// UCUM as written. Annotations are dimensionless: {unit} says IU only when the product text does.
constexpr Code kUcum[] = {
    {"s", {UnitKind::time, 1.0 / 86400}},  {"[iU]", {UnitKind::iu, 1}},
    {"[IU]", {UnitKind::iu, 1}},           {"[USP'U]", {UnitKind::iu, 1}},
    {"k[iU]", {UnitKind::iu, 1e3}},        {"k[IU]", {UnitKind::iu, 1e3}},
    {"M[iU]", {UnitKind::iu, 1e6}},        {"M[IU]", {UnitKind::iu, 1e6}},
    {"[arb'U]", {UnitKind::ambiguous, 1}}, {"U", {UnitKind::ambiguous, 1}},
    {"{unit}", {UnitKind::ambiguous, 1}},  {"{units}", {UnitKind::ambiguous, 1}},
    {"{Unit}", {UnitKind::ambiguous, 1}},  {"{Units}", {UnitKind::ambiguous, 1}},
    {"kg", {UnitKind::mass, 1e9}},         {"dL", {UnitKind::volume, 100}},
    {"uL", {UnitKind::volume, 1e-3}},      {"[drp]", {UnitKind::drop, 1}},
    {"1", {UnitKind::dose_form, 1}},       {"[tsp_us]", {UnitKind::volume, 5}},
    {"[tbs_us]", {UnitKind::volume, 15}},  {"eq", {UnitKind::equivalents, 1e3}},
    {"mol", {UnitKind::amount, 1e3}},
};
// SNOMED CT: unit of presentation, and the dose form and "unit of product usage" concepts seen in
// its place.
constexpr Code kSnomed[] = {
    {"732936001", {UnitKind::dose_form, 1}}, {"732937005", {UnitKind::dose_form, 1}},
    {"385055001", {UnitKind::dose_form, 1}}, {"385049006", {UnitKind::dose_form, 1}},
    {"428673006", {UnitKind::dose_form, 1}}, {"428641000", {UnitKind::dose_form, 1}},
    {"732994000", {UnitKind::drop, 1}},
};
constexpr std::string_view kDrugForm = "v3-orderableDrugForm";

const UnitReading* find(std::span<const Code> codes, std::string_view code) {
  for (const Code& known : codes)
    if (known.code == code) return &known.reading;
  return nullptr;
}

/// "International Units" -> iu; "MCG (1000 UT)" -> mcg; "k IU" and "lakh IU" carry their
/// multiplier.
UnitReading read_words(std::string_view words) {
  const FoldedText<96> folded(words);
  if (folded.too_long()) return {};
  std::array<char, 96> plain;
  std::size_t size = 0;
  for (const char c : folded.text()) {
    if (c == '[' && size > 0 && plain[size - 1] != ' ') return {};  // "m[iU]"
    if (c == '(' || c == '[') {
      if (size > 0) break;  // what stands in brackets repeats; "[iU]" alone keeps its content
      continue;
    }
    if (c == '.' || c == '{' || c == '}' || c == ']' || c == ')') continue;
    const char kept = c == '\t' || c == '_' ? ' ' : c;
    if (kept == ' ' && (size == 0 || plain[size - 1] == ' ')) continue;
    plain[size++] = kept;
  }
  while (size > 0 && plain[size - 1] == ' ') --size;
  std::string_view text(plain.data(), size);
  if (text == "1") return {UnitKind::dose_form, 1};
  if (text == "k") return {UnitKind::iu, 1e3};
  double multiplier = 1;
  const auto take = [&](std::string_view prefix, double times) {
    if (!text.starts_with(prefix)) return;
    text.remove_prefix(prefix.size());
    multiplier *= times;
  };
  take("k ", 1e3);
  take("thousand ", 1e3);
  take("m iu", 1e6);
  if (text.empty() && multiplier > 1) return {UnitKind::iu, multiplier};
  take("million ", 1e6);
  take("l ", 1e5);
  take("lac ", 1e5);
  take("lakh ", 1e5);
  for (const std::string_view prefix :
       {"international ", "internationale ", "intl ", "int ", "usp "})
    take(prefix, 1);
  UnitReading reading = unit_word(text);
  if (reading.kind != UnitKind::iu && multiplier > 1) return {};
  reading.factor *= multiplier;
  return reading;
}

UnitReading read_code(CodeSystem system, std::string_view system_text, std::string_view code) {
  if (code.empty()) return {};
  if (system == CodeSystem::snomed) {
    const auto* known = find(kSnomed, code);
    return known != nullptr ? *known : UnitReading{};
  }
  if (system == CodeSystem::ucum) {
    if (const auto* known = find(kUcum, code)) return *known;
    // An expression is not its first unit: `u[iU]` is a millionth, `ug(8.h)` and `g.m` are others.
    if (code.find_first_of("/*^(") != std::string_view::npos || code.find('[', 1) != code.npos)
      return {};
    const UnitReading words = read_words(code);
    return words.kind != UnitKind::iu && code.find('.') != code.npos ? UnitReading{} : words;
  }
  if (system_text.empty() || system_text.find(kDrugForm) != std::string_view::npos) {
    if (const auto* known = find(kUcum, code); known != nullptr && code != "U") return *known;
    if (const UnitReading words = read_words(code); words.kind != UnitKind::unknown) return words;
    return !system_text.empty() && code.starts_with("GTT") ? UnitReading{UnitKind::drop, 1}
                                                           : UnitReading{};
  }
  return {};  // a site's own code system: its words are read, not its codes
}

/// "IU", "international units": words that leave no doubt about what an ambiguous `{unit}` counts.
bool says_international(std::string_view words) {
  return words.starts_with('i') || words.starts_with('I');
}

bool is_measured(UnitKind kind) {
  return kind == UnitKind::iu || kind == UnitKind::mass || kind == UnitKind::volume ||
         kind == UnitKind::amount || kind == UnitKind::equivalents;
}

}  // namespace

UnitReading read_unit(std::string_view system, std::string_view code, std::string_view unit) {
  const UnitReading coded = read_code(code_system(system), system, code);
  if (coded.kind == UnitKind::unknown) {
    // An unreadable UCUM expression ("mg/kg", "mg/m2", "%") is no licence to believe half of it.
    const bool expression = code.find_first_of("/%*") != std::string_view::npos;
    if (expression) return {};
    return read_words(unit.empty() && code_system(system) == CodeSystem::other ? code : unit);
  }
  if (unit.empty()) return coded;
  const UnitReading worded = read_words(unit);
  if (worded.kind == UnitKind::unknown) return coded;
  if (coded.kind == UnitKind::ambiguous)
    return worded.kind == UnitKind::iu && says_international(unit) ? worded : coded;
  const bool same = worded.kind == coded.kind && worded.factor == coded.factor;
  if (same) return coded;
  if (coded.kind == UnitKind::dose_form && worded.kind == UnitKind::iu)
    return {UnitKind::ambiguous, 1};  // code `1` beside the word "unit"
  if (coded.kind == UnitKind::dose_form && !is_measured(worded.kind)) return worded;
  if (is_measured(coded.kind) || is_measured(worded.kind)) return {};
  return coded;
}

}  // namespace cofactor::fhir
