// Proves: FHIR ValueSets and ConceptMaps stand where a table could: their codes are found, what cannot be worked out
// offline is a named problem, and nothing is taken by halves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "site_set.hpp"

using namespace cofactor::cards;
using namespace cofactor::cards::testing_site;
using cofactor::fhir::Coding;
using cofactor::fhir::CodeSystem;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {
constexpr const char* snomed_url = "http://snomed.info/sct";
constexpr const char* lab_url = "http://lab.hospital.example/codes";
constexpr const char* drug_url = "urn:oid:1.2.3.4";

Coding coded(std::string_view system, std::string_view code) { return {system, code, {}, cofactor::fhir::code_system(system)}; }
std::vector<std::string> groups(const Knowledge& knowledge, std::string_view system, std::string_view code) {
  const auto found = knowledge.condition_groups(coded(system, code));
  return {found.begin(), found.end()};
}
std::string compose(const std::string& include, const std::string& more = "") {
  return R"({"resourceType":"ValueSet","status":"active","compose":{"include":[)" + include + "]" + more + "}}";
}
std::string expansion(const std::string& contains, const std::string& more = "") {
  return R"({"resourceType":"ValueSet","status":"active","expansion":{)" + more + R"("contains":[)" + contains + "]}}";
}
std::string concept_map(const std::string& source, const std::string& target, const std::string& elements) {
  return R"({"resourceType":"ConceptMap","group":[{"source":")" + source + R"(","target":")" + target + R"(","element":[)" + elements + "]}]}";
}
std::string element(const std::string& from, const std::string& to, const std::string& how) {
  return R"({"code":")" + from + R"(","target":[{"code":")" + to + "\"," + how + "}]}";
}
}  // namespace

