// Promises: look-ups in a loaded set: one hash look-up each, nothing allocated. A key that the program asks for and
// the loader has not promised throws MissingKey.
#include "cards/engine/knowledge.hpp"

#include <algorithm>

#include "cards/engine/knowledge_content.hpp"

namespace cofactor::cards {
namespace {
template <class Map>
const auto& must(const Map& map, std::string_view key, const char* kind) {
  const auto found = map.find(key);
  if (found == map.end()) throw MissingKey(std::string("no ") + kind + " `" + std::string(key) + "` in the knowledge");
  return found->second;
}
std::size_t index(fhir::CodeSystem system) { return static_cast<std::size_t>(system); }
constexpr std::array<std::string_view, routes> route_names{"unknown", "oral", "parenteral", "local"};

NameHits names_among(const TextWords& words, const Knowledge::Content& content) {
  NameHits hits;
  bool calcium = false;
  NameIndex::Hit hit;
  for (std::size_t at = 0; at < words.count() && hits.count < hits.entries.size();) {
    if (!content.name_index.find(words, at, hit)) {
      ++at;
      continue;
    }
    const NamedProduct& named = content.names[hit.value];
    const bool counts = named.where == NamedProduct::Where::anywhere ||
                        (named.where == NamedProduct::Where::start && at == 0) ||
                        (named.where == NamedProduct::Where::with_calcium && calcium);
    if (counts) {
      for (const IngredientEntry& ingredient : named.entry.ingredients)
        calcium = calcium || ingredient.drug_class == DrugClass::calcium_supplement;
      hits.says_strength[hits.count] = named.says_strength;
      hits.entries[hits.count++] = &named.entry;
    }
    at += counts ? hit.words : 1;
  }
  return hits;
}

Route route_among(const TextWords& words, const Knowledge::Content& content, bool product_name) {
  Route route = Route::unknown;
  NameIndex::Hit hit;
  for (std::size_t at = 0; at < words.count();) {
    if (!content.route_words.find(words, at, hit)) {
      ++at;
      continue;
    }
    at += hit.words;
    if (product_name && hit.value >= routes) continue;
    const auto told = static_cast<Route>(hit.value % routes);
    // "ophthalmic solution for oral ..." does not occur; a local word is the specific one.
    if (told == Route::local) return told;
    if (route == Route::unknown) route = told;
  }
  return route;
}
}  // namespace

std::string_view name_of(Route route) { return route_names[static_cast<std::size_t>(route)]; }

Knowledge::Knowledge(std::shared_ptr<const Content> content) : content_(std::move(content)) {}
Knowledge::~Knowledge() = default;

const std::string& Knowledge::revision() const { return content_->revision; }
const std::vector<KnowledgeFile>& Knowledge::files() const { return content_->files; }
const std::vector<KnowledgeProblem>& Knowledge::notices() const { return content_->notices; }

const Threshold& Knowledge::threshold(std::string_view key) const {
  if (!changed_.empty())
    if (const auto found = changed_.find(key); found != changed_.end()) return found->second;
  return must(content_->thresholds, key, "number");
}
std::shared_ptr<const Knowledge> Knowledge::with_thresholds(
    const std::map<std::string, double, std::less<>>& values) const {
  auto changed = std::make_shared<Knowledge>(content_);
  for (const auto& [key, value] : values) {
    Threshold threshold = this->threshold(key);
    threshold.value = value;
    changed->changed_.emplace(key, std::move(threshold));
  }
  return changed;
}
bool ForbiddenWording::allows(std::string_view rule) const {
  return std::find(except.begin(), except.end(), rule) != except.end();
}

const std::vector<ForbiddenWording>& Knowledge::forbidden_wording() const { return content_->forbidden_wording; }
const RulePolicy& Knowledge::policy(std::string_view rule) const { return must(content_->policies, rule, "policy"); }
std::string_view Knowledge::sentence(std::string_view key) const { return must(content_->sentences, key, "sentence"); }
const std::string* Knowledge::find_sentence(std::string_view key) const {
  const auto found = content_->sentences.find(key);
  return found == content_->sentences.end() ? nullptr : &found->second;
}
const OverrideReason& Knowledge::override_reason(std::string_view code) const {
  return must(content_->override_reasons, code, "override reason");
}
const LabOrder& Knowledge::lab_order(std::string_view key) const { return must(content_->lab_orders, key, "lab order"); }
const LabOrder* Knowledge::find_lab_order(std::string_view key) const {
  const auto found = content_->lab_orders.find(key);
  return found == content_->lab_orders.end() ? nullptr : &found->second;
}
const Evidence& Knowledge::evidence(std::string_view key) const { return must(content_->evidence, key, "evidence"); }
const std::vector<SiteOverride>& Knowledge::site_overrides() const { return content_->site_overrides; }
std::vector<std::string_view> Knowledge::rules() const { return content_->by_rank; }

const ProductEntry* Knowledge::product(fhir::CodeSystem system, std::string_view code) const {
  const auto& table = content_->products[index(system)];
  if (table.empty() || do_not_use(system, code)) return nullptr;
  const PlainCode plain(system, code);
  if (plain.view().empty()) return nullptr;
  const auto found = table.find(plain.view());
  const ProductEntry* entry = found == table.end() ? nullptr : &found->second;
  // A package of a listed product: the first nine digits of an NDC are labeler and product. The package is the more
  // exact, but a site's word on the product outranks what others say about the package.
  if (system == fhir::CodeSystem::ndc && plain.view().size() == 11)
    if (const auto of = table.find(plain.view().substr(0, 9)); of != table.end() && (!entry || of->second.origin > entry->origin))
      entry = &of->second;
  return entry;
}

const ProductEntry* Knowledge::product(const fhir::Coding& coding) const {
  if (coding.known != fhir::CodeSystem::other) return product(coding.known, coding.code);
  const LocalSystem* local = local_system(*content_, coding.system);
  if (!local || local->products.empty()) return nullptr;
  const LocalCode code(local->name, coding.code);
  const auto found = local->products.find(code.view());
  return found == local->products.end() ? nullptr : &found->second;
}

NameHits Knowledge::names_in(std::string_view text) const { return names_among(TextWords(text), *content_); }

ProductWords Knowledge::product_words(std::string_view text) const {
  const TextWords words(text);
  return {names_among(words, *content_), route_among(words, *content_, true)};
}

const ProductEntry* Knowledge::product_named(std::string_view text) const {
  const NameHits hits = names_in(text);
  return hits.count == 0 ? nullptr : hits.entries[0];
}

const LocalSystem* local_system(const Knowledge::Content& content, std::string_view system) {
  if (content.local_systems.empty()) return nullptr;
  const std::string_view plain = plain_system(system);
  for (const LocalSystem& local : content.local_systems)
    if (same_letters(local.name, plain)) return &local;
  return nullptr;
}

bool Knowledge::do_not_use(fhir::CodeSystem system, std::string_view code) const {
  const auto& table = content_->do_not_use[index(system)];
  return !table.empty() && table.find(code) != table.end();
}

std::optional<LabGroup> Knowledge::lab_group(std::string_view loinc) const {
  const auto found = content_->labs.find(loinc);
  return found == content_->labs.end() ? std::nullopt : found->second.group;
}

std::optional<LabGroup> Knowledge::lab_group(const fhir::Coding& coding) const {
  if (coding.known == fhir::CodeSystem::loinc) return lab_group(coding.code);
  const LocalSystem* local = coding.known == fhir::CodeSystem::other ? local_system(*content_, coding.system) : nullptr;
  if (!local) return std::nullopt;
  const auto found = local->labs.find(coding.code);
  return found == local->labs.end() ? std::nullopt : found->second.group;
}

std::span<const ConditionGroup> Knowledge::condition_groups(const fhir::Coding& coding) const {
  if (coding.known != fhir::CodeSystem::other) return condition_groups(coding.known, coding.code);
  const LocalSystem* local = local_system(*content_, coding.system);
  if (!local) return {};
  const auto found = local->conditions.find(coding.code);
  if (found == local->conditions.end()) return {};
  return found->second.groups;
}

std::span<const ConditionGroup> Knowledge::condition_groups(fhir::CodeSystem system, std::string_view code) const {
  const auto& table = content_->conditions[index(system)];
  const PlainCode plain(system, code);
  if (table.empty() || plain.view().empty()) return {};
  if (const auto found = table.find(plain.view()); found != table.end()) return found->second.groups;
  // ICD-10-CM rows that end in * stand for every code below them.
  if (system != fhir::CodeSystem::icd10cm || !content_->condition_prefixes) return {};
  std::array<char, 33> letters{};
  plain.view().copy(letters.data(), plain.view().size());
  for (std::size_t size = plain.view().size() - 1; size >= 3 && size < letters.size() - 1; --size) {
    letters[size] = '*';
    if (const auto found = table.find(std::string_view(letters.data(), size + 1)); found != table.end())
      return found->second.groups;
  }
  return {};
}

std::vector<std::string_view> Knowledge::loincs(LabGroup group) const {
  const auto& list = content_->loincs[static_cast<std::size_t>(group)];
  return {list.begin(), list.end()};
}

Route Knowledge::route_code(std::string_view snomed) const {
  const auto found = content_->route_codes.find(snomed);
  return found == content_->route_codes.end() ? Route::unknown : found->second;
}

Route Knowledge::route_in(std::string_view text, bool product_name) const {
  return cards::route_in(*content_, text, product_name);
}

Route route_in(const Knowledge::Content& content, std::string_view text, bool product_name) {
  return route_among(TextWords(text), content, product_name);
}

std::optional<DrugClass> Knowledge::class_by_route(DrugClass c, Route route) const {
  const RouteEffect& effect = content_->by_route[static_cast<std::size_t>(c)][static_cast<std::size_t>(route)];
  if (effect.none) return std::nullopt;
  return effect.becomes.value_or(c);
}

}  // namespace cofactor::cards
