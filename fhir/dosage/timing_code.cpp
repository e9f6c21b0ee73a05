// Promises: frequency codes of HL7 v3 GTS, HL7 v2-0335 and the local spellings that order sets use.
// M is minutes in HL7 v2 (Q1M is every minute); in a local code it may be either, and the more
// frequent reading is taken.
#include <algorithm>
#include <array>

#include "fhir/dosage/frequency.hpp"
#include "fhir/dosage/sig_text.hpp"
#include "fhir/units/folded_text.hpp"

namespace cofactor::fhir {
namespace {

struct Fixed {
  std::string_view code;
  double per_day;  ///< 0: one time
  bool ambiguous = false;
};
constexpr double kOnce = 0;
// Sorted; folded to lower case and without spaces.
constexpr Fixed kFixed[] = {
    {"ac", 3, true},
    {"achs", 4},
    {"am", 1},
    {"bd", 2},
    {"bed", 1},
    {"bid", 2},
    {"biw", 2.0 / 7, true},
    {"daily", 1},
    {"eod", 0.5},
    {"everyotherday", 0.5},
    {"hs", 1},
    {"mo", 1 / kDaysPerMonth},
    {"monthly", 1 / kDaysPerMonth},
    {"nightly", 1},
    {"od", 1},
    {"once", kOnce},
    {"onetime", kOnce},
    {"pc", 3, true},
    {"pm", 1},
    {"qam", 1},
    {"qd", 1},
    {"qday", 1},
    {"qds", 4},
    {"qh", 24},
    {"qhs", 1},
    {"qid", 4},
    {"qmo", 1 / kDaysPerMonth},
    {"qmonth", 1 / kDaysPerMonth},
    {"qod", 0.5},
    {"qow", 1.0 / 14},
    {"qpm", 1},
    {"qshift", 3},
    {"qw", 1.0 / 7},
    {"qweek", 1.0 / 7},
    {"qwk", 1.0 / 7},
    {"qyear", 1 / kDaysPerYear},
    {"stat", kOnce},
    {"tds", 3},
    {"tid", 3},
    {"tiw", 3.0 / 7},
    {"weekly", 1.0 / 7},
    {"wk", 1.0 / 7},
    {"x1", kOnce},
    {"yearly", 1 / kDaysPerYear},
};
static_assert(std::is_sorted(std::begin(kFixed), std::end(kFixed),
                             [](const Fixed& a, const Fixed& b) { return a.code < b.code; }));

Frequency unknown(std::string_view reason) {
  Frequency result;
  result.unknown = reason;
  return result;
}

Frequency rate(double per_day, bool ambiguous = false) {
  Frequency result;
  if (per_day == kOnce)
    result.one_time = true;
  else
    result.per_day = per_day;
  result.ambiguous = ambiguous;
  return result;
}

std::optional<double> leading_number(std::string_view& text) {
  double value = 0;
  std::size_t digits = 0;
  while (digits < text.size() && digits < 5 && text[digits] >= '0' && text[digits] <= '9')
    value = value * 10 + (text[digits++] - '0');
  if (digits == 0) return std::nullopt;
  text.remove_prefix(digits);
  return value;
}

/// "6h", "14days", "3months": what follows Q.
Frequency every(std::string_view rest, bool hl7) {
  const auto number = leading_number(rest);
  if (!number) return unknown("timing-code-unknown");
  if (*number == 0) return unknown("period-zero");
  struct Unit {
    std::string_view name;
    double days;
  };
  static constexpr Unit kUnits[] = {{"s", 1.0 / 86400},
                                    {"h", 1.0 / 24},
                                    {"hr", 1.0 / 24},
                                    {"hrs", 1.0 / 24},
                                    {"hour", 1.0 / 24},
                                    {"hours", 1.0 / 24},
                                    {"min", 1.0 / 1440},
                                    {"mins", 1.0 / 1440},
                                    {"d", 1},
                                    {"day", 1},
                                    {"days", 1},
                                    {"w", 7},
                                    {"wk", 7},
                                    {"wks", 7},
                                    {"week", 7},
                                    {"weeks", 7},
                                    {"l", kDaysPerLunarCycle},
                                    {"mo", kDaysPerMonth},
                                    {"mos", kDaysPerMonth},
                                    {"month", kDaysPerMonth},
                                    {"months", kDaysPerMonth},
                                    {"y", kDaysPerYear},
                                    {"yr", kDaysPerYear},
                                    {"yrs", kDaysPerYear},
                                    {"year", kDaysPerYear},
                                    {"years", kDaysPerYear}};
  if (rest == "m") return rate(1440 / *number, !hl7);
  for (const Unit& unit : kUnits)
    if (rest == unit.name) return rate(1 / (*number * unit.days));
  return unknown("timing-code-unknown");
}

/// "135" after QJ: Monday is 1.
Frequency weekday_digits(std::string_view digits) {
  unsigned days = 0;
  for (const char c : digits) {
    if (c < '1' || c > '7') return unknown("timing-code-unknown");
    days |= 1u << (c - '1');
  }
  if (days == 0) return unknown("timing-code-unknown");
  return rate(static_cast<double>(__builtin_popcount(days)) / 7);
}

/// "mo,we,fr"; a single name is left to the words reader ("mo" is monthly in GTS).
Frequency weekday_list(std::string_view list) {
  static constexpr std::string_view kNames[] = {"mo", "tu", "we", "th", "fr", "sa", "su"};
  unsigned days = 0;
  std::size_t items = 0;
  while (!list.empty()) {
    const std::size_t end = std::min(list.find_first_of(",;/"), list.size());
    const auto* name = std::find(std::begin(kNames), std::end(kNames), list.substr(0, end));
    if (name == std::end(kNames)) return unknown("timing-code-unknown");
    days |= 1u << (name - std::begin(kNames));
    ++items;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  if (items < 2) return unknown("timing-code-unknown");
  return rate(static_cast<double>(__builtin_popcount(days)) / 7);
}

Frequency read_compact(std::string_view code, bool hl7) {
  if (code == "c") return unknown("continuous");
  if (code == "prn" || code.starts_with("prn")) {
    Frequency result =
        code.size() > 3 ? read_compact(code.substr(3), hl7) : unknown("no-frequency");
    result.as_needed = true;
    return result;
  }
  if (code.size() > 3 && code.ends_with("prn")) {
    Frequency result = read_compact(code.substr(0, code.size() - 3), hl7);
    result.as_needed = true;
    return result;
  }
  const auto* fixed =
      std::lower_bound(std::begin(kFixed), std::end(kFixed), code,
                       [](const Fixed& f, std::string_view c) { return f.code < c; });
  if (fixed != std::end(kFixed) && fixed->code == code)
    return rate(fixed->per_day, fixed->ambiguous);
  if (code.starts_with("qj")) return weekday_digits(code.substr(2));
  if (code.starts_with('q')) return every(code.substr(1), hl7);
  if (code.ends_with("id")) {
    std::string_view times = code.substr(0, code.size() - 2);
    const auto number = leading_number(times);
    if (number && times.empty() && *number > 0) return rate(*number);
  }
  return weekday_list(code);
}

}  // namespace

Frequency read_frequency_code(std::string_view code, std::string_view system) {
  const FoldedText<64> folded(code);
  if (folded.too_long()) return unknown("timing-code-unknown");
  std::array<char, 64> plain;
  std::size_t size = 0;
  for (const char c : folded.text())
    if (c != ' ' && c != '.' && c != '-' && c != '_') plain[size++] = c;
  if (size == 0) return unknown("no-frequency");
  const bool hl7 = system.find("v2-0335") != std::string_view::npos ||
                   system.find("v3-GTSAbbreviation") != std::string_view::npos;
  return read_compact({plain.data(), size}, hl7);
}

Frequency read_timing_code(const CodeableConcept& concept_) {
  Frequency best = unknown("no-frequency");
  const auto consider = [&](const Frequency& candidate) {
    if (!candidate.known()) {
      if (!best.known()) {
        best.as_needed = best.as_needed || candidate.as_needed;
        if (best.unknown == "no-frequency") best.unknown = candidate.unknown;
      }
      return;
    }
    if (!best.known()) {
      const bool as_needed = best.as_needed || candidate.as_needed;
      best = candidate;
      best.as_needed = as_needed;
    } else if (!same_frequency(best, candidate)) {
      best = Frequency(more_frequent(best, candidate));
      best.ambiguous = true;
    }
  };
  const auto read = [](std::string_view words, std::string_view system) {
    Frequency coded = read_frequency_code(words, system);
    return coded.unknown == "timing-code-unknown" ? read_sig_frequency(words) : coded;
  };
  for (const Coding& coding : concept_.codings) {
    Frequency coded = read_frequency_code(coding.code, coding.system);
    if (!coded.known() && !coding.display.empty()) coded = read(coding.display, coding.system);
    if (!coded.known() && coded.unknown == "timing-code-unknown")
      coded = read(coding.code, coding.system);
    consider(coded);
  }
  // The text repeats the coding as a rule; it decides only where no coding could be read.
  if (!concept_.text.empty() && !best.known()) consider(read(concept_.text, ""));
  return best;
}

}  // namespace cofactor::fhir
