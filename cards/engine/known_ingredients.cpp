// Promises: an ingredient's name leads to what the knowledge calls it; a misspelt one to what may be meant.
#include <algorithm>
#include <numeric>

#include "cards/engine/site_codes.hpp"

namespace cofactor::cards {
namespace {

std::string lower(std::string_view text) {
  std::string out(trimmed(text));
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

/// Letters that must be changed, added or left out; at most `most` + 1.
std::size_t distance(std::string_view a, std::string_view b, std::size_t most) {
  if (std::max(a.size(), b.size()) - std::min(a.size(), b.size()) > most) return most + 1;
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace

KnownIngredients::KnownIngredients(const Knowledge::Content& content) : content_(content) {
  // Tables may file one name under several classes. The names themselves are asked first, then ingredient codes of
  // RxNorm; of equals the first class, so that the choice does not hang on the order of a hash table.
  std::map<std::string, int, std::less<>> ranks;
  const auto learn = [&](std::string_view name, Found found, int rank) {
    const std::string plain = lower(name);
    const auto [at, fresh] = names_.emplace(plain, found);
    int& known = ranks.emplace(plain, rank).first->second;
    if (!fresh && (rank < known || (rank == known && found.ingredient.drug_class < at->second.ingredient.drug_class))) at->second = std::move(found);
    known = std::min(known, rank);
  };
  const auto learn_entry = [&](const ProductEntry& entry, int rank) {
    for (const IngredientEntry& ingredient : entry.ingredients)
      learn(ingredient.name, {ingredient, ProductEntry::MassOf::unsaid, entry.weak && entry.ingredients.size() == 1}, rank);
  };
  for (const NamedProduct& named : content.names) {
    if (named.entry.ingredients.size() == 1 && named.where == NamedProduct::Where::anywhere && !named.says_strength)
      learn(named.entry.name, {named.entry.ingredients.front(), named.entry.magnesium_mass, named.entry.weak}, 0);
    learn_entry(named.entry, 2);
  }
  for (const auto& [code, entry] : content.products[static_cast<std::size_t>(fhir::CodeSystem::rxnorm)])
    learn_entry(entry, entry.product ? 2 : 1);
  for (const auto& table : content.products)
    for (const auto& [code, entry] : table) learn_entry(entry, 2);
}

std::optional<KnownIngredients::Found> KnownIngredients::find(std::string_view name) const {
  const std::string plain = lower(name);
  if (const auto found = names_.find(plain); found != names_.end()) return found->second;
  // The same words written otherwise: "Cholecalciferol (D-3)" is no ingredient, "VITAMIN D-3" is.
  const TextWords words(plain);
  NameIndex::Hit hit;
  if (words.count() == 0 || !content_.name_index.find(words, 0, hit) || hit.words != words.count()) return std::nullopt;
  const NamedProduct& named = content_.names[hit.value];
  if (named.entry.ingredients.size() != 1 || named.says_strength) return std::nullopt;
  return Found{named.entry.ingredients.front(), named.entry.magnesium_mass, named.entry.weak};
}

std::string KnownIngredients::nearest(std::string_view name) const {
  const std::string plain = lower(name);
  const std::size_t most = plain.size() < 8 ? 1 : 3;
  std::size_t best = most + 1;
  std::string found;
  for (const auto& [known, unused] : names_)
    if (const std::size_t far = distance(plain, known, most); far < best) {
      best = far;
      found = known;
    }
  return found;
}

}  // namespace cofactor::cards
