// Proves: an order becomes dose, period and standing, or a reason why not; nothing is guessed.
#include "tests/cards/facts/call.hpp"

using namespace cofactor;
using namespace cofactor::cards;
using namespace cofactor::cards::testing;

namespace {
const char* const d3 = "VITAMIN D3 5,000 UNIT CAPSULE";

OrderFact draft(const std::string& resource) {
  return Call{.drafts = bundle({resource})}.facts().orders.at(0);
}
OrderFact listed(const std::string& resource) {
  return Call{.medications = bundle({resource})}.facts().orders.at(0);
}
OrderFact timed(const std::string& repeat, const std::string& members = R"("status":"active")") {
  return listed(R"({"resourceType":"MedicationRequest","id":"a",)" + members +
                R"(,"subject":{"reference":"Patient/pt-1"},
    "medicationCodeableConcept":{"text":"omeprazole 20 mg capsule"},"dosageInstruction":[{"timing":{"repeat":)" +
                repeat + "}}]}");
}
}  // namespace

TEST(ReadOrder, VitaminDInIuPerDay) {
  const OrderFact fact = draft(order("d1", d3, "Take 2 capsules by mouth every other day"));
  EXPECT_EQ(fact.reference, "MedicationRequest/d1");
  EXPECT_TRUE(fact.has(DrugClass::vitamin_d_nutritional));
  EXPECT_DOUBLE_EQ(fact.iu_per_day.value_or(0), 5000);
  EXPECT_DOUBLE_EQ(fact.iu_per_dose.value_or(0), 10000);
  EXPECT_EQ(fact.vitamin_d_unknown, "");
  EXPECT_TRUE(fact.counts());
  EXPECT_FALSE(fact.start_known);
}

TEST(ReadOrder, UnknownIsAReasonNeverZero) {
  const OrderFact fact = draft(order("d1", "VITAMIN D PO", "as directed"));
  EXPECT_TRUE(fact.has(DrugClass::vitamin_d_nutritional));
  EXPECT_FALSE(fact.iu_per_day);
  EXPECT_NE(fact.vitamin_d_unknown, "");
  EXPECT_NE(fact.dose_unknown, "");
}

TEST(ReadOrder, SameInstructionsHaveTheSameKey) {
  const OrderFact a = draft(order("a", d3, "Take 1 capsule daily"));
  const OrderFact b = draft(order("b", d3, "1 capsule once a day"));
  const OrderFact c = draft(order("c", d3, "Take 1 capsule twice daily"));
  EXPECT_EQ(a.sig_key, b.sig_key);
  EXPECT_NE(a.sig_key, c.sig_key);
  EXPECT_EQ(a.product_key, b.product_key);
  EXPECT_EQ(draft(order("d", d3, "As directed.")).sig_key,
            draft(order("e", d3, "as  directed")).sig_key);
}

TEST(ReadOrder, StandingOfListedOrders) {
  const std::pair<const char*, const char*> rows[] = {
      {R"("status":"active")", ""},
      {R"("status":"on-hold")", "on-hold"},
      {R"("status":"stopped")", "stopped"},
      {R"("status":"cancelled")", "cancelled"},
      {R"("status":"completed")", "completed"},
      {R"("status":"entered-in-error")", "entered-in-error"},
      {R"("status":"draft")", "draft-elsewhere"},
      {R"("status":"unknown")", ""},
      {R"("status":"active","intent":"proposal")", "proposal"},
      {R"("status":"active","intent":"plan")", ""},
      {R"("status":"active","doNotPerform":true)", "do-not-perform"},
      {R"("status":"strange")", ""}};
  for (const auto& [members, reason] : rows)
    EXPECT_EQ(listed(order("m", d3, "1 daily", members)).left_out, reason) << members;
  EXPECT_TRUE(has_issue(listed(order("m", d3, "1 daily", R"("status":"strange")")).issues,
                        "status-unknown"));
}

TEST(ReadOrder, StandingOfDrafts) {
  for (const char* live : {R"("status":"draft")", R"("status":"active")", R"("intent":"order")",
                           R"("status":"draft","intent":"proposal")"})
    EXPECT_EQ(draft(order("d", d3, "1 daily", live)).left_out, "") << live;
  for (const char* ended : {"on-hold", "stopped", "cancelled", "completed", "entered-in-error"})
    EXPECT_EQ(
        draft(order("d", d3, "1 daily", R"("status":")" + std::string(ended) + "\"")).left_out,
        ended);
}

TEST(ReadOrder, StatementsCountWhenTaken) {
  const auto statement = [](const char* members) {
    return Call{.statements =
                    bundle({order("s", d3, "1 daily", members, "pt-1", "MedicationStatement")})}
        .facts()
        .orders.at(0);
  };
  EXPECT_EQ(statement(R"("status":"active")").left_out, "");
  EXPECT_EQ(statement(R"("status":"active")").role, OrderRole::statement);
  EXPECT_EQ(statement(R"("status":"intended")").left_out, "intended");
  EXPECT_EQ(statement(R"("status":"not-taken")").left_out, "not-taken");
  EXPECT_EQ(statement(R"("status":"active","taken":"n")").left_out, "not-taken");
  EXPECT_EQ(statement(R"("status":"active","effectivePeriod":{"end":"2026-02-28"})").left_out,
            "ended");
  EXPECT_EQ(statement(R"("status":"active","effectivePeriod":{"end":"2026-03-01"})").left_out, "");
}

TEST(ReadOrder, BoundsSayWhenItStartsAndEnds) {
  const OrderFact open = timed(R"({"frequency":1,"period":1,"periodUnit":"d"})",
                               R"("status":"active","authoredOn":"2025-10-01")");
  EXPECT_EQ(open.start, day("2025-10-01"));
  EXPECT_TRUE(open.start_known);
  EXPECT_FALSE(open.end);
  const OrderFact period = timed(
      R"({"frequency":1,"period":1,"periodUnit":"d","boundsPeriod":{"start":"2025-09-01","end":"2026-03-01"}})",
      R"("status":"active","authoredOn":"2025-10-01")");
  EXPECT_EQ(period.start, day("2025-09-01"));
  EXPECT_EQ(period.end, day("2026-03-01"));
  EXPECT_EQ(period.left_out, "");
  EXPECT_EQ(
      timed(R"({"frequency":1,"period":1,"periodUnit":"d","boundsPeriod":{"end":"2026-02-28"}})")
          .left_out,
      "ended");
  const OrderFact course = timed(
      R"({"frequency":1,"period":1,"periodUnit":"d","boundsDuration":{"value":14,"code":"d"}})",
      R"("status":"active","authoredOn":"2026-02-01")");
  EXPECT_EQ(course.course_days, 14);
  EXPECT_EQ(course.end, day("2026-02-14"));
  EXPECT_EQ(course.left_out, "ended");
  const OrderFact vague = timed(R"({"frequency":1,"period":1,"periodUnit":"d"})",
                                R"("status":"active","authoredOn":"2025")");
  EXPECT_EQ(vague.start, day("2025-12-31"));
  EXPECT_FALSE(timed(R"({"frequency":1,"period":1,"periodUnit":"d"})").start_known);
  EXPECT_TRUE(has_issue(timed(R"({"frequency":1,"period":1,"periodUnit":"d"})",
                              R"("status":"active","authoredOn":"soon")")
                            .issues,
                        "date-unreadable"));
}

TEST(ReadOrder, LinksToWhatItReplaces) {
  const OrderFact fact = draft(order(
      "d", d3, "1 daily",
      R"("status":"draft","priorPrescription":{"reference":"https://ehr.example/fhir/MedicationRequest/old"},
    "basedOn":[{"reference":"MedicationRequest/plan/_history/2"},{"display":"words"}])"));
  EXPECT_EQ(fact.replaces,
            (std::vector<std::string>{"MedicationRequest/plan", "MedicationRequest/old"}));
}

TEST(ReadOrder, OtherMedicinesAreNamedAndLeftAtThat) {
  const OrderFact fact = draft(order("d", "apixaban 5 mg tablet", "5 mg twice daily"));
  EXPECT_TRUE(fact.ingredients.empty());
  EXPECT_EQ(fact.words, "apixaban 5 mg tablet");
  EXPECT_EQ(fact.dose_unknown, "");
}
