// Promises: every product string of the specification's display_strings.csv gives the strength of
// its row, or no strength where the row has none or only knowledge of the brand can tell it; every
// spelling of ucum.csv its kind.
#include <gtest/gtest.h>

#include <set>

#include "clinical_csv.hpp"
#include "fhir/dosage/product_text.hpp"
#include "fhir/units/ucum.hpp"

namespace cofactor::fhir {
namespace {

using Row = std::map<std::string, std::string>;

double number(std::string text) {
  std::erase(text, ',');
  return std::strtod(text.c_str(), nullptr);
}

TEST(DisplayStrings, GiveTheVitaminDOfTheirRow) {
  // Known by the brand or the formulary, not by the text.
  const std::set<std::string> brands = {
      "THERA-D 2000 TABLET", "THERA-D 4000 TABLET",      "BIO-D-MULSION FORTE DROPS",
      "BIO-D-MULSION DROPS", "KIDS VITAMIN D3 TAB CHEW", "ERGOCALCIFEROL ORAL SOLUTION",
      "CALCIDOL DROPS"};
  const auto rows = clinical_rows("display_strings.csv");
  ASSERT_GE(rows.size(), 70u);
  for (const Row& row : rows) {
    const std::string& text = row.at("string");
    SCOPED_TRACE(text);
    const ProductText product = read_product_text(text);
    const std::string& strength = row.at("strength");
    if (brands.contains(text)) {
      for (const TextStrength& s : product.strengths) EXPECT_EQ(s.unit, TextStrength::Unit::none);
      continue;
    }
    if (strength.empty()) {
      for (const TextStrength& s : product.strengths) EXPECT_EQ(s.unit, TextStrength::Unit::none);
      continue;
    }
    ASSERT_FALSE(product.strengths.empty());
    const TextStrength& last = product.strengths.back();
    if (text == "VITAMIN D3 2,000 UNIT SPRAY") {
      // The name says 2,000; that a spray holds 1,000 is knowledge of the product.
      EXPECT_EQ(last.amount, 2000);
      EXPECT_EQ(last.per, TextStrength::Per::spray);
      continue;
    }
    if (!row.at("iu_per_dose_unit").empty()) {
      const double iu = last.unit == TextStrength::Unit::iu ? last.amount : last.amount * 40;
      EXPECT_DOUBLE_EQ(iu, number(row.at("iu_per_dose_unit")));
      EXPECT_TRUE(last.agrees);
    } else if (strength.find("/mL") != std::string::npos) {
      EXPECT_EQ(last.per, TextStrength::Per::millilitre);
      EXPECT_DOUBLE_EQ(last.amount, number(strength));
    } else if (strength.find("/g") != std::string::npos) {
      EXPECT_EQ(last.per, TextStrength::Per::gram);
      EXPECT_DOUBLE_EQ(last.amount, number(strength));
    } else if (row.at("unit") == "mg" && strength != "20-12.5") {
      EXPECT_DOUBLE_EQ(last.amount, number(strength) * 1000);
    } else if (row.at("unit") == "ug") {
      EXPECT_DOUBLE_EQ(last.amount, number(strength));
    } else {
      EXPECT_EQ(product.strengths.size(), 2u);
    }
  }
}

TEST(UcumTable, EverySpellingHasItsKind) {
  const std::map<std::string, std::set<UnitKind>> kinds = {
      {"iu", {UnitKind::iu}},
      {"mass", {UnitKind::mass}},
      {"chem", {UnitKind::amount, UnitKind::equivalents}},
      {"volume", {UnitKind::volume}},
      {"annotation", {UnitKind::ambiguous}},
      {"form", {UnitKind::dose_form, UnitKind::drop, UnitKind::spray, UnitKind::volume}}};
  int checked = 0;
  for (const Row& row : clinical_rows("ucum.csv")) {
    if (row.at("kind") == "conversion") continue;
    const bool words = row.at("system") == "(text)";
    // A row may list several spellings, with a plural or a code point in brackets.
    std::stringstream spellings(row.at("spelling"));
    for (std::string part; std::getline(spellings, part, '/');) {
      if (!words) part = row.at("spelling");
      while (!part.empty() && part.front() == ' ') part.erase(0, 1);
      while (!part.empty() && (part.back() == ' ' || part.back() == '?')) part.pop_back();
      const UnitReading unit =
          words ? read_unit("", "", part) : read_unit(row.at("system"), part, "");
      EXPECT_TRUE(kinds.at(row.at("kind")).contains(unit.kind))
          << row.at("spelling") << ": " << part;
      if (row.at("kind") == "iu") {
        EXPECT_DOUBLE_EQ(unit.factor, number(row.at("factor"))) << part;
      }
      if (row.at("kind") == "mass") {
        EXPECT_NEAR(unit.factor * 40, number(row.at("factor")), 1e-9 * number(row.at("factor")))
            << part;
      }
      ++checked;
      if (!words) break;
    }
  }
  EXPECT_GE(checked, 80);
}

}  // namespace
}  // namespace cofactor::fhir
