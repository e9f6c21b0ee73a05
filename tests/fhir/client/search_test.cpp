// Proves: pages are followed below the same base, each once and up to bounds; what is left out shows as incomplete.
#include "fhir/client/search.hpp"

#include <gtest/gtest.h>

#include <map>

#include "fhir/resources/bundle.hpp"

namespace cofactor::fhir::client {
namespace {

using namespace std::chrono_literals;

/// Answers at once from a table.
class TableClient final : public FhirClient {
 public:
  const BaseUrl& base() const override { return base_; }
  void get(std::string relative, SharedSecret, Clock::time_point, std::function<void(FhirAnswer)> done) override {
    asked.push_back(relative);
    const auto found = answers.find(relative);
    done(found == answers.end() ? FhirAnswer{FhirFailure::not_found, {}} : found->second);
  }
  std::map<std::string, FhirAnswer> answers;
  std::vector<std::string> asked;

 private:
  BaseUrl base_ = *BaseUrl::read("https://ehr.example/fhir");
};

std::string page(int first, int count, const std::string& next, const std::string& total = "") {
  std::string text = R"({"resourceType":"Bundle","type":"searchset")";
  if (!total.empty()) text += R"(,"total":)" + total;
  if (!next.empty()) text += R"(,"link":[{"relation":"self","url":"x"},{"relation":"next","url":")" + next + R"("}])";
  text += R"(,"entry":[)";
  for (int i = 0; i < count; ++i)
    text += std::string(i ? "," : "") + R"({"resource":{"resourceType":"Observation","id":"o)" + std::to_string(first + i) + R"(","valueQuantity":{"value":1.50}}})";
  return text + "]}";
}

SearchResult run(TableClient& client, const std::string& query, PageLimits limits = {}) {
  SearchResult out;
  int calls = 0;
  search(client, query, {}, Clock::now() + 10s, limits, [&](SearchResult result) {
    out = std::move(result);
    ++calls;
  });
  EXPECT_EQ(calls, 1);
  return out;
}

fhir::ResourceList read(const json::Document& document) {
  Issues issues;
  return fhir::read_resources(&document.root(), json::ElementPath{nullptr, "x", -1}, issues);
}

TEST(Search, AllPagesBecomeOneWholeValue) {
  TableClient client;
  client.answers["Observation?patient=1"].body = page(0, 2, "https://ehr.example/fhir?_getpages=a&n=2", "5");
  client.answers["?_getpages=a&n=2"].body = page(2, 2, "https://ehr.example/fhir/Observation?patient=1&page=3");
  client.answers["Observation?patient=1&page=3"].body = page(4, 1, "");
  SearchResult result = run(client, "Observation?patient=1");
  EXPECT_EQ(result.failure, FhirFailure::none);
  EXPECT_FALSE(result.stopped);
  const auto value = one_value(std::move(result));
  ASSERT_TRUE(value);
  const auto list = read(*value);
  EXPECT_EQ(list.state, fhir::SourceState::present) << list.reason;
  ASSERT_EQ(list.entries.size(), 5u);
  EXPECT_EQ((*list.entries[4].resource)["valueQuantity"]["value"].number_text(), "1.50");
}

TEST(Search, T_SSRF_5_NextLinksElsewhereAreNotFollowed) {
  for (const char* elsewhere : {"https://evil.example/fhir/Observation?page=2", "https://ehr.example/other/Observation?page=2", "http://ehr.example/fhir?page=2",
                                "https://ehr.example:8443/fhir?page=2", "https://ehr.example/fhir/../admin?page=2", "//evil.example/x", ""}) {
    TableClient client;
    client.answers["Observation?patient=1"].body = R"({"resourceType":"Bundle","link":[{"relation":"next","url":")" + std::string(elsewhere) +
                                                   R"("}],"entry":[{"resource":{"resourceType":"Observation","id":"o1"}}]})";
    SearchResult result = run(client, "Observation?patient=1");
    EXPECT_EQ(client.asked.size(), 1u) << elsewhere;
    EXPECT_TRUE(result.stopped) << elsewhere;
    const auto value = one_value(std::move(result));
    EXPECT_EQ(read(*value).state, fhir::SourceState::incomplete) << elsewhere;
  }
}

TEST(Search, T_SSRF_5_ALoopEnds) {
  TableClient client;
  client.answers["Observation?patient=1"].body = page(0, 1, "https://ehr.example/fhir/Observation?page=2");
  client.answers["Observation?page=2"].body = page(1, 1, "https://ehr.example/fhir/Observation?page=2");
  SearchResult result = run(client, "Observation?patient=1");
  EXPECT_EQ(client.asked.size(), 2u);
  EXPECT_TRUE(result.stopped);
  const auto value = one_value(std::move(result));
  const auto list = read(*value);
  EXPECT_EQ(list.state, fhir::SourceState::incomplete);
  EXPECT_EQ(list.reason, "next-link");
  EXPECT_EQ(list.entries.size(), 2u);
}

