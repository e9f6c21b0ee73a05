// Proves: every published medication order and laboratory result is read as the hand-read tables beside this file say,
// or is declared unreadable with a reason; none is read wrongly; and docs/reading-accuracy.md says the counts.
// COFACTOR_WRITE_DOCS=1 writes that page anew.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>

#include "accuracy_table.hpp"
#include "cards/facts/collect_facts.hpp"
#include "fhir/dosage/daily_dose.hpp"
#include "fhir/dosage/frequency.hpp"
#include "fhir/json/reader.hpp"
#include "fhir/units/ucum.hpp"
#include "published_files.hpp"

namespace cofactor::accuracy {
namespace {

using fhir::AmountUnit;
using fhir::DoseReading;

const cards::Knowledge& knowledge() {
  static const std::shared_ptr<const cards::Knowledge> loaded =
      *cards::Knowledge::load(cards::shipped_knowledge_files());
  return *loaded;
}

bool same(double a, double b) { return std::abs(a - b) <= 1e-9 * std::max(std::abs(a), std::abs(b)); }

struct HandRead {
  std::string drug_class;
  std::optional<double> dose, per_day, largest;
  std::string unit;
  bool once = false, as_needed = false, contradicts = false, used = false;
  std::optional<int> days, doses;
};

double ratio(const std::string& text) {
  const std::size_t slash = text.find('/');
  const double top = std::strtod(text.c_str(), nullptr);
  return slash == std::string::npos ? top : top / std::strtod(text.c_str() + slash + 1, nullptr);
}

HandRead hand_read(const std::vector<std::string>& row) {
  HandRead out;
  if (const auto equals = row[2].find('='); equals != std::string::npos)
    out.drug_class = row[2].substr(equals + 1);
  if (row[3] != "-") {
    out.dose = std::strtod(row[3].c_str(), nullptr);
    out.unit = row[3].substr(row[3].find(' ') + 1);
  }
  if (row[4] == "once") out.once = true;
  else if (row[4] != "-") out.per_day = ratio(row[4]);
  const std::string& remarks = row[5];
  out.as_needed = remarks.find("as needed") != std::string::npos;
  out.contradicts = remarks == "contradicts";
  if (remarks.ends_with(" d")) out.days = std::atoi(remarks.c_str());
  if (remarks.ends_with(" doses")) out.doses = std::atoi(remarks.c_str());
  if (remarks.starts_with("largest")) out.largest = std::strtod(remarks.c_str() + 8, nullptr);
  return out;
}

std::string unit_name(AmountUnit unit) {
  static const char* const kNames[] = {"unit", "drop", "mL", "IU", "ug", "g"};
  return kNames[static_cast<int>(unit)];
}

/// Compares, counts, and says what is wrong; empty when nothing is.
std::string judge(const HandRead& hand, const DoseReading& reading, const Issues& issues, Tally& tally) {
  bool declared = false;
  for (const Issue& issue : issues)
    declared = declared || issue.code == "text-contradicts-structure" ||
               issue.code == "code-contradicts-repeat";
  const bool assumed = std::find(reading.basis.begin(), reading.basis.end(), "assumed-one-unit") !=
                       reading.basis.end();
  const std::optional<double> amount = assumed ? std::nullopt : reading.amount;
  if (hand.contradicts) {
    if (!declared) return "the order contradicts itself and the reading does not say so";
    ++tally.contradicting;
    return {};
  }
  if (declared) return "a contradiction is declared where there is none";
  std::string wrong;
  const auto differs = [&](const std::string& what) { wrong += (wrong.empty() ? "" : "; ") + what; };
  const double high = reading.amount.value_or(0) * reading.doses_per_day.value_or(0);
  const double told = hand.dose.value_or(0) * hand.per_day.value_or(0);
  const bool covers = reading.ambiguous && high >= told;
  if (reading.doses_per_day && !covers &&
      (!hand.per_day || !same(*hand.per_day, *reading.doses_per_day)))
    differs("doses a day " + std::to_string(*reading.doses_per_day));
  if (amount && !covers && (!hand.dose || !same(*hand.dose, *amount) || hand.unit != unit_name(reading.unit)))
    differs("a dose of " + std::to_string(*amount) + " " + unit_name(reading.unit));
  if ((reading.schedule == fhir::Schedule::one_time) != hand.once) differs("once or not");
  if ((reading.schedule == fhir::Schedule::as_needed) != hand.as_needed) differs("as needed or not");
  if (hand.largest && reading.largest_amount && !same(*hand.largest, *reading.largest_amount))
    differs("largest dose " + std::to_string(*reading.largest_amount));
  if (hand.days && (!reading.course || reading.course->days != hand.days)) differs("length of the course");
  if (hand.doses && (!reading.course || reading.course->doses != hand.doses)) differs("number of doses");
  if (!wrong.empty()) return wrong;
  const bool when = reading.doses_per_day || reading.schedule == fhir::Schedule::one_time;
  if (when && amount) {
    ++tally.read;
  } else if (when && assumed && !hand.dose) {
    ++tally.assumed;
  } else if (!reading.unknown.empty()) {
    ++tally.unreadable[reading.unknown];
  } else {
    return "neither read nor a reason";
  }
  return {};
}

bool is_order(std::string_view type) {
  return fhir::is_medication_order(type) || type == "MedicationDispense" ||
         type == "MedicationAdministration";
}

std::string classes_of(const cards::DrugReading& drug) {
  std::string out;
  for (const cards::IngredientReading& ingredient : drug.ingredients)
    out += (out.empty() ? "" : "+") + std::string(name_of(ingredient.drug_class));
  return out;
}

void read_orders(Tables& tables, std::vector<std::string>& wrong) {
  std::map<std::string, HandRead> hand;
  for (const auto& row : hand_read_rows("tests/external/published_orders.txt"))
    hand.emplace(row[0] + " " + row[1], hand_read(row));
  each_published_file([&](const std::string& file, const std::string& folder, const json::Value& root) {
    int ordinal = 0;
    each_resource(root, [&](const json::Value& resource) {
      if (!is_order(resource["resourceType"].string())) return;
      const std::string key = file + " " + std::to_string(++ordinal);
      Tally& tally = tables.orders[folder];
      ++tally.seen;
      const auto found = hand.find(key);
      std::string problem = "nobody has read it by hand yet";
      if (found != hand.end()) {
        found->second.used = true;
        Issues issues;
        const json::ElementPath at{nullptr, "order"};
        const fhir::MedicationRequest order = fhir::read_medication_request(resource, {}, at, issues);
        const DoseReading reading = fhir::read_dose(order.dosages, at, issues);
        const cards::DrugReading drug = cards::identify_drug(order, knowledge(), at, issues);
        problem = judge(found->second, reading, issues, tally);
        if (problem.empty() && classes_of(drug) != found->second.drug_class)
          problem = "medicine read as `" + classes_of(drug) + "`";
      }
      if (problem.empty()) return;
      ++tally.wrong;
      wrong.push_back(key + " (" + std::string(resource["id"].string()) + "): " + problem);
    });
  });
  for (const auto& [key, row] : hand)
    if (!row.used) wrong.push_back(key + ": a row of the table without an order");
}

void read_labs(Tables& tables, std::vector<std::string>& wrong) {
  std::multimap<std::string, std::pair<std::string, std::string>> hand;
  for (const auto& row : hand_read_rows("tests/external/published_labs.txt"))
    hand.emplace(row[0] + " " + row[1], std::pair(row[2], row[3]));
  each_published_file([&](const std::string& file, const std::string& folder, const json::Value& root) {
    each_resource(root, [&](const json::Value& resource) {
      if (resource["resourceType"].string() != "Observation") return;
      cards::CallInput input;
      input.as_of = *fhir::Day::read("2026-03-01");
      input.hook = "order-sign";
      input.patient_id = fhir::read_reference(resource["subject"]["reference"].string()).id;
      input.prefetch.calcium_renal = &resource;
      const cards::Facts facts = cards::collect_facts(input, knowledge());
      const std::string key = file + " " + std::string(resource["id"].string());
      auto [row, end] = hand.equal_range(key);
      if (row == end && facts.labs.empty()) {
        ++tables.lab_others;
        return;
      }
      Tally& tally = tables.labs[folder];
      for (const cards::LabFact& lab : facts.labs) {
        ++tally.seen;
        if (row == end) {
          ++tally.wrong;
          wrong.push_back(key + ": a value that is no laboratory value we use");
          continue;
        }
        const auto& [group, value] = (row++)->second;
        const bool bounded = value[0] == '>' || value[0] == '<';
        const double number = std::strtod(value.c_str() + (bounded ? 1 : 0), nullptr);
        const bool fine = name_of(lab.group) == group && lab.comparator == (bounded ? value.substr(0, 1) : "");
        const bool told = lab.value && lab.unusable.empty();
        if (!fine || (told && std::abs(*lab.value - number) > 5e-4 * number)) {
          ++tally.wrong;
          wrong.push_back(key + ": " + std::string(name_of(lab.group)) + " " + lab.comparator +
                          (lab.value ? std::to_string(*lab.value) : lab.unreadable));
        } else if (told) {
          ++tally.read;
        } else if (!lab.unusable.empty() || !lab.unreadable.empty()) {
          ++tally.unreadable[lab.unusable.empty() ? lab.unreadable : lab.unusable];
        } else {
          ++tally.wrong;
          wrong.push_back(key + ": neither a value nor a reason");
        }
      }
      for (; row != end; ++row) {
        ++tally.seen;
        ++tally.wrong;
        wrong.push_back(key + ": " + row->second.first + " was not seen");
      }
    });
  });
}

/// An attribute of an XML element on one line: the functional tests are written so.
std::string attribute(const std::string& line, const std::string& name) {
  const std::size_t at = line.find(" " + name + "=\"");
  if (at == std::string::npos) return {};
  const std::size_t from = at + name.size() + 3;
  std::string value = line.substr(from, line.find('"', from) - from);
  for (const auto& [entity, plain] : {std::pair{"&apos;", "'"}, {"&lt;", "<"}, {"&gt;", ">"}, {"&amp;", "&"}})
    for (std::size_t i; (i = value.find(entity)) != std::string::npos;)
      value.replace(i, std::string_view(entity).size(), plain);
  return value;
}

std::string kind_of(const fhir::UnitReading& unit) {
  static const char* const kKinds[] = {"unknown", "iu", "mass", "volume", "dose-form", "drop", "spray",
                                       "amount", "equivalents", "time", "ambiguous"};
  char text[48];
  std::snprintf(text, sizeof text, "%s %.9g", kKinds[static_cast<int>(unit.kind)], unit.factor);
  return text;
}

void read_units(Tables& tables, std::vector<std::string>& wrong) {
  std::map<std::string, std::string> hand;
  for (const auto& row : hand_read_rows("tests/external/published_units.txt")) hand[row[0]] = row[1];
  const std::string system = "http://unitsofmeasure.org";
  for (const char* name : {"ucum/UcumFunctionalTests.xml", "ucum/UcumFunctionalTests.2.xml"}) {
    std::ifstream file(test_data(name));
    std::string line;
    while (std::getline(file, line)) {
      const std::string valid = attribute(line, "valid"), unit = attribute(line, "unit");
      if (valid.empty() || unit.empty()) continue;
      ++tables.units_seen;
      const fhir::UnitReading reading = fhir::read_unit(system, unit, "");
      const fhir::LabUnit lab = fhir::read_lab_unit(system, unit, "");
      const bool known = reading.kind != fhir::UnitKind::unknown ||
                         (lab != fhir::LabUnit::unknown && lab != fhir::LabUnit::other);
      const auto expected = hand.find(unit);
      if (valid == "false") ++tables.units_invalid;
      if (!known) {
        if (valid != "false") ++tables.units_other;
        continue;
      }
      if (valid == "false") tables.careless.insert(unit);
      const std::string said = reading.kind != fhir::UnitKind::unknown
                                   ? kind_of(reading)
                                   : "laboratory " + std::to_string(static_cast<int>(lab));
      if (expected == hand.end() || expected->second != said)
        wrong.push_back("unit " + unit + ": read as " + said);
      else if (valid != "false")
        ++tables.units_read;
    }
  }
}

std::string text_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += "  " + line + "\n";
  return out;
}

TEST(ReadingAccuracy, NothingPublishedIsReadWronglyAndThePageSaysSo) {
  Tables tables;
  std::vector<std::string> wrong;
  read_orders(tables, wrong);
  read_labs(tables, wrong);
  read_units(tables, wrong);
  EXPECT_TRUE(wrong.empty()) << joined(wrong);
  const std::string said = page(tables);
  if (const char* write = std::getenv("COFACTOR_WRITE_DOCS"); write != nullptr && *write == '1')
    std::ofstream("docs/reading-accuracy.md", std::ios::binary) << said;
  EXPECT_EQ(text_of("docs/reading-accuracy.md"), said)
      << "docs/reading-accuracy.md is out of date: run the external tests once with COFACTOR_WRITE_DOCS=1";
}

}  // namespace
}  // namespace cofactor::accuracy
