// Promises: what a loaded knowledge set holds, and the readers that fill it. Private to the engine.
#pragma once
#include <array>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cards/engine/code_checks.hpp"
#include "cards/engine/knowledge.hpp"
#include "cards/engine/name_index.hpp"

namespace cofactor::cards {

inline constexpr std::size_t code_systems = 8;  ///< members of fhir::CodeSystem
inline constexpr std::size_t drug_classes = static_cast<std::size_t>(DrugClass::recognised_other) + 1;
inline constexpr std::size_t routes = 4;

struct NamedProduct {
  ProductEntry entry;
  enum class Where { anywhere, start, with_calcium } where = Where::anywhere;
  bool says_strength = false;
};
struct LabRow {
  std::optional<LabGroup> group;  ///< absent: listed so that nobody adds it
};
struct ConditionRow {
  std::vector<ConditionGroup> groups;
};
struct RouteEffect {
  bool none = false;              ///< has no systemic effect by that route
  std::optional<DrugClass> becomes;
};

/// Codes of one system that only this site (or its EHR) uses.
struct LocalSystem {
  std::string name;               ///< as plain_system gives it, in lower case
  TextMap<ProductEntry> products;
  TextMap<LabRow> labs;
  TextMap<ConditionRow> conditions;
};

struct Knowledge::Content {
  std::string revision;
  std::vector<KnowledgeFile> files;

  TextMap<Threshold> thresholds;
  TextMap<RulePolicy> policies;
  std::vector<std::string_view> by_rank;
  TextMap<std::string> sentences;
  TextMap<OverrideReason> override_reasons;
  TextMap<LabOrder> lab_orders;
  TextMap<Evidence> evidence;
  std::vector<SiteOverride> site_overrides;
  std::vector<ForbiddenWording> forbidden_wording;

  std::array<TextMap<ProductEntry>, code_systems> products;
  std::array<TextMap<bool>, code_systems> do_not_use;
  TextMap<LabRow> labs;
  std::array<TextMap<ConditionRow>, code_systems> conditions;
  std::array<std::vector<std::string>, static_cast<std::size_t>(LabGroup::potassium) + 1> loincs;   ///< by LabGroup
  bool condition_prefixes = false;
  std::vector<LocalSystem> local_systems;            ///< few
  std::vector<KnowledgeProblem> notices;

  std::vector<NamedProduct> names;
  NameIndex name_index;
  TextMap<Route> route_codes;
  NameIndex route_words;                             ///< value: Route, plus 4 when not for product names
  std::array<std::array<RouteEffect, routes>, drug_classes> by_route{};
};

/// The set that this binary was built with, as it was read; faults in it are those that a test finds.
const Knowledge::Content& shipped_content();

/// Where problems of one file go.
class Report {
 public:
  Report(std::string file, std::vector<KnowledgeProblem>& problems) : file_(std::move(file)), problems_(problems) {}
  void at(std::string pointer, std::string text) { problems_.push_back({file_, std::move(pointer), std::move(text)}); }
  void line(int number, std::string text) { at("line " + std::to_string(number), std::move(text)); }
  void cell(int number, std::string_view column, std::string text) {
    at("line " + std::to_string(number) + ", column " + std::string(column), std::move(text));
  }
  const std::string& file() const { return file_; }

 private:
  std::string file_;
  std::vector<KnowledgeProblem>& problems_;
};

// Each reads one kind of file into the content; false when the path is not of its kind.
bool read_json_file(const KnowledgeFile& file, Knowledge::Content& content, Report& report);
bool read_table_file(const KnowledgeFile& file, Knowledge::Content& content, Report& report);
bool read_value_set_file(const KnowledgeFile& file, Knowledge::Content& content, Report& report);
/// A site's own codes (site_codes.hpp): formulary, imported tables, FHIR ValueSets and ConceptMaps. They are read when
/// all other files have been, because they speak of what those know.
bool is_site_code_file(std::string_view path);
void read_site_codes(const std::vector<KnowledgeFile>& files, Knowledge::Content& content,
                     std::vector<KnowledgeProblem>& problems);
/// What only shows when all files are read: ranks, keys of reasons, labs, citations, numbers.
void check_policies(const Knowledge::Content& content, std::vector<KnowledgeProblem>& problems);
/// What a set must have because the program asks for it: every key of the shipped set, and no key it does not know.
void check_against(const Knowledge::Content& shipped, const Knowledge::Content& content,
                   std::vector<KnowledgeProblem>& problems);

/// A group of facts that a policy may name in `sameFacts` (same_facts.cpp).
bool is_fact_group(std::string_view name);

// Fields of tables, shared by the table readers.
std::string_view trimmed(std::string_view text);
std::vector<std::string_view> split_list(std::string_view text);  ///< at ';'
std::optional<fhir::CodeSystem> table_system(std::string_view name);

// Look-ups that the loader needs before there is a Knowledge.
Route route_in(const Knowledge::Content& content, std::string_view words, bool product_name);
const LocalSystem* local_system(const Knowledge::Content& content, std::string_view system);

}  // namespace cofactor::cards
