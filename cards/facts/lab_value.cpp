// Promises: see lab_value.hpp. Factors that a clinician may question come from the knowledge; the
// others are molar masses and powers of ten.
#include "cards/facts/lab_value.hpp"

#include <cmath>

namespace cofactor::cards {
namespace {

using fhir::LabUnit;

// Molar masses in g/mol (IUPAC); mg/dL of one mmol/L is a tenth of them.
constexpr double calcium_mass = 40.078, creatinine_mass = 113.12, phosphorus_mass = 30.974,
                 intact_pth_mass = 9425;

std::optional<double> magnesium_factor(LabUnit unit, const Knowledge& knowledge) {
  if (unit == LabUnit::mmol_per_l) return 1;
  if (unit == LabUnit::umol_per_l) return 0.001;
  if (unit == LabUnit::mg_per_dl) return knowledge.threshold("mg_mmol_per_mg_dl").value;
  if (unit == LabUnit::mg_per_l) return knowledge.threshold("mg_mmol_per_mg_dl").value / 10;
  if (unit == LabUnit::meq_per_l) return knowledge.threshold("mg_mmol_per_meq").value;
  return std::nullopt;
}

std::optional<double> vitamin_d_factor(LabUnit unit, const Knowledge& knowledge) {
  if (unit == LabUnit::ng_per_ml || unit == LabUnit::ug_per_l) return 1;
  if (unit == LabUnit::ng_per_dl) return 0.01;
  if (unit == LabUnit::nmol_per_l) return knowledge.threshold("d25_ng_per_nmol").value;
  return std::nullopt;
}

/// Substances whose canonical unit is mg/dL.
std::optional<double> mg_per_dl_factor(LabUnit unit, double mass, double charge) {
  if (unit == LabUnit::mg_per_dl) return 1;
  if (unit == LabUnit::mg_per_l) return 0.1;
  if (unit == LabUnit::ug_per_dl) return 0.001;
  if (unit == LabUnit::mmol_per_l) return mass / 10;
  if (unit == LabUnit::umol_per_l) return mass / 10'000;
  if (unit == LabUnit::meq_per_l && charge > 0) return mass / 10 / charge;
  return std::nullopt;
}

std::optional<double> factor_of(LabGroup group, LabUnit unit, const Knowledge& knowledge) {
  switch (group) {
    case LabGroup::magnesium_serum:
    case LabGroup::magnesium_ionized:
    case LabGroup::magnesium_blood:
    case LabGroup::magnesium_rbc:
    case LabGroup::magnesium_not_assessment:
      return magnesium_factor(unit, knowledge);
    case LabGroup::vitamin_d_25oh:
    case LabGroup::vitamin_d_25oh_d3:
      return vitamin_d_factor(unit, knowledge);
    case LabGroup::calcium_total:
    case LabGroup::calcium_corrected:
    case LabGroup::calcium_ionized:
      return mg_per_dl_factor(unit, calcium_mass, 2);
    case LabGroup::creatinine:
      return mg_per_dl_factor(unit, creatinine_mass, 0);
    case LabGroup::phosphate:
      return mg_per_dl_factor(unit, phosphorus_mass, 0);
    case LabGroup::albumin:
      if (unit == LabUnit::g_per_dl) return 1;
      return unit == LabUnit::g_per_l ? std::optional(0.1) : std::nullopt;
    case LabGroup::egfr:
      return unit == LabUnit::ml_per_min_173 || unit == LabUnit::ml_per_min ? std::optional(1.0)
                                                                            : std::nullopt;
    case LabGroup::pth:
      if (unit == LabUnit::pg_per_ml) return 1;
      return unit == LabUnit::pmol_per_l ? std::optional(intact_pth_mass / 1000) : std::nullopt;
    case LabGroup::potassium:
      return unit == LabUnit::mmol_per_l || unit == LabUnit::meq_per_l ? std::optional(1.0)
                                                                       : std::nullopt;
  }
  return std::nullopt;
}

bool has_unit(const fhir::Quantity& quantity) {
  return !quantity.code.empty() || !quantity.unit.empty();
}

}  // namespace

CanonicalValue canonical_value(LabGroup group, double value, LabUnit unit,
                               const Knowledge& knowledge) {
  if (!std::isfinite(value)) return {std::nullopt, "no-number"};
  if (!(value > 0)) return {std::nullopt, "not-positive"};
  const std::optional<double> factor = factor_of(group, unit, knowledge);
  if (!factor) return {std::nullopt, "unit-unknown"};
  return {value * *factor, {}};
}

CanonicalValue canonical_value(LabGroup group, const fhir::Quantity& quantity,
                               const fhir::Quantity* fallback, const Knowledge& knowledge) {
  if (!quantity.value) return {std::nullopt, "no-number"};
  const fhir::Quantity& said = !has_unit(quantity) && fallback != nullptr ? *fallback : quantity;
  // No unit: the same code is reported in units that differ by two and more.
  if (!has_unit(said)) return {std::nullopt, "unit-ambiguous"};
  return canonical_value(group, quantity.value->value,
                         fhir::read_lab_unit(said.system, said.code, said.unit), knowledge);
}

}  // namespace cofactor::cards
