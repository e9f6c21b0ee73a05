// Proves: the relations and attributes of an RxNorm release lead to ingredients, strengths, forms and NDCs of each kind
// of product; obsolete and suppressed concepts are told apart; the table does not hang on the order of rows, and it is
// read back without a fault.
#include "cards/engine/rxnorm_tables.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "site_set.hpp"

using namespace cofactor::cards;
using namespace cofactor::cards::testing_site;
using testing::HasSubstr;
using testing::Not;

namespace {

std::string concept_row(int cui, std::string_view type, std::string_view name, std::string_view suppress = "N", std::string_view sab = "RXNORM") {
  return std::to_string(cui) + "|ENG||||||" + std::to_string(cui * 10) + "|||" + "|" + std::string(sab) + "|" + std::string(type) + "|" + std::to_string(cui) + "|" +
         std::string(name) + "||" + std::string(suppress) + "|4096|";
}
/// "`second` has the relation to `first`", as RXNREL has it.
std::string relation_row(int second, std::string_view relation, int first) {
  return std::to_string(first) + "||CUI|RO|" + std::to_string(second) + "||CUI|" + std::string(relation) + "|1||RXNORM|RXNORM||||4096|";
}
std::string attribute_row(int cui, std::string_view name, std::string_view value, std::string_view sab = "RXNORM", std::string_view suppress = "N") {
  return std::to_string(cui) + "|||9|AUI|" + std::to_string(cui) + "|||" + std::string(name) + "|" + std::string(sab) + "|" + std::string(value) + "|" + std::string(suppress) + "|4096|";
}

/// Some real ingredients (4018 ergocalciferol, 2418 cholecalciferol, 46041 alendronate, 7646 omeprazole) under
/// invented products.
struct Release {
  std::vector<std::string> concepts{
      concept_row(4018, "IN", "ergocalciferol"), concept_row(2418, "IN", "cholecalciferol"), concept_row(7646, "IN", "omeprazole"),
      concept_row(723, "IN", "amoxicillin"), concept_row(46041, "IN", "alendronate"), concept_row(900001, "DF", "Oral Capsule"),
      concept_row(900002, "DF", "Oral Tablet"), concept_row(900003, "DF", "Oral Solution"),
      concept_row(910001, "SCDC", "ergocalciferol 1.25 MG"), concept_row(920001, "SCD", "ergocalciferol 1.25 MG Oral Capsule"),
      concept_row(920001, "PSN", "ergocalciferol capsule"), concept_row(920001, "SCD", "not ours", "N", "OTHER"),
      concept_row(930001, "SBD", "ergocalciferol 1.25 MG Oral Capsule [Drisdol]"), concept_row(940001, "BN", "Drisdol"),
      concept_row(910002, "SCDC", "alendronic acid 70 MG"), concept_row(910003, "SCDC", "cholecalciferol 0.14 MG"),
      concept_row(920002, "SCD", "alendronic acid 70 MG / cholecalciferol 0.14 MG Oral Tablet"),
      concept_row(910004, "SCDC", "cholecalciferol 0.01 MG/ML"), concept_row(920003, "SCD", "cholecalciferol 0.01 MG/ML Oral Solution"),
      concept_row(910005, "SCDC", "omeprazole 20 MG"), concept_row(920004, "SCD", "omeprazole 20 MG Delayed Release Oral Capsule", "O"),
      concept_row(910006, "SCDC", "amoxicillin 500 MG"), concept_row(920005, "SCD", "amoxicillin 500 MG Oral Capsule"),
      concept_row(950001, "GPCK", "{14 (amoxicillin 500 MG Oral Capsule) / 14 (omeprazole 20 MG Delayed Release Oral Capsule) } Pack"),
      concept_row(960001, "BPCK", "{14 (amoxicillin) / 14 (omeprazole) } Pack [Omeclamox]"),
      concept_row(920006, "SCD", "omeprazole 40 MG Oral Capsule, wrong", "Y"),
      concept_row(970001, "SCDF", "cholecalciferol Oral Tablet"), concept_row(197361, "SCD", "cholecalciferol 1000 UNT Oral Tablet"),
      concept_row(920007, "SCD", "cholecalciferol 2000 UNT Oral Capsule"), concept_row(910007, "SCDC", "cholecalciferol 2000 UNT")};
  std::vector<std::string> relations{
      relation_row(910001, "has_ingredient", 4018), relation_row(920001, "consists_of", 910001), relation_row(920001, "has_dose_form", 900001),
      relation_row(930001, "tradename_of", 920001), relation_row(930001, "has_ingredient", 940001), relation_row(940001, "tradename_of", 4018),
      relation_row(930001, "has_dose_form", 900001), relation_row(910002, "has_ingredient", 46041), relation_row(2418, "ingredient_of", 910003),
      relation_row(910002, "constitutes", 920002), relation_row(920002, "consists_of", 910003), relation_row(900002, "dose_form_of", 920002),
      relation_row(910004, "has_ingredient", 2418), relation_row(920003, "consists_of", 910004), relation_row(920003, "has_dose_form", 900003),
      relation_row(910005, "has_ingredient", 7646), relation_row(920004, "consists_of", 910005), relation_row(910006, "has_ingredient", 723),
      relation_row(920005, "consists_of", 910006), relation_row(950001, "contains", 920004), relation_row(950001, "contains", 920005),
      relation_row(960001, "tradename_of", 950001), relation_row(920006, "consists_of", 910005), relation_row(970001, "has_ingredient", 2418), relation_row(970001, "has_dose_form", 900002),
      relation_row(197361, "consists_of", 910003), relation_row(920007, "consists_of", 910007), relation_row(910007, "has_ingredient", 2418),
      relation_row(920007, "isa", 970001)};
  std::vector<std::string> attributes{
      attribute_row(910001, "RXN_STRENGTH", "1.25 MG"), attribute_row(920001, "RXN_AVAILABLE_STRENGTH", "1.25 MG"),
      attribute_row(920001, "NDC", "64380073706"), attribute_row(930001, "NDC", "00024039002"), attribute_row(920005, "NDC", "00093310905"),
      attribute_row(920003, "NDC", "0378-0460-01", "MTHSPL"), attribute_row(920001, "NDC", "64380073706", "MTHSPL"),
      attribute_row(930001, "NDC", "64380073706", "MTHSPL"), attribute_row(920001, "NDC", "11111111111", "MTHSPL"),
      attribute_row(930001, "NDC", "11111111111", "MTHSPL"), attribute_row(920001, "NDC", "22222222222", "RXNORM", "O"),
      attribute_row(920007, "RXN_AVAILABLE_STRENGTH", "1000 UNT"), attribute_row(920001, "RXN_HUMAN_DRUG", "US")};
};

std::string table(const Release& release, RxnormTables::Counts* counts = nullptr) {
  static const auto shipped = Knowledge::load(shipped_knowledge_files()).value();
  RxnormTables tables(*shipped);
  for (const auto& row : release.concepts) EXPECT_TRUE(tables.add_concept(row)) << row;
  for (const auto& row : release.relations) EXPECT_TRUE(tables.add_relation(row)) << row;
  for (const auto& row : release.attributes) EXPECT_TRUE(tables.add_attribute(row)) << row;
  RxnormTables::Counts own;
  return tables.table("RXNORM_25AA", counts ? *counts : own);
}

}  // namespace

