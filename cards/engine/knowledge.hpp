// Promises: the clinical knowledge in force: immutable once loaded, safe to share between threads. Built from
// the bytes of the files under cards/knowledge (embedded at build; a site overrides whole files). Everything
// that a pharmacist may change is read from here: thresholds, value sets, products, sentences, reasons.
#pragma once
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "cards/card.hpp"
#include "fhir/codes/coding.hpp"
#include "fhir/dosage/daily_dose.hpp"
#include "fhir/issue.hpp"
#include "fhir/result.hpp"

namespace cofactor::cards {

/// The classes that rules reason about. Combinations are split into their ingredients' classes; a product of
/// several counted ingredients has several. Names are kebab-case ("vitamin-d-nutritional", "ppi").
enum class DrugClass {
  vitamin_d_nutritional, vitamin_d_active, ppi, pcab, loop_diuretic, thiazide_diuretic, k_sparing_diuretic,
  aminoglycoside, polymyxin_capreomycin, amphotericin_b, platinum, calcineurin_inhibitor, mtor_inhibitor,
  egfr_antibody, foscarnet, pentamidine, cardiac_glycoside, qt_antiarrhythmic,
  magnesium_supplement, magnesium_laxative_antacid, magnesium_parenteral,
  calcium_supplement, vitamin_k_antagonist, vitamin_k2,
  malabsorption_drug, vitamin_d_inducer, glucocorticoid, magnesium_chelation, h2_blocker, lithium,
  potassium_binder, carbonic_anhydrase_inhibitor,
  recognised_other  ///< known on purpose to be none of these (topicals, choline magnesium trisalicylate, K1)
};
std::string_view name_of(DrugClass c);
std::optional<DrugClass> drug_class_named(std::string_view name);

/// One ingredient as a code or a name led to it.
struct IngredientEntry {
  std::string name;               ///< "ergocalciferol"
  DrugClass drug_class;
};
/// Names that stand for a group ("vitamin d", "magnesium"): they say less than a member's name.
bool names_a_group(std::string_view ingredient);
/// What a code means: its ingredients, and the vitamin D strength of the product when it is known.
struct ProductEntry {
  std::vector<IngredientEntry> ingredients;
  std::optional<fhir::ProductStrength> vitamin_d;
  std::optional<double> elemental_magnesium_mg;
  bool product = false;           ///< a product code (strength level), else ingredient level
  bool local_use = false;         ///< topical, eye, ear, inhaled: ignored
  bool combination = false;       ///< several ingredients, not all of them listed
  std::optional<int> fixed_course_days;  ///< packs such as H. pylori kits
  std::string name;               ///< as the table has it
  bool parenteral = false;        ///< the product is an injection
  bool weak = false;              ///< says "vitamin D" where an active form may be meant: an explicit name wins
  enum class MassOf { unsaid, salt, elemental } magnesium_mass = MassOf::unsaid;  ///< what a strength in mg counts
  bool oral = false;              ///< the product is taken by mouth
  /// Who says so; the later outranks the earlier.
  enum class Origin { shipped, imported, site } origin = Origin::shipped;
  bool disputed = false;          ///< a source that it outranks says otherwise; Knowledge::notices has the words
};

/// How a medicine is given, as far as it decides whether it counts.
enum class Route { unknown, oral, parenteral, local };
std::string_view name_of(Route route);

/// Names recognised in one text, in the order written; at most as many as fit.
struct NameHits {
  std::array<const ProductEntry*, 16> entries{};
  std::array<bool, 16> says_strength{};  ///< the entry's own words hold its figures ("THERA-D 2000")
  std::size_t count = 0;
};

/// What a product's name tells.
struct ProductWords {
  NameHits names;
  Route route = Route::unknown;
};

enum class LabGroup {
  magnesium_serum, magnesium_ionized, magnesium_blood, magnesium_rbc, magnesium_not_assessment,
  vitamin_d_25oh,
  vitamin_d_25oh_d3,  ///< the D3 part of 25(OH)D: the whole of it only where no vitamin D2 is taken
  calcium_total, calcium_corrected, calcium_ionized, albumin, creatinine, egfr, pth, phosphate,
  potassium
};
std::string_view name_of(LabGroup g);

/// Diagnoses and situations: "vitamin-d-deficiency", "ckd-4-5", "dialysis", "end-of-life", ...
using ConditionGroup = std::string;

/// A number with its unit and source. Look-ups by key cannot fail for keys that the build's schema names.
struct Threshold {
  double value = 0;
  std::string unit, source, strength, note;
  /// Where a site may move it for one client; absent: it may not.
  struct Bounds {
    double from = 0, to = 0;
  };
  std::optional<Bounds> bounds = {};
};

struct LabOrder {               ///< a lab that a card can suggest
  std::string key, loinc, display, label;
};

/// How much of a rule is shown, from most to least: its cards; only lines in the cards of other rules; nothing, though
/// it is evaluated and audited; nothing, and it is not evaluated.
enum class RuleMode { on, line, silent, off };
std::string_view name_of(RuleMode mode);
std::optional<RuleMode> rule_mode_named(std::string_view name);

/// One entry of a rule's history.
struct PolicyChange {
  std::string date, author, what, why;              ///< date: YYYY-MM-DD
};

/// A site's word for a file that it replaces or adds (site.json): who, when, why.
struct SiteOverride {
  std::string file;                                 ///< a path of the set, or a folder that ends in '/'
  std::string date, author, reason;
  bool covers(std::string_view path) const { return file == path || (file.ends_with('/') && path.starts_with(file)); }
};

/// The policy of one rule: cards/knowledge/policy/<rule-id>.json
struct RulePolicy {
  std::string rule;
  std::string title, topic_display, evidence;
  int rank = 0;                                     ///< unique; order of cards
  RuleMode default_mode = RuleMode::on;             ///< where the site's policy says nothing
  /// Named kinds of finding of this rule that have a mode of their own (Fired::variant).
  std::map<std::string, RuleMode, std::less<>> variants;
  std::map<std::string, std::string, std::less<>> sentences;  ///< templates with {placeholders}
  std::vector<std::string> override_reasons;        ///< codes
  std::vector<Indicator> silenced_by_override;      ///< findings that an override silences; never critical ones
  std::vector<std::string> same_facts;              ///< what must be unchanged for that: names of fact_groups()
  std::vector<std::string> suggests;                ///< keys of labs, in order
  std::vector<std::string> swallows;                ///< rules whose card becomes a line of this one
  std::vector<std::string> citations;               ///< keys of evidence.json
  std::vector<std::string> thresholds;              ///< keys of thresholds.json that the rule reads
  std::string when, then, why;                      ///< plain words with {keys of thresholds}, for `knowledge show`
  std::map<std::string, std::string, std::less<>> source_attributes;  ///< by member name; empty: no information provided
  std::vector<PolicyChange> changes;                ///< oldest first, at least one
};

/// Wording that no card may hold, a site's neither.
struct ForbiddenWording {
  std::string pattern;  ///< regular expression (ECMAScript) over lower-case text
  std::string why;
  std::vector<std::string> except = {};  ///< rules that may say it, because it is what they are about
  bool allows(std::string_view rule) const;
};

struct Evidence {
  std::string key, citation, url, date, strength;
};

/// One file of the set: a path relative to the knowledge root and its bytes.
struct KnowledgeFile {
  std::string path, bytes;
};

struct KnowledgeProblem {
  std::string file, pointer, text;  ///< JSON pointer, or "line N" with the column; text in a pharmacist's words
};

/// A key was asked for that the set does not have: a fault of the program, unless the set was loaded as a stored one.
struct MissingKey : std::logic_error {
  using std::logic_error::logic_error;
};

class Knowledge {
 public:
  /// All problems are reported at once; a set with problems is not loaded.
  static tl::expected<std::shared_ptr<const Knowledge>, std::vector<KnowledgeProblem>> load(std::vector<KnowledgeFile> files);
  /// A set that was in force once, perhaps under another version of the program. Its files are read as strictly, but it may lack
  /// what came later: rules, files, codes that are never used; and hold what has gone: numbers, sentences. A key that it lacks and
  /// that is asked for after all throws MissingKey.
  static tl::expected<std::shared_ptr<const Knowledge>, std::vector<KnowledgeProblem>> load_stored(std::vector<KnowledgeFile> files);

