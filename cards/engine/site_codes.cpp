// Promises: which files hold a site's codes, how their systems and codes are written, and that a code means what the
// strongest source says while every contradiction with a weaker one is told (site_codes.hpp).
#include "cards/engine/site_codes.hpp"

#include <algorithm>
#include <bitset>
#include <charconv>
#include <cmath>

namespace cofactor::cards {
namespace {
using Origin = ProductEntry::Origin;
using fhir::CodeSystem;

std::string quoted(std::string_view text) { return "`" + std::string(text) + "`"; }
std::string lower(std::string_view text) {
  std::string out(trimmed(text));
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}
std::string_view name_of(Origin origin) {
  constexpr std::string_view names[] = {"the shipped tables", "the imported tables", "the site's tables"};
  return names[static_cast<std::size_t>(origin)];
}

TextMap<ProductEntry>& table_of(const SiteSystem& system, Knowledge::Content& content) {
  return system.known == CodeSystem::other ? content.local_systems[system.local].products
                                           : content.products[static_cast<std::size_t>(system.known)];
}

std::bitset<drug_classes> classes_of(const ProductEntry& entry) {
  std::bitset<drug_classes> classes;
  for (const IngredientEntry& ingredient : entry.ingredients)
    if (ingredient.drug_class != DrugClass::recognised_other) classes.set(static_cast<std::size_t>(ingredient.drug_class));
  return classes;
}

/// Whether the two name the same members of each class, or one of them only the class.
bool same_members(const ProductEntry& a, const ProductEntry& b) {
  return std::all_of(a.ingredients.begin(), a.ingredients.end(), [&](const IngredientEntry& one) {
    if (one.drug_class == DrugClass::recognised_other || names_a_group(one.name)) return true;
    return std::any_of(b.ingredients.begin(), b.ingredients.end(), [&](const IngredientEntry& other) {
      return other.drug_class == one.drug_class && (other.name == one.name || names_a_group(other.name));
    });
  });
}

std::string number(double value) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::general, 6).ptr;
  return {text, end};
}

std::string ingredients_of(const ProductEntry& entry) {
  std::string out;
  for (const IngredientEntry& ingredient : entry.ingredients) {
    if (!out.empty()) out += " + ";
    out += ingredient.drug_class == DrugClass::recognised_other ? std::string("no ingredient of interest") : ingredient.name;
  }
  return out;
}

std::string strength_of(const fhir::ProductStrength& strength) {
  constexpr std::string_view pers[] = {" each", " per mL", " per drop", " per gram"};
  return number(strength.amount) + (strength.in == fhir::ProductStrength::In::iu ? " IU" : " mcg") +
         std::string(pers[static_cast<std::size_t>(strength.per)]) + " of vitamin D";
}

bool differ(double a, double b) { return std::abs(a - b) > 0.02 * std::max(a, b); }

void inherit(ProductEntry& entry, const ProductEntry& weaker) {
  if (classes_of(entry) != classes_of(weaker)) return;
  if (!entry.vitamin_d) entry.vitamin_d = weaker.vitamin_d;
  if (!entry.elemental_magnesium_mg) entry.elemental_magnesium_mg = weaker.elemental_magnesium_mg;
  if (!entry.fixed_course_days) entry.fixed_course_days = weaker.fixed_course_days;
  if (entry.magnesium_mass == ProductEntry::MassOf::unsaid) entry.magnesium_mass = weaker.magnesium_mass;
  if (!entry.oral && !entry.parenteral && !entry.local_use) {
    entry.oral = weaker.oral;
    entry.parenteral = weaker.parenteral;
    entry.local_use = weaker.local_use;
  }
  entry.combination = entry.combination || weaker.combination;
  entry.product = entry.product || weaker.product;
  if (entry.name.empty()) entry.name = weaker.name;
  if (entry.vitamin_d) entry.vitamin_d->combination = entry.combination;
}

}  // namespace

double iu_per_microgram(const Knowledge::Content& content) {
  const auto factor = content.thresholds.find("vitd_iu_per_microgram");
  return factor == content.thresholds.end() ? 0 : factor->second.value;
}

