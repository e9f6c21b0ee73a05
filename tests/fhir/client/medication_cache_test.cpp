// Proves: only Medications are kept, by their own id, bounded by number, bytes and age.
#include "fhir/client/medication_cache.hpp"

#include <gtest/gtest.h>

namespace cofactor::fhir::client {
namespace {

using namespace std::chrono_literals;

std::string medication(const std::string& id) {
  return R"({"resourceType":"Medication","id":")" + id + R"(","code":{"text":"omeprazole 20 mg capsule"}})";
}

struct MedicationCacheTest : ::testing::Test {
  MedicationCache::Clock::time_point now{};
  MedicationCache cache{{3, 1000, 200, 60s}, [this] { return now; }};
};

TEST_F(MedicationCacheTest, KeepsMedicationsByIdForAWhile) {
  ASSERT_TRUE(cache.keep("m1", medication("m1")));
  ASSERT_NE(cache.find("m1"), nullptr);
  EXPECT_EQ(*cache.find("m1"), medication("m1"));
  EXPECT_EQ(cache.find("m2"), nullptr);
  now += 60s;
  EXPECT_EQ(cache.find("m1"), nullptr);
  EXPECT_EQ(cache.size(), 0u);
}

TEST_F(MedicationCacheTest, H2_NoPatientDataIsKept) {
  EXPECT_FALSE(cache.keep("p1", R"({"resourceType":"Patient","id":"p1"})"));
  EXPECT_FALSE(cache.keep("m1", medication("m2")));
  EXPECT_FALSE(cache.keep("m1", "not json"));
  EXPECT_FALSE(cache.keep("m1", R"({"resourceType":"Bundle","id":"m1"})"));
  EXPECT_FALSE(cache.keep("m1", R"({"resourceType":"Medication","id":"m1","extension":[{"valueReference":{"reference":"Patient/9"}}]})"));
  EXPECT_EQ(cache.size(), 0u);
}

TEST_F(MedicationCacheTest, BoundedByNumberTheLeastUsedGoesFirst) {
  for (const char* id : {"m1", "m2", "m3"}) ASSERT_TRUE(cache.keep(id, medication(id)));
  EXPECT_NE(cache.find("m1"), nullptr);
  ASSERT_TRUE(cache.keep("m4", medication("m4")));
  EXPECT_EQ(cache.size(), 3u);
  EXPECT_EQ(cache.find("m2"), nullptr);
  EXPECT_NE(cache.find("m1"), nullptr);
  ASSERT_TRUE(cache.keep("m1", medication("m1"))) << "again, in place of itself";
  EXPECT_EQ(cache.size(), 3u);
}

TEST(MedicationCache, BoundedByBytes) {
  MedicationCache cache({100, 200, 150, 60s});
  EXPECT_FALSE(cache.keep("m1", medication("m1") + std::string(200, ' ')));
  for (int i = 0; i < 20; ++i) {
    const std::string id = "m" + std::to_string(i);
    ASSERT_TRUE(cache.keep(id, medication(id)));
  }
  EXPECT_EQ(cache.size(), 200 / medication("m19").size());
}

}  // namespace
}  // namespace cofactor::fhir::client
