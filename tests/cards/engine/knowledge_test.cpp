// Proves: the shipped knowledge loads without a fault, its look-ups keep the traps of the clinical specification, and
// every kind of fault in a changed set is found with its place.
#include "cards/engine/knowledge.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

using namespace cofactor::cards;
using cofactor::fhir::CodeSystem;
using testing::HasSubstr;

namespace {

std::string told(const std::vector<KnowledgeProblem>& problems) {
  std::string text;
  for (const auto& p : problems) text += p.file + " " + p.pointer + ": " + p.text + "\n";
  return text;
}
const Knowledge& shipped() {
  static const auto knowledge = Knowledge::load(shipped_knowledge_files());
  if (!knowledge) throw std::runtime_error(told(knowledge.error()));
  return **knowledge;
}
/// Loads the shipped set with `from` replaced by `to` in one file; returns what is wrong then.
std::string with_change(const std::string& path, std::string_view from, std::string_view to) {
  auto files = shipped_knowledge_files();
  for (auto& file : files) {
    if (file.path != path) continue;
    const auto at = file.bytes.find(from);
    if (at == std::string::npos) return "nothing to change";
    file.bytes.replace(at, from.size(), to);
  }
  const auto loaded = Knowledge::load(std::move(files));
  return loaded ? "fine" : told(loaded.error());
}
DrugClass only_class(CodeSystem system, std::string_view code) {
  const ProductEntry* entry = shipped().product(system, code);
  if (!entry || entry->ingredients.size() != 1) return DrugClass::recognised_other;
  return entry->ingredients[0].drug_class;
}

}  // namespace

TEST(Knowledge, ShippedSetLoads) {
  const auto loaded = Knowledge::load(shipped_knowledge_files());
  ASSERT_TRUE(loaded) << told(loaded.error());
  EXPECT_EQ((*loaded)->revision().substr(0, 7), "sha256:");
  EXPECT_EQ((*loaded)->revision().size(), 7u + 64u);
}

TEST(Knowledge, RevisionDependsOnBytesNotOnOrder) {
  auto files = shipped_knowledge_files();
  std::reverse(files.begin(), files.end());
  EXPECT_EQ((*Knowledge::load(files))->revision(), shipped().revision());
  for (auto& file : files)
    if (file.path == "evidence.json") file.bytes += "\n";
  EXPECT_NE((*Knowledge::load(files))->revision(), shipped().revision());
}

TEST(Knowledge, NumbersOfTheSpecification) {
  EXPECT_EQ(shipped().threshold("vitd_high_iu_per_day").value, 4000);
  EXPECT_EQ(shipped().threshold("vitd_interaction_iu_per_day").value, 2000);
  EXPECT_EQ(shipped().threshold("mg_low").unit, "mmol/L");
  EXPECT_EQ(shipped().threshold("mg_lookback_none").strength, "house default");
  EXPECT_THROW(shipped().threshold("no_such_number"), std::logic_error);
}

TEST(Knowledge, NineRulesByRank) {
  const auto rules = shipped().rules();
  const auto place = [&](std::string_view rule) { return std::find(rules.begin(), rules.end(), rule) - rules.begin(); };
  EXPECT_LT(place("low-magnesium"), place("high-dose-multiple-depleters"));
  EXPECT_LT(place("high-dose-multiple-depleters"), place("high-dose-ppi"));
  EXPECT_LT(place("high-dose-other-depleter"), place("high-dose-no-magnesium"));
  EXPECT_LT(place("high-dose-depleter-monitoring"), place("dose-unreadable"));
  EXPECT_LT(place("dose-unreadable"), place("check-incomplete"));
}

TEST(Knowledge, NeverCitesWhatDoesNotExist) {
  for (const auto& file : shipped().files()) {
    EXPECT_THAT(file.bytes, testing::Not(HasSubstr("Vieth"))) << file.path;
    EXPECT_THAT(file.bytes, testing::Not(HasSubstr("Zheng"))) << file.path;
  }
}

