// Proves: a site's formulary gives codes a meaning, every fault in it has file, row, column and a way out, and the order
// site, imported, shipped holds with every contradiction told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "site_set.hpp"

using namespace cofactor::cards;
using namespace cofactor::cards::testing_site;
using cofactor::fhir::Coding;
using cofactor::fhir::CodeSystem;
using cofactor::fhir::ProductStrength;
using testing::HasSubstr;
using testing::Not;

namespace {

Coding local(std::string_view system, std::string_view code) { return {system, code, {}, cofactor::fhir::code_system(system)}; }

/// "cholecalciferol 1250 mcg/unit" of the code, "-" when it is not known.
std::string meaning(const Knowledge& knowledge, const Coding& coding) {
  const ProductEntry* entry = knowledge.product(coding);
  if (!entry) return "-";
  std::string text;
  for (const auto& i : entry->ingredients) text += (text.empty() ? "" : "+") + i.name;
  if (entry->vitamin_d) {
    constexpr std::string_view pers[] = {"unit", "mL", "drop", "g"};
    text += " " + std::to_string(static_cast<long>(entry->vitamin_d->amount + 0.5)) +
            (entry->vitamin_d->in == ProductStrength::In::iu ? " IU/" : " mcg/") + std::string(pers[static_cast<int>(entry->vitamin_d->per)]);
  }
  if (entry->elemental_magnesium_mg) text += " Mg " + std::to_string(static_cast<long>(*entry->elemental_magnesium_mg + 0.5));
  if (entry->combination) text += " combined";
  if (entry->local_use) text += " local";
  if (entry->parenteral) text += " parenteral";
  if (entry->oral) text += " oral";
  return text;
}
constexpr std::string_view own = "urn:oid:1.2.840.114350.1.13.1.1.7.2.698288";

}  // namespace

TEST(Formulary, RowsBecomeProducts) {
  const auto knowledge = site(formulary(
      "urn:oid:1.2.840.114350.1.13.1.1.7.2.698288,8842,Vitamin D2 1.25 mg cap,ergocalciferol,\"50,000\",IU,capsule\n"
      "urn:oid:1.2.840.114350.1.13.1.1.7.2.698288,8843,D3 2000,Vitamin D3,50,mcg,tablet\n"
      "urn:oid:1.2.840.114350.1.13.1.1.7.2.698288,8844,D drops,colecalciferol,400,IU/drop,oral drops\n"
      "urn:oid:1.2.840.114350.1.13.1.1.7.2.698288,8845,D liquid,cholecalciferol,400,IU/5 mL,oral solution\n"
      "urn:oid:1.2.840.114350.1.13.1.1.7.2.698288,8846,Calcitriol inj,calcitriol,1,mcg/mL,injection\n"
      "urn:oid:1.2.840.114350.1.13.1.1.7.2.698288,8847,Omeprazole 20,omeprazole,20,mg,capsule\n"
      "urn:oid:1.2.840.114350.1.13.1.1.7.2.698288,8848,MgOx 400,magnesium oxide,400,mg,tablet\n"
      "urn:oid:1.2.840.114350.1.13.1.1.7.2.698288,8849,Timolol,other,,,eye drops\n"));
  EXPECT_EQ(meaning(*knowledge, local(own, "8842")), "ergocalciferol 50000 IU/unit");
  EXPECT_EQ(meaning(*knowledge, local(own, "8843")), "cholecalciferol 50 mcg/unit");
  EXPECT_THAT(meaning(*knowledge, local(own, "8844")), HasSubstr("cholecalciferol 400 IU/drop"));
  EXPECT_THAT(meaning(*knowledge, local(own, "8845")), HasSubstr("cholecalciferol 80 IU/mL"));
  EXPECT_EQ(meaning(*knowledge, local(own, "8846")), "calcitriol parenteral");
  EXPECT_EQ(meaning(*knowledge, local(own, "8847")), "omeprazole");
  EXPECT_EQ(meaning(*knowledge, local(own, "8848")), "magnesium oxide Mg 241");
  EXPECT_EQ(meaning(*knowledge, local(own, "8849")), "other local");
  EXPECT_EQ(meaning(*knowledge, local(own, "8850")), "-");
  EXPECT_EQ(meaning(*knowledge, local("urn:oid:1.2.3", "8842")), "-");
  EXPECT_EQ(meaning(*knowledge, local("", "8842")), "-");
}

