// Promises: the kebab-case names of the enumerations that reach outputs.
#include <algorithm>
#include <array>

#include "cards/card.hpp"
#include "cards/engine/evaluate.hpp"
#include "cards/facts/facts.hpp"

namespace cofactor::cards {
namespace {
constexpr std::array<std::string_view, 3> indicators{"info", "warning", "critical"};
constexpr std::array<std::string_view, 33> classes{
    "vitamin-d-nutritional", "vitamin-d-active", "ppi", "pcab", "loop-diuretic", "thiazide-diuretic",
    "k-sparing-diuretic", "aminoglycoside", "polymyxin-capreomycin", "amphotericin-b", "platinum",
    "calcineurin-inhibitor", "mtor-inhibitor", "egfr-antibody", "foscarnet", "pentamidine",
    "cardiac-glycoside", "qt-antiarrhythmic", "magnesium-supplement", "magnesium-laxative-antacid",
    "magnesium-parenteral", "calcium-supplement", "vitamin-k-antagonist", "vitamin-k2",
    "malabsorption-drug", "vitamin-d-inducer", "glucocorticoid", "magnesium-chelation", "h2-blocker",
    "lithium", "potassium-binder", "carbonic-anhydrase-inhibitor", "recognised-other"};
constexpr std::array<std::string_view, 16> lab_groups{
    "magnesium-serum", "magnesium-ionized", "magnesium-blood", "magnesium-rbc", "magnesium-not-assessment",
    "vitamin-d-25oh", "vitamin-d-25oh-d3", "calcium-total", "calcium-corrected", "calcium-ionized", "albumin",
    "creatinine", "egfr", "pth", "phosphate", "potassium"};
constexpr std::array<std::string_view, 5> outcomes{"fired", "not-applicable", "undetermined", "suppressed", "merged"};
constexpr std::array<std::string_view, 4> modes{"on", "line", "silent", "off"};
constexpr std::array<std::string_view, 3> roles{"draft", "active", "statement"};
}  // namespace

std::string_view name_of(Indicator v) { return indicators[static_cast<std::size_t>(v)]; }
std::string_view name_of(DrugClass v) { return classes[static_cast<std::size_t>(v)]; }
std::string_view name_of(LabGroup v) { return lab_groups[static_cast<std::size_t>(v)]; }
std::string_view name_of(OutcomeKind v) { return outcomes[static_cast<std::size_t>(v)]; }
std::string_view name_of(RuleMode v) { return modes[static_cast<std::size_t>(v)]; }
std::string_view name_of(OrderRole v) { return roles[static_cast<std::size_t>(v)]; }

std::optional<Indicator> indicator_named(std::string_view name) {
  for (std::size_t i = 0; i < indicators.size(); ++i)
    if (indicators[i] == name) return static_cast<Indicator>(i);
  return std::nullopt;
}
std::optional<RuleMode> rule_mode_named(std::string_view name) {
  for (std::size_t i = 0; i < modes.size(); ++i)
    if (modes[i] == name) return static_cast<RuleMode>(i);
  return std::nullopt;
}
std::optional<DrugClass> drug_class_named(std::string_view name) {
  for (std::size_t i = 0; i < classes.size(); ++i)
    if (classes[i] == name) return static_cast<DrugClass>(i);
  return std::nullopt;
}

bool names_a_group(std::string_view ingredient) {
  constexpr std::string_view groups[] = {"vitamin d", "active vitamin d", "magnesium", "magnesium salts", "magnesium antacid",
                                         "calcium", "potassium-sparing agent"};
  return std::find(std::begin(groups), std::end(groups), ingredient) != std::end(groups) ||
         ingredient.find(" and ") != std::string_view::npos;
}

}  // namespace cofactor::cards
