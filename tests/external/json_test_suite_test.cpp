// Proves: JSONTestSuite's parsing files get the verdict that its names and our policy.json give
// them (placement (a): raw to the parser).
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "fhir/json/reader.hpp"

namespace {

namespace fs = std::filesystem;
using namespace cofactor;

const fs::path suite = fs::path(COFACTOR_SHARED) / "testdata" / "json-test-suite";

std::string bytes_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
std::vector<std::string> files_in(const char* folder) {
  std::vector<std::string> names;
  if (fs::exists(suite / folder))
    for (const auto& entry : fs::directory_iterator(suite / folder))
      names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

class JsonTestSuite : public testing::TestWithParam<std::string> {};
class JsonTransformSuite : public testing::TestWithParam<std::string> {};

/// "accept" or "reject"; the cases that the policy leaves to us are pinned here.
std::string wanted(const std::string& name, const json::Value& policy) {
  if (const json::Value* override_ = policy["overrides"].find(name))
    // The parser refuses U+0000 itself, so that no layer above can forget to.
    return override_->string().starts_with("reject") || name == "y_string_null_escape.json"
               ? "reject"
               : "accept";
  if (const json::Value* verdict = policy["i_cases"].find(name)) {
    if (verdict->string() == "reject") return "reject";
    // Underflow and big integers keep their text (a clinical reader refuses what it cannot hold); a
    // BOM is refused.
    return name == "i_structure_UTF-8_BOM_empty_object.json" ? "reject" : "accept";
  }
  return name.starts_with("y_") ? "accept" : "reject";
}

TEST_P(JsonTestSuite, HasTheVerdictOfThePolicy) {
  const auto policy = json::parse(bytes_of(suite / "policy.json"));
  ASSERT_TRUE(policy);
  const bool accepted = json::parse(bytes_of(suite / "test_parsing" / GetParam())).has_value();
  EXPECT_EQ(accepted ? "accept" : "reject", wanted(GetParam(), policy->root()));
}

// The transform files leave the verdict open. Ours: equal names and broken code points are refused;
// numbers keep their text; NFC and NFD twins are different names.
TEST_P(JsonTransformSuite, IsRefusedOnlyForNamesAndCodePoints) {
  const auto document = json::parse(bytes_of(suite / "test_transform" / GetParam()));
  if (GetParam().starts_with("object_same_key")) {
    ASSERT_FALSE(document);
    EXPECT_EQ(document.error().code, "duplicate-key");
  } else if (GetParam().find("invalid_codepoint") != std::string::npos ||
             GetParam().find("NULL") != std::string::npos) {
    EXPECT_FALSE(document);
  } else {
    EXPECT_TRUE(document);
  }
}

std::string test_name(const testing::TestParamInfo<std::string>& info) {
  std::string name = fs::path(info.param).stem().string();
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  return std::to_string(info.index) + "_" + name;
}
INSTANTIATE_TEST_SUITE_P(Parsing, JsonTestSuite, testing::ValuesIn(files_in("test_parsing")),
                         test_name);
INSTANTIATE_TEST_SUITE_P(Transform, JsonTransformSuite,
                         testing::ValuesIn(files_in("test_transform")), test_name);

}  // namespace