TEST(Formulary, ACombinationHasARowForEachIngredient) {
  const auto knowledge = site(formulary(
      "http://hospital.example/drugs,A1,Fosamax D,alendronate,70,mg,tablet\n"
      "http://hospital.example/drugs,A1,Fosamax D,cholecalciferol,5600,IU,tablet\n"
      "http://hospital.example/drugs,A2,Multi,other,,,tablet\n"
      "http://hospital.example/drugs,A2,Multi,cholecalciferol,1000,IU,tablet\n"));
  EXPECT_EQ(meaning(*knowledge, local("http://hospital.example/drugs", "A1")), "alendronate+cholecalciferol 5600 IU/unit combined");
  EXPECT_EQ(meaning(*knowledge, local("http://hospital.example/drugs", "A2")), "cholecalciferol 1000 IU/unit combined");
}

TEST(Formulary, ASystemIsKnownInAnySpelling) {
  const auto knowledge = site(formulary("https://Hospital.example/Drugs/,A1,D3,cholecalciferol,5000,IU,capsule\n"
                                        "medi-span,019286,D3,cholecalciferol,5000,IU,capsule\n"
                                        "medi-span-gpi,77-20-20-32-00-01-10,D3,cholecalciferol,5000,IU,capsule\n"));
  for (const char* system : {"http://hospital.example/drugs", "https://hospital.example/Drugs/", "http://HOSPITAL.example/drugs|2026"})
    EXPECT_EQ(meaning(*knowledge, local(system, "A1")), "cholecalciferol 5000 IU/unit") << system;
  for (const char* code : {"19286", "019286"})
    EXPECT_EQ(meaning(*knowledge, local("urn:oid:2.16.840.1.113883.6.253", code)), "cholecalciferol 5000 IU/unit") << code;
  for (const char* code : {"77202032000110", "77-20-20-32-00-01-10"})
    EXPECT_EQ(meaning(*knowledge, local("2.16.840.1.113883.6.68", code)), "cholecalciferol 5000 IU/unit") << code;
}

TEST(Formulary, AnNdcInItsSpellings) {
  const auto knowledge = site(formulary("ndc,0378-0460-01,D3,cholecalciferol,5000,IU,capsule\n"
                                        "ndc,12345-678,D3,cholecalciferol,1000,IU,capsule\n"));
  for (const char* code : {"0378-0460-01", "00378-0460-01", "00378046001", "0378-460-01"})
    EXPECT_EQ(meaning(*knowledge, local("http://hl7.org/fhir/sid/ndc", code)), "cholecalciferol 5000 IU/unit") << code;
  EXPECT_EQ(meaning(*knowledge, local("urn:oid:2.16.840.1.113883.6.69", "12345-678-90")), "cholecalciferol 1000 IU/unit");
  EXPECT_EQ(meaning(*knowledge, local("http://hl7.org/fhir/sid/ndc", "0378046001")), "-");  // ten digits may be three codes
}

TEST(Formulary, TitlesAsPeopleWriteThem) {
  const auto knowledge = site({{"formulary.csv", "\xEF\xBB\xBF" "Code,System,Display,Ingredient,Strength per unit,Unit,Form,Note\r\n"
                                                 "7,http://hospital.example/drugs,D3,cholecalciferol,5000,IU,capsule,\"ours, new\"\r\n"}});
  EXPECT_EQ(meaning(*knowledge, local("http://hospital.example/drugs", "7")), "cholecalciferol 5000 IU/unit");
}

