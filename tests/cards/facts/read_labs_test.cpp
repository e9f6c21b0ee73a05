// Proves: a result is used only when it is the patient's, final, dated, and its number is known in
// a known unit.
#include "cards/facts/situation.hpp"
#include "tests/cards/facts/call.hpp"

using namespace cofactor;
using namespace cofactor::cards;
using namespace cofactor::cards::testing;

namespace {
LabFact magnesium(const std::string& resource) {
  return Call{.magnesium = bundle({resource})}.facts().labs.at(0);
}
LabFact value_of(const char* loinc, const char* value, const char* unit) {
  return magnesium(lab("o", loinc, quantity(value, unit)));
}
}  // namespace

TEST(ReadLabs, ValuesBecomeCanonical) {
  struct Row {
    const char* loinc;
    const char* value;
    const char* unit;
    double canonical;
  };
  const Row rows[] = {{"19123-9", "2.0", "mg/dL", 0.8228},      {"19123-9", "1.6", "mEq/L", 0.8},
                      {"2601-3", "0.80", "mmol/L", 0.8},        {"62292-8", "24", "ng/mL", 24},
                      {"62292-8", "50", "nmol/L", 20.03},       {"17861-6", "9.5", "mg/dL", 9.5},
                      {"17861-6", "2.5", "mmol/L", 10.0195},    {"1751-7", "38", "g/L", 3.8},
                      {"98979-8", "22", "mL/min/{1.73_m2}", 22}};
  for (const Row& row : rows) {
    const LabFact fact = value_of(row.loinc, row.value, row.unit);
    EXPECT_EQ(fact.unusable, "") << row.loinc;
    EXPECT_EQ(fact.unreadable, "") << row.loinc << row.unit;
    EXPECT_NEAR(fact.value.value_or(0), row.canonical, 1e-6) << row.loinc;
    EXPECT_EQ(fact.value_text, row.value);
    EXPECT_EQ(fact.unit_text, row.unit);
  }
}

TEST(ReadLabs, NumbersThatCannotBeUsedSayWhy) {
  EXPECT_EQ(value_of("2601-3", "1.6", "").unreadable, "unit-ambiguous");
  EXPECT_EQ(value_of("19123-9", "2.0", "widgets").unreadable, "unit-unknown");
  EXPECT_EQ(value_of("19123-9", "2.0", "mL/min").unreadable, "unit-unknown");
  EXPECT_EQ(value_of("27122-1", "50", "ug/g").unreadable, "unit-unknown");
  EXPECT_EQ(value_of("19123-9", "0", "mg/dL").unreadable, "not-positive");
  EXPECT_FALSE(value_of("19123-9", "-1", "mg/dL").value);
  EXPECT_EQ(magnesium(lab("o", "19123-9", R"("valueString":"hemolyzed")")).unreadable, "no-number");
  EXPECT_EQ(magnesium(lab("o", "19123-9", R"("valueCodeableConcept":{"text":"low"})")).unreadable,
            "no-number");
}

TEST(ReadLabs, AComparatorIsNeverDropped) {
  const LabFact fact = magnesium(
      lab("o", "19123-9", R"("valueQuantity":{"value":0.5,"comparator":"<","unit":"mmol/L"})"));
  EXPECT_EQ(fact.comparator, "<");
  EXPECT_EQ(fact.unreadable, "comparator");
  EXPECT_DOUBLE_EQ(fact.value.value_or(0), 0.5);
}

TEST(ReadLabs, StatusDecidesUse) {
  const std::pair<const char*, const char*> rows[] = {{"final", ""},
                                                      {"amended", ""},
                                                      {"corrected", ""},
                                                      {"preliminary", "preliminary"},
                                                      {"registered", "registered"},
                                                      {"cancelled", "cancelled"},
                                                      {"entered-in-error", "entered-in-error"},
                                                      {"", "status-unknown"},
                                                      {"unknown", "status-unknown"}};
  for (const auto& [status, unusable] : rows) {
    const LabFact fact =
        magnesium(lab("o", "19123-9", quantity("2.0", "mg/dL"), "2026-02-01", status));
    EXPECT_EQ(fact.unusable, unusable) << status;
    EXPECT_TRUE(fact.value) << status;  // a preliminary low value still speaks
    EXPECT_EQ(fact.status, status);
  }
  EXPECT_EQ(magnesium(lab("o", "19123-9", R"("dataAbsentReason":{"coding":[{"code":"error"}]})"))
                .unusable,
            "data-absent");
  EXPECT_EQ(magnesium(lab("o", "19123-9", "")).unusable, "no-value");
  EXPECT_EQ(magnesium(lab("o", "19123-9", "", "2026-02-01", "registered")).unreadable, "");
}

