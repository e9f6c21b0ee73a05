// Promises: the union of what codes and words say, each ingredient with its strongest basis. An unknown code never
// outweighs a known name, and a code of the do-not-use list says nothing at all.
#include "cards/facts/identify_drug.hpp"

#include <algorithm>

#include "cards/facts/drug_sources.hpp"

namespace cofactor::cards {
namespace {

struct Found {
  const IngredientEntry* ingredient;
  Basis basis;
  bool weak;  ///< only words such as "vitamin D3", which may explain an active form
};

/// Dropped beside a member of the group.
bool generic(const IngredientEntry& i) { return names_a_group(i.name); }
bool magnesium(DrugClass c) {
  return c == DrugClass::magnesium_supplement || c == DrugClass::magnesium_laxative_antacid || c == DrugClass::magnesium_parenteral;
}
bool same_group(DrugClass a, DrugClass b) { return a == b || (magnesium(a) && magnesium(b)); }

class Union {
 public:
  void add(const ProductEntry& entry, Basis basis) {
    for (const IngredientEntry& ingredient : entry.ingredients) {
      const bool weak = entry.weak && ingredient.drug_class == DrugClass::vitamin_d_nutritional;
      const auto known = std::find_if(found_.begin(), found_.end(), [&](const Found& f) {
        return f.ingredient->name == ingredient.name && same_group(f.ingredient->drug_class, ingredient.drug_class);
      });
      if (known == found_.end()) {
        found_.push_back({&ingredient, basis, weak});
        continue;
      }
      known->weak = known->weak && weak;
      if (basis < known->basis) *known = {&ingredient, basis, known->weak};
    }
  }

  /// Leaves out what says less than something else that was found.
  void settle() {
    const auto any = [this](auto&& test) { return std::any_of(found_.begin(), found_.end(), test); };
    const bool active = any([](const Found& f) { return f.ingredient->drug_class == DrugClass::vitamin_d_active; });
    const bool strong = any([](const Found& f) { return f.ingredient->drug_class == DrugClass::vitamin_d_nutritional && !f.weak; });
    const bool matters = any([](const Found& f) { return f.ingredient->drug_class != DrugClass::recognised_other; });
    // "calcitriol (vitamin D3)" holds no vitamin D3; "calcitriol + cholecalciferol" does.
    if (active && !strong)
      std::erase_if(found_, [](const Found& f) { return f.ingredient->drug_class == DrugClass::vitamin_d_nutritional; });
    const std::vector<Found> all = found_;
    std::erase_if(found_, [&](const Found& f) {
      if (matters && f.ingredient->drug_class == DrugClass::recognised_other) return true;
      return generic(*f.ingredient) && std::any_of(all.begin(), all.end(), [&](const Found& other) {
               return !generic(*other.ingredient) && same_group(other.ingredient->drug_class, f.ingredient->drug_class);
             });
    });
    std::stable_sort(found_.begin(), found_.end(), [](const Found& a, const Found& b) { return a.basis < b.basis; });
  }
  const std::vector<Found>& found() const { return found_; }