TEST(Formulary, FaultsSayFileRowColumnAndWhatToDo) {
  const auto fault = [](const std::string& row) { return faults(formulary(row)); };
  EXPECT_EQ(fault("ndc,0378-0460-01,D3,colecalcifrol,5000,IU,capsule\n"),
            "formulary/drugs.csv line 2, column ingredient: `colecalcifrol` is no ingredient that Cofactor knows: did you mean `colecalciferol`? "
            "write one ingredient a row by its generic name, or `other` for one that no rule is about\n");
  EXPECT_THAT(fault("ndc,3.78E+09,D3,cholecalciferol,5000,IU,capsule\n"), HasSubstr("line 2, column code: `3.78E+09` is no NDC: write it with its hyphens, or as 11 digits (spreadsheets drop leading zeros)"));
  EXPECT_THAT(fault("ndc,0378046001,D3,cholecalciferol,5000,IU,capsule\n"), HasSubstr("column code"));
  EXPECT_THAT(fault("ours,1,D3,cholecalciferol,5000,IU,capsule\n"), HasSubstr("column system: `ours` is no system of medicines: write rxnorm, ndc"));
  EXPECT_THAT(fault("loinc,19123-9,D3,cholecalciferol,5000,IU,capsule\n"), HasSubstr("column system"));
  EXPECT_THAT(fault("ndc,0378-0460-01,D3,cholecalciferol,plenty,IU,capsule\n"), HasSubstr("column strength_per_unit: `plenty` is no number"));
  EXPECT_THAT(fault("ndc,0378-0460-01,D3,cholecalciferol,-5,IU,capsule\n"), HasSubstr("column strength_per_unit"));
  EXPECT_THAT(fault("ndc,0378-0460-01,D3,cholecalciferol,,IU,capsule\n"), HasSubstr("column strength_per_unit: is empty"));
  EXPECT_THAT(fault("ndc,0378-0460-01,D3,cholecalciferol,5000,furlong,capsule\n"), HasSubstr("column unit: `furlong` is no unit of strength"));
  EXPECT_THAT(fault("ndc,0378-0460-01,D3,cholecalciferol,5000,mmol,capsule\n"), HasSubstr("cannot be a strength of vitamin D"));
  EXPECT_THAT(fault("ndc,0378-0460-01,D3,cholecalciferol,400,IU,oral drops\n"), HasSubstr("does not say per what"));
  EXPECT_THAT(fault("snomed,385763008,D3,cholecalciferol,400,IU,capsule\n"), HasSubstr("its check digit is wrong"));
  EXPECT_THAT(fault("ndc,0378-0460-01,D3,cholecalciferol,400,IU\n"), HasSubstr("has 6 columns, not 7"));
  EXPECT_THAT(fault("ndc,0378-0460-01,D3,cholecalciferol,400,IU,capsule\nndc,00378046001,D3,cholecalciferol,400,IU,capsule\n"),
              HasSubstr("line 3, column ingredient: `cholecalciferol` stands twice"));
  EXPECT_THAT(fault("ndc,0378-0460-01,D3,cholecalciferol,400,IU,capsule\nndc,0378-0460-01,Ca,calcium carbonate,400,mg,capsule\n"),
              HasSubstr("line 3, column display"));
  EXPECT_THAT(fault("rxnorm,197361,D3,cholecalciferol,1000,IU,capsule\n"), HasSubstr("never used (do-not-use.csv): remove the row"));
  EXPECT_THAT(faults({{"formulary/a.csv", "system;code;display\n"}}), HasSubstr("unknown column"));
  EXPECT_THAT(faults({{"formulary/a.csv", "system,code,display,ingredient,unit,form\n"}}), HasSubstr("the column `strength_per_unit` is missing"));
  EXPECT_THAT(faults({{"formulary/a.csv", ""}}), HasSubstr("empty"));
}

TEST(Formulary, AllFaultsAreToldAtOnce) {
  const std::string text = faults(formulary("ndc,1,D3,cholecalciferol,400,IU,capsule\nndc,0378-0460-01,D3,nonsense,1,IU,capsule\n"));
  EXPECT_THAT(text, HasSubstr("line 2"));
  EXPECT_THAT(text, HasSubstr("line 3"));
}

TEST(Formulary, TheSiteOutranksImportedAndShippedAndTheContradictionIsTold) {
  // Shipped: 1367410 is ergocalciferol 50,000 IU.
  const Coding code = local("http://www.nlm.nih.gov/research/umls/rxnorm", "1367410");
  const Files imported{{"imported/rxnorm.csv", titles + "rxnorm,1367410,Ergo,ergocalciferol,25000,UNT,Oral Capsule\n"}};
  EXPECT_EQ(meaning(*site(imported), code), "ergocalciferol 25000 IU/unit oral");
  EXPECT_THAT(notices(imported), HasSubstr("imported/rxnorm.csv line 2: the code `1367410` is used as the imported tables have it, but the shipped tables "
                                           "disagree: `25000 IU each of vitamin D` against `50000 IU each of vitamin D`"));
  Files both = imported;
  both.push_back({"formulary/drugs.csv", titles + "rxnorm,1367410,Ergo,ergocalciferol,1.25,mg,capsule\n"});
  EXPECT_EQ(meaning(*site(both), code), "ergocalciferol 1250 mcg/unit oral");
  EXPECT_THAT(notices(both), HasSubstr("formulary/drugs.csv line 2: the code `1367410` is used as the site's tables have it, but the imported tables disagree"));
  EXPECT_TRUE(site(both)->product(code)->disputed);
}

TEST(Formulary, WhatAgreesIsNoConflictAndKeepsWhatItDoesNotSay) {
  const Coding code = local("http://www.nlm.nih.gov/research/umls/rxnorm", "1367410");
  const Files files = formulary("rxnorm,1367410,Ergo 50,vitamin d,,,capsule\n");
  EXPECT_EQ(notices(files), "");
  EXPECT_THAT(meaning(*site(files), code), HasSubstr("50000 IU/unit"));
  EXPECT_FALSE(site(files)->product(code)->disputed);
  EXPECT_EQ(notices(formulary("rxnorm,1367410,Ergo,ergocalciferol,1.25,mg,capsule\n")), "");
}

