// Promises: laboratory codes, conditions and routes into look-ups, check digits proved, with the line of every fault.
#include <algorithm>

#include "cards/engine/read_tables.hpp"

namespace cofactor::cards {
namespace {
std::string quoted(std::string_view text) { return "`" + std::string(text) + "`"; }

std::optional<LabGroup> lab_group_named(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(LabGroup::potassium); ++i)
    if (name_of(static_cast<LabGroup>(i)) == name) return static_cast<LabGroup>(i);
  return std::nullopt;
}
std::optional<Route> route_named(std::string_view name) {
  for (std::size_t i = 0; i < routes; ++i)
    if (name_of(static_cast<Route>(i)) == name) return static_cast<Route>(i);
  return std::nullopt;
}

void read_labs(const KnowledgeFile& file, Knowledge::Content& content, Report& report) {
  const Table table(file.bytes, {"loinc", "name", "group", "note", "source"}, report);
  for (const Table::Row& row : table.rows()) {
    const auto group = lab_group_named(row["group"]);
    if (!group && row["group"] != "none") report.cell(row.line(), "group", "unknown laboratory group " + quoted(row["group"]));
    if (!loinc_check_digit(row["loinc"])) report.cell(row.line(), "loinc", quoted(row["loinc"]) + " is no LOINC code: its check digit is wrong");
    if (row["source"].empty()) report.cell(row.line(), "source", "has no source: say where the row comes from");
    if (!content.labs.emplace(row["loinc"], LabRow{group}).second)
      report.cell(row.line(), "loinc", "the code " + quoted(row["loinc"]) + " stands twice");
    else if (group)
      content.loincs[static_cast<std::size_t>(*group)].emplace_back(row["loinc"]);
  }
}

void read_conditions(const KnowledgeFile& file, Knowledge::Content& content, Report& report) {
  const Table table(file.bytes, {"system", "code", "display", "groups", "kind", "note", "source"}, report);
  for (const Table::Row& row : table.rows()) {
    const auto system = table_system(row["system"]);
    if (!system) {
      report.cell(row.line(), "system", "unknown code system " + quoted(row["system"]));
      continue;
    }
    if (*system == fhir::CodeSystem::snomed && !snomed_check_digit(row["code"]))
      report.cell(row.line(), "code", quoted(row["code"]) + " is no SNOMED CT code: its check digit is wrong");
    if (row["source"].empty()) report.cell(row.line(), "source", "has no source: say where the row comes from");
    ConditionRow condition;
    for (std::string_view group : split_list(row["groups"]))
      if (group != "none") condition.groups.emplace_back(group);
    if (row["groups"].empty()) report.cell(row.line(), "groups", "has no group (`none` for a code that must not match)");
    const PlainCode code(*system, row["code"]);
    if (code.view().empty()) report.cell(row.line(), "code", "has no code, or one that is too long");
    content.condition_prefixes = content.condition_prefixes || (!code.view().empty() && code.view().back() == '*');
    if (!content.conditions[static_cast<std::size_t>(*system)].emplace(code.view(), std::move(condition)).second)
      report.cell(row.line(), "code", "the code " + quoted(row["code"]) + " stands twice");
  }
}

void read_routes(const KnowledgeFile& file, Knowledge::Content& content, Report& report) {
  const Table table(file.bytes, {"kind", "value", "route", "in_product_text", "name", "source"}, report);
  for (const Table::Row& row : table.rows()) {
    const auto route = route_named(row["route"]);
    if (!route || *route == Route::unknown) {
      report.cell(row.line(), "route", "must be oral, parenteral or local");
      continue;
    }
    if (row["source"].empty()) report.cell(row.line(), "source", "has no source: say where the row comes from");
    if (!row["in_product_text"].empty() && row["in_product_text"] != "yes" && row["in_product_text"] != "no")
      report.cell(row.line(), "in_product_text", "must be yes, no or empty");
    bool fresh = false;
    if (row["kind"] == "code") {
      if (!snomed_check_digit(row["value"])) report.cell(row.line(), "value", quoted(row["value"]) + " is no SNOMED CT code: its check digit is wrong");
      fresh = content.route_codes.emplace(row["value"], *route).second;
    } else if (row["kind"] == "word") {
      const std::size_t value = static_cast<std::size_t>(*route) + (row["in_product_text"] == "yes" ? 0 : routes);
      fresh = content.route_words.add(row["value"], value);
    } else {
      report.cell(row.line(), "kind", "must be code or word");
      continue;
    }
    if (!fresh) report.cell(row.line(), "value", quoted(row["value"]) + " stands twice");
  }
}

void read_class_routes(const KnowledgeFile& file, Knowledge::Content& content, Report& report) {
  const Table table(file.bytes, {"class", "route", "effect", "note", "source"}, report);
  for (const Table::Row& row : table.rows()) {
    const auto drug_class = drug_class_named(row["class"]);
    const auto route = route_named(row["route"]);
    const auto becomes = drug_class_named(row["effect"]);
    if (row["source"].empty()) report.cell(row.line(), "source", "has no source: say where the row comes from");
    if (!drug_class || !route || (!becomes && row["effect"] != "local")) {
      report.cell(row.line(), !drug_class ? "class" : !route ? "route" : "effect",
                  "needs a class, a route, and `local` or another class as effect");
      continue;
    }
    content.by_route[static_cast<std::size_t>(*drug_class)][static_cast<std::size_t>(*route)] = {!becomes, becomes};
  }
}

}  // namespace

bool read_value_set_file(const KnowledgeFile& file, Knowledge::Content& content, Report& report) {
  using Reader = void (*)(const KnowledgeFile&, Knowledge::Content&, Report&);
  constexpr std::pair<std::string_view, Reader> readers[] = {{"value-sets/labs.csv", read_labs},
                                                             {"value-sets/conditions.csv", read_conditions},
                                                             {"value-sets/routes.csv", read_routes},
                                                             {"value-sets/class-routes.csv", read_class_routes}};
  for (const auto& [path, read] : readers) {
    if (path != file.path) continue;
    read(file, content, report);
    return true;
  }
  return false;
}

}  // namespace cofactor::cards