TEST(RxnormTables, DrugsBrandsAndCombinations) {
  const std::string text = table({});
  EXPECT_THAT(text, HasSubstr("rxnorm,920001,ergocalciferol 1.25 MG Oral Capsule,ergocalciferol,1.25,MG,Oral Capsule,RxNorm,RXNORM_25AA,,product\n"));
  EXPECT_THAT(text, HasSubstr("rxnorm,930001,ergocalciferol 1.25 MG Oral Capsule [Drisdol],ergocalciferol,1.25,MG,Oral Capsule,RxNorm,RXNORM_25AA,,product\n"));
  EXPECT_THAT(text, HasSubstr("rxnorm,920002,alendronic acid 70 MG / cholecalciferol 0.14 MG Oral Tablet,alendronate,70,MG,Oral Tablet,RxNorm,RXNORM_25AA,,product\n"
                              "rxnorm,920002,alendronic acid 70 MG / cholecalciferol 0.14 MG Oral Tablet,cholecalciferol,0.14,MG,Oral Tablet,RxNorm,RXNORM_25AA,,product\n"));
  EXPECT_THAT(text, HasSubstr("rxnorm,920003,cholecalciferol 0.01 MG/ML Oral Solution,cholecalciferol,0.01,MG/ML,Oral Solution,"));
  EXPECT_THAT(text, HasSubstr("rxnorm,940001,Drisdol,ergocalciferol,,,,"));
  EXPECT_THAT(text, HasSubstr("rxnorm,970001,cholecalciferol Oral Tablet,cholecalciferol,,,Oral Tablet,RxNorm,RXNORM_25AA,,ingredient\n"));
  EXPECT_THAT(text, Not(HasSubstr("amoxicillin 500 MG Oral Capsule,")));  // no rule is about it
}

TEST(RxnormTables, PacksHoldDrugsAndNoOneStrength) {
  const std::string text = table({});
  EXPECT_THAT(text, HasSubstr("rxnorm,950001,{14 (amoxicillin 500 MG Oral Capsule) / 14 (omeprazole 20 MG Delayed Release Oral Capsule) } Pack,omeprazole,,,,RxNorm,"));
  EXPECT_THAT(text, HasSubstr(" } Pack [Omeclamox],omeprazole,,,,"));
  EXPECT_THAT(text, HasSubstr("Pack [Omeclamox],other,,,,"));
}

