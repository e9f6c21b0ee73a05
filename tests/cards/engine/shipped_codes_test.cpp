// Proves: every SNOMED CT and LOINC code of the shipped knowledge has its right check digit, no code survives two
// neighbouring digits in each other's place, and the loader says so in whichever file it happens.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cards/engine/code_checks.hpp"
#include "cards/engine/csv.hpp"
#include "site_set.hpp"

using namespace cofactor::cards;
using namespace cofactor::cards::testing_site;
using testing::HasSubstr;

namespace {

struct Shipped {
  std::string file, code;
};

/// All codes of a column where another column has a value ("" for any).
std::vector<Shipped> codes(const std::string& folder, const std::string& column, const std::string& where, const std::string& value) {
  std::vector<Shipped> out;
  for (const KnowledgeFile& file : shipped_knowledge_files()) {
    if (file.path.rfind(folder, 0) != 0 || !file.path.ends_with(".csv")) continue;
    const CsvTable table = read_csv(file.bytes);
    const auto place = [&](const std::string& name) {
      return static_cast<std::size_t>(std::find(table.header.begin(), table.header.end(), name) - table.header.begin());
    };
    const std::size_t at = place(column), test = place(where);
    for (const CsvRow& row : table.rows)
      if (at < row.fields.size() && test < row.fields.size() && (value.empty() || row.fields[test] == value)) out.push_back({file.path, row.fields[at]});
  }
  return out;
}
bool digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

TEST(ShippedCodes, SnomedCheckDigitsFindEveryTransposition) {
  std::vector<Shipped> all = codes("products/", "code", "system", "snomed");
  for (const auto& more : {codes("value-sets/conditions.csv", "code", "system", "snomed"), codes("value-sets/routes.csv", "value", "kind", "code")})
    all.insert(all.end(), more.begin(), more.end());
  EXPECT_GT(all.size(), 400u);
  std::size_t transposed = 0;
  for (const Shipped& each : all) {
    EXPECT_TRUE(snomed_check_digit(each.code)) << each.file << " " << each.code;
    for (std::size_t i = 0; i + 1 < each.code.size(); ++i) {
      if (each.code[i] == each.code[i + 1]) continue;
      std::string wrong = each.code;
      std::swap(wrong[i], wrong[i + 1]);
      EXPECT_FALSE(snomed_check_digit(wrong)) << each.code << " as " << wrong;
      ++transposed;
    }
  }
  EXPECT_GT(transposed, 2500u);
}

TEST(ShippedCodes, LoincCheckDigitsFindEveryTranspositionButOneThatTheyCannot) {
  const std::vector<Shipped> all = codes("value-sets/labs.csv", "loinc", "loinc", "");
  EXPECT_GT(all.size(), 100u);
  std::size_t transposed = 0;
  for (const Shipped& each : all) {
    EXPECT_TRUE(loinc_check_digit(each.code)) << each.code;
    for (std::size_t i = 0; i + 1 < each.code.size(); ++i) {
      const std::size_t next = each.code[i + 1] == '-' ? i + 2 : i + 1;
      const char a = each.code[i], b = each.code[next];
      // Mod 10 does not tell 09 from 90: that is how LOINC's digit is defined.
      if (!digit(a) || a == b || (a == '0' && b == '9') || (a == '9' && b == '0')) continue;
      std::string wrong = each.code;
      std::swap(wrong[i], wrong[next]);
      EXPECT_FALSE(loinc_check_digit(wrong)) << each.code << " as " << wrong;
      ++transposed;
    }
  }
  EXPECT_GT(transposed, 300u);
}

TEST(ShippedCodes, TheLoaderRefusesATransposedCodeInEveryFileThatHoldsCodes) {
  const auto refused = [](const std::string& path, const std::string& code, const std::string& wrong) {
    Files files;
    for (const KnowledgeFile& file : shipped_knowledge_files()) {
      if (file.path != path) continue;
      files.emplace_back(path, file.bytes);
      const std::size_t at = files.back().second.find(code);
      ASSERT_NE(at, std::string::npos) << path;
      files.back().second.replace(at, code.size(), wrong);
    }
    EXPECT_THAT(faults(files), testing::ContainsRegex(path + " .*`" + wrong + "`.*check digit")) << path;
  };
  refused("products/snomed-substances.csv", "18414002", "81414002");
  refused("value-sets/conditions.csv", "44054006", "44045006");
  refused("value-sets/routes.csv", "26643006", "26634006");
  refused("value-sets/labs.csv", "19123-9", "19132-9");
  refused("lab-orders.json", "19123-9", "91123-9");
}