std::string contradiction(const ProductEntry& a, const ProductEntry& b, double iu_in_a_microgram) {
  if (classes_of(a) != classes_of(b) || !same_members(a, b) || !same_members(b, a))
    return quoted(ingredients_of(a)) + " against " + quoted(ingredients_of(b));
  if (a.vitamin_d && b.vitamin_d) {
    const auto iu = [&](const fhir::ProductStrength& s) { return s.in == fhir::ProductStrength::In::iu ? s.amount : s.amount * iu_in_a_microgram; };
    if (a.vitamin_d->per != b.vitamin_d->per || differ(iu(*a.vitamin_d), iu(*b.vitamin_d)))
      return quoted(strength_of(*a.vitamin_d)) + " against " + quoted(strength_of(*b.vitamin_d));
  }
  if (a.elemental_magnesium_mg && b.elemental_magnesium_mg && differ(*a.elemental_magnesium_mg, *b.elemental_magnesium_mg))
    return quoted(number(*a.elemental_magnesium_mg) + " mg of elemental magnesium") + " against " + quoted(number(*b.elemental_magnesium_mg) + " mg");
  const bool a_swallowed = a.oral || a.parenteral, b_swallowed = b.oral || b.parenteral;
  if ((a.local_use && b_swallowed) || (b.local_use && a_swallowed)) return "`local use` against `taken or injected`";
  return {};
}

std::optional<SiteSystem> site_system(std::string_view name, Knowledge::Content& content) {
  const std::string plain = lower(name);
  if (const auto known = table_system(plain)) return SiteSystem{*known, 0};
  constexpr std::pair<std::string_view, std::string_view> short_names[] = {
      {"medi-span", medi_span_ddid},     {"medispan", medi_span_ddid},    {"medi-span-ddid", medi_span_ddid},
      {"medispan-ddid", medi_span_ddid}, {"mddid", medi_span_ddid},       {"medi-span-gpi", medi_span_gpi},
      {"medispan-gpi", medi_span_gpi},   {"gpi", medi_span_gpi}};
  std::string_view local = plain_system(plain);
  for (const auto& [short_name, system] : short_names)
    if (plain == short_name) local = system;
  if (local.find_first_of(":./") == std::string_view::npos) return std::nullopt;
  if (const CodeSystem known = fhir::code_system(plain); known != CodeSystem::other) return SiteSystem{known, 0};
  auto& systems = content.local_systems;
  const auto found = std::find_if(systems.begin(), systems.end(), [&](const LocalSystem& each) { return each.name == local; });
  if (found != systems.end()) return SiteSystem{CodeSystem::other, static_cast<std::size_t>(found - systems.begin())};
  systems.push_back({std::string(local), {}, {}, {}});
  return SiteSystem{CodeSystem::other, systems.size() - 1};
}

