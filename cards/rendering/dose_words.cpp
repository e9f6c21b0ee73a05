// Promises: see dose_words.hpp.
#include "cards/rendering/dose_words.hpp"

#include "cards/rendering/situation_words.hpp"

namespace cofactor::cards {
namespace {

std::string phrase(const Knowledge& knowledge, std::string_view key, const WordList& words) {
  return fill_raw(knowledge.sentence(key), words);
}

void add_suspects(const Situation& s, WordList& w) {
  const SuspectDoses& suspect = s.safety.suspect;
  std::vector<std::string> daily, bolus;
  for (const OrderFact* order : suspect.daily)
    daily.push_back(phrase(*s.knowledge, "component", {{"product", order_in_words(*order, *s.knowledge)},
                                                       {"iu", with_separators(*order->iu_per_day)}}));
  const OrderFact* lead = !suspect.daily.empty() ? suspect.daily.front() : suspect.largest;
  if (lead != nullptr) {
    w["suspects"] = joined(daily, *s.knowledge);
    w["suspect_product"] = order_in_words(*lead, *s.knowledge);
    w["suspect_iu"] = with_separators(*lead->iu_per_day);
  }
  if (suspect.bolus.empty()) return;
  const Bolus* largest = &suspect.bolus.front();
  for (const Bolus& each : suspect.bolus) {
    bolus.push_back(order_in_words(*each.order, *s.knowledge));
    if (each.iu > largest->iu) largest = &each;
  }
  w["bolus_products"] = joined(bolus, *s.knowledge);
  w["bolus_iu"] = with_separators(largest->iu);
  if (const Bolus& first = suspect.bolus.front(); first.repeats)
    w["bolus_average"] = with_separators(*first.order->iu_per_day);
}

/// Months below two years, and a range where the date of birth is partial.
void add_age(const Situation& s, WordList& w) {
  if (!s.facts->age) return;
  const fhir::AgeRange& age = *s.facts->age;
  const bool months = age.oldest_years < 2;
  const int youngest = months ? age.youngest_months : age.youngest_years;
  const int oldest = months ? age.oldest_months : age.oldest_years;
  std::string n = std::to_string(youngest);
  if (oldest != youngest) n += "-" + std::to_string(oldest);
  w["age"] = phrase(*s.knowledge, months ? "age-months" : "age-years", {{"n", n}});
  if (!s.safety.upper_levels.oldest.empty())
    w["upper_level"] = with_separators(s.knowledge->threshold(s.safety.upper_levels.oldest).value);
}

void add_magnesium_products(const Situation& s, WordList& w) {
  const MagnesiumProducts& products = s.safety.magnesium;
  if (products.drafted.empty()) return;
  std::vector<std::string> names;
  std::string against;  // each holds its own commas
  const auto add = [&](const std::string& reason) { against += (against.empty() ? "" : "; ") + reason; };
  for (const OrderFact* order : products.drafted) names.push_back(order_in_words(*order, *s.knowledge));
  w["magnesium_products"] = joined(names, *s.knowledge);
  if (s.renal.egfr_low) add(phrase(*s.knowledge, "against-egfr", w));
  if (s.renal.condition != nullptr)
    add(code_in_words(*s.knowledge, "condition-", s.renal.condition->group));
  if (s.magnesium.high != nullptr) add(phrase(*s.knowledge, "against-magnesium", w));
  if (products.contraindication != nullptr)
    add(code_in_words(*s.knowledge, "condition-", products.contraindication->group));
  w["against"] = against;
  w["elemental_magnesium"] = with_separators(products.supplement_mg_per_day);
}

}  // namespace

void add_dose_words(const Situation& s, WordList& w) {
  const auto number = [&](std::string_view key) { return with_separators(s.knowledge->threshold(key).value); };
  add_suspects(s, w);
  add_age(s, w);
  add_magnesium_products(s, w);
  if (s.safety.antagonist != nullptr)
    w["antagonist"] = order_in_words(*s.safety.antagonist, *s.knowledge, DrugClass::vitamin_k_antagonist);
  if (s.safety.vitamin_k2 != nullptr) w["k2_product"] = order_in_words(*s.safety.vitamin_k2, *s.knowledge);
  w["unit_daily"] = number("vitd_unit_suspect_daily");
  w["unit_absolute"] = number("vitd_unit_suspect_absolute");
  w["bolus_limit"] = number("vitd_bolus_single");
  w["iu_per_microgram"] = number("vitd_iu_per_microgram");
  w["mg_upper_level"] = number("mg_supp_ul");
  w["egfr_gate"] = number("egfr_gate");
}

}  // namespace cofactor::cards
