// Promises: the rows of a formulary (or of an imported table, which has the same columns) into codes with ingredients
// and strengths. Each row is one ingredient of one code; a combination has as many rows as ingredients. Every fault
// names file, row, column and what to do.
#include <algorithm>
#include <array>

#include "cards/engine/csv.hpp"
#include "cards/engine/formulary_strength.hpp"
#include "cards/engine/read_tables.hpp"
#include "cards/engine/site_codes.hpp"

namespace cofactor::cards {
namespace {

std::string quoted(std::string_view text) { return "`" + std::string(text) + "`"; }

enum Column { system_, code_, display_, ingredient_, strength_, unit_, form_, source_, release_, note_, level_ };
constexpr std::array<std::string_view, 11> column_names{"system", "code", "display", "ingredient", "strength_per_unit",
                                                        "unit",   "form", "source",  "release",    "note",              "level"};
constexpr std::size_t must_have = 7;
using Columns = std::array<int, column_names.size()>;

bool read_titles(const std::vector<std::string>& header, Columns& columns, Report& report) {
  bool fine = true;
  const auto fault = [&](const std::string& text) {
    report.line(1, text);
    fine = false;
  };
  columns.fill(-1);
  for (std::size_t i = 0; i < header.size(); ++i) {
    const std::string title = formulary_title(header[i]);
    const auto found = std::find(column_names.begin(), column_names.end(), title);
    if (found == column_names.end()) {
      fault("unknown column " + quoted(title) + ": the columns are system, code, display, ingredient, strength_per_unit, unit, form; "
            "source, release, note and level may follow; columns are separated by commas");
      return false;
    }
    int& place = columns[static_cast<std::size_t>(found - column_names.begin())];
    if (place != -1) fault("the column " + quoted(title) + " stands twice");
    place = static_cast<int>(i);
  }
  for (std::size_t i = 0; i < must_have; ++i)
    if (columns[i] == -1) fault("the column " + quoted(column_names[i]) + " is missing");
  return fine;
}

/// One row by its columns.
class Row {
 public:
  Row(const CsvRow& row, const Columns& columns, Report& report) : row_(row), columns_(columns), report_(report) {}
  std::string_view operator[](Column column) const {
    const int place = columns_[column];
    return place < 0 ? std::string_view() : trimmed(row_.fields[static_cast<std::size_t>(place)]);
  }
  void fault(Column column, std::string text) const {
    report_.cell(row_.line, column_names[column], std::move(text));
  }
  int line() const { return row_.line; }

