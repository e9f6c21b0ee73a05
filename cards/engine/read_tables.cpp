// Promises: products, names and the do-not-use list into look-ups; codes with wrong check digits, unknown classes and
// codes that stand twice are reported with their line.
#include "cards/engine/read_tables.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace cofactor::cards {
namespace {
std::string quoted(std::string_view text) { return "`" + std::string(text) + "`"; }
constexpr std::pair<std::string_view, fhir::CodeSystem> systems[] = {
    {"rxnorm", fhir::CodeSystem::rxnorm}, {"ndc", fhir::CodeSystem::ndc},         {"atc", fhir::CodeSystem::atc},
    {"snomed", fhir::CodeSystem::snomed}, {"icd10cm", fhir::CodeSystem::icd10cm}, {"loinc", fhir::CodeSystem::loinc}};

std::vector<IngredientEntry> read_ingredients(const Table::Row& row, Report& report) {
  std::vector<IngredientEntry> list;
  for (std::string_view item : split_list(row["ingredients"])) {
    const std::size_t equals = item.rfind('=');
    const std::string_view name = trimmed(item.substr(0, equals));
    const auto drug_class = equals == std::string_view::npos ? std::nullopt : drug_class_named(trimmed(item.substr(equals + 1)));
    if (name.empty() || !drug_class) {
      report.cell(row.line(), "ingredients", quoted(item) + " must be `ingredient=class` with a class that Cofactor knows");
    } else {
      list.push_back({std::string(name), *drug_class});
    }
  }
  if (list.empty()) report.cell(row.line(), "ingredients", "names no ingredient");
  return list;
}

void check_yes(const Table::Row& row, std::string_view column, Report& report) {
  if (!row[column].empty() && row[column] != "yes") report.cell(row.line(), column, "must be yes or empty");
}

/// The columns that products and names share.
ProductEntry read_entry(const Table::Row& row, Report& report) {
  ProductEntry entry;
  entry.ingredients = read_ingredients(row, report);
  if (const auto iu = row["vitamin_d_iu"]; !iu.empty()) {
    const auto amount = positive_number(iu);
    using Per = fhir::ProductStrength::Per;
    constexpr std::pair<std::string_view, Per> pers[] = {
        {"dose-unit", Per::dose_unit}, {"millilitre", Per::millilitre}, {"drop", Per::drop}, {"gram", Per::gram}};
    const auto per = std::find_if(std::begin(pers), std::end(pers), [&](const auto& p) { return p.first == row["vitamin_d_per"]; });
    if (!amount || per == std::end(pers)) {
      report.cell(row.line(), amount ? "vitamin_d_per" : "vitamin_d_iu",
                  "the vitamin D strength needs a number of IU above zero, and per one of dose-unit, millilitre, drop, gram");
    } else {
      entry.vitamin_d.emplace();
      entry.vitamin_d->amount = *amount;
      entry.vitamin_d->per = per->second;
    }
  }
  if (row["vitamin_d_iu"].empty() && !row["vitamin_d_per"].empty())
    report.cell(row.line(), "vitamin_d_per", "says per what, but vitamin_d_iu is empty");
  if (const auto mg = row["elemental_magnesium_mg"]; !mg.empty()) {
    entry.elemental_magnesium_mg = positive_number(mg);
    if (!entry.elemental_magnesium_mg) report.cell(row.line(), "elemental_magnesium_mg", "must be a number above zero");
  }
  if (const auto days = row["course_days"]; !days.empty()) {
    const auto number = positive_number(days);
    if (!number) report.cell(row.line(), "course_days", "must be a number of days above zero");
    entry.fixed_course_days = static_cast<int>(number.value_or(0));
  }
  entry.local_use = row["use"] == "local";
  entry.parenteral = row["use"] == "parenteral";
  if (!row["use"].empty() && !entry.local_use && !entry.parenteral) report.cell(row.line(), "use", "must be local, parenteral or empty");
  check_yes(row, "combination", report);
  entry.combination = row["combination"] == "yes" || entry.ingredients.size() > 1;
  if (entry.vitamin_d) entry.vitamin_d->combination = entry.combination;
  entry.weak = !entry.ingredients.empty() && entry.ingredients.front().name == "vitamin d";
  return entry;
}

void read_products(const KnowledgeFile& file, Knowledge::Content& content, Report& report) {
  const Table table(file.bytes,
                    {"system", "code", "name", "level", "ingredients", "vitamin_d_iu", "vitamin_d_per",
                     "elemental_magnesium_mg", "use", "combination", "course_days", "note", "source"},
                    report);
  for (const Table::Row& row : table.rows()) {
    const auto system = table_system(row["system"]);
    const PlainCode code(system.value_or(fhir::CodeSystem::other), row["code"]);
    if (!system) {
      report.cell(row.line(), "system", "unknown code system " + quoted(row["system"]));
      continue;
    }
    if (code.view().empty()) report.cell(row.line(), "code", quoted(row["code"]) + " cannot be a code of " + quoted(row["system"]));
    if (*system == fhir::CodeSystem::snomed && !snomed_check_digit(row["code"]))
      report.cell(row.line(), "code", quoted(row["code"]) + " is no SNOMED CT code: its check digit is wrong");
    if (row["source"].empty()) report.cell(row.line(), "source", "has no source: say where the row comes from");
    ProductEntry entry = read_entry(row, report);
    entry.name = row["name"];
    entry.product = row["level"] == "product";
    if (!entry.product && row["level"] != "ingredient") report.cell(row.line(), "level", "must be product or ingredient");
    if (entry.vitamin_d) entry.vitamin_d->basis = "product-strength";
    auto& codes = content.products[static_cast<std::size_t>(*system)];
    if (!codes.emplace(code.view(), std::move(entry)).second)
      report.cell(row.line(), "code", "the code " + quoted(row["code"]) + " stands twice");
  }
}

void read_names(const KnowledgeFile& file, Knowledge::Content& content, Report& report) {
  const Table table(file.bytes,
                    {"words", "ingredients", "where", "weak", "vitamin_d_iu", "vitamin_d_per", "elemental_magnesium_mg",
                     "strength_is", "use", "combination", "course_days", "note", "source"},
                    report);
  using Where = NamedProduct::Where;
  constexpr std::pair<std::string_view, Where> places[] = {
      {"anywhere", Where::anywhere}, {"start", Where::start}, {"with-calcium", Where::with_calcium}};
  for (const Table::Row& row : table.rows()) {
    NamedProduct named;
    named.entry = read_entry(row, report);
    named.entry.name = row["words"];
    check_yes(row, "weak", report);
    named.entry.weak = named.entry.weak || row["weak"] == "yes";
    if (named.entry.vitamin_d) named.entry.vitamin_d->basis = "formulary";
    if (row["strength_is"] == "elemental") named.entry.magnesium_mass = ProductEntry::MassOf::elemental;
    if (row["strength_is"] == "salt") named.entry.magnesium_mass = ProductEntry::MassOf::salt;
    if (!row["strength_is"].empty() && named.entry.magnesium_mass == ProductEntry::MassOf::unsaid)
      report.cell(row.line(), "strength_is", "must be elemental, salt or empty");
    const auto place = std::find_if(std::begin(places), std::end(places), [&](const auto& p) { return p.first == row["where"]; });
    if (place == std::end(places)) {
      report.cell(row.line(), "where", "must be anywhere, start or with-calcium");
    } else {
      named.where = place->second;
    }
    // A single digit belongs to the vitamin ("d3"); more are the strength ("thera-d 2000").
    const auto digits = std::count_if(row["words"].begin(), row["words"].end(), [](char c) { return c >= '0' && c <= '9'; });
    named.says_strength = digits > 2;
    if (row["source"].empty()) report.cell(row.line(), "source", "has no source: say where the row comes from");
    if (!content.name_index.add(row["words"], content.names.size()))
      report.cell(row.line(), "words", quoted(row["words"]) + " holds no word, or stands twice");
    content.names.push_back(std::move(named));
  }
}

void read_do_not_use(const KnowledgeFile& file, Knowledge::Content& content, Report& report) {
  const Table table(file.bytes, {"system", "code", "why", "source"}, report);
  for (const Table::Row& row : table.rows()) {
    const auto system = table_system(row["system"]);
    for (std::string_view column : {"why", "source"})
      if (row[column].empty()) report.cell(row.line(), column, "is empty: say why the code must not be used, and who found it");
    if (!system || row["code"].empty()) {
      report.cell(row.line(), system ? "code" : "system", "needs a known code system and a code");
    } else if (!content.do_not_use[static_cast<std::size_t>(*system)].emplace(row["code"], true).second) {
      report.cell(row.line(), "code", "the code " + quoted(row["code"]) + " stands twice");
    }
  }
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> split_list(std::string_view text) {
  std::vector<std::string_view> list;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(';'), text.size());
    if (const auto item = trimmed(text.substr(0, end)); !item.empty()) list.push_back(item);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return list;
}

std::optional<fhir::CodeSystem> table_system(std::string_view name) {
  for (const auto& [known, system] : systems)
    if (known == name) return system;
  return std::nullopt;
}

std::optional<double> positive_number(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number) || number <= 0) return std::nullopt;
  return number;
}