TEST(Knowledge, AtcIsMatchedCodeByCode) {
  EXPECT_EQ(only_class(CodeSystem::atc, "A02BC08"), DrugClass::pcab);
  EXPECT_EQ(only_class(CodeSystem::atc, "A02BC11"), DrugClass::ppi);
  EXPECT_EQ(only_class(CodeSystem::atc, "A11CC04"), DrugClass::vitamin_d_active);
  EXPECT_EQ(only_class(CodeSystem::atc, "a11cc05"), DrugClass::vitamin_d_nutritional);
  EXPECT_EQ(only_class(CodeSystem::atc, "C09BA03"), DrugClass::thiazide_diuretic);
  EXPECT_EQ(only_class(CodeSystem::atc, "B05XA05"), DrugClass::magnesium_parenteral);
  EXPECT_EQ(only_class(CodeSystem::atc, "A06AD04"), DrugClass::magnesium_laxative_antacid);
  EXPECT_EQ(only_class(CodeSystem::atc, "A12CC02"), DrugClass::magnesium_supplement);
  EXPECT_EQ(shipped().product(CodeSystem::atc, "A02BC"), nullptr);
  EXPECT_TRUE(shipped().product(CodeSystem::atc, "S01AA11")->local_use);
  EXPECT_EQ(shipped().product(CodeSystem::atc, "A02BD05")->fixed_course_days, 14);
}

TEST(Knowledge, RxNormSnomedAndNdc) {
  const ProductEntry* capsule = shipped().product(CodeSystem::rxnorm, "1367410");
  ASSERT_NE(capsule, nullptr);
  EXPECT_TRUE(capsule->product);
  ASSERT_TRUE(capsule->vitamin_d);
  EXPECT_EQ(capsule->vitamin_d->amount, 50000);
  EXPECT_EQ(only_class(CodeSystem::rxnorm, "283562"), DrugClass::ppi);  // esomeprazole magnesium
  EXPECT_EQ(shipped().product(CodeSystem::rxnorm, "258337")->ingredients.size(), 2u);
  EXPECT_EQ(shipped().product(CodeSystem::rxnorm, "705728")->vitamin_d, std::nullopt);  // strength not confirmed
  EXPECT_EQ(shipped().product(CodeSystem::rxnorm, "198741")->elemental_magnesium_mg, 241.3);
  EXPECT_EQ(shipped().product(CodeSystem::rxnorm, "757968")->fixed_course_days, 14);
  EXPECT_EQ(only_class(CodeSystem::snomed, "387137007"), DrugClass::ppi);
  for (const char* ndc : {"30698-493-01", "30698049301", "64380-737-01", "64380-0737-01", "64380073701"})
    EXPECT_EQ(only_class(CodeSystem::ndc, ndc), DrugClass::vitamin_d_nutritional) << ndc;
}

TEST(Knowledge, DoNotUseCodesAreNeverFound) {
  for (const char* code : {"197361", "349382", "316879", "994832", "316901", "197901", "315246", "315249", "317127", "1536832", "904416", "1303736"}) {
    EXPECT_TRUE(shipped().do_not_use(CodeSystem::rxnorm, code)) << code;
    EXPECT_EQ(shipped().product(CodeSystem::rxnorm, code), nullptr) << code;
  }
}

TEST(Knowledge, Laboratories) {
  EXPECT_EQ(shipped().lab_group("19123-9"), LabGroup::magnesium_serum);
  EXPECT_EQ(shipped().lab_group("26746-8"), LabGroup::magnesium_rbc);
  EXPECT_EQ(shipped().lab_group("2598-1"), LabGroup::magnesium_not_assessment);
  EXPECT_EQ(shipped().lab_group("55937-7"), LabGroup::magnesium_not_assessment);
  EXPECT_EQ(shipped().lab_group("62292-8"), LabGroup::vitamin_d_25oh);
  for (const char* code : {"5683-8", "1220-3", "24323-8", "62290-2", "49054-0", "99999-9"})
    EXPECT_EQ(shipped().lab_group(code), std::nullopt) << code;
  EXPECT_THAT(shipped().loincs(LabGroup::magnesium_serum), testing::Contains("2601-3"));
}

