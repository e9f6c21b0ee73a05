// Promises: however a dosage is written down, it is read back as what was meant, or as a reason, or as two readings of
// which the higher covers it; no remark beside it changes a number in silence. COFACTOR_CASES and COFACTOR_SEED run
// another stretch; a failure is shrunk and becomes two lines of directions.txt.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>

#include "fhir/dosage/daily_dose.hpp"
#include "sig_writer.hpp"

namespace cofactor::fhir {
namespace {

bool same(double a, double b) { return std::abs(a - b) <= 1e-6 * std::max(std::abs(a), std::abs(b)); }

struct Verdict {
  std::string wrong;       ///< empty when nothing is
  bool exact = false;      ///< neither a reason nor two readings
};

double micrograms(double amount, AmountUnit unit) { return unit == AmountUnit::iu ? amount / 40 : amount; }

Verdict judge(const Written& written) {
  const Meant& meant = written.meant;
  Dosage dosage;
  dosage.text = written.text;
  Issues issues;
  const json::ElementPath order{nullptr, "MedicationRequest"};
  const DoseReading read = read_dose(std::span(&dosage, 1), order, issues);
  const VitaminDDose vitamin_d = vitamin_d_dose(read, std::nullopt, 40, order, issues);
  Verdict verdict;
  const auto differs = [&](const std::string& what) {
    verdict.wrong += (verdict.wrong.empty() ? "" : "; ") + what;
  };
  const bool one_time = read.schedule == Schedule::one_time;
  const auto mass_or_iu = [](AmountUnit u) { return u == AmountUnit::iu || u == AmountUnit::microgram; };
  const bool comparable = read.amount && meant.amount &&
                          (read.unit == meant.unit || (mass_or_iu(read.unit) && mass_or_iu(meant.unit)));
  const double got = comparable && mass_or_iu(read.unit) ? micrograms(*read.amount, read.unit) : read.amount.value_or(0);
  const double told = comparable && mass_or_iu(meant.unit) ? micrograms(*meant.amount, meant.unit) : meant.amount.value_or(0);
  const double daily = got * read.doses_per_day.value_or(0), meant_daily = told * meant.per_day.value_or(0);
  const bool covers = read.ambiguous && comparable && (daily >= meant_daily * 0.999999 || meant.once);
  if (!covers) {
    if (read.doses_per_day && !(meant.per_day && same(*read.doses_per_day, *meant.per_day)))
      differs("doses a day " + std::to_string(*read.doses_per_day));
    if (one_time && !meant.once) differs("read as one dose");
    if (read.amount && !(comparable && same(got, told))) differs("a dose of " + std::to_string(*read.amount));
    bool two_strengths = false;
    for (const Issue& issue : issues) two_strengths = two_strengths || issue.code == "ambiguous-instructions";
    if (vitamin_d.iu_per_dose && meant.iu && !same(*vitamin_d.iu_per_dose, *meant.iu) &&
        !(two_strengths && *vitamin_d.iu_per_dose > *meant.iu))
      differs("IU in a dose " + std::to_string(*vitamin_d.iu_per_dose));
    if (meant.iu && !vitamin_d.iu_per_dose && vitamin_d.unknown.empty()) differs("no IU and no reason");
  }
  const bool told_when = read.doses_per_day || one_time;
  if (!told_when && read.unknown.empty()) differs("neither a frequency nor a reason");
  if (told_when && (read.schedule == Schedule::as_needed) != meant.as_needed) differs("as needed or not");
  if (told_when && !one_time) {
    const std::optional<int> days = read.course ? read.course->days : std::nullopt;
    const std::optional<int> doses = read.course ? read.course->doses : std::nullopt;
    if (meant.days && days != meant.days) differs("course of " + std::to_string(days.value_or(0)) + " days");
    if (!meant.days && !meant.doses && (days || doses)) differs("a course that nobody wrote");
    if (meant.doses && doses != meant.doses) differs("course of " + std::to_string(doses.value_or(0)) + " doses");
  }
  verdict.exact = told_when && !read.ambiguous && read.unknown.empty() && read.amount.has_value();
  return verdict;
}

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

/// Plainer choices that still fail: drop stretches, then lower single choices.
std::vector<std::uint32_t> shrunk(std::vector<std::uint32_t> choices, Remark remark) {
  const auto fails = [&](const std::vector<std::uint32_t>& tried) {
    Choices again(tried);
    return !judge(write_dosage(again, remark)).wrong.empty();
  };
  for (bool better = true; better;) {
    better = false;
    for (std::size_t i = 0; i < choices.size(); ++i) {
      for (const std::uint32_t lower : {0u, choices[i] / 2, choices[i] - 1}) {
        if (choices[i] == 0 || lower >= choices[i]) continue;
        auto tried = choices;
        tried[i] = lower;
        if (fails(tried)) {
          choices = tried;
          better = true;
          break;
        }
      }
    }
  }
  return choices;
}

/// Returns the share that was read exactly.
double run(Remark remark, std::uint64_t cases) {
  const std::uint64_t seed = from_environment("COFACTOR_SEED", 20260301);
  cases = from_environment("COFACTOR_CASES", cases);
  std::printf("  seed %llu, %llu cases\n", static_cast<unsigned long long>(seed), static_cast<unsigned long long>(cases));
  const bool survey = std::getenv("COFACTOR_SURVEY") != nullptr;
  std::uint64_t exact = 0, failures = 0;
  std::map<std::string, int> shown;
  for (std::uint64_t i = 0; i < cases; ++i) {
    Choices choices(seed + i);
    const Written written = write_dosage(choices, remark);
    const Verdict verdict = judge(written);
    exact += verdict.exact ? 1 : 0;
    if (verdict.wrong.empty()) continue;
    ++failures;
    if (shown.size() >= (survey ? 400u : 1u)) continue;
    Choices again(shrunk(choices.made(), remark));
    const Written plain = write_dosage(again, remark);
    if (shown[plain.text]++ > 0) continue;
    ADD_FAILURE() << "`" << plain.text << "` is misread: " << judge(plain).wrong << "\n  from seed " << seed + i << ": `"
                  << written.text << "`";
    if (!survey) break;
  }
  const double share = static_cast<double>(exact) / static_cast<double>(cases);
  std::printf("  %.2f %% read exactly, %llu misread\n", 100 * share, static_cast<unsigned long long>(failures));
  return share;
}

TEST(DirectionsProperty, WhatIsWrittenIsReadBack) { EXPECT_GT(run(Remark::none, 30'000), 0.995); }

TEST(DirectionsProperty, HarmlessRemarksChangeNothing) { EXPECT_GT(run(Remark::harmless, 30'000), 0.97); }

TEST(DirectionsProperty, DoubtfulRemarksChangeNothingInSilence) { EXPECT_GT(run(Remark::doubtful, 30'000), 0.85); }

}  // namespace
}  // namespace cofactor::fhir
