// Proves: every key that is read stands in the shipped JSON Schema and in docs/operations.md, and
// neither shows a key that is not read.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>

#include "cds-service/config/config.hpp"
#include "fhir/json/reader.hpp"

namespace cofactor::service {
namespace {

std::string text_of(const char* path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

void collect(const json::Value& schema, const std::string& pointer, std::set<std::string>& keys) {
  for (const json::Member& member : schema["properties"].members()) {
    const std::string here = pointer + "/" + std::string(member.name);
    keys.insert(here);
    collect(member.value, here, keys);
    collect(member.value["items"], here + "/*", keys);
  }
}

TEST(ConfigDocuments, TheSchemaHasExactlyTheKeysThatAreRead) {
  const auto schema = json::parse(text_of("deploy/cofactor.schema.json"));
  ASSERT_TRUE(schema) << schema.error().text;
  std::set<std::string> in_schema;
  collect(schema->root(), "", in_schema);
  const auto read = known_config_keys();
  EXPECT_EQ(in_schema, std::set<std::string>(read.begin(), read.end()));
}

TEST(ConfigDocuments, TheManualNamesEveryKey) {
  const std::string manual = text_of("docs/operations.md");
  for (const std::string& key : known_config_keys()) {
    const std::string name = "`" + key.substr(key.rfind('/') + 1) + "`";
    EXPECT_NE(manual.find(name), std::string::npos) << key;
  }
}

TEST(ConfigDocuments, TheManualNamesEveryDefaultOfTheSchema) {
  const auto schema = json::parse(text_of("deploy/cofactor.schema.json"));
  ASSERT_TRUE(schema);
  const std::string manual = text_of("docs/operations.md");
  for (const json::Member& limit : schema->root()["properties"]["limits"]["properties"].members()) {
    const std::string row = "| `" + std::string(limit.name) + "` | " +
                            std::string(limit.value["default"].number_text()) + " |";
    EXPECT_NE(manual.find(row), std::string::npos) << row;
  }
}

}  // namespace
}  // namespace cofactor::service