 private:
  const CsvRow& row_;
  const Columns& columns_;
  Report& report_;
};

void take_strength(const Row& row, const KnownIngredients::Found& known, const Knowledge::Content& content, ProductEntry& entry) {
  const std::string_view strength = row[strength_], unit_text = row[unit_];
  if (strength.empty()) {
    if (!unit_text.empty()) row.fault(strength_, "is empty beside the unit " + quoted(unit_text) + ": give the amount in one unit, or leave both empty");
    return;
  }
  const auto amount = read_strength_number(strength);
  const auto unit = read_strength_unit(unit_text);
  if (!amount) row.fault(strength_, quoted(strength) + " is no number above 0: write digits, such as 50000 or 1.25");
  if (!unit) row.fault(unit_, quoted(unit_text) + " is no unit of strength: write IU, mcg, mg, g, mEq, mmol, or one of these per mL, drop, g or dose, such as IU/mL");
  if (!amount || !unit) return;
  const bool vitamin_d = known.ingredient.drug_class == DrugClass::vitamin_d_nutritional;
  if (vitamin_d && unit->what == StrengthUnit::What::other) {
    row.fault(unit_, quoted(unit_text) + " cannot be a strength of vitamin D: write IU, mcg or mg");
  } else if (vitamin_d && !unit->says_per && is_liquid_form(row[form_])) {
    row.fault(unit_, quoted(unit_text) + " does not say per what, and " + quoted(row[form_]) + " is a liquid: write IU/mL, IU/drop or IU/5 mL");
  } else if (vitamin_d && entry.vitamin_d) {
    row.fault(strength_, "the product has a strength of vitamin D already: give the sum in one row and leave the other empty");
  } else if (vitamin_d) {
    entry.vitamin_d.emplace();
    entry.vitamin_d->amount = *amount * unit->factor;
    entry.vitamin_d->in = unit->what == StrengthUnit::What::iu ? fhir::ProductStrength::In::iu : fhir::ProductStrength::In::microgram;
    entry.vitamin_d->per = unit->per;
  } else if (unit->what == StrengthUnit::What::microgram && unit->per == fhir::ProductStrength::Per::dose_unit &&
             known.ingredient.drug_class == DrugClass::magnesium_supplement) {
    const double milligrams = *amount * unit->factor / 1000;
    const auto oxide = content.thresholds.find("magnesium_oxide_elemental_fraction");
    if (unit->elemental || known.mass == ProductEntry::MassOf::elemental)
      entry.elemental_magnesium_mg = milligrams;
    else if (known.ingredient.name == "magnesium oxide" && oxide != content.thresholds.end())
      entry.elemental_magnesium_mg = milligrams * oxide->second.value;
  }
}

void take_form(std::string_view form, const Knowledge::Content& content, ProductEntry& entry) {
  const Route route = route_in(content, form, true);
  entry.local_use = entry.local_use || route == Route::local;
  entry.parenteral = entry.parenteral || route == Route::parenteral;
  entry.oral = entry.oral || route == Route::oral;
}

void read_row(const Row& row, CodeBook& book, const KnownIngredients& known, Knowledge::Content& content, Report& report) {
  const auto system = site_system(row[system_], content);
  if (!system || system->known == fhir::CodeSystem::loinc || system->known == fhir::CodeSystem::icd10cm || system->known == fhir::CodeSystem::ucum)
    return row.fault(system_, quoted(row[system_]) + " is no system of medicines: " + std::string(site_system_advice));
  std::string why;
  const std::string code = site_code(*system, row[code_], content, why);
  if (!why.empty()) return row.fault(code_, std::move(why));

  const bool other = row[ingredient_] == "other";
  const auto found = other ? std::nullopt : known.find(row[ingredient_]);
  if (!found && !other) {
    const std::string nearest = known.nearest(row[ingredient_]);
    return row.fault(ingredient_, quoted(row[ingredient_]) + " is no ingredient that Cofactor knows: " +
                                      (nearest.empty() ? std::string() : "did you mean " + quoted(nearest) + "? ") +
                                      "write one ingredient a row by its generic name, or `other` for one that no rule is about");
  }
  const std::string place = "line " + std::to_string(row.line());
  CodeBook::Line* line = book.find(*system, code);
  if (line && line->file != report.file())
    return row.fault(code_, "the code " + quoted(row[code_]) + " stands in " + quoted(line->file) + " too (" + line->place + "): keep one of them");
  if (line && !row[display_].empty() && !line->display.empty() && line->display != row[display_])
    return row.fault(display_, "the code " + quoted(row[code_]) + " is " + quoted(line->display) + " in " + line->place +
                                   ": rows of one code are the ingredients of one product");
  if (!line) line = &book.add({*system, code, {}, report.file(), place, std::string(row[display_]), 0});

  ProductEntry& entry = line->entry;
  const IngredientEntry ingredient = other ? IngredientEntry{"other", DrugClass::recognised_other} : found->ingredient;
  for (const IngredientEntry& there : entry.ingredients)
    if (!other && there.name == ingredient.name)
      return row.fault(ingredient_, quoted(ingredient.name) + " stands twice for the code " + quoted(row[code_]) + " (" + line->place + "): keep one row");
  entry.name = line->display.empty() ? ingredient.name : line->display;
  // Two orders of one product code are one medicine; a code of an ingredient or of its dose form does not say so.
  if (row[level_].empty())
    entry.product = entry.product || !row[strength_].empty() || !row[form_].empty();
  else if (row[level_] == "product" || row[level_] == "ingredient")
    entry.product = row[level_] == "product";
  else
    row.fault(level_, quoted(row[level_]) + " is no level: write product, ingredient or nothing");
  // "other" beside a real ingredient only says that the product is a combination.
  line->others += other ? 1 : 0;
  const bool only_others = !entry.ingredients.empty() && entry.ingredients.front().drug_class == DrugClass::recognised_other && entry.ingredients.front().name == "other";
  if (!other && only_others) entry.ingredients.clear();
  if (!other || entry.ingredients.empty()) entry.ingredients.push_back(ingredient);
  const int all = line->others + static_cast<int>(std::count_if(entry.ingredients.begin(), entry.ingredients.end(), [](const auto& i) { return i.name != "other"; }));
  entry.combination = all > 1;
  entry.weak = !other && found->weak && all == 1;
  if (found) take_strength(row, *found, content, entry);
  if (entry.vitamin_d) {
    entry.vitamin_d->combination = entry.combination;
    entry.vitamin_d->basis = book.origin() == ProductEntry::Origin::site ? "formulary" : "product-strength";
  }
  // Of two salts in one product only the last would be counted.
  if (std::count_if(entry.ingredients.begin(), entry.ingredients.end(), [](const auto& i) { return i.drug_class == DrugClass::magnesium_supplement; }) > 1)
    entry.elemental_magnesium_mg.reset();
  take_form(row[form_], content, entry);
}

}  // namespace

std::string formulary_title(std::string_view title) {
  if (title.starts_with("\xEF\xBB\xBF")) title.remove_prefix(3);  // spreadsheets begin files so
  std::string out(trimmed(title));
  for (char& c : out) c = c == ' ' || c == '-' ? '_' : c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out == "strength" ? "strength_per_unit" : out;
}

void read_formulary(const KnowledgeFile& file, CodeBook& book, const KnownIngredients& known, Knowledge::Content& content,
                    Report& report) {
  const CsvTable table = read_csv(file.bytes);
  if (!table.error.empty()) return report.line(table.error_line, table.error);
  Columns columns;
  if (!read_titles(table.header, columns, report)) return;
  for (const CsvRow& row : table.rows) {
    if (row.fields.size() != table.header.size())
      report.line(row.line, "has " + std::to_string(row.fields.size()) + " columns, not " + std::to_string(table.header.size()) +
                                ": put a text that holds a comma in double quotes");
    else
      read_row(Row(row, columns, report), book, known, content, report);
  }
}

}  // namespace cofactor::cards
