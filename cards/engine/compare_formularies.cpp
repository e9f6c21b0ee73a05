// Promises: two versions of a formulary held against each other by product, not by line: what is read from its code now, what
// then, and what the rest of each set says of a code that only one of them lists. Files named `imported/` have the same columns.
#include <algorithm>
#include <map>

#include "cards/engine/compare_knowledge.hpp"
#include "cards/engine/csv.hpp"
#include "cards/engine/plain_words.hpp"
#include "cards/engine/site_codes.hpp"

namespace cofactor::cards {
namespace {

using Texts = std::vector<std::string>;

/// All rows of one code: one product.
struct Product {
  std::string system, code, display;   ///< as written
  Texts ingredients;                   ///< each with its strength, in the order of the file
  std::string form, level;
  Texts remarks;                       ///< cells that no order is read by
};

std::string ingredient_words(std::string_view name, std::string_view strength, std::string_view unit) {
  std::string words(name == "other" ? "an ingredient that no rule is about" : name);
  if (!strength.empty()) words += " " + std::string(strength) + " " + std::string(unit);
  return words;
}

/// "ergocalciferol 50000 IU, capsule"
std::string reading(const Product& product) {
  std::string words;
  for (const std::string& ingredient : product.ingredients) words += (words.empty() ? "" : " + ") + ingredient;
  if (!product.form.empty()) words += ", " + product.form;
  if (!product.level.empty()) words += " (" + product.level + " level: it tells no strengths apart)";
  return words;
}

std::string named(const Product& product) {
  return product.code + (product.display.empty() ? "" : " \"" + product.display + "\"") + " of " + product.system;
}

/// By the one spelling of system and code; as written where it has none.
std::map<std::string, Product> products_of(std::string_view bytes, Knowledge::Content& spelling) {
  const CsvTable table = read_csv(bytes);
  Texts titles;
  for (const std::string& title : table.header) titles.push_back(formulary_title(title));
  std::map<std::string, Product> products;
  for (const CsvRow& row : table.rows) {
    const auto cell = [&](std::string_view title) -> std::string_view {
      const auto place = static_cast<std::size_t>(std::find(titles.begin(), titles.end(), title) - titles.begin());
      return place < row.fields.size() ? trimmed(row.fields[place]) : std::string_view();
    };
    std::string why;
    const auto system = site_system(cell("system"), spelling);
    std::string code = system ? site_code(*system, cell("code"), spelling, why) : std::string();
    if (code.empty()) code = cell("code");
    Product& product = products[std::string(cell("system")) + " " + code];
    if (product.code.empty()) product = {std::string(cell("system")), std::string(cell("code")), {}, {}, {}, {}, {}};
    if (product.display.empty()) product.display = cell("display");
    if (product.form.empty()) product.form = cell("form");
    if (product.level.empty()) product.level = cell("level");
    product.ingredients.push_back(ingredient_words(cell("ingredient"), cell("strength_per_unit"), cell("unit")));
    for (const std::string_view remark : {"source", "release", "note"})
      if (!cell(remark).empty()) product.remarks.push_back(std::string(remark) + " " + std::string(cell(remark)));
  }
  return products;
}

/// What a set that does not list the product here makes of its code.
std::string elsewhere(const Knowledge& knowledge, const Product& product, Knowledge::Content& spelling) {
  std::string why;
  const auto system = site_system(product.system, spelling);
  const std::string code = system ? site_code(*system, product.code, spelling, why) : std::string();
  fhir::Coding coding;
  coding.system = product.system;
  coding.code = code;
  coding.known = system ? system->known : fhir::CodeSystem::other;
  const ProductEntry* entry = code.empty() ? nullptr : knowledge.product(coding);
  if (entry == nullptr) return "nothing is read from the code";
  const std::string_view from = entry->origin == ProductEntry::Origin::shipped    ? "the shipped tables"
                                : entry->origin == ProductEntry::Origin::imported ? "an imported table"
                                                                                  : "another file of the site";
  return std::string(from) + " read it as \"" + entry->name + "\"";
}

}  // namespace

std::string describe_formulary_differences(std::string_view path, std::string_view from, std::string_view to,
                                           const Knowledge& from_set, const Knowledge& to_set) {
  Knowledge::Content spelling;
  const std::map<std::string, Product> before = products_of(from, spelling), after = products_of(to, spelling);
  std::size_t added = 0, removed = 0, changed = 0;
  std::string lines;
  for (const auto& [key, product] : before)
    if (after.find(key) == after.end()) {
      ++removed;
      lines += wrapped("- " + named(product) + " was read as " + reading(product) + "; without this file's row: " + elsewhere(to_set, product, spelling), "    ", "  ");
    }
  for (const auto& [key, product] : after) {
    const auto old = before.find(key);
    if (old == before.end()) {
      ++added;
      lines += wrapped("+ " + named(product) + " is read as " + reading(product) + "; until now: " + elsewhere(from_set, product, spelling), "    ", "  ");
      continue;
    }
    std::string what;
    if (reading(old->second) != reading(product))
      what += wrapped("- read as " + reading(old->second), "      ", "  ") + wrapped("+ read as " + reading(product), "      ", "  ");
    if (old->second.display != product.display)
      what += wrapped("called \"" + old->second.display + "\" -> \"" + product.display + "\"", "      ", "  ");
    if (old->second.remarks != product.remarks)
      what += wrapped("remarks: " + listed(old->second.remarks) + " -> " + listed(product.remarks), "      ", "  ");
    if (what.empty()) continue;
    ++changed;
    lines += wrapped("~ " + named(product), "    ", "  ") + what;
  }
  if (lines.empty()) return {};
  return "  " + std::string(path) + ": " + std::to_string(added) + " added, " + std::to_string(removed) + " removed, " +
         std::to_string(changed) + " changed\n" + lines;
}

}  // namespace cofactor::cards
