// Promises: every spelling of units.csv is read as the kind and factor beside it, and nothing else is.
#include "fhir/units/ucum.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

namespace cofactor::fhir {
namespace {

std::vector<std::string> fields(const std::string& line) {
  std::vector<std::string> out(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '"')
      quoted = !quoted;
    else if (c == ',' && !quoted)
      out.emplace_back();
    else
      out.back() += c;
  }
  return out;
}

std::string_view name_of(UnitKind kind) {
  switch (kind) {
    case UnitKind::unknown: return "unknown";
    case UnitKind::iu: return "iu";
    case UnitKind::mass: return "mass";
    case UnitKind::volume: return "volume";
    case UnitKind::dose_form: return "dose_form";
    case UnitKind::drop: return "drop";
    case UnitKind::spray: return "spray";
    case UnitKind::amount: return "amount";
    case UnitKind::equivalents: return "equivalents";
    case UnitKind::time: return "time";
    case UnitKind::ambiguous: return "ambiguous";
  }
  return "";
}

TEST(Units, EverySpellingOfTheTable) {
  std::ifstream file("tests/fhir/units/units.csv");
  std::string line;
  int rows = 0;
  while (std::getline(file, line)) {
    if (line.empty() || line[0] == '#') continue;
    const auto row = fields(line);
    ASSERT_EQ(row.size(), 5u) << line;
    const UnitReading unit = read_unit(row[0], row[1], row[2]);
    EXPECT_EQ(name_of(unit.kind), row[3]) << line;
    EXPECT_NEAR(unit.factor, std::stod(row[4]), 1e-12 * std::stod(row[4])) << line;
    ++rows;
  }
  EXPECT_GE(rows, 130);
}

TEST(Units, LongWordsAreUnknownNotCut) {
  EXPECT_EQ(read_unit("", "", std::string(200, 'm')).kind, UnitKind::unknown);
  EXPECT_EQ(read_unit("", "", "mg" + std::string(200, ' ')).kind, UnitKind::unknown);
}

TEST(LabUnits, SpellingVariants) {
  const auto words = [](std::string_view unit) { return read_lab_unit("", "", unit); };
  for (const char* text : {"mmol/L", "mmol/l", "MMOL/L", " mmol / L ", "mMol/L"})
    EXPECT_EQ(words(text), LabUnit::mmol_per_l) << text;
  for (const char* text : {"mg/dL", "mg/dl", "MG/DL", "mg%", "mg/100 mL", "mg/100mL"})
    EXPECT_EQ(words(text), LabUnit::mg_per_dl) << text;
  for (const char* text : {"mEq/L", "meq/l", "MEQ/L", "mval/l"}) EXPECT_EQ(words(text), LabUnit::meq_per_l) << text;
  for (const char* text : {"mL/min/1.73m2", "mL/min/{1.73_m2}", "ml/min/1.73 m²", "mL/min/1.73 m^2", "mL/min/1.73sq.m",
                           "mL/min/1.73"})
    EXPECT_EQ(words(text), LabUnit::ml_per_min_173) << text;
  EXPECT_EQ(words("mL/min"), LabUnit::ml_per_min);
  for (const char* text : {"umol/L", "µmol/L", "μmol/l", "mcmol/L"}) EXPECT_EQ(words(text), LabUnit::umol_per_l) << text;
  EXPECT_EQ(words("ng/mL"), LabUnit::ng_per_ml);
  EXPECT_EQ(words("ug/L"), LabUnit::ug_per_l);
  EXPECT_EQ(words("ng/L"), LabUnit::pg_per_ml);
  EXPECT_EQ(words("nmol/L"), LabUnit::nmol_per_l);
  EXPECT_EQ(words("g/dL"), LabUnit::g_per_dl);
  EXPECT_EQ(words("mg/L"), LabUnit::mg_per_l);
}

TEST(LabUnits, UnknownIsNotGuessed) {
  EXPECT_EQ(read_lab_unit("", "", ""), LabUnit::unknown);
  EXPECT_EQ(read_lab_unit("", "", "mg"), LabUnit::other);
  EXPECT_EQ(read_lab_unit("", "", "%"), LabUnit::other);
  EXPECT_EQ(read_lab_unit("", "", "mg/24h"), LabUnit::other);
  EXPECT_EQ(read_lab_unit("", "mmol/L", "mg/dL"), LabUnit::unknown);
  EXPECT_EQ(read_lab_unit("", "ug/L", "ng/mL"), LabUnit::ug_per_l);
  EXPECT_EQ(read_lab_unit("", "{local}", "mg/dL"), LabUnit::mg_per_dl);
}

}  // namespace
}  // namespace cofactor::fhir
