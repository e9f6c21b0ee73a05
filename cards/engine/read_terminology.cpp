// Promises: FHIR ValueSets and ConceptMaps where a table could stand. A ValueSet says what its codes are by its path:
// value-sets/labs/<group>.json, value-sets/conditions/<group>.json, value-sets/medicines/<class>.json (more may follow
// the group after a dot: dialysis.vsac.json). A ConceptMap gives a site's codes the meaning of the codes it maps them
// to. What cannot be had offline (filters, whole code systems, truncated expansions) is a problem, never half a set.
#include <algorithm>
#include <set>

#include "cards/engine/site_codes.hpp"
#include "fhir/json/reader.hpp"

namespace cofactor::cards {
namespace {
using fhir::CodeSystem;

std::string quoted(std::string_view text) { return "`" + std::string(text) + "`"; }
std::string place(const std::string& at, std::string_view member) { return at + "/" + std::string(member); }
std::string place(const std::string& at, std::string_view member, std::size_t i) { return place(at, member) + "/" + std::to_string(i); }

enum class Kind { labs, conditions, medicines };

struct Concept {
  std::string_view system, code, display;
  std::string at;
};

// ---- ValueSet: its codes ------------------------------------------------------------------------------------------

void list_expansion(const json::Value& contains, const std::string& at, std::vector<Concept>& out, std::size_t& all, unsigned depth) {
  if (depth > 32) return;
  for (std::size_t i = 0; i < contains.items().size(); ++i) {
    const json::Value& item = contains.items()[i];
    const std::string here = place(at, "contains", i);
    ++all;
    if (!item["code"].string().empty() && !item["abstract"].flag)
      out.push_back({item["system"].string(), item["code"].string(), item["display"].string(), here});
    list_expansion(item["contains"], here, out, all, depth + 1);
  }
}

/// False, with a problem, when the codes of one compose entry are not written out.
bool list_compose(const json::Value& entries, const std::string& at, std::vector<Concept>& out, Report& report) {
  bool fine = true;
  const auto fault = [&](const std::string& where, const std::string& text) {
    report.at(where, text + ": expand the value set on a terminology server ($expand) and save the answer with its `expansion`");
    fine = false;
  };
  for (std::size_t i = 0; i < entries.items().size(); ++i) {
    const json::Value& entry = entries.items()[i];
    const std::string here = at + "/" + std::to_string(i);
    if (entry.find("filter")) fault(place(here, "filter"), "a filter cannot be worked out without the code system");
    if (entry.find("valueSet")) fault(place(here, "valueSet"), "another value set is taken in that is not at hand");
    if (!entry.find("concept") && !entry.find("filter") && !entry.find("valueSet"))
      fault(here, "all codes of " + quoted(entry["system"].string()) + " are taken in");
    for (std::size_t j = 0; j < entry["concept"].items().size(); ++j) {
      const json::Value& item = entry["concept"].items()[j];
      out.push_back({entry["system"].string(), item["code"].string(), item["display"].string(), place(here, "concept", j)});
    }
  }
  return fine;
}

std::vector<Concept> list_codes(const json::Value& root, Report& report) {
  std::vector<Concept> codes;
  if (const json::Value* expansion = root.find("expansion")) {
    std::size_t all = 0;
    list_expansion((*expansion)["contains"], "/expansion", codes, all, 0);
    if (const auto total = (*expansion)["total"].number(); total && *total > static_cast<double>(all)) {
      report.at("/expansion/total", "the expansion holds " + std::to_string(all) + " of " + std::string((*expansion)["total"].number_text()) + " codes: save the whole of it");
      return {};
    }
    if (codes.empty()) report.at("/expansion", "holds no code");
    return codes;
  }
  if (!list_compose(root["compose"]["include"], "/compose/include", codes, report)) return {};
  std::vector<Concept> excluded;
  if (!list_compose(root["compose"]["exclude"], "/compose/exclude", excluded, report)) return {};
  std::erase_if(codes, [&](const Concept& each) {
    return std::any_of(excluded.begin(), excluded.end(), [&](const Concept& out) { return out.system == each.system && out.code == each.code; });
  });
  if (codes.empty()) report.at("/compose", "holds no code: a value set needs `expansion.contains` or `compose.include.concept`");
  return codes;
}

// ---- What a code is given -----------------------------------------------------------------------------------------

std::optional<LabGroup> lab_group_named(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(LabGroup::potassium); ++i)
    if (name_of(static_cast<LabGroup>(i)) == name) return static_cast<LabGroup>(i);
  return std::nullopt;
}

bool known_condition_group(std::string_view name, const Knowledge::Content& content) {
  for (const auto& table : content.conditions)
    for (const auto& [code, row] : table)
      if (std::find(row.groups.begin(), row.groups.end(), name) != row.groups.end()) return true;
  return false;
}

class Reader {
 public:
  Reader(const KnowledgeFile& file, CodeBook& book, const KnownIngredients& known, Knowledge::Content& content, Report& report)
      : file_(file), book_(book), known_(known), content_(content), report_(report) {}

