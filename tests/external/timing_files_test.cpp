// Promises: published Dosage elements that others wrote are read as their file name, their expected
// value or their own text says.
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "fhir/dosage/daily_dose.hpp"
#include "fhir/dosage/frequency.hpp"
#include "fhir/json/reader.hpp"

namespace cofactor::fhir {
namespace {

namespace fs = std::filesystem;

const fs::path kData = fs::path(COFACTOR_SHARED) / "testdata";

std::optional<json::Document> open(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  auto parsed = json::parse(text.str());
  if (!parsed) return std::nullopt;
  return std::move(*parsed);
}

DoseReading read_one(const json::Value& element, Issues& issues) {
  const json::ElementPath order{nullptr, "MedicationRequest"};
  const Dosage dosage =
      read_dosage(element, json::ElementPath{&order, "dosageInstruction", 0}, issues);
  return read_dose(std::span(&dosage, 1), order, issues);
}

TEST(NamedTimings, MeanWhatTheirFileNameSays) {
  if (!fs::exists(kData / "fds-timing")) GTEST_FAIL() << "test data is incomplete";
  const std::map<std::string, double> expected = {
      {"1 tablet 3 times daily, 30 minutes before meals", 3},
      {"3 times a day", 3},
      {"3-4 times a day", 4},
      {"BID, 30 mins before meal, for next 10 days", 2},
      {"BID, start on 7-1-2015 at 1 PM", 2},
      {"Every 21 days for 1 hour", 1.0 / 21},
      {"Every 4-6 hours", 6},
      {"Every 7 days", 1.0 / 7},
      {"Every 8 hours", 3},
      {"Every day at 10am", 1},
      {"For 5 minutes, 10 minutes before meals", 3},
      {"Mon, Wed, Fri Morning", 3.0 / 7},
      {"TID, for 14 days", 3},
      {"Take every second day, in the morning, until 20 have been taken", 0.5},
      {"Take once, at any time", 0},
      {"Three times a week for 0.5 hour", 3.0 / 7},
      {"With breakfast", 1}};
  std::size_t read = 0;
  for (const auto& entry : fs::directory_iterator(kData / "fds-timing/timing")) {
    const std::string name = entry.path().stem().string();
    SCOPED_TRACE(name);
    const auto document = open(entry.path());
    ASSERT_TRUE(document);
    Issues issues;
    const DoseReading dose = read_one(document->root(), issues);
    ASSERT_TRUE(expected.contains(name));
    ++read;
    if (expected.at(name) == 0) {
      EXPECT_EQ(dose.schedule, Schedule::one_time);
      continue;
    }
    ASSERT_TRUE(dose.doses_per_day);
    EXPECT_NEAR(*dose.doses_per_day, expected.at(name), 1e-9);
    if (name.find("for next 10 days") != std::string::npos) {
      EXPECT_EQ(*dose.course->days, 10);
    }
    if (name.find("for 14 days") != std::string::npos) {
      EXPECT_EQ(*dose.course->days, 14);
    }
    if (name.find("until 20") != std::string::npos) {
      EXPECT_EQ(*dose.course->doses, 20);
    }
  }
  EXPECT_EQ(read, expected.size());
}

TEST(SingleElements, AreReadOrNotComputableNeverANumberFromNothing) {
  for (const auto& entry : fs::recursive_directory_iterator(kData / "fds-timing/specs")) {
    if (entry.path().extension() != ".json") continue;
    SCOPED_TRACE(entry.path().string());
    const auto document = open(entry.path());
    ASSERT_TRUE(document);
    const std::string element = entry.path().parent_path().filename().string();
    const auto elements =
        document->root().is_array() ? document->root().items() : std::span(&document->root(), 1);
    for (const json::Value& dosage : elements) {
      Issues issues;
      const DoseReading dose = read_one(dosage, issues);
      const bool tells = dose.doses_per_day || dose.schedule == Schedule::one_time;
      if (!tells) {
        EXPECT_FALSE(dose.unknown.empty());
      }
      static const std::map<std::string, bool> computable = {{"timeOfDay", true},
                                                             {"dayOfWeek", true},
                                                             {"route", false},
                                                             {"site", false},
                                                             {"text", false},
                                                             {"method", false},
                                                             {"asNeeded", false},
                                                             {"boundsDuration", false},
                                                             {"boundsPeriod", false},
                                                             {"boundsRange", false},
                                                             {"frequencyFrequencyMax", false},
                                                             {"doseQuantity", false},
                                                             {"doseRange", false},
                                                             {"durationDurationMax", false},
                                                             {"rateRatio", false}};
      if (computable.contains(element)) {
        EXPECT_EQ(tells, computable.at(element));
      }
    }
  }
}

TEST(ToDaily, EqualsThePublishedValues) {
  const auto document = open(kData / "opioid-mme-r4/expected-values.json");
  ASSERT_TRUE(document);
  int checked = 0;
  for (const json::Value& row : document->root()["to_daily"].items()) {
    Timing timing;
    timing.present = true;
    timing.repeat.emplace();
    const std::string frequency(row["frequency"].number_text()),
        period(row["period"].number_text());
    timing.repeat->frequency = Decimal::read(frequency);
    timing.repeat->period = Decimal::read(period);
    timing.repeat->period_unit = row["unit"].string();
    SCOPED_TRACE(std::string(row["name"].string()));
    const Frequency read = read_timing_repeat(timing);
    const auto expected = row["per_day"].number();
    ++checked;
    if (!expected) {
      EXPECT_FALSE(read.per_day);
      EXPECT_EQ(read.unknown, "period-unit-unknown");
    } else if (timing.repeat->period_unit == "mo" || timing.repeat->period_unit == "a") {
      // They count a month as 30 days and a year as 365; we count the long-run average.
      EXPECT_NEAR(*read.per_day, *expected, 0.015 * *expected);
    } else {
      EXPECT_NEAR(*read.per_day, *expected, 1e-8);
    }
  }
  EXPECT_GE(checked, 7);
}

/// Every instruction that has both a timing and words, wherever published examples hold one.
void collect(const json::Value& value, std::vector<const json::Value*>& found) {
  for (const json::Member& member : value.members()) {
    if (member.name == "dosageInstruction" || member.name == "dosage")
      for (const json::Value& item : member.value.items()) found.push_back(&item);
    collect(member.value, found);
  }
  for (const json::Value& item : value.items()) collect(item, found);
}

TEST(PublishedOrders, WordsAndTimingAgreeExceptWhereTheyReallyDiffer) {
  std::size_t both = 0;
  std::map<std::string, std::string> differing;
  for (const char* folder : {"fds-timing", "fhir-r4-examples", "davinci-crd", "us-core"}) {
    if (!fs::exists(kData / folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(kData / folder)) {
      if (entry.path().extension() != ".json") continue;
      const auto document = open(entry.path());
      if (!document) continue;
      std::vector<const json::Value*> instructions;
      collect(document->root(), instructions);
      for (const json::Value* element : instructions) {
        const std::string_view text = (*element)["text"].string();
        if (text.empty() || !(*element)["timing"].is_object()) continue;
        ++both;
        Issues issues;
        read_one(*element, issues);
        for (const Issue& issue : issues)
          if (issue.code == "text-contradicts-structure") differing[std::string(text)] = issue.text;
      }
    }
  }
  EXPECT_GE(both, 50u);
  for (const auto& [text, why] : differing)
    std::printf("  differs: %s (%s)\n", text.c_str(), why.c_str());
  EXPECT_LE(differing.size(), 12u);
}

}  // namespace
}  // namespace cofactor::fhir
