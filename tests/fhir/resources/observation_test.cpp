// Proves: everything that decides whether a result may be used is read from where the versions put
// it.
#include "fhir/resources/observation.hpp"

#include <gtest/gtest.h>

#include "fhir/json/reader.hpp"

using namespace cofactor;
using namespace cofactor::fhir;

namespace {
struct Read {
  json::Document document;
  Issues issues;
  Observation observation;
  explicit Read(const std::string& members) {
    auto parsed = json::parse(R"({"resourceType":"Observation","id":"o","status":"final")" +
                              (members.empty() ? "" : "," + members) + "}");
    EXPECT_TRUE(parsed) << members;
    document = std::move(*parsed);
    observation =
        read_observation(document.root(), json::ElementPath{nullptr, "Observation", -1}, issues);
  }
};
}  // namespace

TEST(Observation, ValueComparatorAndRange) {
  const Read read(
      R"("code":{"coding":[{"system":"http://loinc.org","code":"19123-9"}]},"subject":{"reference":"Patient/p"},
    "effectiveDateTime":"2026-02-01T08:00:00Z","issued":"2026-02-01T09:00:00Z","specimen":{"display":"serum"},
    "valueQuantity":{"value":1.70,"comparator":"<","unit":"mg/dL","system":"http://unitsofmeasure.org","code":"mg/dL"},
    "interpretation":[{"coding":[{"code":"L"}]}],
    "referenceRange":[{"low":{"value":1.6,"unit":"mg/dL"},"high":{"value":2.6},"type":{"coding":[{"code":"normal"}]},"text":"1.6-2.6"}])");
  EXPECT_TRUE(read.issues.empty());
  const ObservationValue& value = read.observation.value;
  EXPECT_EQ(value.quantity->value->text, "1.70");
  EXPECT_EQ(value.quantity->comparator, "<");
  EXPECT_EQ(value.code.codings.at(0).known, CodeSystem::loinc);
  EXPECT_EQ(value.ranges.at(0).low->value->text, "1.6");
  EXPECT_EQ(value.ranges.at(0).type.codings.at(0).code, "normal");
  EXPECT_EQ(value.interpretation.codings.at(0).code, "L");
  EXPECT_EQ(read.observation.effective, "2026-02-01T08:00:00Z");
  EXPECT_EQ(read.observation.specimen_words.text, "serum");
}

TEST(Observation, AbsentAndOtherValues) {
  EXPECT_EQ(Read(R"("dataAbsentReason":{"coding":[{"code":"error"}]})")
                .observation.value.data_absent_reason.codings.at(0)
                .code,
            "error");
  EXPECT_EQ(Read(R"("valueString":"hemolyzed")").observation.value.value_string, "hemolyzed");
  EXPECT_TRUE(Read(R"("valueCodeableConcept":{"text":"low"})").observation.value.other_value);
  EXPECT_TRUE(Read(R"("valueInteger":2)").observation.value.other_value);
  EXPECT_FALSE(Read("").observation.value.other_value);
  const Read wrong(R"("valueQuantity":"2.0 mg/dL")");
  EXPECT_TRUE(wrong.observation.value.other_value);
  ASSERT_EQ(wrong.issues.size(), 1u);
  EXPECT_EQ(wrong.issues[0].path, "Observation.valueQuantity");
}

TEST(Observation, Times) {
  EXPECT_EQ(Read(R"("effectiveInstant":"2026-02-01T08:00:00Z")").observation.effective,
            "2026-02-01T08:00:00Z");
  const Read closed(R"("effectivePeriod":{"start":"2026-01-01","end":"2026-01-02"})");
  EXPECT_EQ(closed.observation.effective, "2026-01-02");
  EXPECT_FALSE(closed.observation.effective_open_period);
  const Read open(R"("effectivePeriod":{"start":"2026-01-01"})");
  EXPECT_EQ(open.observation.effective, "2026-01-01");
  EXPECT_TRUE(open.observation.effective_open_period);
}

TEST(Observation, ComponentsAndOlderPlacements) {
  const Read read(
      R"("code":{"text":"panel"},"component":[{"code":{"coding":[{"system":"http://loinc.org","code":"2601-3"}]},
      "valueQuantity":{"value":0.8,"unit":"mmol/L"}},7],
    "interpretation":{"coding":[{"code":"N"}]},"referenceRange":[{"meaning":{"text":"normal"}}])");
  ASSERT_EQ(read.observation.components.size(), 2u);
  EXPECT_EQ(read.observation.components[0].quantity->value->text, "0.8");
  EXPECT_EQ(read.observation.value.ranges.at(0).type.text, "normal");
  EXPECT_EQ(read.observation.value.interpretation.codings.at(0).code, "N");
}