TEST(ReadLabs, OnlyThePatientsOwn) {
  const Facts facts = Call{.magnesium = bundle({lab("mine", "19123-9", quantity("2.0", "mg/dL")),
                                                lab("other", "19123-9", quantity("1.0", "mg/dL"),
                                                    "2026-02-20", "final", "pt-2")})}
                          .facts();
  EXPECT_EQ(facts.labs.at(0).unusable, "");
  EXPECT_EQ(facts.labs.at(1).unusable, "other-patient");
  EXPECT_TRUE(facts.patient_mismatch);
  std::string nameless = lab("o", "19123-9", quantity("2.0", "mg/dL"));
  nameless.replace(nameless.find("Patient/pt-1"), 12, "https://other.example/fhir/Patient/pt-1");
  EXPECT_EQ(magnesium(nameless).unusable, "subject-unproven");
}

TEST(ReadLabs, DatesAreDecidedOnPurpose) {
  const auto on = [](const char* date) {
    return magnesium(lab("o", "19123-9", quantity("2.0", "mg/dL"), date));
  };
  EXPECT_EQ(on("2026-03-01").unusable, "");
  // A date without a zone is a whole day, and east of Greenwich (up to UTC+14) tomorrow's has begun.
  for (const char* tomorrow : {"2026-03-02", "2026-03-02T08:00:00"}) {
    EXPECT_EQ(on(tomorrow).unusable, "") << tomorrow;
    EXPECT_EQ(on(tomorrow).on, day("2026-03-01")) << tomorrow;
    EXPECT_EQ(on(tomorrow).instant_ms, 0) << tomorrow;
  }
  for (const char* ahead : {"2026-03-03", "2026-03-03T00:00:00", "2026-03-02T00:00:00Z", "2026-04", "2027"}) EXPECT_EQ(on(ahead).unusable, "future") << ahead;
  EXPECT_EQ(on("").unusable, "no-date");
  EXPECT_EQ(on("yesterday").unusable, "no-date");
  EXPECT_EQ(on("2026-02").on, day("2026-02-01"));
  EXPECT_GT(on("2026-02-01T08:00:00Z").instant_ms, on("2026-02-01T07:00:00Z").instant_ms);
  EXPECT_EQ(on("2026-02-01").instant_ms, 0);
  // In Auckland it is already tomorrow; in UTC it is not.
  EXPECT_EQ(on("2026-03-02T06:00:00+13:00").unusable, "");
  EXPECT_EQ(on("2026-03-02T06:00:00+13:00").on, day("2026-03-01"));
  EXPECT_EQ(on("2026-03-02T06:00:00+01:00").unusable, "future");
  const LabFact issued = magnesium(
      lab("o", "19123-9", quantity("2.0", "mg/dL") + R"(,"issued":"2026-02-10T08:00:00Z")", ""));
  EXPECT_EQ(issued.on, day("2026-02-10"));
  EXPECT_EQ(issued.instant_ms, 0);
}

TEST(ReadLabs, LimitsInTheCanonicalUnit) {
  const LabFact fact = magnesium(
      lab("o", "19123-9",
          quantity("1.7", "mg/dL") +
              R"(,"referenceRange":[{"low":{"value":1.6,"unit":"mg/dL"},"high":{"value":2.6}}])"));
  EXPECT_NEAR(fact.low.value_or(0), 0.65824, 1e-6);
  EXPECT_NEAR(fact.high.value_or(0), 1.06964, 1e-6);
  const LabFact other = magnesium(
      lab("o", "19123-9",
          quantity("1.7", "mg/dL") +
              R"(,"referenceRange":[{"type":{"coding":[{"code":"critical"}]},"low":{"value":1.0}},
    {"type":{"coding":[{"code":"normal"}]},"low":{"value":1.6}}])"));
  EXPECT_NEAR(other.low.value_or(0), 0.65824, 1e-6);
  const LabFact two =
      magnesium(lab("o", "19123-9",
                    quantity("1.7", "mg/dL") +
                        R"(,"referenceRange":[{"low":{"value":1.6}},{"low":{"value":1.9}}])"));
  EXPECT_FALSE(two.low);
}

