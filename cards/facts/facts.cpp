// Promises: the accessors of the facts; see facts.hpp.
#include "cards/facts/facts.hpp"

#include <algorithm>

namespace cofactor::cards {

bool OrderFact::has(DrugClass c) const {
  return std::any_of(ingredients.begin(), ingredients.end(),
                     [c](const IngredientReading& reading) { return reading.drug_class == c; });
}

}  // namespace cofactor::cards