TEST(Knowledge, Conditions) {
  const auto groups = [](CodeSystem system, std::string_view code) {
    const auto found = shipped().condition_groups(system, code);
    return std::set<std::string>(found.begin(), found.end());
  };
  EXPECT_EQ(groups(CodeSystem::snomed, "385763009"), std::set<std::string>{"end-of-life"});
  EXPECT_EQ(groups(CodeSystem::icd10cm, "E55.9"), std::set<std::string>{"vitamin-d-deficiency"});
  EXPECT_EQ(groups(CodeSystem::icd10cm, "Z99.2"), (std::set<std::string>{"dialysis", "ckd-4-5"}));
  EXPECT_EQ(groups(CodeSystem::icd10cm, "E11.3299"), std::set<std::string>{"type-2-diabetes"});
  EXPECT_EQ(groups(CodeSystem::icd10cm, "Z51.5"), std::set<std::string>{"palliative-care"});
  // The names that the situation asks for.
  EXPECT_EQ(groups(CodeSystem::icd10cm, "N17.9"), std::set<std::string>{"aki"});
  EXPECT_EQ(groups(CodeSystem::icd10cm, "N18.4"), std::set<std::string>{"ckd-4-5"});
  EXPECT_EQ(groups(CodeSystem::snomed, "77386006"), std::set<std::string>{"pregnancy"});
  EXPECT_EQ(groups(CodeSystem::snomed, "1260078007"), std::set<std::string>{"lactation"});
  for (const char* trap : {"60001007", "416519002", "235919008", "266890009", "60853003"})
    EXPECT_TRUE(groups(CodeSystem::snomed, trap).empty()) << trap;
}

TEST(Knowledge, NamesInText) {
  const auto classes = [](std::string_view text) {
    std::set<DrugClass> found;
    const NameHits hits = shipped().names_in(text);
    for (std::size_t i = 0; i < hits.count; ++i)
      for (const auto& ingredient : hits.entries[i]->ingredients) found.insert(ingredient.drug_class);
    return found;
  };
  using Set = std::set<DrugClass>;
  EXPECT_EQ(classes("ESOMEPRAZOLE MAGNESIUM DIHYDRATE 40 MG"), Set{DrugClass::ppi});
  EXPECT_EQ(classes("SALICYLATE (CHOLINE MAGNESIUM TRISALICYLATE)"), Set{DrugClass::recognised_other});
  EXPECT_EQ(classes("atorvastatin calcium 40 mg"), Set{});
  EXPECT_EQ(classes("Calcium 600 + D"), (Set{DrugClass::calcium_supplement, DrugClass::vitamin_d_nutritional}));
  EXPECT_EQ(classes("25-OH Vitamin D"), Set{DrugClass::recognised_other});
  EXPECT_EQ(classes("Vitamin D, 25-Hydroxy"), Set{DrugClass::recognised_other});
  EXPECT_EQ(classes("paricalcitol, a vitamin D analog"), Set{DrugClass::vitamin_d_active});
  EXPECT_EQ(classes("calcium carbonate without vitamin D"), (Set{DrugClass::calcium_supplement, DrugClass::recognised_other}));
  EXPECT_EQ(classes("BENICAR HCT 20-12.5 mg"), Set{DrugClass::thiazide_diuretic});
  EXPECT_EQ(classes("Dyazide"), (Set{DrugClass::thiazide_diuretic, DrugClass::k_sparing_diuretic}));
  EXPECT_EQ(classes("amlodipine 5 mg"), Set{});
  EXPECT_EQ(shipped().product_named("nothing known"), nullptr);
}