  const std::string& revision() const;              ///< "sha256:<hex>" over paths and bytes, sorted
  const std::vector<KnowledgeFile>& files() const;
  /// What a person should know about a set that can be used: sources that contradict each other, what was left out.
  const std::vector<KnowledgeProblem>& notices() const;

  const Threshold& threshold(std::string_view key) const;
  /// The same set with other values for some numbers; the revision stays that of the files.
  std::shared_ptr<const Knowledge> with_thresholds(const std::map<std::string, double, std::less<>>& values) const;
  const RulePolicy& policy(std::string_view rule) const;
  std::string_view sentence(std::string_view key) const;    ///< shared sentences
  const std::string* find_sentence(std::string_view key) const;  ///< nullptr when there is none of that key
  const OverrideReason& override_reason(std::string_view code) const;
  const LabOrder& lab_order(std::string_view key) const;
  const LabOrder* find_lab_order(std::string_view key) const;  ///< nullptr when there is none of that key
  const Evidence& evidence(std::string_view key) const;
  const std::vector<SiteOverride>& site_overrides() const;  ///< as the site lists them; none in the shipped set
  const std::vector<ForbiddenWording>& forbidden_wording() const;
  std::vector<std::string_view> rules() const;              ///< by rank

  /// nullptr when the code is not known; codes of the do-not-use list are never found.
  const ProductEntry* product(fhir::CodeSystem system, std::string_view code) const;
  /// The same, and codes of a site's own systems.
  const ProductEntry* product(const fhir::Coding& coding) const;
  /// The first thing recognised in display text, brands included; nullptr when nothing is. names_in has them all.
  const ProductEntry* product_named(std::string_view text) const;
  NameHits names_in(std::string_view text) const;
  /// names_in and route_in of a product's name, which is taken apart only once for both.
  ProductWords product_words(std::string_view text) const;
  Route route_code(std::string_view snomed) const;
  /// The route that words tell: of a route field, or of a product's name (where "eye" may be an eye vitamin).
  Route route_in(std::string_view words, bool product_name) const;
  /// What a class given by a route counts as: the same class, another, or nothing (by mouth it has no effect).
  std::optional<DrugClass> class_by_route(DrugClass c, Route route) const;
  bool do_not_use(fhir::CodeSystem system, std::string_view code) const;
  std::optional<LabGroup> lab_group(std::string_view loinc) const;
  /// Of a LOINC code or of a laboratory code of the site's own.
  std::optional<LabGroup> lab_group(const fhir::Coding& coding) const;
  /// All groups a code belongs to (empty when none).
  std::span<const ConditionGroup> condition_groups(fhir::CodeSystem system, std::string_view code) const;
  std::span<const ConditionGroup> condition_groups(const fhir::Coding& coding) const;
  std::vector<std::string_view> loincs(LabGroup group) const;

  struct Content;
  const Content& content() const { return *content_; }  ///< for the engine's own files
  explicit Knowledge(std::shared_ptr<const Content> content);
  ~Knowledge();

 private:
  std::shared_ptr<const Content> content_;
  std::map<std::string, Threshold, std::less<>> changed_;  ///< numbers in place of the content's
};

/// The set that this binary was built with.
std::vector<KnowledgeFile> shipped_knowledge_files();

/// What is wrong with how a site accounts for its files: each one that differs from the shipped set needs an entry in
/// site.json, and each entry needs its file. Faults inside site.json are found by Knowledge::load.
std::vector<KnowledgeProblem> site_problems(const std::vector<KnowledgeFile>& site);

}  // namespace cofactor::cards
