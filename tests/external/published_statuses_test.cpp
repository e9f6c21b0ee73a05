// Proves: whatever else a published Observation or order holds, only a status that stands counts, a comparator is never
// dropped, a reason for absent data is never read as a value, and components and interpretations make no value (T-PAT-9).
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "cards/facts/collect_facts.hpp"
#include "cards/facts/situation.hpp"
#include "fhir/json/reader.hpp"
#include "fhir/json/writer.hpp"
#include "published_files.hpp"

namespace {

using namespace cofactor;
namespace fs = std::filesystem;

const cards::Knowledge& knowledge() {
  static const std::shared_ptr<const cards::Knowledge> loaded = *cards::Knowledge::load(cards::shipped_knowledge_files());
  return *loaded;
}

/// Every resource of that type in the two folders of published examples, by file.
void each_example(std::string_view type, const std::function<void(const std::string&, const json::Value&)>& use) {
  for (const char* folder : {"fhir-r4-examples", "us-core"})
    for (const auto& entry : fs::recursive_directory_iterator(accuracy::test_data(folder))) {
      if (entry.path().extension() != ".json") continue;
      std::ifstream in(entry.path(), std::ios::binary);
      const auto document = json::parse(std::string{std::istreambuf_iterator<char>(in), {}});
      if (!document) continue;
      accuracy::each_resource(document->root(), [&](const json::Value& resource) {
        if (resource["resourceType"].string() == type) use(entry.path().filename().string(), resource);
      });
    }
}

/// The resource with these members replaced (raw JSON) and all the others kept.
std::string with(const json::Value& resource, const std::map<std::string, std::string>& members) {
  json::Writer out;
  out.begin_object();
  for (const json::Member& member : resource.members())
    if (!members.contains(std::string(member.name))) out.key(member.name).value(member.value);
  for (const auto& [name, text] : members) out.key(name).raw(text);
  out.end_object();
  return out.take();
}
const std::string us = R"({"reference":"Patient/pt-1"})";
const std::string as_magnesium = R"({"coding":[{"system":"http://loinc.org","code":"19123-9"}]})";

cards::Facts facts_with(const std::string& resource, bool as_result) {
  const auto document = json::parse(resource);
  EXPECT_TRUE(document);
  const auto drafts = json::parse(R"({"resourceType":"Bundle"})");
  cards::CallInput input;
  input.as_of = *fhir::Day::read("2026-03-01");
  input.hook = "order-sign";
  input.patient_id = "pt-1";
  input.draft_orders = &drafts->root();
  (as_result ? input.prefetch.magnesium : input.prefetch.medications) = &document->root();
  return cards::collect_facts(input, knowledge());
}

TEST(PublishedStatuses, T_PAT_9_OnlyAResultThatStandsIsUsed) {
  constexpr std::array<std::string_view, 4> standing{"final", "amended", "corrected", "appended"};
  int seen = 0, comparators = 0, absent = 0, without_value = 0, with_components = 0, exact = 0;
  each_example("Observation", [&](const std::string& file, const json::Value& resource) {
    ++seen;
    for (const char* status : {"registered", "preliminary", "final", "amended", "corrected", "cancelled", "entered-in-error", "unknown", "appended", "nonsense"}) {
      const cards::Facts facts = facts_with(with(resource, {{"code", as_magnesium}, {"subject", us}, {"status", "\"" + std::string(status) + "\""}}), true);
      const bool stands = std::find(standing.begin(), standing.end(), status) != standing.end();
      for (const cards::LabFact& lab : facts.labs)
        EXPECT_TRUE(stands || !lab.unusable.empty()) << file << " " << status;
      const cards::Magnesium magnesium = cards::judge_magnesium(facts, true, knowledge());
      if (!stands) {
        EXPECT_EQ(magnesium.newest, nullptr) << file << " " << status;
      }
    }
    const cards::Facts facts = facts_with(with(resource, {{"code", as_magnesium}, {"subject", us}, {"status", "\"final\""}, {"effectiveDateTime", "\"2026-02-20\""}}), true);
    const json::Value& quantity = resource["valueQuantity"];
    const bool has_components = !resource["component"].items().empty();
    with_components += has_components ? 1 : 0;
    const auto found = std::find_if(facts.labs.begin(), facts.labs.end(), [](const cards::LabFact& each) {
      return each.group == cards::LabGroup::magnesium_serum;  // components have codes of their own
    });
    if (found == facts.labs.end()) {
      EXPECT_TRUE(has_components) << file << ": a result of this code cannot vanish";
      return;
    }
    const cards::LabFact& lab = *found;
    if (!resource["dataAbsentReason"].is_null()) {
      ++absent;
      EXPECT_EQ(lab.unusable, "data-absent") << file;
    }
    if (!quantity["value"].is_number()) {
      ++without_value;
      EXPECT_FALSE(lab.value) << file;
      EXPECT_TRUE(!lab.unusable.empty() || !lab.unreadable.empty()) << file << ": interpretation, text or components are no number";
      return;
    }
    EXPECT_EQ(lab.value_text, quantity["value"].number_text()) << file;
    if (!quantity["comparator"].is_null()) {
      ++comparators;
      EXPECT_EQ(lab.comparator, quantity["comparator"].string()) << file;
      EXPECT_FALSE(lab.unreadable.empty()) << file;
    }
    exact += lab.value && lab.unreadable.empty() ? 1 : 0;
    // The same with a comparator, whatever the unit: never a plain number.
    json::Writer bounded;
    bounded.begin_object();
    for (const json::Member& member : quantity.members())
      if (member.name != "comparator") bounded.key(member.name).value(member.value);
    bounded.field("comparator", "<").end_object();
    const cards::Facts below = facts_with(with(resource, {{"code", as_magnesium}, {"subject", us}, {"status", "\"final\""}, {"valueQuantity", bounded.take()}}), true);
    EXPECT_EQ(below.labs.at(0).comparator, "<") << file;
    EXPECT_FALSE(below.labs.at(0).unreadable.empty()) << file;
    const cards::Facts missing = facts_with(
        with(resource, {{"code", as_magnesium}, {"subject", us}, {"status", "\"final\""}, {"dataAbsentReason", R"({"text":"not performed"})"}}), true);
    EXPECT_EQ(missing.labs.at(0).unusable.substr(0, 11), missing.labs.at(0).on ? "data-absent" : "no-date") << file;
  });
  EXPECT_GT(seen, 60);
  EXPECT_GT(with_components, 3);
  EXPECT_GT(absent, 0);
  EXPECT_GT(without_value, 5);
  EXPECT_GT(exact, 0);
  RecordProperty("observations", seen);
}

TEST(PublishedStatuses, T_PAT_9_OnlyAnOrderThatStandsIsCounted) {
  int seen = 0;
  for (const char* type : {"MedicationRequest", "MedicationStatement"})
    each_example(type, [&](const std::string& file, const json::Value& resource) {
      ++seen;
      for (const char* status : {"cancelled", "entered-in-error", "stopped", "draft", "completed", "unknown", "on-hold", "not-taken", "nonsense"}) {
        const cards::Facts facts = facts_with(with(resource, {{"subject", us}, {"status", "\"" + std::string(status) + "\""}}), false);
        ASSERT_EQ(facts.orders.size(), 1u) << file;
        constexpr std::array<std::string_view, 4> over{"cancelled", "entered-in-error", "stopped", "not-taken"};
        if (std::find(over.begin(), over.end(), status) != over.end()) {
          EXPECT_FALSE(facts.orders[0].counts()) << file << " " << status;
        }
      }
      const cards::Facts foreign = facts_with(with(resource, {{"subject", R"({"reference":"Patient/pt-2"})"}, {"status", "\"active\""}}), false);
      EXPECT_EQ(foreign.orders.at(0).left_out, "other-patient") << file;
      EXPECT_TRUE(foreign.patient_mismatch) << file;
    });
  EXPECT_GT(seen, 40);
}

}  // namespace