TEST(RxnormTables, ObsoleteStaysSuppressedAndNeverUsedGo) {
  RxnormTables::Counts counts;
  const std::string text = table({}, &counts);
  EXPECT_THAT(text, HasSubstr("rxnorm,920004,omeprazole 20 MG Delayed Release Oral Capsule,omeprazole,20,MG,,RxNorm,RXNORM_25AA,obsolete in this release,product\n"));
  EXPECT_THAT(text, Not(HasSubstr("920006")));
  EXPECT_THAT(text, Not(HasSubstr("197361")));
  EXPECT_EQ(counts.obsolete, 1u);
  EXPECT_EQ(counts.suppressed, 1u);
  EXPECT_EQ(counts.never_used, 1u);
}

TEST(RxnormTables, StrengthsThatContradictEachOtherAreNoStrength) {
  RxnormTables::Counts counts;
  EXPECT_THAT(table({}, &counts), HasSubstr("rxnorm,920007,cholecalciferol 2000 UNT Oral Capsule,cholecalciferol,,,,"));
  EXPECT_EQ(counts.strengths_unreadable, 1u);
  Release agreeing;
  agreeing.attributes.push_back(attribute_row(910007, "RXN_STRENGTH", "1000 UNT"));
  EXPECT_THAT(table(agreeing), HasSubstr("cholecalciferol 2000 UNT Oral Capsule,cholecalciferol,1000,UNT,,"));
  Release bare;  // no component says how much: the product's own attribute does
  bare.relations.push_back(relation_row(920008, "has_ingredient", 2418));
  bare.concepts.push_back(concept_row(920008, "SCD", "cholecalciferol Oral Capsule"));
  bare.attributes.push_back(attribute_row(920008, "RXN_AVAILABLE_STRENGTH", "5000 UNT"));
  EXPECT_THAT(table(bare), HasSubstr("rxnorm,920008,cholecalciferol Oral Capsule,cholecalciferol,5000,UNT,,"));
}

TEST(RxnormTables, Ndcs) {
  RxnormTables::Counts counts;
  const std::string text = table({}, &counts);
  EXPECT_THAT(text, HasSubstr("ndc,00024039002,ergocalciferol 1.25 MG Oral Capsule [Drisdol],ergocalciferol,1.25,MG,"));
  EXPECT_THAT(text, HasSubstr("ndc,64380073706,ergocalciferol 1.25 MG Oral Capsule,ergocalciferol"));  // RxNorm's own word
  EXPECT_THAT(text, HasSubstr("ndc,00378046001,cholecalciferol 0.01 MG/ML Oral Solution,"));            // a source's hyphens
  EXPECT_THAT(text, Not(HasSubstr("11111111111")));  // two products
  EXPECT_THAT(text, Not(HasSubstr("22222222222")));  // obsolete attribute
  EXPECT_THAT(text, Not(HasSubstr("00093310905")));  // amoxicillin
  EXPECT_EQ(counts.ndcs, 3u);
  EXPECT_EQ(counts.ndcs_ambiguous, 1u);
}

TEST(RxnormTables, TheOrderOfRowsDoesNotMatter) {
  Release turned;
  for (auto* rows : {&turned.concepts, &turned.relations, &turned.attributes}) std::reverse(rows->begin(), rows->end());
  EXPECT_EQ(table(turned), table({}));
}

TEST(RxnormTables, TheTableIsReadBack) {
  const Files files{{"imported/rxnorm.csv", table({})}};
  const auto knowledge = site(files);
  EXPECT_EQ(told(knowledge->notices()), "");
  const ProductEntry* plus_d = knowledge->product(cofactor::fhir::CodeSystem::rxnorm, "920002");
  ASSERT_NE(plus_d, nullptr);
  ASSERT_TRUE(plus_d->vitamin_d);
  EXPECT_DOUBLE_EQ(plus_d->vitamin_d->amount, 140);  // micrograms: 5,600 IU
  EXPECT_TRUE(plus_d->combination);
  EXPECT_EQ(plus_d->vitamin_d->basis, "product-strength");
  // A dose form group is no product: two strengths of it are two medicines.
  EXPECT_TRUE(plus_d->product);
  EXPECT_TRUE(knowledge->product(cofactor::fhir::CodeSystem::rxnorm, "950001")->product);
  EXPECT_FALSE(knowledge->product(cofactor::fhir::CodeSystem::rxnorm, "970001")->product);
  EXPECT_NE(knowledge->product(cofactor::fhir::CodeSystem::ndc, "0024-0390-02"), nullptr);
}

TEST(RxnormTables, RowsThatAreNone) {
  const auto shipped = Knowledge::load(shipped_knowledge_files()).value();
  RxnormTables tables(*shipped);
  EXPECT_FALSE(tables.add_concept("4018|ENG||||||40180||||RXNORM|IN|4018|ergocalci"));
  EXPECT_FALSE(tables.add_concept("x" + concept_row(4018, "IN", "x")));
  EXPECT_FALSE(tables.add_relation("1|2|3"));
  EXPECT_FALSE(tables.add_attribute("<html>"));
}
