// Proves: where the publisher of orders also published the daily total that they come to, our dose, doses a day and
// strength from the product's name come to the same total. The conversion factors are the publisher's, from before 2022:
// they are arithmetic here, not clinical truth.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>

#include "fhir/dosage/daily_dose.hpp"
#include "fhir/dosage/product_text.hpp"
#include "fhir/json/reader.hpp"
#include "fhir/resources/medication_request.hpp"
#include "published_files.hpp"

namespace cofactor::accuracy {
namespace {

json::Document open(const std::string& file) {
  std::ifstream in(test_data(file), std::ios::binary);
  auto document = json::parse(std::string(std::istreambuf_iterator<char>(in), {}));
  EXPECT_TRUE(document) << file;
  return std::move(*document);
}

/// Milligrams in one unit by the name; of patches the milligrams an hour, which the name must not give as a strength.
double strength_mg(std::string_view display) {
  const fhir::ProductText product = fhir::read_product_text(display);
  if (const std::size_t rate = display.find(" MG/HR"); rate != display.npos) {
    EXPECT_TRUE(product.strengths.empty()) << "a rate is no strength: " << display;
    const std::size_t from = display.rfind(' ', rate - 1) + 1;
    return std::strtod(std::string(display.substr(from, rate - from)).c_str(), nullptr);
  }
  EXPECT_EQ(product.strengths.size(), 1u) << display;
  return product.strengths.empty() ? 0 : product.strengths[0].amount / 1000;
}

TEST(PublishedTotals, OfPatientsAreReached) {
  // folder, order, morphine equivalents of one milligram (of the patch: of one mg/h worn for a day)
  struct Patient {
    const char* folder;
    const char* order;
    double per_mg;
  };
  const Patient patients[] = {
      {"mmecalc", "morphineMedRecMMECalc", 1},
      {"patient-mme-greater-than-fifty", "example-rec-05-mme-greater-than-fifty-context", 7200},
      {"patient-mme-less-than-fifty", "example-rec-05-mme-less-than-fifty-context", 1.5},
      {"patient-mme-with-timeofday", "example-rec-05-mme-with-timeofday-context", 1.5}};
  for (const Patient& patient : patients) {
    SCOPED_TRACE(patient.folder);
    const std::string folder =
        std::string("opioid-mme-r4/MMECalculatorTests/") + patient.folder + "/";
    const json::Document order_file = open(folder + patient.order + ".json");
    const json::Document expected = open(folder + "GuidanceResponse-" + patient.folder + ".json");
    const double total =
        *expected.root()["contained"].items()[0]["parameter"].items()[0]["valueQuantity"]["value"].number();
    Issues issues;
    const json::ElementPath at{nullptr, "MedicationRequest"};
    const fhir::MedicationRequest order =
        fhir::read_medication_request(order_file.root(), {}, at, issues);
    const fhir::DoseReading dose = fhir::read_dose(order.dosages, at, issues);
    ASSERT_TRUE(dose.amount && dose.doses_per_day);
    EXPECT_TRUE(issues.empty());
    const double mg = dose.unit == fhir::AmountUnit::microgram
                          ? *dose.amount / 1000
                          : *dose.amount * strength_mg(order.medication.words());
    EXPECT_NEAR(mg * *dose.doses_per_day * patient.per_mg, total, 1e-6);
  }
}

TEST(PublishedTotals, OfDrugsAreReached) {
  const std::map<std::string, double> per_mg = {
      {"245134", 7200}, {"1603495", 7200}, {"864706", 10},   {"1115577", 160},
      {"858087", 180},  {"1237050", 160},  {"1049683", 1.5}, {"1049574", 1.5}};
  const json::Document expected = open("opioid-mme-r4/expected-values.json");
  int checked = 0;
  for (const json::Value& drug : expected.root()["drugs"].items()) {
    const auto total = drug["expected_mme_per_day"].number();
    if (!total) continue;  // injections: the publisher computes none
    SCOPED_TRACE(std::string(drug["display"].string()));
    fhir::Dosage dosage;
    dosage.timing.present = true;
    dosage.timing.repeat.emplace();
    // A third of a dose a day is written as one every three days.
    const double per_day = *drug["doses_per_day"].number();
    const bool patch = per_day < 1;
    dosage.timing.repeat->frequency = fhir::Decimal{"", patch ? 1 : per_day};
    dosage.timing.repeat->period = fhir::Decimal{"", patch ? 3.0 : 1.0};
    dosage.timing.repeat->period_unit = "d";
    fhir::DoseAmount amount;
    amount.quantity.emplace();
    amount.quantity->value = fhir::Decimal{"", *drug["dose"].number()};
    amount.quantity->system = "http://unitsofmeasure.org";
    amount.quantity->code = drug["dose_unit"].string();
    dosage.doses.push_back(amount);
    Issues issues;
    const fhir::DoseReading dose =
        fhir::read_dose(std::span(&dosage, 1), {nullptr, "MedicationRequest"}, issues);
    ASSERT_TRUE(dose.amount && dose.doses_per_day) << dose.unknown;
    const double mg = *dose.amount * strength_mg(drug["display"].string());
    EXPECT_NEAR(mg * *dose.doses_per_day * per_mg.at(std::string(drug["rxnorm"].string())), *total,
                0.01);
    ++checked;
  }
  EXPECT_EQ(checked, 8);
}

}  // namespace
}  // namespace cofactor::accuracy
