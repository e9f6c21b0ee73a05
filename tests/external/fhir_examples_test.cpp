// Proves: every published example of a resource, as a draft order and as prefetch, is read without
// a crash; numbers are exact or unusable for a reason, and a Medication that is contained or
// referenced is found.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "cards/facts/collect_facts.hpp"
#include "fhir/json/reader.hpp"

namespace {

namespace fs = std::filesystem;
using namespace cofactor;

const fs::path testdata = fs::path(COFACTOR_SHARED) / "testdata";

std::string bytes_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
std::vector<std::string> json_files(std::initializer_list<const char*> folders) {
  std::vector<std::string> found;
  for (const char* folder : folders)
    if (fs::exists(testdata / folder))
      for (const auto& entry : fs::recursive_directory_iterator(testdata / folder))
        if (entry.path().extension() == ".json")
          found.push_back(fs::relative(entry.path(), testdata).string());
  std::sort(found.begin(), found.end());
  return found;
}
const cards::Knowledge& knowledge() {
  static const std::shared_ptr<const cards::Knowledge> loaded =
      *cards::Knowledge::load(cards::shipped_knowledge_files());
  return *loaded;
}
std::string_view patient_of(const json::Value& resource) {
  const json::Value& subject =
      resource.find("subject") != nullptr ? resource["subject"] : resource["patient"];
  return fhir::read_reference(subject["reference"].string()).id;
}
cards::Facts facts_of(const json::Value* drafts, const json::Value* prefetch,
                      std::string_view patient) {
  cards::CallInput input;
  input.as_of = *fhir::Day::read("2026-03-01");
  input.hook = "order-sign";
  input.patient_id = patient;
  input.draft_orders = drafts;
  input.prefetch.medications = prefetch;
  input.prefetch.magnesium = prefetch;
  return cards::collect_facts(input, knowledge());
}

class PublishedResources : public testing::TestWithParam<std::string> {};

TEST_P(PublishedResources, AreReadAsDraftAndAsPrefetch) {
  const auto document = json::parse(bytes_of(testdata / GetParam()));
  if (!document) {
    // Published files that are no JSON are refused with a reason, like any other text.
    EXPECT_FALSE(document.error().code.empty());
    return;
  }
  const json::Value& resource = document->root();
  const cards::Facts facts = facts_of(&resource, &resource, patient_of(resource));
  for (const cards::OrderFact& order : facts.orders) {
    EXPECT_FALSE(order.reference.empty());
    const bool d = order.has(cards::DrugClass::vitamin_d_nutritional);
    if (d && order.schedule == fhir::Schedule::scheduled) {
      EXPECT_NE(order.iu_per_day.has_value(), !order.vitamin_d_unknown.empty());
    }
  }
  for (const cards::LabFact& lab : facts.labs) {
    const bool exact = lab.value && lab.unusable.empty() && lab.unreadable.empty();
    EXPECT_TRUE(exact || !lab.unusable.empty() || !lab.unreadable.empty()) << lab.reference;
  }
}

TEST_P(PublishedResources, NameTheirMedication) {
  const auto document = json::parse(bytes_of(testdata / GetParam()));
  if (!document || !fhir::is_medication_order(document->root()["resourceType"].string())) return;
  Issues issues;
  const json::Value& resource = document->root();
  const fhir::MedicationRequest order =
      fhir::read_medication_request(resource, {}, {nullptr, "MedicationRequest", -1}, issues);
  if (order.medication_reference.form == fhir::ReferenceForm::contained) {
    EXPECT_TRUE(order.resolved) << "contained Medication not found";
  }
  if (!order.medication.empty() || order.resolved) return;
  EXPECT_FALSE(issues.empty()) << "no medication and not a word about it";
}

std::string test_name(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  return std::to_string(info.index) + "_" + name;
}
INSTANTIATE_TEST_SUITE_P(Examples, PublishedResources,
                         testing::ValuesIn(json_files({"fhir-r4-examples", "us-core"})), test_name);

class PublishedRequests : public testing::TestWithParam<std::string> {};

TEST_P(PublishedRequests, GiveFactsForEveryDraft) {
  const auto document = json::parse(bytes_of(testdata / GetParam()));
  if (!document || (*document).root()["context"].is_null()) return;
  const json::Value& context = document->root()["context"];
  std::string_view patient = context["patientId"].string();
  if (patient.starts_with("Patient/")) patient.remove_prefix(8);
  const json::Value* drafts = context.find("draftOrders");
  const cards::Facts facts = facts_of(drafts, nullptr, patient);
  if (drafts == nullptr) return;
  std::size_t orders = 0;
  for (const json::Value& entry : (*drafts)["entry"].items())
    if (fhir::is_medication_order(entry["resource"]["resourceType"].string())) ++orders;
  EXPECT_EQ(facts.orders.size(), orders);
  for (const cards::OrderFact& order : facts.orders)
    EXPECT_FALSE(order.words.empty() && order.issues.empty()) << order.reference;
}
INSTANTIATE_TEST_SUITE_P(Requests, PublishedRequests,
                         testing::ValuesIn(json_files({"opioid-mme-r4", "cdshooks-spec",
                                                       "cdshooks-validator", "crd-test-kit",
                                                       "davinci-crd"})),
                         test_name);

}  // namespace
