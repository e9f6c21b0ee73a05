// Proves: every display string and every code of the clinical specification is identified with its class, ingredient and
// strength, from the specification's own tables.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "../cards/facts/drug_orders.hpp"
#include "cards/engine/csv.hpp"

namespace {

using namespace cofactor::cards;
using namespace cofactor::cards::testing_orders;
using cofactor::fhir::CodeSystem;

using Row = std::map<std::string, std::string>;

std::vector<Row> rows_of(const std::string& name) {
  std::ifstream in(std::string(COFACTOR_SHARED) + "/clinical/" + name, std::ios::binary);
  const CsvTable table = read_csv(std::string(std::istreambuf_iterator<char>(in), {}));
  EXPECT_EQ(table.error, "") << name;
  std::vector<Row> rows;
  for (const CsvRow& row : table.rows) {
    Row named;
    for (std::size_t i = 0; i < table.header.size() && i < row.fields.size(); ++i) named[table.header[i]] = row.fields[i];
    rows.push_back(std::move(named));
  }
  return rows;
}

/// The classes that a row of the specification must lead to; empty for rows that must not count.
std::set<DrugClass> wanted(const std::string& name) {
  using C = DrugClass;
  static const std::map<std::string, std::set<C>> classes{
      {"vitamin_d_nutritional", {C::vitamin_d_nutritional}}, {"vitamin_d_combination", {C::vitamin_d_nutritional}},
      {"multivitamin_with_d", {C::vitamin_d_nutritional}}, {"bisphosphonate_vitamin_d_combo", {C::vitamin_d_nutritional}},
      {"calcium_vitamin_d_combo", {C::vitamin_d_nutritional, C::calcium_supplement}},
      {"vitamin_d_active_analog", {C::vitamin_d_active}}, {"ppi", {C::ppi}}, {"pcab", {C::pcab}}, {"loop_diuretic", {C::loop_diuretic}},
      {"thiazide_diuretic", {C::thiazide_diuretic}}, {"thiazide_like_diuretic", {C::thiazide_diuretic}},
      {"thiazide_combination", {C::thiazide_diuretic}}, {"diuretic_combination_unspecified", {C::thiazide_diuretic}},
      {"thiazide_plus_k_sparing", {C::thiazide_diuretic, C::k_sparing_diuretic}},
      {"loop_plus_k_sparing", {C::loop_diuretic, C::k_sparing_diuretic}}, {"k_sparing_mg_sparing", {C::k_sparing_diuretic}},
      {"magnesium_supplement", {C::magnesium_supplement}}, {"magnesium_laxative_antacid", {C::magnesium_laxative_antacid}},
      {"magnesium_laxative", {C::magnesium_laxative_antacid}}, {"aminoglycoside", {C::aminoglycoside}},
      {"other_mg_wasting_antiinfective", {C::polymyxin_capreomycin}}, {"polyene_antifungal", {C::amphotericin_b}},
      {"platinum", {C::platinum}}, {"calcineurin_inhibitor", {C::calcineurin_inhibitor}}, {"mtor_inhibitor", {C::mtor_inhibitor}},
      {"egfr_antibody", {C::egfr_antibody}}, {"antiviral_chelator", {C::foscarnet}}, {"antiprotozoal", {C::pentamidine}},
      {"cardiac_glycoside", {C::cardiac_glycoside}}, {"vitamin_k_antagonist", {C::vitamin_k_antagonist}}, {"vitamin_k2", {C::vitamin_k2}},
      {"calcium_supplement", {C::calcium_supplement}}, {"mg_chelation_separation", {C::magnesium_chelation}},
      {"vitamin_d_malabsorption_drug", {C::malabsorption_drug}}, {"vitamin_d_catabolism_inducer", {C::vitamin_d_inducer}},
      {"glucocorticoid", {C::glucocorticoid}}, {"h2_blocker", {C::h2_blocker}}, {"lithium", {C::lithium}}, {"k_binder", {C::potassium_binder}},
      {"carbonic_anhydrase_inhibitor", {C::carbonic_anhydrase_inhibitor}}, {"qt_prolonging_antiarrhythmic", {C::qt_antiarrhythmic}}};
  const auto found = classes.find(name);
  return found == classes.end() ? std::set<C>{} : found->second;
}

void expect_class(const DrugReading& reading, const Row& row, const std::string& what) {
  const std::string& name = row.at("class");
  if (name == "not_magnesium_therapy" || name == "vitamin_k") {
    EXPECT_FALSE(reading.recognised) << what;
    return;
  }
  if (name == "topical_ignore" || name == "vitamin_d_topical_analog") {
    EXPECT_TRUE(reading.local_use || !reading.recognised) << what;
    return;
  }
  if (name == "magnesium_iv_or_laxative") {
    EXPECT_TRUE(reading.has(DrugClass::magnesium_parenteral) || reading.has(DrugClass::magnesium_laxative_antacid)) << what;
    return;
  }
  EXPECT_FALSE(wanted(name).empty()) << "class " << name << " of the specification has no counterpart";
  for (DrugClass c : wanted(name)) {
    EXPECT_TRUE(reading.has(c)) << what << " is not " << name_of(c) << " but " << ingredients(reading);
  }
  if (name != "vitamin_d_active_analog") {
    EXPECT_FALSE(reading.has(DrugClass::vitamin_d_active)) << what;
  } else {
    EXPECT_FALSE(reading.has(DrugClass::vitamin_d_nutritional)) << what;
  }
}

CodeSystem system_of(const std::string& url) {
  if (url.find("rxnorm") != std::string::npos) return CodeSystem::rxnorm;
  if (url.find("ndc") != std::string::npos) return CodeSystem::ndc;
  return url.find("snomed") != std::string::npos ? CodeSystem::snomed : CodeSystem::atc;
}

}  // namespace

