// Promises: which ingredients and classes an order holds, from all its codings and words at once, with the
// basis of each reading and the strength of its vitamin D. Nothing recognised is said as such. Pure.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "cards/engine/knowledge.hpp"
#include "fhir/resources/medication_request.hpp"

namespace cofactor::cards {

struct IngredientReading {
  std::string name;
  DrugClass drug_class;
  std::string basis;   ///< "rxnorm-product", "rxnorm-ingredient", "atc", "snomed", "ndc", "formulary", "display", "text"
  bool operator==(const IngredientReading&) const = default;
};

struct DrugReading {
  bool recognised = false;            ///< at least one ingredient of a class that matters
  std::vector<IngredientReading> ingredients;
  std::optional<fhir::ProductStrength> vitamin_d_strength;
  bool combination = false;           ///< other ingredients too, whether or not they are of a class that matters
  bool strength_contradiction = false;  ///< code and text give different strengths: an Issue names it, strength is absent
  bool local_use = false;             ///< topical, eye, ear, inhaled route or form: does not count
  std::string route;                  ///< "oral", "parenteral", "local", "unknown"
  std::optional<int> fixed_course_days;
  std::optional<double> elemental_magnesium_mg;
  std::string words;                  ///< how the order is called, for a person; unescaped
  std::string product_key;            ///< "rxnorm|1367410" or "text|vitamin d3 5,000 unit capsule": for duplicates

  bool has(DrugClass c) const;
};

DrugReading identify_drug(const fhir::MedicationRequest& order, const Knowledge& knowledge,
                          const json::ElementPath& at, Issues& issues);

}  // namespace cofactor::cards
