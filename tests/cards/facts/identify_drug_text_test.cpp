// Proves: what order entry writes as a product's name is read as the right ingredient and strength; the look-alikes
// are not.
#include <gtest/gtest.h>

#include "drug_orders.hpp"

using namespace cofactor::cards;
using namespace cofactor::cards::testing_orders;

namespace {
struct Row {
  const char* text;
  const char* ingredients;
  const char* strength;
};
constexpr const char* d3 = "cholecalciferol=vitamin-d-nutritional";
constexpr const char* d2 = "ergocalciferol=vitamin-d-nutritional";
constexpr const char* d = "vitamin d=vitamin-d-nutritional";
}  // namespace

TEST(IdentifyDrugText, VitaminDNamesAndStrengths) {
  const Row rows[] = {
      {"VITAMIN D 1,000 UNITS SOFTGEL", d, "1000/dose-unit"},
      {"PV VIT D3 1,000 UNIT TAB CHEW", d3, "1000/dose-unit"},
      {"VITAMIN D3 2,000 UNIT SPRAY", d3, "1000/dose-unit"},
      {"THERA-D 2000 TABLET", d3, "2000/dose-unit"},
      {"THERA-D 4000 TABLET", d3, "4000/dose-unit"},
      {"BIO-D-MULSION FORTE DROPS", d3, "2000/drop"},
      {"BIO-D-MULSION DROPS", d3, "400/drop"},
      {"VITAMIN D3 2,400 UNITS/ML LIQ", d3, "2400/mL"},
      {"DECARA 25,000 UNIT VEGICAP", d3, "25000/dose-unit"},
      {"VITAMIN D2 400 UNIT TABLET", d2, "400/dose-unit"},
      {"KIDS VITAMIN D3 TAB CHEW", d3, "400/dose-unit"},
      {"JUST D 400 UNITS/ML DROP", d3, "400/mL"},
      {"D-VI-SOL 400 UNITS/ML DROP", d3, "400/mL"},
      {"DIALYVITE VITAMIN D 5,000 UNIT", d3, "5000/dose-unit"},
      {"VIT D2 1.25 MG (50,000 UNIT)", d2, "50000/dose-unit"},
      {"DRISDOL 50,000 UNITS CAPSULE", d2, "50000/dose-unit"},
      {"DRISDOL 8,000 UNITS/ML DROPS", d2, "8000/mL"},
      {"ERGOCALCIFEROL ORAL SOLUTION", d2, "8000/mL"},
      {"CALCIDOL DROPS", d2, "8000/mL"},
      {"VITAMIN D3 100,000 UNIT/GM PWD", d3, "100000/g"},
      {"VITAMIN D (ERGOCALCIFEROL) 1.25 MG (50000 UT) PO CAPS", d2, "50000/dose-unit"},
      {"VITAMIN D 50 MCG (2000 UT) PO CAPS", d, "2000/dose-unit"},
      {"VITAMIN D PO", d, "-"},
      {"cholecalciferol, vitamin D3, (VITAMIN D3) 2,000 unit CAP capsule", d3, "2000/dose-unit"},
      {"CHOLECALCIF 25MCG (D3", d3, "1000/dose-unit"},
      {"Uprise D3 60K", d3, "60000/dose-unit"},
      {"D-Rise 60K", d3, "60000/dose-unit"},
      {"Vitamin D-3 2000 International Units, 1 tablet by mouth daily", d3, "2000/dose-unit"},
      {"ERGOCALCIFEROL (=VIT D2=CALCIFEROL) 120 U (UNIT)", d2, "120/dose-unit"},
      {"CALCIFEROL IN OIL 250 IU", d2, "250/dose-unit"},
      {"VIT D (CHOLECALCIFEROL)", d3, "-"},
      {"REPLESTA 50,000 UNIT WAFER", d3, "50000/dose-unit"},
  };
  for (const Row& row : rows) {
    const DrugReading reading = identify(text_order(row.text));
    EXPECT_TRUE(reading.recognised) << row.text;
    EXPECT_EQ(ingredients(reading), row.ingredients) << row.text;
    EXPECT_EQ(strength(reading), row.strength) << row.text;
    EXPECT_FALSE(reading.strength_contradiction) << row.text;
    EXPECT_FALSE(reading.local_use) << row.text;
  }
}

