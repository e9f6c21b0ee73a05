// Promises: one suggestion as CDS Hooks JSON with the FHIR draft that carries it out. FHIR leaves the product here
// and nowhere else.
#pragma once
#include "cards/card.hpp"
#include "cards/rendering/card_json.hpp"
#include "fhir/json/writer.hpp"

namespace cofactor::cards {

void write_suggestion(json::Writer& out, const Suggestion& suggestion, const Knowledge& knowledge,
                      const RenderContext& context);

}  // namespace cofactor::cards
