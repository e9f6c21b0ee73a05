// Proves: absent, null, empty, whole, partial and failed answers are told apart, in every odd shape
// (P-11 to P-17, T-PAT-8).
#include "fhir/resources/bundle.hpp"

#include <gtest/gtest.h>

#include "fhir/json/reader.hpp"

using namespace cofactor;
using namespace cofactor::fhir;

namespace {
struct Read {
  json::Document document;
  Issues issues;
  ResourceList list;
  explicit Read(const char* text) {
    auto parsed = json::parse(text);
    EXPECT_TRUE(parsed) << text;
    document = std::move(*parsed);
    list = read_resources(&document.root(), json::ElementPath{nullptr, "prefetch.magnesium", -1},
                          issues);
  }
};
const char* const outcome_4119 =
    R"({"resourceType":"Bundle","total":1,"entry":[{"resource":{"resourceType":"Observation","id":"a"}},
        {"search":{"mode":"outcome"},"resource":{"resourceType":"OperationOutcome","issue":[{"severity":"warning","code":"processing",
          "details":{"coding":[{"system":"urn:oid:1.2.840.114350","code":"4119"}]}}]}}]})";
}  // namespace

TEST(ResourceList, StatesAreToldApart) {
  struct Row {
    const char* name;
    const char* value;
    SourceState state;
    const char* reason;
    std::size_t entries;
  };
  const Row rows[] = {
      {"null", "null", SourceState::none_found, "", 0},
      {"empty searchset", R"({"resourceType":"Bundle","type":"searchset","total":0})",
       SourceState::none_found, "", 0},
      {"empty entry list", R"({"resourceType":"Bundle","entry":[]})", SourceState::none_found, "",
       0},
      {"no type, no fullUrl",
       R"({"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Observation","id":"a"}}]})",
       SourceState::present, "", 1},
      {"collection",
       R"({"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Observation"}}]})",
       SourceState::present, "", 1},
      {"entry as object",
       R"({"resourceType":"Bundle","entry":{"resource":{"resourceType":"Observation"}}})",
       SourceState::present, "", 1},
      {"one resource alone", R"({"resourceType":"Observation","id":"a"})", SourceState::present, "",
       1},
      {"includes do not count for total",
       R"({"resourceType":"Bundle","total":1,"entry":[{"search":{"mode":"match"},"resource":{"resourceType":"MedicationRequest"}},
           {"search":{"mode":"include"},"resource":{"resourceType":"Medication"}}]})",
       SourceState::present, "", 2},
      {"next link",
       R"({"resourceType":"Bundle","link":[{"relation":"self","url":"a"},{"relation":"next","url":"b"}],
           "entry":[{"resource":{"resourceType":"Observation"}}]})",
       SourceState::incomplete, "next-link", 1},
      {"next link on an empty page",
       R"({"resourceType":"Bundle","link":[{"relation":"next","url":"b"}]})",
       SourceState::incomplete, "next-link", 0},
      {"empty but total 12", R"({"resourceType":"Bundle","total":12})", SourceState::incomplete,
       "total-larger", 0},
      {"total larger",
       R"({"resourceType":"Bundle","total":2,"entry":[{"resource":{"resourceType":"Observation"}}]})",
       SourceState::incomplete, "total-larger", 1},
      {"Epic: nothing found",
       R"({"resourceType":"Bundle","total":0,"entry":[{"search":{"mode":"outcome"},
           "resource":{"resourceType":"OperationOutcome","issue":[{"severity":"warning","code":"processing",
           "details":{"coding":[{"code":"4101"}]}}]}}]})",
       SourceState::none_found, "", 0},
      {"Epic: additional data may exist", outcome_4119, SourceState::incomplete, "outcome-entry",
       1},
      {"error outcome among entries",
       R"({"resourceType":"Bundle","entry":[{"resource":{"resourceType":"OperationOutcome",
           "issue":{"severity":"error","code":"timeout"}}},{"resource":{"resourceType":"Observation"}}]})",
       SourceState::incomplete, "outcome-entry", 1},
      {"information: suppressed",
       R"({"resourceType":"Bundle","entry":[{"resource":{"resourceType":"OperationOutcome",
           "issue":[{"severity":"information","code":"suppressed"}]}}]})",
       SourceState::incomplete, "outcome-entry", 0},
      {"outcome as the value",
       R"({"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"timeout"}]})",
       SourceState::error, "operation-outcome", 0},
      {"string", "\"<html>502</html>\"", SourceState::error, "not-a-resource", 0},
      {"number", "123", SourceState::error, "not-a-resource", 0},
      {"list", R"([{"resourceType":"Observation"}])", SourceState::error, "not-a-resource", 0},
      {"object without resourceType", R"({"id":"a"})", SourceState::error, "not-a-resource", 0},
      {"entry without resource",
       R"({"resourceType":"Bundle","entry":[{"fullUrl":"x"},{"resource":{"resourceType":"Observation"}}]})",
       SourceState::incomplete, "not-a-resource", 1},
      {"entry of a wrong kind", R"({"resourceType":"Bundle","entry":["...",7,null]})",
       SourceState::incomplete, "not-a-resource", 0},
      {"Bundle in a Bundle",
       R"({"resourceType":"Bundle","type":"batch-response","entry":[{"resource":{"resourceType":"Bundle",
           "entry":[{"resource":{"resourceType":"Observation"}},{"resource":{"resourceType":"Observation"}}]}}]})",
       SourceState::present, "", 2},
      {"entry but no resourceType", R"({"entry":[{"resource":{"resourceType":"Observation"}}]})",
       SourceState::present, "", 1},
  };
  for (const Row& row : rows) {
    const Read read(row.value);
    EXPECT_EQ(read.list.state, row.state) << row.name << " " << name_of(read.list.state);
    EXPECT_EQ(read.list.reason, row.reason) << row.name;
    EXPECT_EQ(read.list.entries.size(), row.entries) << row.name;
  }
}

TEST(ResourceList, AnAbsentKeyIsUnknown) {
  Issues issues;
  const ResourceList list = read_resources(nullptr, {}, issues);
  EXPECT_EQ(list.state, SourceState::absent);
  EXPECT_EQ(list.reason, "not-supplied");
  EXPECT_EQ(name_of(list.state), "absent");
}

TEST(ResourceList, IssuesNameTheEntry) {
  const Read read(
      R"({"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Observation"}},{"resource":"x"}]})");
  ASSERT_EQ(read.issues.size(), 1u);
  EXPECT_EQ(read.issues[0].code, "not-a-resource");
  EXPECT_EQ(read.issues[0].path, "prefetch.magnesium.entry[1]");
}

TEST(ResourceList, NestingOfBundlesIsBounded) {
  std::string text = R"({"resourceType":"Observation"})";
  for (int i = 0; i < 10; ++i)
    text = R"({"resourceType":"Bundle","entry":[{"resource":)" + text + "}]}";
  const Read read(text.c_str());
  EXPECT_EQ(read.list.state, SourceState::incomplete);
}
