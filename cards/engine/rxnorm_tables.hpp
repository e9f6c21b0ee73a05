// Promises: product tables of every class that the knowledge has, from the rows of an RxNorm release, in three passes
// over rows that the caller reads: concepts (RXNCONSO), relations (RXNREL), attributes (RXNSAT). Only what may matter
// is kept, so memory does not grow with the files. The same rows in any order give the same table. Pure.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cards/engine/knowledge.hpp"

namespace cofactor::cards {

class RxnormTables {
 public:
  explicit RxnormTables(const Knowledge& knowledge);

  // One row each, without its line end; false when it has too few columns or no readable code. Attributes come last.
  bool add_concept(std::string_view row);
  bool add_relation(std::string_view row);
  bool add_attribute(std::string_view row);

  struct Counts {
    std::size_t concepts = 0, products = 0, ndcs = 0;
    std::size_t obsolete = 0;             ///< products in the table that the release calls obsolete
    std::size_t suppressed = 0;           ///< left out: RxNorm's editors suppressed them
    std::size_t never_used = 0;           ///< left out: on the do-not-use list
    std::size_t strengths_unreadable = 0; ///< in the table without the strength of a vitamin D
    std::size_t ndcs_ambiguous = 0;       ///< left out: given to several products
  };
  /// The table as the loader reads it under imported/.
  std::string table(std::string_view release, Counts& counts);

 private:
  using Cui = std::uint32_t;
  enum class Type : std::uint8_t { in, pin, min, bn, scdc, sbdc, scdf, sbdf, scdg, sbdg, scd, sbd, gpck, bpck, df, none };
  enum class Link : std::uint8_t { ingredient, precise, consists_of, contains, tradename_of, dose_form, part, form_of };
  struct Concept {
    std::string name;
    Type type = Type::none;
    bool obsolete = false, suppressed = false;
  };
  struct Edge {
    Cui from, to;
    Link link;
    auto operator<=>(const Edge&) const = default;
  };
  struct Component {
    Cui ingredient, strength_of;  ///< 0: no strength of its own
    auto operator<=>(const Component&) const = default;
  };
  struct Ndc {
    std::array<char, 11> digits;
    bool curated;                 ///< by RxNorm itself, not by a source
    Cui product;
    auto operator<=>(const Ndc&) const = default;
  };
  struct Strength {
    std::string amount, unit;
  };
  struct Line {                   ///< one ingredient of one product
    std::string ingredient, amount, unit;
  };

  static Type type_named(std::string_view name);
  static bool level_of_product(Type type);
  void choose();
  std::vector<Cui> linked(Cui from, Link link) const;
  std::vector<Component> components(Cui cui, int depth) const;
  std::vector<Component> of_all(Cui cui, Link link, int depth) const;
  Strength strength(Cui product, Cui component, bool only_one) const;
  std::vector<Line> lines_of(Cui product, std::string_view form, Counts& counts) const;

  const Knowledge& knowledge_;
  std::unordered_map<Cui, Concept> concepts_;
  std::vector<Edge> edges_;
  bool chosen_ = false;
  std::map<Cui, IngredientEntry> ingredients_;          ///< IN concepts that rules are about
  std::map<Cui, std::vector<Component>> products_;      ///< whatever holds one of them
  std::unordered_map<Cui, bool> components_wanted_;     ///< their SCDC
  std::unordered_map<Cui, std::string> strengths_;      ///< RXN_STRENGTH, RXN_AVAILABLE_STRENGTH
  std::vector<Ndc> ndcs_;
};

}  // namespace cofactor::cards