TEST(Knowledge, Routes) {
  EXPECT_EQ(shipped().route_code("26643006"), Route::oral);
  EXPECT_EQ(shipped().route_in("Both eyes", false), Route::local);
  EXPECT_EQ(shipped().route_in("Eye vitamin oral capsule", true), Route::oral);
  EXPECT_EQ(shipped().route_in("gentamicin ophthalmic ointment", true), Route::local);
  EXPECT_EQ(shipped().class_by_route(DrugClass::aminoglycoside, Route::oral), std::nullopt);
  EXPECT_EQ(shipped().class_by_route(DrugClass::aminoglycoside, Route::parenteral), DrugClass::aminoglycoside);
  EXPECT_EQ(shipped().class_by_route(DrugClass::magnesium_parenteral, Route::oral), DrugClass::magnesium_laxative_antacid);
}

TEST(KnowledgeProblems, ChangedNumbersAndWordsAreFine) {
  EXPECT_EQ(with_change("thresholds.json", "\"value\": 4000,", "\"value\": 3000,"), "fine");
  EXPECT_EQ(with_change("override-reasons.json", "\"Other\"", "\"Another reason\""), "fine");
}

TEST(KnowledgeProblems, JsonFaultsAreNamedWithTheirPlace) {
  EXPECT_THAT(with_change("thresholds.json", "\"value\": 4000,", "\"value\": \"4000\","), HasSubstr("thresholds.json /vitd_high_iu_per_day/value: must be a number"));
  EXPECT_THAT(with_change("thresholds.json", "\"unit\": \"mmol/L\"", "\"unit\": \"mg/dL\""), HasSubstr("is not the declared unit `mmol/L`"));
  EXPECT_THAT(with_change("thresholds.json", "\"mg_low\"", "\"mg_lo\""), HasSubstr("thresholds.json /mg_low: the number is missing"));
  EXPECT_THAT(with_change("thresholds.json", "\"mg_low\"", "\"mg_lo\""), HasSubstr("thresholds.json /mg_lo: nothing in the program asks"));
  EXPECT_THAT(with_change("thresholds.json", "\"source\"", "\"sauce\""), HasSubstr("unknown member"));
  EXPECT_THAT(with_change("thresholds.json", "{", "{{"), HasSubstr("cannot be read as JSON"));
  EXPECT_THAT(with_change("policy/high-dose-ppi.json", "\"will-monitor\"", "\"wil-monitor\""), HasSubstr("policy/high-dose-ppi.json /overrideReasons/1: unknown override reason `wil-monitor`"));
  EXPECT_THAT(with_change("policy/high-dose-ppi.json", "\"serum-magnesium\"", "\"magnesium\""), HasSubstr("unknown lab order `magnesium`"));
  EXPECT_THAT(with_change("policy/high-dose-ppi.json", "\"fda-ppi-2011\"", "\"vieth\""), HasSubstr("unknown citation `vieth`"));
  EXPECT_THAT(with_change("policy/high-dose-ppi.json", "\"rank\": 800", "\"rank\": 820"), HasSubstr("is also that of"));
  EXPECT_THAT(with_change("policy/high-dose-ppi.json", "\"summary\": \"", "\"summary\": \"{foo} "), HasSubstr("/sentences/summary: the program fills no placeholder {foo}"));
  EXPECT_THAT(with_change("sentences.json", "{egfr_date}", "{egfr_day}"), HasSubstr("sentences.json /renal: the program fills no placeholder {egfr_day}"));
  EXPECT_THAT(with_change("policy/high-dose-ppi.json", "\"summary\": \"", "\"summary\": \"{ "), HasSubstr("a placeholder must look like {name}"));
  EXPECT_THAT(with_change("policy/high-dose-ppi.json", "\"summary\"", "\"sumary\""), HasSubstr("/sentences/summary: the sentence is missing"));
  EXPECT_THAT(with_change("policy/high-dose-ppi.json", "\"rule\": \"high-dose-ppi\"", "\"rule\": \"ppi\""), HasSubstr("in the file of `high-dose-ppi`"));
  EXPECT_THAT(with_change("lab-orders.json", "19123-9", "19123-8"), HasSubstr("check digit is wrong"));
  EXPECT_THAT(with_change("evidence.json", "https://", "http://"), HasSubstr("must start with https://"));
}

