// Proves: no element of a resource can have a JSON type that stops the reading: each member of rich
// resources is replaced in turn by every kind of value.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "fhir/json/reader.hpp"
#include "fhir/json/writer.hpp"
#include "fhir/resources/clinical.hpp"
#include "fhir/resources/medication_request.hpp"
#include "fhir/resources/observation.hpp"

using namespace cofactor;
using namespace cofactor::fhir;

namespace {

const char* const resources[] = {
    R"({"resourceType":"MedicationRequest","id":"d","status":"draft","intent":"order","subject":{"reference":"Patient/p","display":"x"},
      "contained":[{"resourceType":"Medication","id":"m","code":{"text":"t"},"form":{"text":"f"},"ingredient":[{"itemReference":{"reference":"#m"},
      "strength":{"numerator":{"value":1,"unit":"mg"},"denominator":{"value":1}}}]}],"medicationReference":{"reference":"#m"},
      "medicationCodeableConcept":{"coding":[{"system":"s","code":"c","display":"d"}],"text":"t"},"authoredOn":"2026-01-01","basedOn":[{"reference":"a/b"}],
      "dosageInstruction":[{"sequence":1,"text":"t","timing":{"event":["2026-01-01"],"repeat":{"frequency":1,"period":1,"periodUnit":"d","count":3,
      "dayOfWeek":["mon"],"timeOfDay":["08:00:00"],"when":["PC"],"boundsPeriod":{"start":"a","end":"b"},"boundsDuration":{"value":1}},"code":{"text":"BID"}},
      "asNeededBoolean":true,"route":{"text":"po"},"doseAndRate":[{"type":{"text":"ordered"},"doseQuantity":{"value":1,"unit":"mg"},"doseRange":{"low":{"value":1}}}],
      "maxDosePerPeriod":{"numerator":{"value":1}}}],"dispenseRequest":{"validityPeriod":{"start":"a"}}})",
    R"({"resourceType":"Observation","id":"o","status":"final","code":{"coding":[{"code":"c"}]},"subject":{"reference":"Patient/p"},
      "effectivePeriod":{"start":"a"},"valueQuantity":{"value":1,"unit":"u"},"valueString":"s","referenceRange":[{"low":{"value":1},"type":{"text":"t"}}],
      "component":[{"code":{"text":"x"},"valueQuantity":{"value":1}}],"interpretation":[{"text":"N"}],"dataAbsentReason":{"text":"x"}})",
    R"({"resourceType":"Condition","id":"c","clinicalStatus":{"coding":[{"code":"active"}]},"code":{"text":"t"},"onsetPeriod":{"start":"a"},
      "birthDate":"x","gender":"y","item":[{"code":{"text":"z"}}],"class":[{"coding":[{"code":"c"}]}],"location":[{"location":{"display":"d"}}],
      "type":[{"text":"t"}],"performedPeriod":{"end":"e"},"occurrencePeriod":{"start":"s"}})"};

const char* const replacements[] = {"null",
                                    "true",
                                    "7",
                                    "\"text\"",
                                    "[]",
                                    "{}",
                                    "[null]",
                                    "[[1]]",
                                    "[\"a\",{}]",
                                    "{\"coding\":7}",
                                    "{\"reference\":[]}",
                                    "1e308",
                                    "-1"};

/// Writes the tree with the n-th value replaced; returns how many values there are.
int write_replaced(json::Writer& out, const json::Value& value, int n, const char* replacement,
                   int count) {
  if (count++ == n) {
    out.raw(replacement);
    return count;
  }
  if (value.is_object()) {
    out.begin_object();
    for (const json::Member& member : value.members()) {
      out.key(member.name);
      count = write_replaced(out, member.value, n, replacement, count);
    }
    out.end_object();
  } else if (value.is_array()) {
    out.begin_array();
    for (const json::Value& item : value.items())
      count = write_replaced(out, item, n, replacement, count);
    out.end_array();
  } else {
    out.value(value);
  }
  return count;
}

}  // namespace

TEST(WrongTypes, NothingStopsTheReading) {
  int tried = 0;
  for (const char* resource : resources) {
    const auto original = json::parse(resource);
    ASSERT_TRUE(original) << resource;
    json::Writer counter;
    const int values = write_replaced(counter, original->root(), -1, "", 0);
    for (int n = 0; n < values; ++n)
      for (const char* replacement : replacements) {
        json::Writer out;
        write_replaced(out, original->root(), n, replacement, 0);
        const auto document = json::parse(out.take());
        ASSERT_TRUE(document);
        Issues issues;
        const json::ElementPath at{nullptr, "Resource", -1};
        const json::Value& root = document->root();
        const ResourceList list = read_resources(&root, at, issues);
        read_medication_request(root, MedicationShelf{{&list}}, at, issues);
        read_observation(root, at, issues);
        read_condition(root, at, issues);
        read_patient(root, at, issues);
        read_service_request(root, at, issues);
        read_procedure(root, at, issues);
        read_encounter(root, at, issues);
        for (const Issue& issue : issues) {
          EXPECT_FALSE(issue.code.empty());
          EXPECT_FALSE(issue.path.empty());
        }
        ++tried;
      }
  }
  EXPECT_GT(tried, 1000);
}