 private:
  std::vector<Found> found_;
};

std::string lower_words(std::string_view text) {
  std::string out;
  for (char c : text) {
    const bool space = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (space && (out.empty() || out.back() == ' ')) continue;
    out.push_back(space ? ' ' : c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c);
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

std::string words_of(const fhir::MedicationRequest& order, const Union& all) {
  if (!order.medication.words().empty()) return std::string(order.medication.words());
  if (!order.medication_reference.display.empty()) return std::string(order.medication_reference.display);
  if (order.resolved && !order.resolved->code.words().empty()) return std::string(order.resolved->code.words());
  return all.found().empty() ? std::string() : all.found().front().ingredient->name;
}

/// A known product code is the product; so is the one RxNorm code that the tables do not have (ingredients they have).
/// An ingredient code alone does not tell two products apart: the words do.
std::string product_key(const DrugSources& sources, std::string_view words) {
  const fhir::Coding *unknown_rxnorm = nullptr, *ndc = nullptr, *local = nullptr;
  std::size_t unknown = 0;
  for (const CodeSource& code : sources.codes()) {
    if (code.entry && code.entry->product && code.coding->known == fhir::CodeSystem::rxnorm)
      return "rxnorm|" + std::string(code.coding->code);
    if (code.coding->known == fhir::CodeSystem::ndc) ndc = code.coding;
    if (code.entry && code.entry->product && code.coding->known == fhir::CodeSystem::other && !local) local = code.coding;
    if (code.coding->known == fhir::CodeSystem::rxnorm && !code.entry && !code.do_not_use) {
      unknown_rxnorm = code.coding;
      ++unknown;
    }
  }
  if (ndc) return "ndc|" + std::string(ndc->code);
  if (local) return std::string(local->system) + "|" + std::string(local->code);
  if (unknown == 1) return "rxnorm|" + std::string(unknown_rxnorm->code);
  if (!words.empty()) return "text|" + lower_words(words);
  for (const CodeSource& code : sources.codes())
    return std::string(code.coding->system) + "|" + std::string(code.coding->code);
  return {};
}

}  // namespace

bool DrugReading::has(DrugClass c) const {
  return std::any_of(ingredients.begin(), ingredients.end(), [c](const auto& i) { return i.drug_class == c; });
}

DrugReading identify_drug(const fhir::MedicationRequest& order, const Knowledge& knowledge, const json::ElementPath& at,
                          Issues& issues) {
  const DrugSources sources(order, knowledge);
  const json::ElementPath here{&at, "medication", -1};
  DrugReading reading;
  Union all;
  bool combination = false;
  std::optional<int> course;
  const auto take = [&](const ProductEntry& entry, Basis basis) {
    all.add(entry, basis);
    combination = combination || entry.combination;
    if (entry.fixed_course_days) course = entry.fixed_course_days;
  };
  for (const CodeSource& code : sources.codes()) {
    if (code.entry) take(*code.entry, code.basis);
    if (code.entry && code.entry->disputed)
      issues.push_back({Severity::information, "sources-disagree", here.text(), "sources disagree on the code `" + std::string(code.coding->code) + "`: the site's own table is used before imported and shipped ones; `cofactor knowledge check` says what they hold"});
    if (code.do_not_use)
      issues.push_back({Severity::information, "code-not-used", here.text(), "the code `" + std::string(code.coding->code) + "` is known to be mislabelled and is not used"});
  }
  for (const TextSource& text : sources.texts())
    for (std::size_t i = 0; i < text.names.count; ++i) take(*text.names.entries[i], text.basis);
  all.settle();

  const RouteReading route = read_route(order, sources, knowledge);
  reading.route = name_of(route.route());
  const bool systemic = route.instructed == Route::oral || route.instructed == Route::parenteral;
  reading.local_use = route.local_product || route.instructed == Route::local || (route.product == Route::local && !systemic);
  if (reading.local_use) reading.route = name_of(Route::local);
  bool some_effect = all.found().empty();
  for (const Found& found : all.found()) {
    const auto counted = knowledge.class_by_route(found.ingredient->drug_class, route.route());
    some_effect = some_effect || counted.has_value();
    const DrugClass c = counted.value_or(found.ingredient->drug_class);
    reading.recognised = reading.recognised || c != DrugClass::recognised_other;
    reading.ingredients.push_back({found.ingredient->name, c, std::string(name_of(found.basis))});
  }
  reading.local_use = reading.local_use || !some_effect;

  if (course && (reading.has(DrugClass::ppi) || reading.has(DrugClass::pcab))) reading.fixed_course_days = course;
  if (reading.has(DrugClass::vitamin_d_nutritional)) {
    reading.combination = combination || reading.ingredients.size() > 1;
    StrengthReading strength = vitamin_d_strength(sources, order, reading.combination, knowledge, here, issues);
    reading.vitamin_d_strength = std::move(strength.strength);
    reading.strength_contradiction = strength.contradiction;
  }
  if (reading.has(DrugClass::magnesium_supplement) || reading.has(DrugClass::magnesium_laxative_antacid))
    reading.elemental_magnesium_mg = elemental_magnesium(sources, knowledge);
  reading.words = words_of(order, all);
  reading.product_key = product_key(sources, reading.words);
  return reading;
}

}  // namespace cofactor::cards
