// Proves: all codings of an order are read together with its words: product codes, ingredient codes, ATC, SNOMED CT and
// NDC; a contradiction is said and no strength given.
#include <gtest/gtest.h>

#include "drug_orders.hpp"

using namespace cofactor::cards;
using namespace cofactor::cards::testing_orders;
using cofactor::Issues;
using cofactor::fhir::CodeSystem;
namespace fhir = cofactor::fhir;

TEST(IdentifyDrugCodes, ProductCodeGivesIngredientAndStrength) {
  const DrugReading reading = identify(code_order(CodeSystem::rxnorm, "1367410"));
  EXPECT_EQ(ingredients(reading), "ergocalciferol=vitamin-d-nutritional");
  EXPECT_EQ(reading.ingredients[0].basis, "rxnorm-product");
  EXPECT_EQ(strength(reading), "50000/dose-unit");
  EXPECT_EQ(reading.vitamin_d_strength->basis, "product-strength");
  EXPECT_EQ(reading.product_key, "rxnorm|1367410");
  EXPECT_EQ(reading.words, "ergocalciferol");
}

TEST(IdentifyDrugCodes, EverySystem) {
  EXPECT_EQ(ingredients(identify(code_order(CodeSystem::rxnorm, "2418"))), "cholecalciferol=vitamin-d-nutritional");
  EXPECT_EQ(ingredients(identify(code_order(CodeSystem::atc, "A02BC05"))), "esomeprazole=ppi");
  EXPECT_EQ(ingredients(identify(code_order(CodeSystem::atc, "A02BC08"))), "vonoprazan=pcab");
  EXPECT_EQ(ingredients(identify(code_order(CodeSystem::snomed, "387475002"))), "furosemide=loop-diuretic");
  EXPECT_EQ(strength(identify(code_order(CodeSystem::ndc, "64380-0737-01"))), "50000/dose-unit");
  EXPECT_EQ(ingredients(identify(code_order(CodeSystem::rxnorm, "214618"))), "hydrochlorothiazide=thiazide-diuretic");
  EXPECT_EQ(identify(code_order(CodeSystem::rxnorm, "757968")).fixed_course_days, 14);
  EXPECT_EQ(identify(code_order(CodeSystem::atc, "A02BD07")).fixed_course_days, 14);
  EXPECT_NEAR(*identify(code_order(CodeSystem::rxnorm, "198741")).elemental_magnesium_mg, 241.3, 1e-9);
  EXPECT_TRUE(identify(code_order(CodeSystem::atc, "S01AA11")).local_use);
  EXPECT_TRUE(identify(code_order(CodeSystem::atc, "D11AH01")).local_use);
}

TEST(IdentifyDrugCodes, UnknownCodeDoesNotOutweighTheWords) {
  const DrugReading reading = identify(code_order(CodeSystem::rxnorm, "99999999", "VITAMIN D3 5,000 UNIT CAPSULE"));
  EXPECT_EQ(ingredients(reading), "cholecalciferol=vitamin-d-nutritional");
  EXPECT_EQ(reading.ingredients[0].basis, "display");
  EXPECT_EQ(strength(reading), "5000/dose-unit");
  EXPECT_EQ(reading.product_key, "rxnorm|99999999");
}

TEST(IdentifyDrugCodes, MislabelledCodesAreIgnoredAndSaid) {
  Issues issues;
  EXPECT_FALSE(identify(code_order(CodeSystem::rxnorm, "197361"), &issues).recognised);
  EXPECT_TRUE(has_issue(issues, "code-not-used"));
}

TEST(IdentifyDrugCodes, SeveralCodingsAreOneDrug) {
  fhir::MedicationRequest order;
  order.medication.codings = {coding(CodeSystem::rxnorm, "4018"), coding(CodeSystem::rxnorm, "1367410", "ergocalciferol 1.25 MG Oral Capsule"),
                              coding(CodeSystem::ndc, "30698-493-01"), coding(CodeSystem::other, "12345")};
  order.medication.text = "ergocalciferol (VITAMIN D2) 1.25 mg (50,000 unit) capsule";
  const DrugReading reading = identify(order);
  EXPECT_EQ(ingredients(reading), "ergocalciferol=vitamin-d-nutritional");
  EXPECT_EQ(reading.ingredients[0].basis, "rxnorm-product");
  EXPECT_EQ(strength(reading), "50000/dose-unit");
  EXPECT_FALSE(reading.strength_contradiction);
  EXPECT_EQ(reading.words, "ergocalciferol (VITAMIN D2) 1.25 mg (50,000 unit) capsule");
}

