// Promises: which group of values a name belongs to (situation_words.hpp). Only to spare work: of a name that stands
// nowhere here all groups are asked.
#include <algorithm>
#include <iterator>

#include "cards/rendering/situation_words.hpp"

namespace cofactor::cards {

std::optional<SituationWords::Group> SituationWords::group_of(std::string_view name) {
  struct Row {
    std::string_view name;
    Group group;
  };
  using enum Group;
  // clang-format off
  constexpr Row rows[] = {
      {"active_analogue", vitamin_d}, {"against", doses}, {"against_magnesium", context}, {"age", doses},
      {"amplifiers", drugs}, {"antagonist", doses}, {"baseline", laboratory}, {"baseline_both", laboratory},
      {"baseline_date", laboratory}, {"before", laboratory}, {"bolus_average", doses}, {"bolus_iu", doses},
      {"bolus_limit", doses}, {"bolus_products", doses}, {"bound_by_magnesium", context}, {"ca_critical", laboratory},
      {"ca_high", laboratory}, {"calcium", laboratory}, {"calcium_age", laboratory},
      {"calcium_conditions", laboratory}, {"calcium_context", context}, {"calcium_date", laboratory},
      {"calcium_days", laboratory}, {"calcium_limit", laboratory}, {"calcium_name", laboratory}, {"cisplatin", drugs},
      {"class_count", drugs}, {"components", vitamin_d}, {"condition", kidney}, {"course_dose", vitamin_d},
      {"course_product", vitamin_d}, {"d25", laboratory}, {"d25_date", laboratory}, {"d25_high", laboratory},
      {"d25_toxic", laboratory}, {"d25_watch", laboratory}, {"depleters", drugs}, {"diuretics", drugs},
      {"drugs", drugs}, {"due", magnesium}, {"duplicates", vitamin_d}, {"egfr", kidney}, {"egfr_date", kidney},
      {"egfr_gate", doses}, {"elemental_magnesium", doses}, {"high_date", magnesium}, {"high_name", magnesium},
      {"high_range", magnesium}, {"high_value", magnesium}, {"iu_known", vitamin_d}, {"iu_per_day", vitamin_d},
      {"iu_per_microgram", doses}, {"k2_product", doses}, {"k_sparing", drugs}, {"last", laboratory},
      {"last_both", laboratory}, {"last_date", laboratory}, {"later_phase", vitamin_d}, {"level_days", laboratory},
      {"level_low", laboratory}, {"low", magnesium}, {"low_date", magnesium}, {"low_name", magnesium},
      {"low_name_inside", magnesium}, {"low_range", magnesium}, {"magnesium", magnesium},
      {"magnesium_age", magnesium}, {"magnesium_date", magnesium}, {"magnesium_doses", kidney},
      {"magnesium_name", magnesium}, {"magnesium_name_inside", magnesium}, {"magnesium_products", doses},
      {"magnesium_risks", context}, {"magnesium_sources", kidney}, {"mg_upper_level", doses},
      {"min_days", laboratory}, {"missing", missing}, {"missing_with_reasons", missing}, {"not_available", missing},
      {"other_drugs", drugs}, {"ppi", drugs}, {"ppi_duration", drugs}, {"preferred_days", laboratory},
      {"rda_high", laboratory}, {"rda_low", laboratory}, {"response_causes", laboratory}, {"rise", laboratory},
      {"rise_days", laboratory}, {"rise_limit", laboratory}, {"since", magnesium}, {"single_doses", laboratory},
      {"suspect_iu", doses}, {"suspect_product", doses}, {"suspects", doses}, {"symptom", context},
      {"symptom_date", context}, {"symptom_days", context}, {"thiazide", laboratory}, {"treatment_start", laboratory},
      {"unit_absolute", doses}, {"unit_daily", doses}, {"unreadable", vitamin_d}, {"unreadable_reason", vitamin_d},
      {"upper_level", doses}, {"vitamin_d_phrase", laboratory}, {"window", magnesium}, {"window_words", magnesium},
  };
  // clang-format on
  static_assert(std::is_sorted(std::begin(rows), std::end(rows), [](const Row& a, const Row& b) { return a.name < b.name; }));
  const auto* row = std::lower_bound(std::begin(rows), std::end(rows), name,
                                     [](const Row& each, std::string_view wanted) { return each.name < wanted; });
  return row != std::end(rows) && row->name == name ? std::optional(row->group) : std::nullopt;
}

}  // namespace cofactor::cards