TEST(IdentifyDrugText, CombinationsTakeTheVitaminDsOwnFigure) {
  const Row rows[] = {
      {"Os-Cal 500 + D 500 mg (1,250 mg)-600 unit Chewable Tab", "calcium carbonate=calcium-supplement; cholecalciferol=vitamin-d-nutritional", "600/dose-unit"},
      {"Calcium 600 + D 600 mg-400 unit", "calcium=calcium-supplement; vitamin d=vitamin-d-nutritional", "400/dose-unit"},
      {"VITAMIN A & D 10,000-400 UNIT CAPSULE", d, "400/dose-unit"},
      {"cholecalciferol 5,000 unit-vitamin K2 100 mcg capsule", "cholecalciferol=vitamin-d-nutritional; vitamin k2=vitamin-k2", "5000/dose-unit"},
      {"cholecalciferol 0.075 MG / folic acid 1 MG Oral Capsule", d3, "3000/dose-unit"},
      {"vitamin A 10,000 UNT / vitamin D 400 UNT Oral Capsule", d, "400/dose-unit"},
      {"calcium 500 mg / 200 IU vitamin D tablet", "calcium=calcium-supplement; vitamin d=vitamin-d-nutritional", "200/dose-unit"},
      {"D3 125 mcg-K2 100 mcg capsule", "cholecalciferol=vitamin-d-nutritional; vitamin k2=vitamin-k2", "5000/dose-unit"},
      {"vitamin A 10,000 unit with vitamin D3 capsule", d3, "-"},
      {"calcium carbonate-vitamin D3-vitamin K 500 mg-1,000 unit-40 mcg", "calcium carbonate=calcium-supplement; cholecalciferol=vitamin-d-nutritional", "1000/dose-unit"},
      {"alendronate 70 mg-cholecalciferol 2,800 unit tablet", "alendronate=magnesium-chelation; cholecalciferol=vitamin-d-nutritional", "2800/dose-unit"},
  };
  for (const Row& row : rows) {
    const DrugReading reading = identify(text_order(row.text));
    EXPECT_EQ(ingredients(reading), row.ingredients) << row.text;
    EXPECT_EQ(strength(reading), row.strength) << row.text;
  }
}

TEST(IdentifyDrugText, ActiveFormsAreNeverCountedInUnits) {
  for (const char* text : {"Zemplar 1 mcg", "calcitriol 0.25 mcg capsule", "calcitriol (vitamin D3) 0.25 mcg", "Rayaldee 30 mcg",
                           "paricalcitol (vitamin D analog) 2 mcg", "1,25-dihydroxyvitamin D3 0.5 mcg", "Rocaltrol", "alfacalcidol 1 mcg"}) {
    const DrugReading reading = identify(text_order(text));
    EXPECT_TRUE(reading.has(DrugClass::vitamin_d_active)) << text;
    EXPECT_FALSE(reading.has(DrugClass::vitamin_d_nutritional)) << text;
    EXPECT_EQ(strength(reading), "-") << text;
  }
  const DrugReading both = identify(text_order("calcitriol 0.25 mcg with cholecalciferol 1,000 unit"));
  EXPECT_TRUE(both.has(DrugClass::vitamin_d_active) && both.has(DrugClass::vitamin_d_nutritional));
}

TEST(IdentifyDrugText, LaboratoryNamesAndNegationsAreNoDrugs) {
  for (const char* text : {"25-hydroxyvitamin D", "Vitamin D, 25-Hydroxy", "VITAMIN D 25-OH TOTAL", "Vitamin D level", "hydrocortisone 1 mg",
                           "amlodipine 5 mg", "", "magnesium stearate", "atorvastatin calcium 20 mg"}) {
    const DrugReading reading = identify(text_order(text));
    EXPECT_FALSE(reading.recognised) << text;
    EXPECT_FALSE(reading.has(DrugClass::vitamin_d_nutritional)) << text;
  }
  EXPECT_FALSE(identify(text_order("calcium carbonate 500 mg without vitamin D")).has(DrugClass::vitamin_d_nutritional));
}

