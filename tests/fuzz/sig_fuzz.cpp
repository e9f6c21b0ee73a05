// Promises: any text as directions, as a product name, as a timing code and as a unit never
// crashes, hangs or yields a number that nobody could mean; what is unknown has a reason.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "fhir/dosage/daily_dose.hpp"
#include "fhir/dosage/frequency.hpp"
#include "fhir/dosage/product_text.hpp"
#include "fhir/units/ucum.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void check_directions(std::string_view text) {
  cofactor::fhir::Dosage dosage;
  dosage.text = text;
  cofactor::Issues issues;
  const cofactor::json::ElementPath at{nullptr, "MedicationRequest"};
  const auto dose = cofactor::fhir::read_dose(std::span(&dosage, 1), at, issues);
  const bool one_time = dose.schedule == cofactor::fhir::Schedule::one_time;
  if (dose.doses_per_day)
    require(std::isfinite(*dose.doses_per_day) && *dose.doses_per_day > 0 && !one_time);
  if (!dose.doses_per_day && !one_time) require(!dose.unknown.empty());
  if (dose.amount) require(std::isfinite(*dose.amount) && *dose.amount > 0);
  if (dose.amount && dose.largest_amount)
    require(*dose.largest_amount >= *dose.amount * (1 - 1e-9));
  if (dose.course && dose.course->days) require(*dose.course->days > 0);
  const auto iu = cofactor::fhir::vitamin_d_dose(dose, std::nullopt, 40, at, issues);
  if (iu.iu_per_dose) require(*iu.iu_per_dose > 0 && *iu.iu_per_dose <= 1e7);
  if (iu.iu_per_day) require(std::isfinite(*iu.iu_per_day) && *iu.iu_per_day > 0);
  if (!iu.iu_per_dose) require(!iu.unknown.empty());
}

bool within(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_directions(text);
  const auto product = cofactor::fhir::read_product_text(text);
  for (const auto& strength : product.strengths) {
    require(std::isfinite(strength.amount) && strength.amount >= 0);
    require(within(strength.preceding_words, text) && within(strength.following_words, text));
  }
  const auto code = cofactor::fhir::read_frequency_code(text, "");
  if (code.per_day) require(std::isfinite(*code.per_day) && *code.per_day > 0);
  if (!code.known()) require(!code.unknown.empty());
  require(cofactor::fhir::read_unit("", "", text).factor > 0);
  (void)cofactor::fhir::read_lab_unit("", text, "");
  return 0;
}
