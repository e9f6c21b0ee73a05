// Promises: directions written from a known dose in many wordings are read back as that dose: a
// thousand doses from a fixed seed, each as text alone and beside the structure it came from.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "fhir/dosage/daily_dose.hpp"

namespace cofactor::fhir {
namespace {

struct Wording {
  std::string text;
  double amount = 0, per_day = 0;
  AmountUnit unit = AmountUnit::dose_unit;
  std::optional<int> days;
  bool as_needed = false;
};

class Writer {
 public:
  explicit Writer(unsigned seed) : random_(seed) {}

  Wording dose() {
    Wording w;
    amount(w);
    const std::string how_often = frequency(w);
    std::string text = pick({"Take ", "Give ", "", "TAKE ", "Swallow "}) + amount_text_ +
                       pick({" ", " by mouth ", " PO ", " orally, "}) + how_often;
    if (chance(3))
      text += pick({" with food", " after breakfast with 8 oz of water", " (swallow whole)",
                    " with a meal"});
    if (chance(3)) course(w, text);
    if (w.as_needed) text += pick({" as needed", " prn", " if needed"});
    if (chance(3))
      text += pick({".", ". Do not crush.", " Disp: 30, refills 3", ". Do NOT take three times daily."});
    w.text = text;
    return w;
  }

 private:
  bool chance(int in) { return random_() % static_cast<unsigned>(in) == 0; }
  std::string pick(std::initializer_list<const char*> choices) {
    return *(choices.begin() + random_() % choices.size());
  }
  static std::string grouped(long value) {
    std::string digits = std::to_string(value);
    for (auto i = static_cast<long>(digits.size()) - 3; i > 0; i -= 3)
      digits.insert(static_cast<std::size_t>(i), ",");
    return digits;
  }

  void amount(Wording& w) {
    static constexpr long kIu[] = {400, 1000, 2000, 5000, 10000, 50000, 60000};
    switch (random_() % 5) {
      case 0: {
        const long iu = kIu[random_() % 7];
        w.amount = static_cast<double>(iu);
        w.unit = AmountUnit::iu;
        amount_text_ = (chance(2) ? grouped(iu) : std::to_string(iu)) +
                       pick({" units", " IU", " Units", " international units"});
        break;
      }
      case 1:
        w.amount = 1250;
        w.unit = AmountUnit::microgram;
        amount_text_ = pick({"1.25 mg", "1,250 mcg", "1250 micrograms", "1.25mg"});
        break;
      case 2:
        w.amount = 0.5;
        w.unit = chance(2) ? AmountUnit::dose_unit : AmountUnit::millilitre;
        amount_text_ =
            w.unit == AmountUnit::dose_unit
                ? pick({"1/2 tablet", "half a tablet", "0.5 tablet", "one-half tablet", "½ tablet"})
                : pick({"0.5 mL", "0,5 ml", "1/2 mL", ".5 mL"});
        break;
      case 3: {
        w.amount = 2;
        amount_text_ =
            pick({"2 capsules", "two capsules", "2 (two) capsules", "1-2 capsules", "1 to 2 caps",
                  "two (2) softgels", "2 capsules (100,000 units total)"});
        break;
      }
      default:
        w.amount = 1;
        amount_text_ =
            pick({"1 capsule", "one tablet", "1 (one) tablet", "1 cap", "one (1) softgel",
                  "1 capsule (50,000 units)", "1 tab", "one 50,000 unit capsule"});
    }
  }

  std::string frequency(Wording& w) {
    const int n = 2 + static_cast<int>(random_() % 3);
    const std::string figure = std::to_string(n);
    switch (random_() % 8) {
      case 0:
        w.per_day = 1;
        return pick({"daily", "once daily", "every day", "QD", "once a day", "each day",
                     "every 24 hours", "q24h", "1 time a day", "every morning"});
      case 1:
        w.per_day = 2;
        return pick({"twice daily", "BID", "2 times a day", "every 12 hours", "q12h",
                     "two times per day", "twice a day", "in the morning and at bedtime"});
      case 2:
        w.per_day = 1.0 / 7;
        return pick({"weekly", "once a week", "every 7 days", "once weekly", "every week", "q week",
                     "QWK", "every Sunday", "1 time per week", "once every week",
                     "one time a week on Mondays"});
      case 3:
        w.per_day = 1.0 / n;
        return "every " + figure + " days";
      case 4:
        w.per_day = n / 7.0;
        return pick({figure.c_str()}) +
               pick({" times a week", "x/week", " times weekly", " times per week"});
      case 5:
        w.per_day = 1.0 / (7 * n);
        return pick({"every ", "q ", "once every "}) + figure + pick({" weeks", " wks"});
      case 6:
        w.per_day = 12 / 365.25;
        return pick({"monthly", "once a month", "every month", "once monthly", "q month",
                     "on the first of each month"});
      default:
        w.per_day = 3.0 / 7;
        w.as_needed = false;
        return pick({"on Monday, Wednesday and Friday", "every Mon, Wed, Fri", "Mon/Wed/Fri",
                     "three times a week"});
    }
  }

  void course(Wording& w, std::string& text) {
    const int weeks = 2 + static_cast<int>(random_() % 11);
    w.days = 7 * weeks;
    text +=
        pick({" for ", " x ", " for the next "}) + std::to_string(weeks) + pick({" weeks", " wks"});
    if (chance(3)) w.as_needed = true;
  }

  std::mt19937 random_;
  std::string amount_text_;
};

TEST(DirectionsRoundTrip, TextIsReadBackAsTheDoseItWasWrittenFrom) {
  Writer writer(20260301);
  const json::ElementPath order{nullptr, "MedicationRequest"};
  for (int i = 0; i < 1000; ++i) {
    const Wording w = writer.dose();
    SCOPED_TRACE(w.text);
    Dosage dosage;
    dosage.text = w.text;
    Issues issues;
    const DoseReading dose = read_dose(std::span(&dosage, 1), order, issues);
    ASSERT_TRUE(dose.doses_per_day) << dose.unknown;
    EXPECT_NEAR(*dose.doses_per_day, w.per_day, 1e-9);
    ASSERT_TRUE(dose.amount);
    EXPECT_DOUBLE_EQ(*dose.amount, w.amount);
    EXPECT_EQ(dose.unit, w.unit);
    EXPECT_EQ(dose.schedule, w.as_needed ? Schedule::as_needed : Schedule::scheduled);
    EXPECT_EQ(dose.course && dose.course->days ? dose.course->days : std::nullopt, w.days);
    EXPECT_FALSE(dose.ambiguous);
    EXPECT_TRUE(issues.empty());

    // Beside the structure that it was written from, the same text contradicts nothing.
    dosage.timing.present = true;
    dosage.timing.repeat.emplace();
    dosage.timing.repeat->frequency = Decimal{"1", 1};
    dosage.timing.repeat->period = Decimal{"", 1 / w.per_day};
    dosage.timing.repeat->period_unit = "d";
    read_dose(std::span(&dosage, 1), order, issues);
    EXPECT_TRUE(issues.empty());

    // A structure that says something else is contradicted by it.
    dosage.timing.repeat->period = Decimal{"", 3 / w.per_day};
    read_dose(std::span(&dosage, 1), order, issues);
    ASSERT_EQ(issues.size(), 1u);
    EXPECT_EQ(issues[0].code, "text-contradicts-structure");
    if (HasFailure()) break;
  }
}

}  // namespace
}  // namespace cofactor::fhir
