// Promises: whether any draft of a call holds something that a rule could be about; when in doubt,
// yes.
#include <algorithm>

#include "cards/facts/collect_facts.hpp"
#include "cards/facts/situation.hpp"

namespace cofactor::cards {
namespace {

/// The classes whose drafting can start advice; the rules decide which of them do.
bool starts_advice(DrugClass c) {
  switch (c) {
    case DrugClass::vitamin_d_nutritional:
    case DrugClass::vitamin_d_active:
    case DrugClass::ppi:
    case DrugClass::pcab:
    case DrugClass::loop_diuretic:
    case DrugClass::thiazide_diuretic:
    case DrugClass::aminoglycoside:
    case DrugClass::polymyxin_capreomycin:
    case DrugClass::amphotericin_b:
    case DrugClass::platinum:
    case DrugClass::calcineurin_inhibitor:
    case DrugClass::mtor_inhibitor:
    case DrugClass::egfr_antibody:
    case DrugClass::foscarnet:
    case DrugClass::pentamidine:
    case DrugClass::magnesium_supplement:
    case DrugClass::magnesium_laxative_antacid:
    case DrugClass::magnesium_parenteral:
      return true;
    case DrugClass::k_sparing_diuretic:
    case DrugClass::cardiac_glycoside:
    case DrugClass::qt_antiarrhythmic:
    case DrugClass::calcium_supplement:
    case DrugClass::vitamin_k_antagonist:
    case DrugClass::vitamin_k2:
    case DrugClass::malabsorption_drug:
    case DrugClass::vitamin_d_inducer:
    case DrugClass::glucocorticoid:
    case DrugClass::magnesium_chelation:
    case DrugClass::h2_blocker:
    case DrugClass::lithium:
    case DrugClass::potassium_binder:
    case DrugClass::carbonic_anhydrase_inhibitor:
    case DrugClass::recognised_other:
      return false;
  }
  return true;
}

/// A draft that names no medicine at all may be any.
bool may_start_advice(const OrderFact& order) {
  if (order.words.empty() && order.ingredients.empty()) return true;
  return std::any_of(
      order.ingredients.begin(), order.ingredients.end(),
      [](const IngredientReading& reading) { return starts_advice(reading.drug_class); });
}

/// Could it have brought a card with no other medicine there?
bool may_be_judged_alone(const OrderFact& order) {
  if (order.words.empty() && order.ingredients.empty()) return true;
  return order.has(DrugClass::vitamin_d_nutritional) || order.has(DrugClass::vitamin_d_active) ||
         order.has(DrugClass::magnesium_supplement) || order.has(DrugClass::magnesium_laxative_antacid) ||
         order.has(DrugClass::magnesium_parenteral);
}

/// Is a draft of that kind left out only because nobody can tell whose it is?
bool any_unproven(const Facts& facts, bool (*kind)(const OrderFact&)) {
  return std::any_of(facts.orders.begin(), facts.orders.end(), [&](const OrderFact& order) {
    if (order.role != OrderRole::draft || !order.selected || order.left_out != "subject-unproven") return false;
    const bool would_count =
        std::any_of(order.issues.begin(), order.issues.end(), [](const Issue& issue) {
          return issue.code == "subject-unproven" && issue.severity == Severity::error;
        });
    return would_count && kind(order);
  });
}

}  // namespace

bool drafts_are_relevant(const Facts& facts) {
  return has_unread_draft(facts) || has_unproven_draft(facts) ||
         std::any_of(facts.orders.begin(), facts.orders.end(), [](const OrderFact& order) {
           return order.role == OrderRole::draft && order.counts() && may_start_advice(order);
         });
}

bool has_unproven_draft(const Facts& facts) { return any_unproven(facts, may_start_advice); }

bool has_unread_draft(const Facts& facts) {
  return std::any_of(facts.sources.begin(), facts.sources.end(),
                     [](const SourceFact& source) { return source.key == drafts_source; });
}

bool unproven_draft_matters(const Facts& facts, const Knowledge& knowledge) {
  if (any_unproven(facts, may_be_judged_alone)) return true;
  if (!has_unproven_draft(facts)) return false;
  // A depleting class is only judged beside vitamin D: where there is none, nothing is lost.
  const VitaminDTotal total = total_vitamin_d(facts);
  return total.at_least() || above(total.iu_per_day, knowledge.threshold("vitd_interaction_iu_per_day").value) ||
         !why_incomplete(facts, "medications").empty();
}

}  // namespace cofactor::cards
