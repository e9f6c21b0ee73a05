// Proves: orders that carry a site's own codes are read by them, with basis `formulary`, and never against their words.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../engine/site_set.hpp"
#include "drug_orders.hpp"

using namespace cofactor;
using namespace cofactor::cards;
using namespace cofactor::cards::testing_orders;

namespace {

constexpr std::string_view own = "urn:oid:1.2.840.114350.1.13.1.1.7.2.698288";

const Knowledge& hospital() {
  static const auto knowledge = testing_site::site(testing_site::formulary(
      "urn:oid:1.2.840.114350.1.13.1.1.7.2.698288,8842,Vitamin D2,ergocalciferol,50000,IU,capsule\n"
      "urn:oid:1.2.840.114350.1.13.1.1.7.2.698288,77,Omeprazole,omeprazole,20,mg,capsule\n"
      "urn:oid:1.2.840.114350.1.13.1.1.7.2.698288,78,Amphotericin suspension,amphotericin b,100,mg/mL,oral suspension\n"
      "ndc,0378-0460-01,D3,cholecalciferol,5000,IU,capsule\n"
      "rxnorm,1367410,D2,ergocalciferol,25000,IU,capsule\n"));
  return *knowledge;
}
fhir::MedicationRequest order(std::string_view system, std::string_view code, std::string_view display = {}) {
  fhir::MedicationRequest out;
  out.medication.codings.push_back({system, code, display, fhir::code_system(system)});
  return out;
}
DrugReading read(const fhir::MedicationRequest& one, Issues* issues = nullptr) {
  static const json::ElementPath at{nullptr, "MedicationRequest", -1};
  Issues unused;
  return identify_drug(one, hospital(), at, issues ? *issues : unused);
}

}  // namespace

TEST(FormularyOrders, ACodeAloneIsEnough) {
  const DrugReading reading = read(order(own, "8842"));
  ASSERT_TRUE(reading.recognised);
  EXPECT_EQ(reading.ingredients, (std::vector<IngredientReading>{{"ergocalciferol", DrugClass::vitamin_d_nutritional, "formulary"}}));
  EXPECT_EQ(strength(reading), "50000/dose-unit");
  EXPECT_EQ(reading.vitamin_d_strength->basis, "formulary");
  EXPECT_EQ(reading.product_key, std::string(own) + "|8842");
  EXPECT_EQ(ingredients(read(order(own, "77"))), "omeprazole=ppi");
  EXPECT_FALSE(read(order(own, "79")).recognised);
  EXPECT_FALSE(read(order("urn:oid:1.2.3", "8842")).recognised);
}

TEST(FormularyOrders, AnNdcOfTheSite) {
  const DrugReading reading = read(order("http://hl7.org/fhir/sid/ndc", "00378046001"));
  EXPECT_EQ(reading.ingredients.at(0).basis, "formulary");
  EXPECT_EQ(strength(reading), "5000/dose-unit");
}

TEST(FormularyOrders, WordsThatContradictTheTableLeaveNoStrength) {
  Issues issues;
  const DrugReading reading = read(order(own, "8842", "Ergocalciferol 25,000 unit capsule"), &issues);
  EXPECT_TRUE(reading.strength_contradiction);
  EXPECT_EQ(strength(reading), "-");
  EXPECT_TRUE(has_issue(issues, "strength-contradiction"));
  EXPECT_EQ(strength(read(order(own, "8842", "Ergocalciferol 1.25 mg (50,000 unit) capsule"))), "50000/dose-unit");
}

TEST(FormularyOrders, TheFormSaysTheRoute) {
  EXPECT_EQ(read(order(own, "78")).route, "oral");
  EXPECT_TRUE(read(order(own, "78")).local_use);  // swallowed amphotericin does not reach the blood
}

TEST(FormularyOrders, ADisputedCodeIsSaid) {
  Issues issues;
  const DrugReading reading = read(order("http://www.nlm.nih.gov/research/umls/rxnorm", "1367410"), &issues);
  EXPECT_EQ(reading.ingredients.at(0).basis, "formulary");
  EXPECT_EQ(strength(reading), "25000/dose-unit");
  EXPECT_TRUE(has_issue(issues, "sources-disagree"));
}