std::string site_code(const SiteSystem& system, std::string_view code, const Knowledge::Content& content, std::string& why) {
  if (code.empty()) {
    why = "is empty";
  } else if (system.known == CodeSystem::snomed && !snomed_check_digit(code)) {
    why = quoted(code) + " is no SNOMED CT code: its check digit is wrong";
  } else if (system.known == CodeSystem::loinc && !loinc_check_digit(code)) {
    why = quoted(code) + " is no LOINC code: its check digit is wrong";
  } else if (system.known == CodeSystem::rxnorm &&
             !std::all_of(code.begin(), code.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    why = quoted(code) + " is no RxNorm code: it must be digits";
  } else if (system.known == CodeSystem::other) {
    return std::string(LocalCode(content.local_systems[system.local].name, code).view());
  } else {
    std::string plain(PlainCode(system.known, code).view());
    if (plain.empty() && system.known == CodeSystem::ndc)
      why = quoted(code) + " is no NDC: write it with its hyphens, or as 11 digits (spreadsheets drop leading zeros)";
    else if (plain.empty())
      why = quoted(code) + " cannot be a code of that system";
    return plain;
  }
  return {};
}

CodeBook::Line* CodeBook::find(const SiteSystem& system, std::string_view code) {
  const auto found = places_.find(std::to_string(static_cast<int>(system.known)) + "." + std::to_string(system.local) + "|" + std::string(code));
  return found == places_.end() ? nullptr : &lines_[found->second];
}

CodeBook::Line& CodeBook::add(Line line) {
  places_.emplace(std::to_string(static_cast<int>(line.system.known)) + "." + std::to_string(line.system.local) + "|" + line.code, lines_.size());
  lines_.push_back(std::move(line));
  return lines_.back();
}

void CodeBook::settle(Knowledge::Content& content, std::vector<KnowledgeProblem>& problems) {
  const double factor = iu_per_microgram(content);
  for (Line& line : lines_) {
    ProductEntry& entry = line.entry;
    if (entry.ingredients.empty()) continue;  // its rows have problems of their own
    const auto tell = [&](std::vector<KnowledgeProblem>& where, std::string text) { where.push_back({line.file, line.place, std::move(text)}); };
    if (const auto& bad = content.do_not_use[static_cast<std::size_t>(line.system.known)]; bad.find(line.code) != bad.end()) {
      if (origin_ == Origin::site)
        tell(problems, "the code " + quoted(line.code) + " is on the list of codes that are never used (do-not-use.csv): remove the row");
      else
        tell(content.notices, "the code " + quoted(line.code) + " is on the list of codes that are never used (do-not-use.csv) and is left out");
      continue;
    }
    entry.origin = origin_;
    auto& table = table_of(line.system, content);
    const auto compare = [&](const ProductEntry& other, std::string_view what) {
      // A table names ingredients; of which class they are in this product is for the knowledge to say.
      for (IngredientEntry& ingredient : entry.ingredients)
        for (const IngredientEntry& there : other.ingredients)
          if (there.name == ingredient.name) ingredient.drug_class = there.drug_class;
      const std::string words = contradiction(entry, other, factor);
      if (words.empty()) return true;
      if (other.origin == origin_) {
        tell(problems, "the code " + quoted(line.code) + " means two things" + std::string(what) + ": " + words + "; keep the one that is right");
        return false;
      }
      entry.disputed = true;
      tell(content.notices, "the code " + quoted(line.code) + " is used as " + std::string(name_of(origin_)) + " have it, but " +
                                std::string(name_of(other.origin)) + " disagree" + std::string(what) + ": " + words);
      return true;
    };
    const auto same = table.find(line.code);
    if (same != table.end() && !compare(same->second, "")) continue;
    if (same != table.end()) inherit(entry, same->second);
    if (line.system.known == CodeSystem::ndc && line.code.size() == 11) {
      if (const auto of = table.find(std::string_view(line.code).substr(0, 9)); of != table.end()) {
        if (!compare(of->second, " on the product it is a package of")) continue;
        if (same == table.end()) inherit(entry, of->second);
      }
    } else if (line.system.known == CodeSystem::ndc) {
      for (const auto& [code, other] : table)
        if (code.size() == 11 && code.compare(0, 9, line.code) == 0 && other.origin != origin_)
          compare(other, " on its package " + code);
    }
    table.insert_or_assign(line.code, std::move(entry));
  }
}

bool is_site_code_file(std::string_view path) {
  const bool csv = path.ends_with(".csv"), json = path.ends_with(".json");
  return (csv && (path == "formulary.csv" || path.starts_with("formulary/") || path.starts_with("imported/"))) ||
         (json && (path.starts_with("formulary/") || path.starts_with("value-sets/")));
}

void read_site_codes(const std::vector<KnowledgeFile>& files, Knowledge::Content& content,
                     std::vector<KnowledgeProblem>& problems) {
  if (std::none_of(files.begin(), files.end(), [](const KnowledgeFile& file) { return is_site_code_file(file.path); })) return;
  const KnownIngredients known(content);
  // Terminology resources may speak of codes that the tables bring, so they come last; they are the site's own too.
  for (const auto& [origin, json] : {std::pair{Origin::imported, false}, std::pair{Origin::site, false}, std::pair{Origin::site, true}}) {
    CodeBook book(origin);
    for (const KnowledgeFile& file : files) {
      if (!is_site_code_file(file.path) || file.path.ends_with(".json") != json) continue;
      if ((file.path.starts_with("imported/") ? Origin::imported : Origin::site) != origin) continue;
      Report report(file.path, problems);
      if (json)
        read_terminology(file, book, known, content, report);
      else
        read_formulary(file, book, known, content, report);
    }
    book.settle(content, problems);
  }
}

}  // namespace cofactor::cards
