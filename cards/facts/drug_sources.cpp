// Promises: every coding of the order, of the Medication it leads to and of that one's ingredients is looked up once;
// a text that stands twice is read once.
#include "cards/facts/drug_sources.hpp"

#include <algorithm>

namespace cofactor::cards {
namespace {
constexpr std::array<std::string_view, 8> basis_names{"rxnorm-product", "rxnorm-ingredient", "atc", "snomed", "ndc", "formulary", "display", "text"};

Basis basis_of(fhir::CodeSystem system, const ProductEntry& entry) {
  if (entry.origin == ProductEntry::Origin::site || system == fhir::CodeSystem::other) return Basis::formulary;
  if (system == fhir::CodeSystem::rxnorm) return entry.product ? Basis::rxnorm_product : Basis::rxnorm_ingredient;
  if (system == fhir::CodeSystem::ndc) return Basis::ndc;
  return system == fhir::CodeSystem::atc ? Basis::atc : Basis::snomed;
}
}  // namespace

std::string_view name_of(Basis basis) { return basis_names[static_cast<std::size_t>(basis)]; }

bool holds(const ProductEntry& entry, DrugClass c) {
  return std::any_of(entry.ingredients.begin(), entry.ingredients.end(), [c](const auto& i) { return i.drug_class == c; });
}

bool names_vitamin_d(const NameHits& names) {
  return std::any_of(names.entries.begin(), names.entries.begin() + static_cast<std::ptrdiff_t>(names.count),
                     [](const ProductEntry* entry) { return holds(*entry, DrugClass::vitamin_d_nutritional); });
}

void DrugSources::add_text(std::string_view text, Basis basis, const Knowledge& knowledge) {
  if (text.empty() || text_count_ == texts_.size()) return;
  for (const TextSource& known : texts())
    if (known.text == text) return;
  const ProductWords words = knowledge.product_words(text);
  texts_[text_count_++] = {text, basis, words.names, words.route};
}

void DrugSources::add(const fhir::CodeableConcept& concept_, const Knowledge& knowledge) {
  for (const fhir::Coding& coding : concept_.codings) {
    if (!coding.code.empty() && code_count_ < codes_.size()) {
      CodeSource source{&coding, knowledge.product(coding), false, Basis::text};
      if (source.entry) source.basis = basis_of(coding.known, *source.entry);
      source.do_not_use = !source.entry && knowledge.do_not_use(coding.known, coding.code);
      codes_[code_count_++] = source;
    }
    add_text(coding.display, Basis::display, knowledge);
  }
  add_text(concept_.text, Basis::text, knowledge);
}

DrugSources::DrugSources(const fhir::MedicationRequest& order, const Knowledge& knowledge) {
  add(order.medication, knowledge);
  add_text(order.medication_reference.display, Basis::display, knowledge);
  if (!order.resolved) return;
  add(order.resolved->code, knowledge);
  for (const fhir::MedicationIngredient& ingredient : order.resolved->ingredients) add(ingredient.item, knowledge);
}

}  // namespace cofactor::cards