TEST(Search, T_SSRF_5_EverGrowingPagesEndAtTenPagesOrTwoThousandResources) {
  for (const int size : {1, 500}) {
    TableClient client;
    client.answers["Observation?patient=1"].body = page(0, size, "https://ehr.example/fhir?p=1");
    for (int i = 1; i < 40; ++i)
      client.answers["?p=" + std::to_string(i)].body = page(i * size, size, "https://ehr.example/fhir?p=" + std::to_string(i + 1));
    SearchResult result = run(client, "Observation?patient=1");
    EXPECT_EQ(client.asked.size(), size == 1 ? 10u : 4u);
    EXPECT_TRUE(result.stopped);
    EXPECT_EQ(read(*one_value(std::move(result))).state, fhir::SourceState::incomplete);
  }
}

TEST(Search, AFailureOnTheWayKeepsThePagesAndSaysWhy) {
  TableClient client;
  client.answers["Observation?patient=1"].body = page(0, 2, "https://ehr.example/fhir?p=2");
  client.answers["?p=2"].failure = FhirFailure::timeout;
  SearchResult result = run(client, "Observation?patient=1");
  EXPECT_EQ(result.failure, FhirFailure::timeout);
  EXPECT_EQ(result.pages.size(), 1u);
  EXPECT_EQ(read(*one_value(std::move(result))).state, fhir::SourceState::incomplete);
}

TEST(Search, T_FHIR_3_WhatIsNoFhirIsNoAnswer) {
  for (const char* body : {"<html></html>", "", "[]", "{}", "null", R"({"resourceType":7})", R"({"resourceType":"Bundle","entry":[)", "{\"resourceType\":\"Bundle\"}x"}) {
    TableClient client;
    client.answers["Observation?patient=1"].body = body;
    const SearchResult result = run(client, "Observation?patient=1");
    EXPECT_EQ(result.failure, FhirFailure::not_fhir) << body;
    EXPECT_TRUE(result.pages.empty());
  }
  TableClient client;
  client.answers["Observation?patient=1"].body = page(0, 1, "https://ehr.example/fhir?p=2");
  client.answers["?p=2"].body = R"({"resourceType":"Patient","id":"1"})";
  const SearchResult result = run(client, "Observation?patient=1");
  EXPECT_EQ(result.failure, FhirFailure::not_fhir);
  EXPECT_EQ(result.pages.size(), 1u);
}

TEST(Search, T_FHIR_3_AnAnswerToAnotherQuestionIsNoAnswer) {
  const std::pair<const char*, const char*> rows[] = {
      {"Observation?patient=1", R"({"resourceType":"CapabilityStatement","status":"active"})"},
      {"Observation?patient=1", R"({"resourceType":"Basic","id":"1"})"},
      {"Observation?patient=1", R"({"resourceType":"Patient","id":"1"})"},
      {"Observation?patient=1", R"({"resourceType":"Observation","id":"1"})"},
      {"Observation?patient=1", R"({"resourceType":"Bundle","type":"history"})"},
      {"Observation?patient=1", R"({"resourceType":"Bundle","type":"transaction-response","entry":[]})"},
      {"Observation?patient=1", R"({"resourceType":"Bundle","type":7})"},
      {"Patient/1", R"({"resourceType":"Bundle","type":"searchset"})"},
      {"Patient/1", R"({"resourceType":"CapabilityStatement"})"},
      {"Patient/1", R"({"resourceType":"Encounter","id":"1"})"},
      {"Patient/1", R"({"resourceType":"Patient","id":"2"})"},
      {"Patient/1", R"({"resourceType":"Patient"})"},
      {"Patient/1", R"({"resourceType":"Patient","id":1})"},
      {"Patient/1", R"({"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"not-found"}]})"},
      {"Encounter/e1", R"({"resourceType":"Encounter","id":"e11"})"},
      {"Encounter/e1", R"({"resourceType":"Patient","id":"e1"})"},
  };
  for (const auto& [question, body] : rows) {
    TableClient client;
    client.answers[question].body = body;
    const SearchResult result = run(client, question);
    EXPECT_EQ(result.failure, FhirFailure::not_fhir) << question << " " << body;
    EXPECT_TRUE(result.pages.empty()) << question << " " << body;
  }
}

TEST(Search, ABundleOrAnOutcomeAnswersASearch) {
  for (const char* body : {R"({"resourceType":"Bundle"})", R"({"resourceType":"Bundle","type":"searchset","total":0})", R"({"resourceType":"Bundle","type":"collection"})",
                           R"({"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"timeout"}]})"}) {
    TableClient client;
    client.answers["Observation?patient=1"].body = body;
    const SearchResult result = run(client, "Observation?patient=1");
    EXPECT_EQ(result.failure, FhirFailure::none) << body;
    EXPECT_EQ(result.pages.size(), 1u) << body;
  }
}

TEST(Search, ASingleResourceIsItself) {
  TableClient client;
  client.answers["Patient/1"].body = R"({"resourceType":"Patient","id":"1"})";
  SearchResult result = run(client, "Patient/1");
  const auto value = one_value(std::move(result));
  ASSERT_TRUE(value);
  EXPECT_EQ(value->root()["id"].string(), "1");
  EXPECT_FALSE(one_value({}));
}

}  // namespace
}  // namespace cofactor::fhir::client
