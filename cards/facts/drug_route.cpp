// Promises: oral, parenteral or local from route codes and words; the instructions outrank the product's form.
#include "cards/facts/drug_sources.hpp"

namespace cofactor::cards {
namespace {

Route route_of(const fhir::CodeableConcept& field, const Knowledge& knowledge) {
  for (const fhir::Coding& coding : field.codings) {
    if (const Route route = knowledge.route_code(coding.code); route != Route::unknown) return route;
  }
  for (const fhir::Coding& coding : field.codings) {
    if (const Route route = knowledge.route_in(coding.display, false); route != Route::unknown) return route;
    if (const Route route = knowledge.route_in(coding.code, false); route != Route::unknown) return route;
  }
  return knowledge.route_in(field.text, false);
}

}  // namespace

RouteReading read_route(const fhir::MedicationRequest& order, const DrugSources& sources, const Knowledge& knowledge) {
  RouteReading reading;
  // Local only when every instruction that says a route says local: one swallowed tablet counts.
  for (const fhir::Dosage& dosage : order.dosages) {
    Route route = route_of(dosage.route, knowledge);
    if (route == Route::unknown && !dosage.site.empty()) route = route_of(dosage.site, knowledge);
    if (route == Route::unknown) route = knowledge.route_in(dosage.text, true);
    if (route != Route::unknown && (reading.instructed == Route::unknown || reading.instructed == Route::local))
      reading.instructed = route;
  }
  for (const CodeSource& code : sources.codes()) {
    if (!code.entry) continue;
    reading.local_product = reading.local_product || code.entry->local_use;
    if (code.entry->parenteral)
      reading.product = Route::parenteral;
    else if (code.entry->oral && reading.product == Route::unknown)
      reading.product = Route::oral;
  }
  for (const TextSource& text : sources.texts()) {
    for (std::size_t i = 0; i < text.names.count; ++i)
      reading.local_product = reading.local_product || text.names.entries[i]->local_use;
    const Route told = text.route;
    if (told == Route::local || reading.product == Route::unknown) reading.product = told == Route::unknown ? reading.product : told;
  }
  if (order.resolved) {
    const Route form = route_of(order.resolved->form, knowledge);
    if (form == Route::local || reading.product == Route::unknown) reading.product = form == Route::unknown ? reading.product : form;
  }
  return reading;
}

}  // namespace cofactor::cards
