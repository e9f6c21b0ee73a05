// Promises: what the readers of a site's own codes share: code systems by any name, ingredients by any name, and one
// book for each origin whose codes are laid over what is known. Private to the engine.
//
// A code means what the strongest source says: the site's own (formulary/, value-sets/*.json), then imported tables
// (imported/), then the shipped set. Where a weaker source says something else, a notice names both. Two sources of
// equal strength that contradict each other are a problem: nobody has said which is right.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cards/engine/knowledge_content.hpp"

namespace cofactor::cards {

/// A code system of a table: one that Cofactor knows, or a local one by its place in the content.
struct SiteSystem {
  fhir::CodeSystem known = fhir::CodeSystem::other;
  std::size_t local = 0;
};
/// By short name ("ndc", "medi-span"), URL or OID. Nothing when it is none of these.
std::optional<SiteSystem> site_system(std::string_view name, Knowledge::Content& content);
inline constexpr std::string_view site_system_advice =
    "write rxnorm, ndc, atc, snomed, medi-span, medi-span-gpi, or the URL or OID that your orders carry";

/// The code in the one spelling of its system, check digits proved; empty with `why` when it cannot be one.
std::string site_code(const SiteSystem& system, std::string_view code, const Knowledge::Content& content, std::string& why);

/// Ingredients by the names that the knowledge has for them.
class KnownIngredients {
 public:
  explicit KnownIngredients(const Knowledge::Content& content);
  struct Found {
    IngredientEntry ingredient;
    ProductEntry::MassOf mass = ProductEntry::MassOf::unsaid;
    bool weak = false;
  };
  std::optional<Found> find(std::string_view name) const;
  /// A name that differs by a letter or two; empty when there is none.
  std::string nearest(std::string_view name) const;

 private:
  const Knowledge::Content& content_;
  std::map<std::string, Found, std::less<>> names_;
};

/// The codes of medicines of one origin, in the order of their files.
class CodeBook {
 public:
  struct Line {
    SiteSystem system;
    std::string code;
    ProductEntry entry;
    std::string file, place;
    std::string display;
    int others = 0;       ///< ingredients that no rule is about
  };
  explicit CodeBook(ProductEntry::Origin origin) : origin_(origin) {}
  ProductEntry::Origin origin() const { return origin_; }
  Line* find(const SiteSystem& system, std::string_view code);
  Line& add(Line line);
  /// Lays the codes over what the content knows.
  void settle(Knowledge::Content& content, std::vector<KnowledgeProblem>& problems);

 private:
  ProductEntry::Origin origin_;
  std::vector<Line> lines_;
  TextMap<std::size_t> places_;
};

/// A title of a formulary's column in our spelling: "Strength per unit" is strength_per_unit, people title their columns.
std::string formulary_title(std::string_view title);

double iu_per_microgram(const Knowledge::Content& content);
/// What contradicts between two meanings of one code, in words; empty when they go together.
std::string contradiction(const ProductEntry& stronger, const ProductEntry& weaker, double iu_in_a_microgram);

void read_formulary(const KnowledgeFile& file, CodeBook& book, const KnownIngredients& known, Knowledge::Content& content,
                    Report& report);
/// A FHIR ValueSet or ConceptMap below value-sets/ or formulary/.
void read_terminology(const KnowledgeFile& file, CodeBook& book, const KnownIngredients& known, Knowledge::Content& content,
                      Report& report);

}  // namespace cofactor::cards
