// Proves: check digits of SNOMED CT and LOINC, and the spellings of NDC, ATC and ICD-10-CM that mean the same.
#include "cards/engine/code_checks.hpp"

#include <gtest/gtest.h>

using namespace cofactor::cards;
using cofactor::fhir::CodeSystem;

TEST(CodeChecks, SnomedVerhoeff) {
  EXPECT_TRUE(snomed_check_digit("385763009"));
  EXPECT_TRUE(snomed_check_digit("440941000124107"));
  EXPECT_FALSE(snomed_check_digit("385763008"));
  EXPECT_FALSE(snomed_check_digit("385736009"));  // neighbours swapped
  EXPECT_FALSE(snomed_check_digit(""));
  EXPECT_FALSE(snomed_check_digit("3857A3009"));
}

TEST(CodeChecks, LoincModTen) {
  for (const char* code : {"19123-9", "17861-6", "62292-8", "2601-3", "98979-8"}) EXPECT_TRUE(loinc_check_digit(code)) << code;
  for (const char* code : {"19123-8", "19132-9", "19123", "-9", "", "1912x-9"}) EXPECT_FALSE(loinc_check_digit(code)) << code;
}

TEST(CodeChecks, NdcBecomesElevenDigits) {
  const auto ndc = [](std::string_view code) { return std::string(PlainCode(CodeSystem::ndc, code).view()); };
  EXPECT_EQ(ndc("0378-0460-01"), "00378046001");
  EXPECT_EQ(ndc("30698-493-01"), "30698049301");
  EXPECT_EQ(ndc("68012-1054-3"), "68012105403");
  EXPECT_EQ(ndc("30698-0493-01"), "30698049301");
  EXPECT_EQ(ndc("30698049301"), "30698049301");
  EXPECT_EQ(ndc("64380-737"), "643800737");
  EXPECT_EQ(ndc("3069849301"), "");   // ten digits without hyphens have three meanings
  EXPECT_EQ(ndc("30698-493-01-9"), "");
  EXPECT_EQ(ndc("abc"), "");
}

TEST(CodeChecks, OtherSystems) {
  EXPECT_EQ(PlainCode(CodeSystem::icd10cm, "e55.9").view(), "E559");
  EXPECT_EQ(PlainCode(CodeSystem::atc, "a11cc05").view(), "A11CC05");
  EXPECT_EQ(PlainCode(CodeSystem::rxnorm, "1367410").view(), "1367410");
  EXPECT_EQ(PlainCode(CodeSystem::rxnorm, std::string(40, '1')).view(), "");
}