TEST(Formulary, AnotherIngredientIsAConflict) {
  EXPECT_THAT(notices(formulary("rxnorm,1367410,Calcitriol,calcitriol,,,capsule\n")), HasSubstr("`calcitriol` against `ergocalciferol`"));
  EXPECT_THAT(notices(formulary("rxnorm,1367410,D3,cholecalciferol,50000,IU,capsule\n")), HasSubstr("`cholecalciferol` against `ergocalciferol`"));
}

TEST(Formulary, APackageAndItsProduct) {
  // Shipped: NDC 64380-737 is ergocalciferol 50,000 IU, whatever the package.
  const Coding package = local("http://hl7.org/fhir/sid/ndc", "64380-737-06");
  EXPECT_EQ(meaning(*site(formulary("ndc,64380-737-06,Ergo,ergocalciferol,5000,IU,capsule\n")), package), "ergocalciferol 5000 IU/unit");
  EXPECT_THAT(notices(formulary("ndc,64380-737-06,Ergo,ergocalciferol,5000,IU,capsule\n")), HasSubstr("on the product it is a package of"));
  // The site's word on the product outranks what an import says about a package.
  const Files files{{"imported/rxnorm.csv", titles + "ndc,64380073706,Ergo,ergocalciferol,25000,UNT,Oral Capsule\n"},
                    {"formulary/drugs.csv", titles + "ndc,64380-737,Ergo,ergocalciferol,50000,IU,capsule\n"}};
  EXPECT_EQ(meaning(*site(files), package), "ergocalciferol 50000 IU/unit");
  EXPECT_THAT(notices(files), HasSubstr("on its package 64380073706"));
}

TEST(Formulary, TwoTablesOfOneRankAreAFault) {
  EXPECT_THAT(faults({{"formulary/a.csv", titles + "ndc,0378-0460-01,D3,cholecalciferol,5000,IU,capsule\n"},
                      {"formulary/b.csv", titles + "ndc,0378-0460-01,D3,cholecalciferol,1000,IU,capsule\n"}}),
              HasSubstr("formulary/b.csv line 2, column code: the code `0378-0460-01` stands in `formulary/a.csv` too (line 2): keep one of them"));
}

TEST(Formulary, CodesThatAreNeverUsedNeverMatch) {
  const Coding code = local("http://www.nlm.nih.gov/research/umls/rxnorm", "197361");
  const Files imported{{"imported/rxnorm.csv", titles + "rxnorm,197361,D3,cholecalciferol,1000,UNT,Oral Capsule\n"}};
  EXPECT_EQ(meaning(*site(imported), code), "-");
  EXPECT_THAT(notices(imported), HasSubstr("never used (do-not-use.csv) and is left out"));
  EXPECT_THAT(faults({{"do-not-use.csv", "system,code,why,source\nrxnorm,1,x,y\n"}}), HasSubstr("the code `197361` is missing: a site may add to this list"));
}

TEST(Formulary, EveryShippedIngredientCanBeNamed) {
  // What `import-rxnorm` writes must be read back as the same class.
  const auto shipped = Knowledge::load(shipped_knowledge_files()).value();
  std::string rows;
  std::vector<std::pair<std::string, std::string>> expected;
  for (const auto& file : shipped->files()) {
    if (file.path != "products/rxnorm-ingredients.csv") continue;
    for (std::size_t at = file.bytes.find('\n') + 1, end = 0; at < file.bytes.size(); at = end + 1) {
      end = std::min(file.bytes.find('\n', at), file.bytes.size());
      const std::string code = file.bytes.substr(at + 7, file.bytes.find(',', at + 7) - at - 7);
      const ProductEntry* entry = shipped->product(CodeSystem::rxnorm, code);
      if (!entry || entry->ingredients.size() != 1 || entry->ingredients[0].drug_class == DrugClass::recognised_other) continue;
      rows += "http://h.example/d," + code + ",," + entry->ingredients[0].name + ",,,\n";
      expected.emplace_back(code, name_of(entry->ingredients[0].drug_class));
    }
  }
  const auto again = site(formulary(rows));
  for (const auto& [code, drug_class] : expected)
    EXPECT_EQ(name_of(again->product(local("http://h.example/d", code))->ingredients[0].drug_class), drug_class) << code;
  EXPECT_GT(expected.size(), 60u);
}