TEST(DisplayStringsCsv, IngredientClassAndStrength) {
  int read = 0;
  for (const Row& row : rows_of("display_strings.csv")) {
    const std::string& text = row.at("string");
    const DrugReading reading = identify(text_order(text));
    expect_class(reading, row, text);
    const std::string& stated = row.at("strength");
    std::string iu = "-";
    if (!row.at("iu_per_dose_unit").empty()) iu = row.at("iu_per_dose_unit") + "/dose-unit";
    std::string figure;
    for (char c : stated.substr(0, stated.find_first_of("/ ")))
      if (c != ',') figure += c;
    if (stated.find("/mL") != std::string::npos) iu = figure + "/mL";
    if (stated.find("/g") != std::string::npos) iu = figure + "/g";
    if (stated.find("per drop") != std::string::npos) iu = figure + "/drop";
    EXPECT_EQ(strength(reading), iu) << text;
    if (row.at("ingredient").find_first_of("+/(") == std::string::npos && row.at("class") != "not_magnesium_therapy") {
      EXPECT_EQ(reading.ingredients.empty() ? "" : reading.ingredients.front().name, row.at("ingredient")) << text;
    }
    ++read;
  }
  EXPECT_GT(read, 70);
}

TEST(CodeTablesCsv, EveryCodeLeadsToItsClass) {
  int read = 0;
  for (const char* file : {"rxnorm_ingredients.csv", "rxnorm_products.csv", "atc.csv"}) {
    for (const Row& row : rows_of(file)) {
      if (row.at("code").empty()) continue;
      expect_class(identify(code_order(system_of(row.at("system")), row.at("code"))), row, row.at("code") + " " + row.at("name"));
      ++read;
    }
  }
  EXPECT_GT(read, 1100);
}

TEST(CodeTablesCsv, NamesAloneLeadToTheClassToo) {
  for (const char* file : {"rxnorm_ingredients.csv", "rxnorm_products.csv"}) {
    for (const Row& row : rows_of(file)) {
      if (row.at("name").find("grouping concept") != std::string::npos) continue;
      const DrugReading reading = identify(text_order(row.at("name")));
      // A name alone does not tell a magnesium laxative from a supplement of the same salt.
      if (row.at("class").rfind("magnesium_laxative", 0) == 0 && reading.has(DrugClass::magnesium_supplement)) continue;
      expect_class(reading, row, "the name " + row.at("name"));
    }
  }
}

TEST(CodeTablesCsv, LaboratoriesAndConditionsAreAllListed) {
  for (const Row& row : rows_of("loinc.csv")) {
    if (row.at("code").empty()) continue;
    const auto group = shipped().lab_group(row.at("code"));
    if (row.at("use") == "assess" && row.at("group").rfind("mg_", 0) == 0) {
      EXPECT_EQ(group, LabGroup::magnesium_serum) << row.at("code");
    }
    if (row.at("group").find("TRAP") != std::string::npos || row.at("use") == "do_not_use") {
      EXPECT_EQ(group, std::nullopt) << row.at("code");
    }
  }
  for (const Row& row : rows_of("snomed_conditions.csv")) {
    const auto system = row.at("system").find("snomed") != std::string::npos ? CodeSystem::snomed : CodeSystem::icd10cm;
    const auto groups = shipped().condition_groups(system, row.at("code"));
    if (row.at("group").find("TRAP") != std::string::npos) {
      EXPECT_TRUE(groups.empty()) << row.at("code");
    }
    if (row.at("group") == "end_of_life" && row.at("role") == "suppress") {
      ASSERT_EQ(groups.size(), 1u) << row.at("code");
      EXPECT_EQ(groups[0], "end-of-life");
    }
    if (row.at("role").rfind("gate", 0) == 0) {
      EXPECT_FALSE(groups.empty()) << row.at("code");
    }
  }
  for (const Row& row : rows_of("rxnorm_do_not_use.csv")) {
    EXPECT_FALSE(identify(code_order(CodeSystem::rxnorm, row.at("code"))).recognised);
  }
}