TEST(IdentifyDrugText, DepletersMagnesiumAndTraps) {
  const Row rows[] = {
      {"furosemide (LASIX) 20 mg oral tablet", "furosemide=loop-diuretic", "-"},
      {"Prilosec OTC 20 mg", "omeprazole=ppi", "-"},
      {"dexlansoprazole (Dexilant) 30 mg", "dexlansoprazole=ppi", "-"},
      {"Pantoprazole Sodium 40mg Vial", "pantoprazole=ppi", "-"},
      {"ESOMEPRAZOLE MAGNESIUM DIHYDRATE 40 MG", "esomeprazole=ppi", "-"},
      {"SALICYLATE (CHOLINE MAGNESIUM TRISALICYLATE)", "choline magnesium trisalicylate=recognised-other", "-"},
      {"BENICAR HCT 20-12.5 mg", "hydrochlorothiazide=thiazide-diuretic", "-"},
      {"MAXZIDE-25 37.5-25 MG TABLET", "hydrochlorothiazide=thiazide-diuretic; triamterene=k-sparing-diuretic", "-"},
      {"spironolactone 25 mg", "spironolactone=k-sparing-diuretic", "-"},
      {"mylanta 1", "magnesium hydroxide=magnesium-laxative-antacid", "-"},
      {"Magnesium Hydroxide 311 MG", "magnesium hydroxide=magnesium-laxative-antacid", "-"},
      {"magnesium citrate oral solution", "magnesium citrate=magnesium-laxative-antacid", "-"},
      {"magnesium sulfate 2 g IV", "magnesium sulfate=magnesium-parenteral", "-"},
      {"magnesium sulfate oral powder", "magnesium sulfate=magnesium-laxative-antacid", "-"},
      {"warfarin 5 mg tablet", "warfarin=vitamin-k-antagonist", "-"},
  };
  for (const Row& row : rows) {
    const DrugReading reading = identify(text_order(row.text));
    EXPECT_EQ(ingredients(reading), row.ingredients) << row.text;
    EXPECT_EQ(strength(reading), row.strength) << row.text;
    EXPECT_FALSE(reading.local_use) << row.text;
  }
  EXPECT_FALSE(identify(text_order("SALICYLATE (CHOLINE MAGNESIUM TRISALICYLATE)")).recognised);
}

TEST(IdentifyDrugText, LocalUseDoesNotCount) {
  for (const char* text : {"gentamicin otic drops", "gentamicin 0.3 % ophthalmic ointment", "tacrolimus 0.1 % ointment", "ciclosporin eye drops",
                           "cyclosporine ophthalmic emulsion", "Restasis", "Protopic 0.1 %", "tobramycin inhalation solution", "neomycin sulfate 500 mg oral tablet",
                           "pentamidine nebulizer"}) {
    EXPECT_TRUE(identify(text_order(text)).local_use) << text;
  }
  for (const char* text : {"gentamicin 40 mg/mL injection", "tacrolimus 1 mg capsule", "cyclosporine 100 mg capsule", "tobramycin 80 mg IV"}) {
    EXPECT_FALSE(identify(text_order(text)).local_use) << text;
  }
}

TEST(IdentifyDrugText, ElementalMagnesium) {
  const auto elemental = [](std::string_view text) { return identify(text_order(text)).elemental_magnesium_mg.value_or(0); };
  EXPECT_NEAR(elemental("MAGNESIUM OXIDE 400 mg tablet"), 241.3, 0.01);
  EXPECT_NEAR(elemental("magnesium oxide 500 mg tablet"), 301.5, 0.01);
  EXPECT_NEAR(elemental("magnesium oxide-Mg AA chelate 133mg"), 133, 0.01);
  EXPECT_NEAR(elemental("magnesium glycinate 100 mg magnesium capsule"), 100, 0.01);
  EXPECT_EQ(elemental("magnesium citrate"), 0);
}

TEST(IdentifyDrugText, HelicobacterPacksEnd) {
  EXPECT_EQ(identify(text_order("lansoprazole-amoxicillin-clarithromycin 30 mg-500 mg-500 mg combo pack")).fixed_course_days, 14);
  EXPECT_EQ(identify(text_order("PREVPAC")).fixed_course_days, 14);
  EXPECT_EQ(identify(text_order("amoxicillin 500 mg")).fixed_course_days, std::nullopt);
  EXPECT_EQ(identify(text_order("lansoprazole 30 mg")).fixed_course_days, std::nullopt);
}
