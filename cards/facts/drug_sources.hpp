// Promises: all places where one order may say what it is, gathered once: codings, texts, ingredients with strengths.
// Views into the order; nothing judged yet. Private to cards/facts.
#pragma once
#include <array>
#include <span>
#include <string_view>
#include <vector>

#include "cards/engine/knowledge.hpp"
#include "fhir/resources/medication_request.hpp"

namespace cofactor::cards {

/// Where a reading comes from; the earlier, the stronger.
enum class Basis { rxnorm_product, rxnorm_ingredient, atc, snomed, ndc, formulary, display, text };
std::string_view name_of(Basis basis);

struct CodeSource {
  const fhir::Coding* coding;
  const ProductEntry* entry;   ///< nullptr when the code is not known
  bool do_not_use = false;
  Basis basis = Basis::text;
};
struct TextSource {
  std::string_view text;
  Basis basis = Basis::text;
  NameHits names;
  Route route = Route::unknown;  ///< that the words tell
};

class DrugSources {
 public:
  DrugSources(const fhir::MedicationRequest& order, const Knowledge& knowledge);
  std::span<const CodeSource> codes() const { return {codes_.data(), code_count_}; }
  std::span<const TextSource> texts() const { return {texts_.data(), text_count_}; }

 private:
  void add(const fhir::CodeableConcept& concept_, const Knowledge& knowledge);
  void add_text(std::string_view text, Basis basis, const Knowledge& knowledge);
  // An order with more of them than this repeats itself.
  std::array<CodeSource, 24> codes_;
  std::array<TextSource, 12> texts_;
  std::size_t code_count_ = 0, text_count_ = 0;
};

/// Whether these names hold nutritional vitamin D.
bool names_vitamin_d(const NameHits& names);
bool holds(const ProductEntry& entry, DrugClass c);

/// What vitamin D the product holds per unit, from all sources at once.
struct StrengthReading {
  std::optional<fhir::ProductStrength> strength;
  bool contradiction = false;
};
StrengthReading vitamin_d_strength(const DrugSources& sources, const fhir::MedicationRequest& order, bool combination,
                                   const Knowledge& knowledge, const json::ElementPath& at, Issues& issues);

/// Elemental magnesium in one unit of a magnesium product, when it can be told.
std::optional<double> elemental_magnesium(const DrugSources& sources, const Knowledge& knowledge);

/// How it is given: what the instructions say, and what the product's form says.
struct RouteReading {
  Route instructed = Route::unknown;
  Route product = Route::unknown;
  bool local_product = false;  ///< a code or a name that exists only for local use
  Route route() const { return instructed != Route::unknown ? instructed : product; }
};
RouteReading read_route(const fhir::MedicationRequest& order, const DrugSources& sources, const Knowledge& knowledge);

}  // namespace cofactor::cards