TEST(KnowledgeProblems, TableFaultsAreNamedWithTheirLine) {
  EXPECT_THAT(with_change("products/rxnorm-ingredients.csv", "=ppi", "=ppis"), HasSubstr("with a class that Cofactor knows"));
  EXPECT_THAT(with_change("products/rxnorm-ingredients.csv", "rxnorm,4018", "rxnorm,2418"), HasSubstr("line 3, column code: the code `2418` stands twice"));
  EXPECT_THAT(with_change("products/snomed-substances.csv", "18414002", "18414003"), HasSubstr("check digit is wrong"));
  EXPECT_THAT(with_change("products/atc.csv", "system,code", "sytem,code"), HasSubstr("line 1: the first row must be"));
  EXPECT_THAT(with_change("value-sets/labs.csv", "19123-9", "19123-8"), HasSubstr("line 2, column loinc: `19123-8` is no LOINC code"));
  EXPECT_THAT(with_change("value-sets/labs.csv", "magnesium-serum", "magnesium-blut"), HasSubstr("unknown laboratory group"));
  EXPECT_THAT(with_change("value-sets/conditions.csv", "44054006", "44054007"), HasSubstr("is no SNOMED CT code"));
  EXPECT_THAT(with_change("names.csv", "\ncolecalciferol,", "\nCholecalciferol,"), HasSubstr("stands twice"));
  EXPECT_THAT(with_change("names.csv", "\ncolecalciferol,", "\n\"colecalciferol,"), HasSubstr("quotes do not match"));
}

TEST(KnowledgeProblems, ASiteCannotWordWhatNoCardMaySay) {
  EXPECT_THAT(with_change("sentences.json", "is a recognised short repletion course.", "makes serum magnesium Useless."),
              HasSubstr("sentences.json /course: must not say `useless`: "));
  EXPECT_THAT(with_change("policy/high-dose-ppi.json", "Long-term PPI use is associated with low magnesium (FDA 2011).", "The supplement sits inert."),
              HasSubstr("policy/high-dose-ppi.json /sentences/basis: must not say `inert`: "));
}

TEST(KnowledgeProblems, SourceAttributesAndHistoryAreAskedFor) {
  const char* const ppi = "policy/high-dose-ppi.json";
  EXPECT_THAT(with_change(ppi, "\"sourceAttributes\"", "\"sourceAtributes\""), HasSubstr("/sourceAttributes: is missing: say who developed and funded the rule"));
  EXPECT_THAT(with_change(ppi, "\"race\"", "\"rase\""), HasSubstr("/sourceAttributes/race: is missing"));
  EXPECT_THAT(with_change(ppi, "\"race\"", "\"rase\""), HasSubstr("/sourceAttributes/rase: unknown member"));
  EXPECT_THAT(with_change(ppi, "\"date\": \"2026-11-21\"", "\"date\": \"21.11.2026\""), HasSubstr("/changes/0/date: `21.11.2026` is no day"));
  EXPECT_THAT(with_change(ppi, "\"changes\": [", "\"changes\": [ {\"date\":\"2027-01-01\",\"author\":\"a\",\"what\":\"b\",\"why\":\"c\"},"),
              HasSubstr("/changes/1/date: is before the entry above it"));
}

TEST(KnowledgeProblems, WhoReadsTheAgeSaysThatItUsesTheDateOfBirth) {
  for (std::string_view rule : shipped().rules()) {
    const RulePolicy& policy = shipped().policy(rule);
    const auto& reads = policy.thresholds;
    if (std::none_of(reads.begin(), reads.end(), [](const std::string& key) { return key == "adult_age" || key.starts_with("vitd_ul_"); })) continue;
    EXPECT_EQ(policy.source_attributes.at("dateOfBirth").rfind("Used", 0), 0u) << rule;
  }
}

