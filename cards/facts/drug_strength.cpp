// Promises: the vitamin D in one unit of a product: product codes, Medication.ingredient, known names and the text must
// agree, or there is no strength. In combinations only a figure that is certainly the vitamin D's counts.
#include <algorithm>
#include <cmath>

#include "cards/facts/drug_sources.hpp"
#include "fhir/dosage/product_text.hpp"
#include "fhir/units/ucum.hpp"

namespace cofactor::cards {
namespace {
using fhir::ProductStrength;
using fhir::TextStrength;

double in_iu(const ProductStrength& s, double iu_per_microgram) {
  return s.in == ProductStrength::In::microgram ? s.amount * iu_per_microgram : s.amount;
}

ProductStrength from_text(const TextStrength& text) {
  ProductStrength strength;
  strength.amount = text.amount;
  strength.in = text.unit == TextStrength::Unit::iu ? ProductStrength::In::iu : ProductStrength::In::microgram;
  switch (text.per) {
    case TextStrength::Per::millilitre: strength.per = ProductStrength::Per::millilitre; break;
    case TextStrength::Per::drop: strength.per = ProductStrength::Per::drop; break;
    case TextStrength::Per::gram: strength.per = ProductStrength::Per::gram; break;
    case TextStrength::Per::dose_unit:
    case TextStrength::Per::spray: strength.per = ProductStrength::Per::dose_unit; break;
  }
  strength.basis = "display-strength";
  return strength;
}

bool same(const TextStrength& a, const TextStrength& b) {
  return a.unit == b.unit && a.per == b.per && std::abs(a.amount - b.amount) <= 0.005 * std::abs(a.amount);
}

enum class Pick { none, found, ambiguous, disagrees };
enum class Owner { unsaid, vitamin_d, vitamin_a_or_e, other };

Owner owner(const NameHits& names, bool last) {
  if (names.count == 0) return Owner::unsaid;
  const ProductEntry& entry = *names.entries[last ? names.count - 1 : 0];
  const std::string& name = entry.ingredients.front().name;
  if (name == "vitamin a") return Owner::vitamin_a_or_e;  // cod liver oil holds both: its units may be of either
  if (holds(entry, DrugClass::vitamin_d_nutritional)) return Owner::vitamin_d;
  return name == "vitamin e" ? Owner::vitamin_a_or_e : Owner::other;
}
/// Whose strength it is: the words right before the figure say so, else those right after it.
Owner owner(const TextStrength& strength, const Knowledge& knowledge) {
  const Owner before = owner(knowledge.names_in(strength.preceding_words), true);
  return before != Owner::unsaid ? before : owner(knowledge.names_in(strength.following_words), false);
}

/// The one strength among several that passes `test`; equal ones count once.
template <class Test>
const TextStrength* only(const std::vector<TextStrength>& strengths, Test&& test, bool& several) {
  const TextStrength* found = nullptr;
  for (const TextStrength& strength : strengths) {
    if (strength.unit == TextStrength::Unit::none || !test(strength)) continue;
    several = several || (found && !same(*found, strength));
    if (!found) found = &strength;
  }
  return several ? nullptr : found;
}

bool names_something_else(const NameHits& names) {
  for (std::size_t i = 0; i < names.count; ++i)
    if (!holds(*names.entries[i], DrugClass::vitamin_d_nutritional)) return true;
  return false;
}

bool names_vitamin_a_and_d(const NameHits& names) {
  for (std::size_t i = 0; i < names.count; ++i)
    if (names.entries[i]->combination && names.entries[i]->name.rfind("vitamin", 0) == 0 && names.entries[i]->name.find(" a") != std::string::npos)
      return true;
  return false;
}

/// Which component of the text is the vitamin D.
Pick pick(const TextSource& text, const std::vector<TextStrength>& strengths, bool combination, const Knowledge& knowledge,
          TextStrength& out) {
  const bool owners_matter = combination || strengths.size() > 1 || names_something_else(text.names);
  const auto whose = [&](const TextStrength& s) { return owners_matter ? owner(s, knowledge) : Owner::unsaid; };
  const auto iu = [](const TextStrength& s) { return s.unit == TextStrength::Unit::iu; };
  // "Vitamin A & D 10,000-400 unit": nothing but the order tells, and the second is the D.
  if (names_vitamin_a_and_d(text.names) && strengths.size() == 2 && iu(strengths[0]) && iu(strengths[1]) &&
      whose(strengths[1]) != Owner::vitamin_a_or_e) {
    out = strengths[1];
    return out.agrees ? Pick::found : Pick::disagrees;
  }
  // A figure in units is the vitamin D's unless it is another vitamin's; a mass only when the words say so, or when
  // there is nothing else in the product.
  bool several = false;
  const TextStrength* found = only(strengths, [&](const TextStrength& s) { return iu(s) && whose(s) == Owner::vitamin_d; }, several);
  if (!found && !several)
    found = only(strengths, [&](const TextStrength& s) { return iu(s) && whose(s) != Owner::vitamin_a_or_e; }, several);
  if (!found && !several && owners_matter)
    found = only(strengths, [&](const TextStrength& s) { return !iu(s) && whose(s) == Owner::vitamin_d; }, several);
  if (!found && !several && !combination) found = only(strengths, [&](const TextStrength& s) { return !iu(s); }, several);
  if (several) return Pick::ambiguous;
  if (!found) return Pick::none;
  out = *found;
  return out.agrees ? Pick::found : Pick::disagrees;
}

/// Medication.ingredient.strength. EHRs repeat the numerator as denominator and put ratios into unit words: those
/// say nothing that can be trusted.
std::optional<ProductStrength> from_ratio(const fhir::Ratio& ratio) {
  if (!ratio.numerator || !ratio.numerator->value || !ratio.numerator->comparator.empty()) return std::nullopt;
  const fhir::Quantity& up = *ratio.numerator;
  if (up.unit.find('/') != std::string_view::npos || up.code.find('/') != std::string_view::npos) return std::nullopt;
  const fhir::UnitReading unit = fhir::read_unit(up.system, up.code, up.unit);
  ProductStrength strength;
  strength.basis = "medication-ingredient";
  strength.amount = up.value->value * unit.factor;
  if (unit.kind != fhir::UnitKind::iu && unit.kind != fhir::UnitKind::mass) return std::nullopt;
  strength.in = unit.kind == fhir::UnitKind::iu ? ProductStrength::In::iu : ProductStrength::In::microgram;
  if (strength.amount <= 0) return std::nullopt;
  if (!ratio.denominator || !ratio.denominator->value) return strength;
  const fhir::Quantity& down = *ratio.denominator;
  const double parts = down.value->value;
  if (parts <= 0 || (parts == up.value->value && down.unit == up.unit && down.code == up.code && parts != 1)) return std::nullopt;
  if (down.unit.empty() && down.code.empty()) {
    if (parts != 1) return std::nullopt;
    return strength;
  }
  const fhir::UnitReading per = fhir::read_unit(down.system, down.code, down.unit);
  if (per.kind == fhir::UnitKind::volume) {
    strength.per = ProductStrength::Per::millilitre;
    strength.amount /= parts * per.factor;
  } else if (per.kind == fhir::UnitKind::drop) {
    strength.per = ProductStrength::Per::drop;
    strength.amount /= parts;
  } else if (per.kind == fhir::UnitKind::dose_form || per.kind == fhir::UnitKind::spray || down.code == "1") {
    strength.amount /= parts;
  } else {
    return std::nullopt;
  }
  return strength;
}

/// Candidates in order of trust; the first is taken, all others must agree with it.
class Candidates {
 public:
  explicit Candidates(double iu_per_microgram) : factor_(iu_per_microgram) {}
  void add(const ProductStrength& strength) {
    if (!first_) {
      first_ = strength;
      return;
    }
    const double a = in_iu(*first_, factor_), b = in_iu(strength, factor_);
    const bool equal = std::abs(a - b) <= 0.02 * std::max(a, b);
    if (!equal) contradiction_ = true;
    // The same figure once per millilitre and once bare: the one that says per what is the strength.
    if (equal && first_->per == ProductStrength::Per::dose_unit && strength.per != first_->per && first_->basis == "display-strength")
      first_ = strength;
  }
  const std::optional<ProductStrength>& first() const { return first_; }
  bool contradiction() const { return contradiction_; }