TEST(IdentifyDrugCodes, ContradictingStrengthsGiveNone) {
  Issues issues;
  const DrugReading reading = identify(code_order(CodeSystem::rxnorm, "1367410", "ergocalciferol 5,000 unit capsule"), &issues);
  EXPECT_TRUE(reading.strength_contradiction);
  EXPECT_EQ(strength(reading), "-");
  EXPECT_TRUE(has_issue(issues, "strength-contradiction"));
  EXPECT_TRUE(reading.has(DrugClass::vitamin_d_nutritional));
}

TEST(IdentifyDrugCodes, UnspecifiedVitaminDCodeBesideAnActiveForm) {
  const DrugReading reading = identify(code_order(CodeSystem::atc, "A11CC", "calcitriol 0.25 mcg"));
  EXPECT_EQ(ingredients(reading), "calcitriol=vitamin-d-active");
}

TEST(IdentifyDrugCodes, ResolvedMedicationWithIngredientStrength) {
  fhir::MedicationRequest order;
  order.medication_reference.display = "cholecalciferol capsule";
  order.resolved.emplace();
  order.resolved->code.codings = {coding(CodeSystem::rxnorm, "2418")};
  fhir::MedicationIngredient ingredient;
  ingredient.item.text = "cholecalciferol";
  ingredient.strength.emplace();
  ingredient.strength->numerator = fhir::Quantity{fhir::Decimal{"50000", 50000}, "", "[iU]", "http://unitsofmeasure.org", "[iU]"};
  ingredient.strength->denominator = fhir::Quantity{fhir::Decimal{"1", 1}, "", "capsule", "", ""};
  order.resolved->ingredients.push_back(ingredient);
  EXPECT_EQ(strength(identify(order)), "50000/dose-unit");
  EXPECT_EQ(identify(order).vitamin_d_strength->basis, "medication-ingredient");

  Issues issues;
  order.resolved->ingredients[0].strength->denominator = ingredient.strength->numerator;  // denominator repeats the numerator
  EXPECT_EQ(strength(identify(order, &issues)), "-");
  EXPECT_TRUE(has_issue(issues, "strength-untrusted"));
  order.resolved->ingredients[0].strength = ingredient.strength;
  order.resolved->ingredients[0].strength->numerator->unit = "UNIT/5ML";
  order.resolved->ingredients[0].strength->numerator->code = "UNIT/5ML";
  EXPECT_EQ(strength(identify(order)), "-");
  order.resolved->ingredients[0].strength = ingredient.strength;
  order.resolved->ingredients[0].strength->denominator = fhir::Quantity{fhir::Decimal{"2", 2}, "", "mL", "http://unitsofmeasure.org", "mL"};
  EXPECT_EQ(strength(identify(order)), "25000/mL");
}

TEST(IdentifyDrugCodes, RouteOfTheInstructions) {
  auto order = code_order(CodeSystem::rxnorm, "1596450");
  EXPECT_EQ(identify(order).route, "unknown");
  EXPECT_FALSE(identify(order).local_use);
  order.dosages.emplace_back();
  order.dosages[0].route.codings.push_back(coding(CodeSystem::snomed, "54485002"));
  EXPECT_EQ(identify(order).route, "local");
  EXPECT_TRUE(identify(order).local_use);
  order.dosages[0].route.codings[0] = coding(CodeSystem::snomed, "47625008");
  EXPECT_EQ(identify(order).route, "parenteral");
  EXPECT_FALSE(identify(order).local_use);
  order.dosages[0].route = {};
  order.dosages[0].text = "Instill 1 drop into both eyes daily";
  EXPECT_TRUE(identify(order).local_use);

  auto neomycin = code_order(CodeSystem::rxnorm, "7299");
  neomycin.dosages.emplace_back();
  neomycin.dosages[0].text = "Take 1 tablet by mouth four times daily";
  EXPECT_EQ(identify(neomycin).route, "oral");
  EXPECT_TRUE(identify(neomycin).local_use);

  auto sulfate = code_order(CodeSystem::rxnorm, "6585");
  EXPECT_TRUE(identify(sulfate).has(DrugClass::magnesium_parenteral));
  sulfate.dosages.emplace_back();
  sulfate.dosages[0].route.text = "Oral";
  EXPECT_TRUE(identify(sulfate).has(DrugClass::magnesium_laxative_antacid));
}

TEST(IdentifyDrugCodes, ProductKeysTellProductsApart) {
  const auto key = [](const fhir::MedicationRequest& order) { return identify(order).product_key; };
  EXPECT_EQ(key(code_order(CodeSystem::rxnorm, "2418", "D3  2,000 Unit capsule")), "text|d3 2,000 unit capsule");
  EXPECT_NE(key(code_order(CodeSystem::rxnorm, "2418", "D3 2,000 unit")), key(code_order(CodeSystem::rxnorm, "2418", "D3 5,000 unit")));
  EXPECT_EQ(key(code_order(CodeSystem::ndc, "64380-737-01", "x")), "ndc|64380-737-01");
}
