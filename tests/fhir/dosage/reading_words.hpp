// Promises: a reading as one line that a person can check, for the tables of tests in this folder.
#pragma once
#include <cstdio>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "fhir/dosage/product_text.hpp"
#include "fhir/dosage/sig_text.hpp"

namespace cofactor::fhir {

inline std::string figure(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

inline std::string words_of(const SigReading& sig) {
  static const char* const kUnits[] = {"unit", "drop", "mL", "IU", "ug", "g"};
  std::string out;
  const auto say = [&](const std::string& words) { out += (out.empty() ? "" : ", ") + words; };
  const Frequency& f = sig.frequency;
  if (f.per_day) say(figure(*f.per_day) + "/d");
  if (f.one_time) say("once");
  if (!f.unknown.empty()) say(std::string(f.unknown));
  if (f.as_needed) say("as needed");
  if (f.ambiguous) say("ambiguous");
  if (sig.amount) say(figure(*sig.amount) + " " + kUnits[static_cast<int>(sig.unit)]);
  if (sig.largest_amount && *sig.largest_amount != *sig.amount)
    say("largest " + figure(*sig.largest_amount));
  if (!sig.amount_unknown.empty()) say("amount " + std::string(sig.amount_unknown));
  if (sig.stated_iu) say("stated " + figure(*sig.stated_iu) + " IU");
  if (sig.stated_micrograms) say("stated " + figure(*sig.stated_micrograms) + " ug");
  if (f.course && f.course->days) say(std::to_string(*f.course->days) + " d long");
  if (f.course && f.course->doses) say(std::to_string(*f.course->doses) + " doses");
  if (sig.negated_per_day) say("not " + figure(*sig.negated_per_day) + "/d");
  if (!sig.later_phase.empty()) say(sig.later_phase);
  for (const SigOtherDose& other : sig.others)
    if (!other.per_day)
      say("beside " + figure(other.amount) + " " + kUnits[static_cast<int>(other.unit)] + " once" +
          (other.stated_iu ? " (" + figure(*other.stated_iu) + " IU)" : ""));
  return out;
}

inline std::string words_of(const ProductText& product) {
  static const char* const kUnits[] = {"IU", "ug", "?"};
  static const char* const kPer[] = {"", "/mL", "/drop", "/spray", "/g"};
  std::string out;
  const auto say = [&](const std::string& words) { out += (out.empty() ? "" : ", ") + words; };
  for (const TextStrength& s : product.strengths)
    say(figure(s.amount) + " " + kUnits[static_cast<int>(s.unit)] + kPer[static_cast<int>(s.per)] +
        (s.elemental ? " elemental" : "") + (s.agrees ? "" : " contradicted"));
  if (!product.form.empty()) say("form " + std::string(product.form));
  if (product.topical_or_local) say("local");
  if (product.dose_units) say("dose of " + figure(*product.dose_units));
  if (!product.unreadable.empty()) say(std::string(product.unreadable));
  return out.empty() ? "nothing" : out;
}

/// Pairs of lines: the text, then what it means after "    -> ". Lines that start with '#' say why.
inline std::vector<std::pair<std::string, std::string>> read_table(const std::string& path) {
  std::vector<std::pair<std::string, std::string>> rows;
  std::ifstream file(path);
  std::string line, text;
  while (std::getline(file, line)) {
    constexpr std::string_view kArrow = "    -> ";
    if (line.empty() || line[0] == '#') continue;
    if (line.starts_with(kArrow))
      rows.emplace_back(text, line.substr(kArrow.size()));
    else
      text = line;
  }
  return rows;
}

}  // namespace cofactor::fhir