 private:
  double factor_;
  std::optional<ProductStrength> first_;
  bool contradiction_ = false;
};

bool item_is_vitamin_d(const fhir::CodeableConcept& item, const Knowledge& knowledge) {
  for (const fhir::Coding& coding : item.codings) {
    const ProductEntry* entry = knowledge.product(coding);
    if (entry && holds(*entry, DrugClass::vitamin_d_nutritional)) return true;
    if (names_vitamin_d(knowledge.names_in(coding.display))) return true;
  }
  return names_vitamin_d(knowledge.names_in(item.text));
}

}  // namespace

StrengthReading vitamin_d_strength(const DrugSources& sources, const fhir::MedicationRequest& order, bool combination,
                                   const Knowledge& knowledge, const json::ElementPath& at, Issues& issues) {
  const double factor = knowledge.threshold("vitd_iu_per_microgram").value;
  Candidates candidates(factor);
  for (const CodeSource& code : sources.codes())
    if (code.entry && code.entry->vitamin_d) candidates.add(*code.entry->vitamin_d);

  if (order.resolved) {
    for (const fhir::MedicationIngredient& ingredient : order.resolved->ingredients) {
      if (!ingredient.strength || !item_is_vitamin_d(ingredient.item, knowledge)) continue;
      if (const auto strength = from_ratio(*ingredient.strength)) {
        candidates.add(*strength);
      } else {
        issues.push_back({Severity::information, "strength-untrusted", at.text(), "the strength of the ingredient cannot be trusted as it is written; it is read from the product's name"});
      }
    }
  }

  const ProductEntry* fallback = nullptr;
  bool ambiguous = false, disagrees = false;
  for (const TextSource& text : sources.texts()) {
    const bool of_vitamin_d = names_vitamin_d(text.names);
    const ProductStrength* by_name = nullptr;
    for (std::size_t i = 0; i < text.names.count; ++i) {
      const ProductEntry* entry = text.names.entries[i];
      if (!entry->vitamin_d) continue;
      if (text.names.says_strength[i]) by_name = &*entry->vitamin_d;
      if (!fallback) fallback = entry;
    }
    if (by_name) {
      candidates.add(*by_name);
      continue;
    }
    const fhir::ProductText product = fhir::read_product_text(text.text);
    TextStrength found;
    switch (pick(text, product.strengths, combination, knowledge, found)) {
      case Pick::none: break;
      case Pick::ambiguous: ambiguous = ambiguous || of_vitamin_d; break;
      case Pick::disagrees: disagrees = true; break;
      case Pick::found:
        if (of_vitamin_d || (!combination && found.unit == TextStrength::Unit::iu)) candidates.add(from_text(found));
        break;
    }
  }
  if (!candidates.first() && fallback) candidates.add(*fallback->vitamin_d);

  StrengthReading reading;
  reading.contradiction = disagrees || candidates.contradiction();
  if (reading.contradiction) {
    issues.push_back({Severity::warning, "strength-contradiction", at.text(), "the order gives different strengths of vitamin D; none is used"});
  } else if (candidates.first()) {
    reading.strength = candidates.first();
    reading.strength->combination = combination;
  } else if (ambiguous) {
    issues.push_back({Severity::warning, "strength-ambiguous", at.text(), "the product's name has several strengths in units and does not say which is the vitamin D"});
  }
  return reading;
}

std::optional<double> elemental_magnesium(const DrugSources& sources, const Knowledge& knowledge) {
  for (const CodeSource& code : sources.codes())
    if (code.entry && code.entry->elemental_magnesium_mg) return code.entry->elemental_magnesium_mg;
  for (const TextSource& text : sources.texts())
    for (std::size_t i = 0; i < text.names.count; ++i)
      if (text.names.entries[i]->elemental_magnesium_mg) return text.names.entries[i]->elemental_magnesium_mg;
  for (const TextSource& text : sources.texts()) {
    const ProductEntry* magnesium = nullptr;
    for (std::size_t i = 0; i < text.names.count && !magnesium; ++i)
      if (text.names.entries[i]->magnesium_mass != ProductEntry::MassOf::unsaid) magnesium = text.names.entries[i];
    const fhir::ProductText product = fhir::read_product_text(text.text);
    const TextStrength* mass = nullptr;
    std::size_t masses = 0;
    for (const TextStrength& strength : product.strengths) {
      if (strength.unit != TextStrength::Unit::microgram || strength.per != TextStrength::Per::dose_unit) continue;
      if (strength.elemental) return strength.amount / 1000;
      mass = &strength;
      ++masses;
    }
    if (!magnesium || masses != 1) continue;
    if (magnesium->magnesium_mass == ProductEntry::MassOf::elemental) return mass->amount / 1000;
    if (magnesium->ingredients.front().name == "magnesium oxide")
      return mass->amount / 1000 * knowledge.threshold("magnesium_oxide_elemental_fraction").value;
  }
  return std::nullopt;
}

}  // namespace cofactor::cards
