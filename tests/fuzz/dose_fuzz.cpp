// Promises: any JSON as a MedicationRequest never crashes on the way to a dose; numbers are finite
// and positive, and what is unknown has a reason.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "fhir/dosage/daily_dose.hpp"
#include "fhir/json/reader.hpp"
#include "fhir/resources/medication_request.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto require = [](bool holds) {
    if (!holds) std::abort();
  };
  const auto document =
      cofactor::json::parse(std::string(reinterpret_cast<const char*>(data), size));
  if (!document) return 0;
  cofactor::Issues issues;
  const cofactor::json::ElementPath at{nullptr, "MedicationRequest"};
  const auto order = cofactor::fhir::read_medication_request(document->root(), {}, at, issues);
  const auto dose = cofactor::fhir::read_dose(order.dosages, at, issues);
  const bool one_time = dose.schedule == cofactor::fhir::Schedule::one_time;
  if (dose.doses_per_day) require(std::isfinite(*dose.doses_per_day) && *dose.doses_per_day > 0);
  if (!dose.doses_per_day && !one_time) require(!dose.unknown.empty());
  if (dose.amount) require(std::isfinite(*dose.amount) && *dose.amount > 0);
  cofactor::fhir::ProductStrength strength;
  strength.amount = 50000;
  for (const auto per :
       {cofactor::fhir::ProductStrength::Per::dose_unit,
        cofactor::fhir::ProductStrength::Per::millilitre,
        cofactor::fhir::ProductStrength::Per::drop, cofactor::fhir::ProductStrength::Per::gram}) {
    strength.per = per;
    const auto iu = cofactor::fhir::vitamin_d_dose(dose, strength, 40, at, issues);
    if (iu.iu_per_dose) require(*iu.iu_per_dose > 0 && *iu.iu_per_dose <= 1e7);
    if (iu.iu_per_day) require(std::isfinite(*iu.iu_per_day) && *iu.iu_per_day > 0);
    if (!iu.iu_per_dose) require(!iu.unknown.empty());
  }
  return 0;
}