TEST(ValueSets, ComposedCodesJoinTheirGroup) {
  const auto knowledge = site({{"value-sets/conditions/dialysis.site.json",
                                compose(R"({"system":"http://snomed.info/sct","concept":[{"code":"385763009"}]},
                                           {"system":"http://hospital.example/problems","concept":[{"code":"DIA1","display":"On dialysis"}]})")}});
  EXPECT_THAT(groups(*knowledge, snomed_url, "385763009"), testing::Contains("dialysis"));
  EXPECT_THAT(groups(*knowledge, "http://hospital.example/problems", "DIA1"), ElementsAre("dialysis"));
  EXPECT_THAT(groups(*knowledge, "http://hospital.example/problems", "DIA2"), ElementsAre());
}

TEST(ValueSets, ExpansionsMayBeNestedAndHoldHeadings) {
  const auto knowledge = site({{"value-sets/labs/magnesium-serum.json",
                                expansion(R"({"system":"http://lab.hospital.example/codes","code":"CHEM","abstract":true,
                                              "contains":[{"system":"http://lab.hospital.example/codes","code":"MG","contains":[
                                                {"system":"http://loinc.org","code":"100001-7"}]}]})", R"("total":3,)")}});
  EXPECT_EQ(knowledge->lab_group(coded(lab_url, "MG")), LabGroup::magnesium_serum);
  EXPECT_EQ(knowledge->lab_group(coded(lab_url, "CHEM")), std::nullopt);
  EXPECT_EQ(knowledge->lab_group("100001-7"), LabGroup::magnesium_serum);
  EXPECT_THAT(knowledge->loincs(LabGroup::magnesium_serum), testing::Contains("100001-7"));
}

TEST(ValueSets, ExcludedCodesAreOut) {
  const auto knowledge = site({{"value-sets/conditions/dialysis.json",
                                compose(R"({"system":"urn:oid:9.9","concept":[{"code":"A"},{"code":"B"}]})",
                                        R"(,"exclude":[{"system":"urn:oid:9.9","concept":[{"code":"B"}]}])")}});
  EXPECT_THAT(groups(*knowledge, "urn:oid:9.9", "A"), ElementsAre("dialysis"));
  EXPECT_THAT(groups(*knowledge, "urn:oid:9.9", "B"), ElementsAre());
}

TEST(ValueSets, MedicinesOfAClass) {
  const auto knowledge = site({{"value-sets/medicines/ppi.json",
                                compose(R"({"system":"urn:oid:1.2.3.4","concept":[{"code":"P1","display":"Omeprazole 20 mg cap"},{"code":"P2"}]},
                                           {"system":"http://www.nlm.nih.gov/research/umls/rxnorm","concept":[{"code":"7646","display":"omeprazole"}]})")}});
  const ProductEntry* entry = knowledge->product(coded(drug_url, "P1"));
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->ingredients.front().name, "omeprazole");
  EXPECT_EQ(entry->ingredients.front().drug_class, DrugClass::ppi);
  ASSERT_NE(knowledge->product(coded(drug_url, "P2")), nullptr);
  EXPECT_EQ(knowledge->product(coded(drug_url, "P2"))->ingredients.front().name, "ppi");
  // Known as that already: nothing changes, so an order's basis stays RxNorm.
  EXPECT_EQ(knowledge->product(CodeSystem::rxnorm, "7646")->origin, ProductEntry::Origin::shipped);
  EXPECT_EQ(told(knowledge->notices()), "");
}

TEST(ValueSets, WhatCannotBeWorkedOutIsAProblem) {
  const auto fault = [](const std::string& json) { return faults({{"value-sets/conditions/dialysis.json", json}}); };
  EXPECT_THAT(fault(compose(R"({"system":"http://snomed.info/sct","filter":[{"property":"concept","op":"is-a","value":"236435004"}]})")),
              HasSubstr("/compose/include/0/filter: a filter cannot be worked out without the code system: expand the value set on a terminology server"));
  EXPECT_THAT(fault(compose(R"({"system":"http://snomed.info/sct"})")), HasSubstr("/compose/include/0: all codes of `http://snomed.info/sct` are taken in"));
  EXPECT_THAT(fault(compose(R"({"valueSet":["http://example.org/vs"]})")), HasSubstr("/compose/include/0/valueSet"));
  EXPECT_THAT(fault(compose(R"({"system":"urn:oid:9.9","concept":[{"code":"A"}]})", R"(,"exclude":[{"system":"urn:oid:9.9","filter":[]}])")),
              HasSubstr("/compose/exclude/0/filter"));
  EXPECT_THAT(fault(expansion(R"({"system":"urn:oid:9.9","code":"A"})", R"("total":2500,)")), HasSubstr("/expansion/total: the expansion holds 1 of 2500 codes"));
  EXPECT_THAT(fault(expansion("")), HasSubstr("/expansion: holds no code"));
  EXPECT_THAT(fault(R"({"resourceType":"ValueSet"})"), HasSubstr("/compose: holds no code"));
  EXPECT_THAT(fault(R"({"resourceType":"CodeSystem"})"), HasSubstr("must be `ValueSet` or `ConceptMap`"));
  EXPECT_THAT(fault("{"), HasSubstr("is no JSON that can be read"));
  // An expansion is taken where the definition could not be.
  EXPECT_EQ(fault(R"({"resourceType":"ValueSet","compose":{"include":[{"system":"urn:oid:9.9","filter":[]}]},"expansion":{"contains":[{"system":"urn:oid:9.9","code":"A"}]}})"), "fine");
}

TEST(ValueSets, WrongCodesAndPlaces) {
  EXPECT_THAT(faults({{"value-sets/conditions/dialysis.json", compose(R"({"system":"http://snomed.info/sct","concept":[{"code":"385763008"}]})")}}),
              HasSubstr("/compose/include/0/concept/0: the code `385763008` is no SNOMED CT code: its check digit is wrong"));
  EXPECT_THAT(faults({{"value-sets/labs/magnesium-serum.json", compose(R"({"system":"http://loinc.org","concept":[{"code":"19132-9"}]})")}}),
              HasSubstr("is no LOINC code: its check digit is wrong"));
  EXPECT_THAT(faults({{"value-sets/labs/magnesium-serum.json", compose(R"({"system":"http://snomed.info/sct","concept":[{"code":"385763009"}]})")}}),
              HasSubstr("is no system of laboratory codes"));
  EXPECT_THAT(faults({{"value-sets/labs/magnesia.json", compose(R"({"system":"urn:oid:9.9","concept":[{"code":"A"}]})")}}), HasSubstr("there is no group `magnesia`"));
  EXPECT_THAT(faults({{"value-sets/ours.json", compose(R"({"system":"urn:oid:9.9","concept":[{"code":"A"}]})")}}), HasSubstr("the path must say what the codes are"));
  EXPECT_THAT(faults({{"value-sets/labs/magnesium-serum.json", compose(R"({"system":"ours","concept":[{"code":"A"}]})")}}), HasSubstr("is no URL or OID"));
}

TEST(ValueSets, AContradictionWithTheShippedTablesIsTold) {
  const Files files{{"value-sets/labs/magnesium-serum.json", compose(R"({"system":"http://loinc.org","concept":[{"code":"26746-8"}]})")}};
  EXPECT_EQ(site(files)->lab_group("26746-8"), LabGroup::magnesium_serum);
  EXPECT_THAT(notices(files), HasSubstr("`magnesium-serum` against `magnesium-rbc`"));
}

TEST(ConceptMaps, ALocalCodeTakesTheMeaningOfItsTarget) {
  const auto knowledge = site({{"formulary/drugs.json", concept_map(drug_url, "http://www.nlm.nih.gov/research/umls/rxnorm",
                                                                   element("E50", "1367410", R"("equivalence":"equivalent")") + "," +
                                                                       element("E51", "1367410", R"("relationship":"equivalent")") + "," +
                                                                       element("E52", "4018", R"("equivalence":"wider")") + "," +
                                                                       element("E53", "1367410", R"("relationship":"source-is-narrower-than-target")") + "," +
                                                                       element("E54", "1367410", R"("equivalence":"narrower")") + "," +
                                                                       element("E55", "999999999", R"("equivalence":"equal")") + "," +
                                                                       element("E56", "1367410", R"("equivalence":"unmatched")"))}});
  for (const char* code : {"E50", "E51"}) {
    const ProductEntry* entry = knowledge->product(coded(drug_url, code));
    ASSERT_NE(entry, nullptr) << code;
    ASSERT_TRUE(entry->vitamin_d) << code;
    EXPECT_EQ(entry->vitamin_d->amount, 50000) << code;
    EXPECT_EQ(entry->vitamin_d->basis, "formulary") << code;
  }
  for (const char* code : {"E52", "E53"}) {  // what is in it, not how much
    const ProductEntry* entry = knowledge->product(coded(drug_url, code));
    ASSERT_NE(entry, nullptr) << code;
    EXPECT_EQ(entry->ingredients.front().name, "ergocalciferol") << code;
    EXPECT_FALSE(entry->vitamin_d) << code;
  }
  for (const char* code : {"E54", "E55", "E56"}) EXPECT_EQ(knowledge->product(coded(drug_url, code)), nullptr) << code;
  EXPECT_THAT(told(knowledge->notices()), HasSubstr("of 6 mapped codes 1 lead to codes that no rule knows and 1 only to looser ones"));
}

TEST(ConceptMaps, LaboratoryCodesAndDiagnoses) {
  const auto knowledge = site({{"value-sets/labs/ours.json", concept_map(lab_url, "http://loinc.org", element("MG", "19123-9", R"("equivalence":"equivalent")"))},
                               {"value-sets/conditions/ours.json", concept_map("urn:oid:9.9", snomed_url, element("D", "44054006", R"("equivalence":"equivalent")"))}});
  EXPECT_EQ(knowledge->lab_group(coded(lab_url, "MG")), LabGroup::magnesium_serum);
  EXPECT_THAT(groups(*knowledge, "urn:oid:9.9", "D"), ElementsAre("type-2-diabetes"));
}

TEST(ConceptMaps, FaultsHaveTheirPlace) {
  const auto fault = [](const std::string& elements) {
    return faults({{"formulary/drugs.json", concept_map(drug_url, "http://www.nlm.nih.gov/research/umls/rxnorm", elements)}});
  };
  EXPECT_THAT(fault(element("E", "1367410", R"("comment":"?")")), HasSubstr("/group/0/element/0/target/0: does not say how the codes relate"));
  EXPECT_THAT(fault(element("E", "1367410", R"("equivalence":"similar")")), HasSubstr("by a word that FHIR does not have"));
  EXPECT_THAT(fault(element("E", "197361", R"("equivalence":"equal")")), HasSubstr("never used (do-not-use.csv): map to another one"));
  EXPECT_THAT(fault(element("E", "1367410", R"("equivalence":"equal")") + "," + element("E", "7646", R"("equivalence":"equal")")), HasSubstr("contradict each other"));
  EXPECT_THAT(faults({{"formulary/drugs.json", R"({"resourceType":"ConceptMap"})"}}), HasSubstr("/group: holds no mapping"));
  EXPECT_THAT(faults({{"formulary/drugs.csv", titles + "urn:oid:1.2.3.4,E,D3,cholecalciferol,1000,IU,capsule\n"},
                      {"formulary/drugs.json", concept_map(drug_url, "http://www.nlm.nih.gov/research/umls/rxnorm", element("E", "1367410", R"("equivalence":"equal")"))}}),
              HasSubstr("means two things"));
}