Table::Table(std::string_view text, std::initializer_list<std::string_view> columns, Report& report) : table_(read_csv(text)) {
  if (!table_.error.empty()) {
    report.line(table_.error_line, table_.error);
    return;
  }
  if (!std::equal(columns.begin(), columns.end(), table_.header.begin(), table_.header.end())) {
    std::string wanted;
    for (std::string_view column : columns) wanted += (wanted.empty() ? "" : ",") + std::string(column);
    report.line(1, "the first row must be " + quoted(wanted));
    return;
  }
  for (const CsvRow& row : table_.rows) {
    if (row.fields.size() != table_.header.size()) {
      report.line(row.line, "has " + std::to_string(row.fields.size()) + " columns, not " + std::to_string(table_.header.size()));
    } else {
      rows_.push_back({&row, &table_.header});
    }
  }
}

std::string_view Table::Row::operator[](std::string_view column) const {
  const auto found = std::find(header->begin(), header->end(), column);
  return found == header->end() ? std::string_view() : trimmed(row->fields[static_cast<std::size_t>(found - header->begin())]);
}

bool read_table_file(const KnowledgeFile& file, Knowledge::Content& content, Report& report) {
  const std::string_view path = file.path;
  if (path.size() < 4 || path.substr(path.size() - 4) != ".csv") return false;
  if (path.rfind("products/", 0) == 0) {
    read_products(file, content, report);
  } else if (path == "names.csv") {
    read_names(file, content, report);
  } else if (path == "do-not-use.csv") {
    read_do_not_use(file, content, report);
  } else {
    return false;
  }
  return true;
}

}  // namespace cofactor::cards