TEST(ReadLabs, ComponentsAndCodes) {
  const Facts panel =
      Call{
          .calcium_renal = bundle(
              {R"({"resourceType":"Observation","id":"p","status":"final","subject":{"reference":"Patient/pt-1"},
    "effectiveDateTime":"2026-02-01","code":{"text":"electrolytes"},"component":[
    {"code":{"coding":[{"system":"http://loinc.org","code":"19123-9"}]},"valueQuantity":{"value":2.0,"unit":"mg/dL"}},
    {"code":{"coding":[{"system":"http://loinc.org","code":"17861-6"}]},"valueQuantity":{"value":9.0,"unit":"mg/dL"}},
    {"code":{"coding":[{"system":"http://loinc.org","code":"2345-7"}]},"valueQuantity":{"value":90,"unit":"mg/dL"}}]})"})}
          .facts();
  ASSERT_EQ(panel.labs.size(), 2u);
  EXPECT_EQ(panel.labs[0].group, LabGroup::magnesium_serum);
  EXPECT_EQ(panel.labs[1].group, LabGroup::calcium_total);
  EXPECT_TRUE(Call{.magnesium = bundle({lab("g", "2345-7", quantity("90", "mg/dL"))})}
                  .facts()
                  .labs.empty());
}

TEST(ReadLabs, AMagnesiumResultWithoutAKnownCodeCountsAsAssessed) {
  const auto worded = [](const char* words) {
    return R"({"resourceType":"Observation","id":"o","status":"final","subject":{"reference":"Patient/pt-1"},"effectiveDateTime":"2026-02-01",
      "code":{"coding":[{"system":"http://lab.example","code":"MG"}],"text":")" +
           std::string(words) + R"("},"valueQuantity":{"value":2.0,"unit":"mg/dL"}})";
  };
  const LabFact fact = magnesium(worded("Magnesium, Serum"));
  EXPECT_EQ(fact.unreadable, "code-unknown");
  EXPECT_FALSE(fact.value);
  for (const char* words :
       {"Magnesium, Urine", "Magnesium oxide 400 mg", "Basic metabolic panel", "Magnesium 24h"})
    EXPECT_TRUE(Call{.magnesium = bundle({worded(words)})}.facts().labs.empty()) << words;
}

TEST(ReadLabs, T_TIME_2_AFutureResultIsNeverTheNewestAndSaysWhy) {
  const std::string low = quantity("0.4", "mmol/L"), fine = quantity("2.0", "mg/dL");
  const auto newest_of = [](std::initializer_list<std::string> resources) {
    const Call call{.magnesium = bundle(resources)};
    return call.facts();
  };
  for (const char* ahead : {"2026-03-03", "2026-03-02T00:00:00Z", "2026-04", "2027", "9999-12-31", "2026-03-03T01:00:00+14:00"}) {
    const Facts facts = newest_of({lab("ahead", "19123-9", low, ahead), lab("o", "19123-9", fine, "2026-02-20")});
    EXPECT_EQ(facts.labs.at(0).unusable, "future") << ahead;
    const Magnesium magnesium = judge_magnesium(facts, true, shipped_knowledge());
    ASSERT_NE(magnesium.newest, nullptr) << ahead;
    EXPECT_EQ(magnesium.newest->reference, "Observation/o") << ahead;
    EXPECT_EQ(magnesium.low, nullptr) << ahead;
  }
  // Tomorrow's date is today's somewhere, but not to the hour: a timed result of today is the newer one.
  const Facts here = newest_of({lab("ahead", "19123-9", low, "2026-03-02"), lab("o", "19123-9", fine, "2026-03-01T06:00:00Z")});
  EXPECT_EQ(judge_magnesium(here, true, shipped_knowledge()).newest->reference, "Observation/o");
  // A period that is still open began when it says; when in that day is not known, so a timed result of the day is newer.
  const auto period = [&](const char* members) {
    return lab("p", "19123-9", low + R"(,"effectivePeriod":{)" + members + "}", "");
  };
  const Facts open = newest_of({period(R"("start":"2026-02-20T06:00:00Z")"), lab("o", "19123-9", fine, "2026-02-20T08:00:00Z")});
  EXPECT_EQ(open.labs.at(0).on, day("2026-02-20"));
  EXPECT_EQ(open.labs.at(0).instant_ms, 0);
  EXPECT_EQ(judge_magnesium(open, true, shipped_knowledge()).newest->reference, "Observation/o");
  EXPECT_EQ(newest_of({period(R"("start":"2026-04-01")")}).labs.at(0).unusable, "future");
  EXPECT_EQ(newest_of({period(R"("start":"2026-02-01","end":"2026-02-20")")}).labs.at(0).on, day("2026-02-20"));
  EXPECT_EQ(newest_of({period(R"("start":"2026-02-01","end":"2026-04-01")")}).labs.at(0).unusable, "future");
  EXPECT_EQ(newest_of({period("")}).labs.at(0).unusable, "no-date");
  // Only reported: the day of reporting stands for the day of the test, and that is noted.
  const Facts issued = newest_of({lab("i", "19123-9", fine + R"(,"issued":"2026-02-20T08:00:00Z")", ""),
                                  lab("o", "19123-9", low, "2026-02-20T07:00:00Z")});
  EXPECT_EQ(issued.labs.at(0).on, day("2026-02-20"));
  EXPECT_TRUE(has_issue(issued.issues, "issued-only"));
  EXPECT_EQ(judge_magnesium(issued, true, shipped_knowledge()).newest->reference, "Observation/o");
  EXPECT_EQ(newest_of({lab("i", "19123-9", fine + R"(,"issued":"2027-01-01T08:00:00Z")", "")}).labs.at(0).unusable, "future");
}