TEST(SiteFiles, EachChangedFileNeedsWhoWhenAndWhy) {
  const auto problems = [](std::string_view manifest) {
    std::vector<KnowledgeFile> site{{"thresholds.json", "{}"}, {"products/ours/main.csv", "x"}, {"formulary/main.csv", "adds codes, replaces nothing"}};
    if (!manifest.empty()) site.push_back({"site.json", std::string(manifest)});
    return told(site_problems(site));
  };
  EXPECT_EQ(problems(""), "site.json : is missing: it says who changed a file, when and why, and is needed for `thresholds.json`, `products/ours/main.csv`\n");
  const std::string person = R"(","date":"2026-03-01","author":"A. Pharmacist","reason":"policy 12"})";
  const std::string one = R"({"file":"thresholds.json)" + person, all = R"({"file":"products/ours/)" + person;
  EXPECT_EQ(problems(R"({"overrides":[)" + one + "," + all + "]}"), "");
  EXPECT_EQ(problems(R"({"overrides":[)" + one + "]}"), "site.json /overrides: has no entry for `products/ours/main.csv`: say who changed it, when and why\n");
  EXPECT_THAT(problems(R"({"overrides":[)" + one + "," + all + R"(,{"file":"names.cvs)" + person + "]}"),
              HasSubstr("site.json /overrides/2/file: there is no `names.cvs` in this folder"));
}

TEST(SiteFiles, WhatIsAsShippedNeedsNobody) {
  EXPECT_EQ(told(site_problems(shipped_knowledge_files())), "");
  EXPECT_EQ(told(site_problems({})), "");
}

TEST(SiteFiles, TheManifestIsPartOfTheSetAndItsFaultsAreNamed) {
  auto files = shipped_knowledge_files();
  files.push_back({"site.json", R"({"overrides":[{"file":"names.csv","date":"2026-03-01","author":"A","reason":"R"}]})"});
  const auto loaded = Knowledge::load(files);
  ASSERT_TRUE(loaded);
  EXPECT_NE((*loaded)->revision(), shipped().revision());
  ASSERT_EQ((*loaded)->site_overrides().size(), 1u);
  EXPECT_TRUE((*loaded)->site_overrides()[0].covers("names.csv"));
  for (const auto& [manifest, fault] : {std::pair{R"({"overrides":[]})", "site.json /overrides: must not be empty"},
                                        std::pair{"{}", "site.json /overrides: is missing"},
                                        std::pair{R"({"overrides":[{"file":"names.csv","date":"2026-02-30","author":"","why":"x"}]})",
                                                  "/overrides/0/author: must not be empty"}}) {
    files.back().bytes = manifest;
    const auto refused = Knowledge::load(files);
    ASSERT_FALSE(refused);
    EXPECT_THAT(told(refused.error()), HasSubstr(fault));
  }
}

TEST(KnowledgeProblems, AllAtOnceAndWholeFiles) {
  auto files = shipped_knowledge_files();
  std::erase_if(files, [](const auto& file) { return file.path == "names.csv" || file.path == "policy/low-magnesium.json"; });
  files.push_back({"policy/unheard-of.txt", "x"});
  files.push_back({"evidence.json", "{}"});
  const auto loaded = Knowledge::load(files);
  ASSERT_FALSE(loaded);
  const std::string text = told(loaded.error());
  EXPECT_THAT(text, HasSubstr("names.csv : the file is missing"));
  EXPECT_THAT(text, HasSubstr("policy/low-magnesium.json : the file is missing"));
  EXPECT_THAT(text, HasSubstr("policy/unheard-of.txt : is no file that Cofactor reads"));
  EXPECT_THAT(text, HasSubstr("evidence.json : is given twice"));
}
