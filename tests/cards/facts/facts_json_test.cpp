// Proves: facts survive JSON with every member set, reading refuses what it does not know, and an explanation has the
// documented shape.
#include "cards/facts/facts_json.hpp"

#include <gtest/gtest.h>

#include "fhir/json/reader.hpp"

using namespace cofactor;
using namespace cofactor::cards;

namespace {

const std::string everything = R"({"asOf":"2026-03-01","hook":"order-select","age":{"youngestYears":57,"oldestYears":58,)"
    R"("youngestMonths":690,"oldestMonths":701},"ageUnknown":"x","sex":"female","orders":[{"reference":"MedicationRequest/1",)"
    R"("role":"statement","selected":false,"status":"active","intent":"order","leftOut":"ended","words":"D \u202e<b>",)"
    R"("productKey":"k","sigKey":"s","replaces":["MedicationRequest/0"],"ingredients":[{"name":"cholecalciferol",)"
    R"("class":"vitamin-d-nutritional","basis":"display"}],"route":"oral","start":"2025-01-01","end":"2025-02-01",)"
    R"("startKnown":true,"dosesPerDay":0.14285714285714285,"schedule":"as-needed","courseDays":56,"courseDoses":8,)"
    R"("doseUnknown":"a","iuPerDose":50000,"iuPerDay":7142.857142857143,"vitaminDUnknown":"b","vitaminDBasis":["sig-text"],)"
    R"("otherDoses":[{"once":true,"iu":300000},{"once":true,"unknown":"u"}],)"
    R"("laterPhase":"c","elementalMagnesiumMgPerDay":241.3,"issues":[{"severity":"error","code":"e","path":"p","text":"t"}]}],)"
    R"("labs":[{"reference":"Observation/1","group":"magnesium-rbc","code":"26746-8","status":"final","valueText":"5.20",)"
    R"("unitText":"mg/dL","comparator":"<","value":2.13928,"low":1.6456,"high":2.63296,"on":"2026-02-01",)"
    R"("instantMs":1769904000123,"unusable":"future","unreadable":"comparator"}],"conditions":[{"reference":"Condition/1",)"
    R"("code":"N18.4","group":"ckd-4-5","on":"2020-01-01"}],"magnesiumOrders":[{"reference":"ServiceRequest/1","draft":true,)"
    R"("authored":"2026-02-01","occurrence":"2026-04-01","status":"draft"}],"sources":[{"key":"magnesium","state":"error",)"
    R"("reason":"operation-outcome"}],"encounterClass":"AMB","patientMismatch":true,"issues":[{"severity":"information",)"
    R"("code":"i"}]})";

std::string round_trip(const std::string& text) {
  const auto document = json::parse(text).value();
  json::Writer out;
  write_facts(out, read_facts(document.root()).value());
  return out.take();
}

std::string refusal(const std::string& text) {
  const auto document = json::parse(text).value();
  const auto facts = read_facts(document.root());
  return facts ? "" : facts.error().text;
}

std::string explained(const OrderFact& order) {
  json::Writer out;
  write_explanation(out, order);
  return out.take();
}

}  // namespace

TEST(FactsJson, EveryMemberSurvives) {
  const std::string once = round_trip(everything);
  EXPECT_EQ(round_trip(once), once);
  const auto wanted = json::parse(everything).value(), got = json::parse(once).value();
  EXPECT_EQ(got.root().size, wanted.root().size);
  EXPECT_EQ(got.root()["orders"].items()[0].size, wanted.root()["orders"].items()[0].size);
  EXPECT_EQ(got.root()["labs"].items()[0].size, wanted.root()["labs"].items()[0].size);
  EXPECT_EQ(got.root()["labs"].items()[0]["instantMs"].number_text(), "1769904000123");
  EXPECT_EQ(got.root()["labs"].items()[0]["value"].number(), 2.13928);
}

TEST(FactsJson, DefaultsAreLeftOut) {
  EXPECT_EQ(round_trip(R"({"asOf":"2026-03-01"})"), R"({"asOf":"2026-03-01"})");
}

TEST(FactsJson, RefusesWhatItDoesNotKnowAndSaysWhere) {
  EXPECT_EQ(refusal(R"({"asOf":"2026-03-01","ordres":[]})"), "facts cannot be read: /ordres is no known member");
  EXPECT_EQ(refusal(R"({"asOf":"2026-02-30"})"), "facts cannot be read: /asOf must be a date YYYY-MM-DD");
  EXPECT_EQ(refusal(R"({})"), "facts cannot be read: /asOf must be a date");
  EXPECT_EQ(refusal(R"({"asOf":"2026-03-01","orders":[{"role":"boss"}]})"),
            "facts cannot be read: /orders/0/role is not draft, active or statement");
  EXPECT_EQ(refusal(R"({"asOf":"2026-03-01","orders":[{"role":"draft","ingredients":[{"class":"ppis"}]}]})"),
            "facts cannot be read: /orders/0/ingredients/0/class is no known class");
  EXPECT_EQ(refusal(R"({"asOf":"2026-03-01","labs":[{"group":"magnesium-serum","value":"2"}]})"),
            "facts cannot be read: /labs/0/value must be a number");
}

TEST(FactsJson, ExplainsAReadDose) {
  OrderFact order;
  order.reference = "MedicationRequest/draft-1";
  order.ingredients = {{"ergocalciferol", DrugClass::vitamin_d_nutritional, "rxnorm-product"}};
  order.iu_per_day = 50000.0 / 7;
  order.iu_per_dose = 50000;
  order.doses_per_day = 1.0 / 7;
  order.course_days = 56;
  order.vitamin_d_basis = {"timing.repeat", "product-strength"};
  EXPECT_EQ(explained(order),
            R"({"id":"draft-1","recognised":true,"ingredients":[{"name":"ergocalciferol","class":"vitamin-d-nutritional",)"
            R"("basis":"rxnorm-product"}],"dose":{"dosesPerDay":0.14285714285714285,"schedule":"scheduled"},)"
            R"("vitaminD":{"iuPerDay":7142.857142857143,"iuPerDose":50000,"dosesPerDay":0.14285714285714285,)"
            R"("schedule":"scheduled","course":{"days":56},"basis":["timing.repeat","product-strength"]},"issues":[]})");
}

TEST(FactsJson, ExplainsWhatIsUnknownAndWhatIsNotRecognised) {
  OrderFact order;
  order.reference = "MedicationRequest/1";
  EXPECT_EQ(explained(order), R"({"id":"1","recognised":false,"issues":[]})");
  order.ingredients = {{"vitamin D", DrugClass::vitamin_d_nutritional, "text"}};
  order.vitamin_d_unknown = "as-directed";
  order.dose_unknown = "as-directed";
  EXPECT_NE(explained(order).find(R"("vitaminD":{"unknown":"as-directed"})"), std::string::npos);
}
