// Promises: strengths out of a product's display text ("VIT D2 1.25 MG (50,000 UNIT)", "D3 60K",
// "10,000-400 unit"), positional in combinations; mg and unit of one strength are never added. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cofactor::fhir {

struct TextStrength {
  double amount = 0;
  enum class Unit { iu, microgram, none } unit = Unit::none;  ///< milligrams are given as micrograms
  enum class Per { dose_unit, millilitre, drop, spray, gram } per = Per::dose_unit;
  bool elemental = false;       ///< the text says so
  std::string_view preceding_words;  ///< of its component: what stands between the last strength and this figure; empty in "20-12.5"
  std::string_view following_words;  ///< up to the next figure or separator: "500 mg calcium / 200 IU vitamin D"
  bool agrees = true;           ///< false when a mass and a unit figure stand side by side and contradict (1 ug = 40 IU)
};

struct ProductText {
  std::vector<TextStrength> strengths;      ///< one per component, in the order written; `none` only when no figure has a unit
  std::optional<double> dose_units;         ///< "(1 capsule)": a dose, not a strength
  std::string_view form;                    ///< tablet, capsule, drops, solution, ointment, ...; empty when not said
  bool topical_or_local = false;            ///< ointment, cream, eye or ear drops, inhaled
  std::string unreadable;                   ///< reason code when a figure stands there that cannot be read
};

/// Which component is the vitamin D is the caller's knowledge: it matches `preceding_words`, and in positional
/// combinations the order of the ingredients. Views point into `text`. Reason codes: "unit-unknown" (a figure
/// without a unit, as in brand names), "text-too-long".
ProductText read_product_text(std::string_view text);

}  // namespace cofactor::fhir