  void value_set(const json::Value& root);
  void concept_map(const json::Value& root);

 private:
  struct Source {
    SiteSystem system;
    std::string code;
  };
  void notice(const std::string& at, std::string text) { content_.notices.push_back({file_.path, at, std::move(text)}); }
  std::optional<Source> source(const Concept& each);
  void give_lab(const Concept& each, std::optional<LabGroup> group);
  void give_conditions(const Concept& each, const std::vector<ConditionGroup>& groups);
  void give_medicine(const Concept& each, ProductEntry entry);
  void give_class(const Concept& each, DrugClass c);
  bool map_one(const Concept& from, const std::vector<std::pair<Concept, bool>>& targets);

  const KnowledgeFile& file_;
  CodeBook& book_;
  const KnownIngredients& known_;
  Knowledge::Content& content_;
  Report& report_;
};

std::optional<Reader::Source> Reader::source(const Concept& each) {
  const auto system = site_system(each.system, content_);
  if (!system) {
    report_.at(each.at, "the system " + quoted(each.system) + " is no URL or OID: write the one that your orders and results carry");
    return std::nullopt;
  }
  std::string why;
  std::string code = site_code(*system, each.code, content_, why);
  if (why.empty()) return Source{*system, std::move(code)};
  report_.at(each.at, "the code " + why);
  return std::nullopt;
}

void Reader::give_lab(const Concept& each, std::optional<LabGroup> group) {
  const auto from = source(each);
  if (!from) return;
  const bool loinc = from->system.known == CodeSystem::loinc;
  if (!loinc && from->system.known != CodeSystem::other)
    return report_.at(each.at, quoted(each.system) + " is no system of laboratory codes: use LOINC or your laboratory's own");
  auto& table = loinc ? content_.labs : content_.local_systems[from->system.local].labs;
  const auto [at, fresh] = table.emplace(from->code, LabRow{group});
  if (!fresh && at->second.group == group) return;
  if (!fresh) {
    const auto name = [](std::optional<LabGroup> g) { return quoted(g ? name_of(*g) : "none"); };
    notice(each.at, "the code " + quoted(each.code) + " is used as the site has it, but another table disagrees: " + name(group) + " against " + name(at->second.group));
    if (loinc && at->second.group) std::erase(content_.loincs[static_cast<std::size_t>(*at->second.group)], from->code);
    at->second.group = group;
  }
  if (loinc && group) content_.loincs[static_cast<std::size_t>(*group)].push_back(from->code);
}

void Reader::give_conditions(const Concept& each, const std::vector<ConditionGroup>& groups) {
  const auto from = source(each);
  if (!from) return;
  const CodeSystem known = from->system.known;
  if (known != CodeSystem::snomed && known != CodeSystem::icd10cm && known != CodeSystem::other)
    return report_.at(each.at, quoted(each.system) + " is no system of diagnoses: use SNOMED CT, ICD-10-CM or your own");
  auto& table = known == CodeSystem::other ? content_.local_systems[from->system.local].conditions : content_.conditions[static_cast<std::size_t>(known)];
  const auto [at, fresh] = table.emplace(from->code, ConditionRow{});
  auto& has = at->second.groups;
  if (!fresh && has.empty() && !groups.empty())
    notice(each.at, "the code " + quoted(each.code) + " is used as the site has it, but another table disagrees: " + quoted(groups.front()) + " against `none`");
  for (const ConditionGroup& group : groups)
    if (std::find(has.begin(), has.end(), group) == has.end()) has.push_back(group);
}

void Reader::give_medicine(const Concept& each, ProductEntry entry) {
  const auto from = source(each);
  if (!from) return;
  const CodeSystem known = from->system.known;
  if (known == CodeSystem::loinc || known == CodeSystem::icd10cm || known == CodeSystem::ucum)
    return report_.at(each.at, quoted(each.system) + " is no system of medicines: " + std::string(site_system_advice));
  if (!each.display.empty()) entry.name = each.display;
  entry.disputed = false;
  if (entry.vitamin_d) entry.vitamin_d->basis = "formulary";
  if (CodeBook::Line* line = book_.find(from->system, from->code)) {
    const std::string words = contradiction(line->entry, entry, iu_per_microgram(content_));
    if (!words.empty())
      report_.at(each.at, "the code " + quoted(each.code) + " stands in " + quoted(line->file) + " " + line->place + " too, and they contradict each other: " + words);
    return;
  }
  book_.add({from->system, from->code, std::move(entry), file_.path, each.at, std::string(each.display), 0});
}

/// The words of the code say which member of the class it is; without them the class is the name.
void Reader::give_class(const Concept& each, DrugClass c) {
  ProductEntry entry;
  const TextWords words(each.display);
  NameIndex::Hit hit;
  for (std::size_t at = 0; at < words.count(); at += hit.words) {
    hit.words = 1;
    if (!content_.name_index.find(words, at, hit)) continue;
    for (const IngredientEntry& ingredient : content_.names[hit.value].entry.ingredients)
      if (ingredient.drug_class == c && std::none_of(entry.ingredients.begin(), entry.ingredients.end(), [&](const auto& i) { return i.name == ingredient.name; }))
        entry.ingredients.push_back(ingredient);
  }
  if (entry.ingredients.empty()) {
    std::string name(each.display.empty() ? name_of(c) : each.display);
    std::replace(name.begin(), name.end(), '-', ' ');
    entry.ingredients.push_back({std::move(name), c});
  }
  // A code whose meaning holds the class already keeps what else is known of it.
  const auto system = site_system(each.system, content_);
  if (system && system->known != CodeSystem::other) {
    const auto& table = content_.products[static_cast<std::size_t>(system->known)];
    const PlainCode code(system->known, each.code);
    if (const auto found = table.find(code.view()); found != table.end())
      for (const IngredientEntry& ingredient : found->second.ingredients)
        if (ingredient.drug_class == c) return;
  }
  give_medicine(each, std::move(entry));
}

void Reader::value_set(const json::Value& root) {
  constexpr std::pair<std::string_view, Kind> folders[] = {
      {"value-sets/labs/", Kind::labs}, {"value-sets/conditions/", Kind::conditions}, {"value-sets/medicines/", Kind::medicines}};
  const auto folder = std::find_if(std::begin(folders), std::end(folders), [&](const auto& f) { return file_.path.starts_with(f.first); });
  if (folder == std::end(folders))
    return report_.at("", "the path must say what the codes are: value-sets/labs/<group>.json, value-sets/conditions/<group>.json or value-sets/medicines/<class>.json");
  std::string group = file_.path.substr(folder->first.size());
  group.resize(std::min(group.find('.'), group.size()));
  const auto lab = lab_group_named(group);
  const auto drug_class = drug_class_named(group);
  const bool named = folder->second == Kind::labs         ? lab.has_value() || group == "none"
                     : folder->second == Kind::conditions ? known_condition_group(group, content_)
                                                          : drug_class.has_value();
  if (!named)
    return report_.at("", "there is no group " + quoted(group) + ": name the file after a group that the shipped tables use (column `group`, `groups` or the class in `ingredients`)");
  if (root["status"].string() == "retired") notice("/status", "the value set is retired: ask its publisher what replaces it");
  for (const Concept& each : list_codes(root, report_)) {
    switch (folder->second) {
      case Kind::labs: give_lab(each, lab); break;
      case Kind::conditions: give_conditions(each, {group}); break;
      case Kind::medicines: give_class(each, *drug_class); break;
    }
  }
}

// ---- ConceptMap ---------------------------------------------------------------------------------------------------

enum class Relation { same, source_is_narrower, useless, denied, missing, unknown };

/// R4 (and STU3) says what the target is, R5 what the source is.
Relation relation_of(const json::Value& target) {
  const std::string_view r4 = target["equivalence"].string(), r5 = target["relationship"].string();
  if (r4.empty() && r5.empty()) return Relation::missing;
  for (const std::string_view word : {"equivalent", "equal"})
    if (r4 == word || r5 == word) return Relation::same;
  if (r4 == "wider" || r4 == "subsumes" || r5 == "source-is-narrower-than-target") return Relation::source_is_narrower;
  if (r4 == "unmatched" || r4 == "disjoint" || r5 == "not-related-to") return Relation::denied;
  for (const std::string_view word : {"narrower", "specializes", "inexact", "relatedto"})
    if (r4 == word) return Relation::useless;
  if (r5 == "related-to" || r5 == "source-is-broader-than-target") return Relation::useless;
  return Relation::unknown;
}

/// Gives `from` what its targets are. False when none of them is known.
bool Reader::map_one(const Concept& from, const std::vector<std::pair<Concept, bool>>& targets) {
  std::optional<ProductEntry> medicine;
  bool known = false;
  for (const auto& [target, exact] : targets) {
    const auto to = source(target);
    if (!to) return true;
    if (const auto& bad = content_.do_not_use[static_cast<std::size_t>(to->system.known)]; bad.find(to->code) != bad.end()) {
      report_.at(target.at, "the code " + quoted(to->code) + " is on the list of codes that are never used (do-not-use.csv): map to another one");
      return true;
    }
    if (to->system.known == CodeSystem::loinc) {
      const auto found = content_.labs.find(to->code);
      if (found == content_.labs.end()) continue;
      known = true;
      give_lab(from, found->second.group);
      continue;
    }
    const auto& products = to->system.known == CodeSystem::other ? content_.local_systems[to->system.local].products
                                                                 : content_.products[static_cast<std::size_t>(to->system.known)];
    if (const auto found = products.find(to->code); found != products.end()) {
      ProductEntry entry = found->second;
      if (!exact) {  // the target says what is in it, not how much
        entry.vitamin_d.reset();
        entry.elemental_magnesium_mg.reset();
        entry.product = false;
      }
      if (!medicine) {
        medicine = std::move(entry);
      } else if (exact) {
        const std::string words = contradiction(*medicine, entry, iu_per_microgram(content_));
        if (!words.empty()) report_.at(target.at, "two targets contradict each other: " + words);
      } else {
        for (IngredientEntry& ingredient : entry.ingredients)
          if (std::none_of(medicine->ingredients.begin(), medicine->ingredients.end(), [&](const auto& i) { return i.name == ingredient.name; }))
            medicine->ingredients.push_back(std::move(ingredient));
        medicine->combination = true;
      }
    } else if (to->system.known == CodeSystem::snomed || to->system.known == CodeSystem::icd10cm) {
      const auto& conditions = content_.conditions[static_cast<std::size_t>(to->system.known)];
      if (const auto diagnosis = conditions.find(to->code); diagnosis != conditions.end()) {
        known = true;
        // A copy: the source may be a code of the same table.
        const std::vector<ConditionGroup> groups = diagnosis->second.groups;
        give_conditions(from, groups);
      }
    }
  }
  if (!medicine) return known;
  give_medicine(from, std::move(*medicine));
  return true;
}

void Reader::concept_map(const json::Value& root) {
  std::size_t all = 0, unknown = 0, unusable = 0;
  const auto groups = root["group"].items();
  if (groups.empty()) return report_.at("/group", "holds no mapping");
  for (std::size_t g = 0; g < groups.size(); ++g) {
    const std::string group_at = place("", "group", g);
    const auto elements = groups[g]["element"].items();
    for (std::size_t e = 0; e < elements.size(); ++e) {
      const Concept from{groups[g]["source"].string(), elements[e]["code"].string(), elements[e]["display"].string(), place(group_at, "element", e)};
      std::vector<std::pair<Concept, bool>> targets;
      bool denied = elements[e]["noMap"].flag;
      const auto given = elements[e]["target"].items();
      for (std::size_t t = 0; t < given.size(); ++t) {
        const std::string at = place(from.at, "target", t);
        const Concept target{groups[g]["target"].string(), given[t]["code"].string(), given[t]["display"].string(), at};
        switch (relation_of(given[t])) {
          case Relation::same: targets.emplace_back(target, true); break;
          case Relation::source_is_narrower: targets.emplace_back(target, false); break;
          case Relation::denied: denied = true; break;
          case Relation::useless: break;
          case Relation::missing: report_.at(at, "does not say how the codes relate: `equivalence` (R4) or `relationship` (R5) is missing"); break;
          case Relation::unknown: report_.at(at, "relates the codes by a word that FHIR does not have"); break;
        }
      }
      if (denied && targets.empty()) continue;
      ++all;
      if (targets.empty())
        ++unusable;
      else if (!map_one(from, targets))
        ++unknown;
    }
  }
  if (unknown + unusable > 0)
    notice("", "of " + std::to_string(all) + " mapped codes " + std::to_string(unknown) + " lead to codes that no rule knows and " + std::to_string(unusable) +
                   " only to looser ones (narrower, inexact): those are read by their words, if at all");
}

}  // namespace

void read_terminology(const KnowledgeFile& file, CodeBook& book, const KnownIngredients& known, Knowledge::Content& content,
                      Report& report) {
  const auto document = json::parse(file.bytes, {64u << 20, 64, 8'000'000, 128});
  if (!document) return report.at("", "is no JSON that can be read: " + document.error().text);
  const json::Value& root = document->root();
  const std::string_view type = root["resourceType"].string();
  Reader reader(file, book, known, content, report);
  if (type == "ValueSet")
    reader.value_set(root);
  else if (type == "ConceptMap")
    reader.concept_map(root);
  else
    report.at("/resourceType", "must be `ValueSet` or `ConceptMap`");
}

}  // namespace cofactor::cards
