// Promises: see rxnorm_tables.hpp. In RXNREL the second concept has the relation to the first; each relation stands in
// both directions, and either is enough. Obsolete concepts stay, because old orders carry them; suppressed ones do not.
#include "cards/engine/rxnorm_tables.hpp"

#include <algorithm>
#include <charconv>
#include <set>
#include <tuple>

#include "cards/engine/code_checks.hpp"
#include "cards/engine/formulary_strength.hpp"
#include "cards/engine/read_tables.hpp"
#include "cards/engine/site_codes.hpp"

namespace cofactor::cards {
namespace {

/// The first `n` columns; false when there are fewer.
template <std::size_t n>
bool split(std::string_view row, std::array<std::string_view, n>& columns) {
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t end = row.find('|');
    if (end == std::string_view::npos && i + 1 < n) return false;
    columns[i] = row.substr(0, end);
    if (end != std::string_view::npos) row.remove_prefix(end + 1);
  }
  return true;
}

std::uint32_t cui_of(std::string_view text) {
  std::uint32_t cui = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), cui);
  return error == std::errc() && end == text.data() + text.size() ? cui : 0;
}

/// The figure and the unit at the end of "ergocalciferol 1.25 MG".
bool read_strength(std::string_view text, std::string& amount, std::string& unit) {
  text = trimmed(text);
  const std::size_t last = text.rfind(' ');
  if (last == std::string_view::npos || last == 0) return false;
  const std::size_t before = text.rfind(' ', last - 1);
  const std::string_view figure = before == std::string_view::npos ? text.substr(0, last) : text.substr(before + 1, last - before - 1);
  if (!positive_number(figure)) return false;
  amount = figure;
  unit = text.substr(last + 1);
  return true;
}

void put_field(std::string& out, std::string_view field) {
  if (field.find_first_of(",\"\r\n#") == std::string_view::npos) {
    out += field;
    return;
  }
  out += '"';
  for (const char c : field) out.append(c == '"' ? 2 : 1, c);
  out += '"';
}

}  // namespace

RxnormTables::RxnormTables(const Knowledge& knowledge) : knowledge_(knowledge) { concepts_.reserve(300'000); }

RxnormTables::Type RxnormTables::type_named(std::string_view name) {
  constexpr std::array<std::string_view, 15> names{"IN",   "PIN",  "MIN", "BN",  "SCDC", "SBDC", "SCDF", "SBDF",
                                                   "SCDG", "SBDG", "SCD", "SBD", "GPCK", "BPCK", "DF"};
  return static_cast<Type>(std::find(names.begin(), names.end(), name) - names.begin());
}

bool RxnormTables::level_of_product(Type type) { return type == Type::scd || type == Type::sbd || type == Type::gpck || type == Type::bpck; }

bool RxnormTables::add_concept(std::string_view row) {
  std::array<std::string_view, 17> column;
  if (!split(row, column)) return false;
  const Cui cui = cui_of(column[0]);
  if (cui == 0) return false;
  if (column[11] != "RXNORM") return true;
  const Type type = type_named(column[12]);
  if (type == Type::none) return true;
  const bool obsolete = column[16] == "O", suppressed = column[16] == "Y";
  Concept& concept_ = concepts_[cui];
  // Several atoms of one concept: the one in use names it; of equals the first by letters, so that order does not matter.
  const auto rank = [](const Concept& c) { return c.type == Type::none ? 3 : c.suppressed ? 2 : c.obsolete ? 1 : 0; };
  Concept fresh{std::string(column[14]), type, obsolete, suppressed};
  if (rank(fresh) < rank(concept_) || (rank(fresh) == rank(concept_) && fresh.name < concept_.name)) concept_ = std::move(fresh);
  return true;
}

bool RxnormTables::add_relation(std::string_view row) {
  std::array<std::string_view, 15> column;
  if (!split(row, column)) return false;
  if (column[10] != "RXNORM" || column[0].empty() || column[4].empty() || column[14] == "Y") return true;
  struct Name {
    std::string_view word;
    Link link;
    bool second_first;  ///< the second concept has it to the first
  };
  static constexpr Name names[] = {
      {"has_ingredient", Link::ingredient, true},   {"ingredient_of", Link::ingredient, false},
      {"has_ingredients", Link::ingredient, true},  {"ingredients_of", Link::ingredient, false},
      {"has_precise_ingredient", Link::precise, true}, {"precise_ingredient_of", Link::precise, false},
      {"consists_of", Link::consists_of, true},     {"constitutes", Link::consists_of, false},
      {"contains", Link::contains, true},           {"contained_in", Link::contains, false},
      {"tradename_of", Link::tradename_of, true},   {"has_tradename", Link::tradename_of, false},
      {"has_dose_form", Link::dose_form, true},     {"dose_form_of", Link::dose_form, false},
      {"has_part", Link::part, true},               {"part_of", Link::part, false},
      {"form_of", Link::form_of, true},             {"has_form", Link::form_of, false}};
  const auto name = std::find_if(std::begin(names), std::end(names), [&](const Name& n) { return n.word == column[7]; });
  if (name == std::end(names)) return true;
  const Cui first = cui_of(column[0]), second = cui_of(column[4]);
  if (first == 0 || second == 0) return false;
  edges_.push_back(name->second_first ? Edge{second, first, name->link} : Edge{first, second, name->link});
  return true;
}

std::vector<RxnormTables::Cui> RxnormTables::linked(Cui from, Link link) const {
  std::vector<Cui> out;
  for (auto at = std::lower_bound(edges_.begin(), edges_.end(), Edge{from, 0, Link::ingredient}); at != edges_.end() && at->from == from; ++at)
    if (at->link == link) out.push_back(at->to);
  return out;
}

std::vector<RxnormTables::Component> RxnormTables::of_all(Cui cui, Link link, int depth) const {
  std::vector<Component> out;
  for (const Cui next : linked(cui, link)) {
    const auto more = components(next, depth + 1);
    out.insert(out.end(), more.begin(), more.end());
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

/// What a concept holds, by the relations that RxNorm gives its type: SCD consists_of SCDC has_ingredient IN,
/// SBD tradename_of SCD, packs contain drugs.
std::vector<RxnormTables::Component> RxnormTables::components(Cui cui, int depth) const {
  const auto found = concepts_.find(cui);
  if (found == concepts_.end() || depth > 6) return {};
  const auto first_of = [&](std::initializer_list<Link> links) {
    for (const Link link : links)
      if (auto out = of_all(cui, link, depth); !out.empty()) return out;
    return std::vector<Component>{};
  };
  switch (found->second.type) {
    case Type::in: return {{cui, 0}};
    case Type::pin: return first_of({Link::form_of});
    case Type::min: return first_of({Link::part});
    case Type::bn: return first_of({Link::tradename_of});
    case Type::scdc: {
      auto out = first_of({Link::ingredient, Link::precise});
      for (Component& each : out) each.strength_of = cui;
      return out;
    }
    case Type::sbdc: return first_of({Link::tradename_of, Link::ingredient});
    case Type::scd: return first_of({Link::consists_of, Link::ingredient});
    case Type::sbd: return first_of({Link::tradename_of, Link::consists_of, Link::ingredient});
    case Type::gpck: return first_of({Link::contains});
    case Type::bpck: return first_of({Link::contains, Link::tradename_of});
    case Type::scdf:
    case Type::scdg: return first_of({Link::ingredient});
    case Type::sbdf:
    case Type::sbdg: return first_of({Link::tradename_of, Link::ingredient});
    case Type::df:
    case Type::none: return {};
  }
  return {};
}

void RxnormTables::choose() {
  chosen_ = true;
  std::sort(edges_.begin(), edges_.end());
  edges_.erase(std::unique(edges_.begin(), edges_.end()), edges_.end());
  const KnownIngredients known(knowledge_.content());
  for (const auto& [cui, each] : concepts_) {
    if (each.type != Type::in) continue;
    const ProductEntry* entry = knowledge_.product(fhir::CodeSystem::rxnorm, std::to_string(cui));
    if (entry && entry->ingredients.size() == 1 && entry->ingredients.front().drug_class != DrugClass::recognised_other)
      ingredients_.emplace(cui, entry->ingredients.front());
    else if (const auto found = entry ? std::nullopt : known.find(each.name); found && found->ingredient.drug_class != DrugClass::recognised_other)
      ingredients_.emplace(cui, found->ingredient);
  }
  for (const auto& [cui, each] : concepts_) {
    if (each.type == Type::df || each.type == Type::none) continue;
    auto parts = components(cui, 0);
    if (std::none_of(parts.begin(), parts.end(), [&](const Component& part) { return ingredients_.count(part.ingredient) != 0; })) continue;
    // A brand of several drugs does not say which of them it is.
    if (each.type == Type::bn && parts.size() > 1) continue;
    for (const Component& part : parts)
      if (part.strength_of != 0) components_wanted_[part.strength_of] = true;
    products_.emplace(cui, std::move(parts));
  }
}

bool RxnormTables::add_attribute(std::string_view row) {
  if (!chosen_) choose();
  std::array<std::string_view, 12> column;
  if (!split(row, column)) return false;
  const std::string_view name = column[8];
  const bool ndc = name == "NDC", strength = name == "RXN_STRENGTH" || name == "RXN_AVAILABLE_STRENGTH";
  if ((!ndc && !strength) || column[11] == "Y" || column[11] == "O") return true;
  const Cui cui = cui_of(column[0]);
  if (cui == 0) return false;
  const auto product = products_.find(cui);
  if (strength) {
    if (column[9] != "RXNORM" || (product == products_.end() && !components_wanted_.count(cui))) return true;
    std::string& kept = strengths_[cui];
    // Two different ones: neither is used.
    if (!kept.empty() && kept != column[10]) kept = "?";
    if (kept.empty()) kept = column[10];
    return true;
  }
  if (product == products_.end() || !level_of_product(concepts_.at(cui).type)) return true;
  const PlainCode plain(fhir::CodeSystem::ndc, column[10]);
  if (plain.view().size() != 11) return true;
  Ndc each{{}, column[9] == "RXNORM", cui};
  std::copy(plain.view().begin(), plain.view().end(), each.digits.begin());
  ndcs_.push_back(each);
  return true;
}

/// The component's RXN_STRENGTH, else its name; of a product with one ingredient its RXN_AVAILABLE_STRENGTH must agree.
RxnormTables::Strength RxnormTables::strength(Cui product, Cui component, bool only_one) const {
  Strength own, available;
  bool has_own = false, has_available = false;
  if (component != 0) {
    const auto found = strengths_.find(component);
    has_own = found != strengths_.end() && read_strength(found->second, own.amount, own.unit);
    if (found == strengths_.end()) has_own = read_strength(concepts_.at(component).name, own.amount, own.unit);
  }
  if (const auto found = strengths_.find(product); only_one && found != strengths_.end() && found->second.find(" / ") == std::string::npos)
    has_available = read_strength(found->second, available.amount, available.unit);
  if (has_own && has_available && own.unit == available.unit && positive_number(own.amount) != positive_number(available.amount)) return {};
  return has_own ? own : has_available ? available : Strength{};
}

std::vector<RxnormTables::Line> RxnormTables::lines_of(Cui product, std::string_view form, Counts& counts) const {
  const Concept& concept_ = concepts_.at(product);
  const std::vector<Component>& parts = products_.at(product);
  const bool pack = concept_.type == Type::gpck || concept_.type == Type::bpck;
  std::map<std::string, std::vector<Component>> by_name;
  bool other = false;
  std::size_t vitamins_d = 0;
  for (const Component& part : parts) {
    const auto known = ingredients_.find(part.ingredient);
    if (known == ingredients_.end())
      other = true;
    else
      by_name[known->second.name].push_back(part);
  }
  const auto is_vitamin_d = [&](const Component& part) { return ingredients_.at(part.ingredient).drug_class == DrugClass::vitamin_d_nutritional; };
  for (const auto& [name, same] : by_name) vitamins_d += is_vitamin_d(same.front()) ? 1 : 0;
  const bool only_one = by_name.size() == 1 && !other;
  std::vector<Line> lines;
  for (const auto& [name, same] : by_name) {
    Line line{name, {}, {}};
    const bool vitamin_d = is_vitamin_d(same.front());
    // A pack holds different products, and a product with two vitamins D has no one strength.
    if (level_of_product(concept_.type) && !pack && same.size() == 1 && !(vitamin_d && vitamins_d > 1)) {
      Strength told = strength(product, same.front().strength_of, only_one);
      const auto unit = read_strength_unit(told.unit);
      const bool usable = !told.amount.empty() && unit && (!vitamin_d || (unit->what != StrengthUnit::What::other && (unit->says_per || !is_liquid_form(form))));
      if (usable) {
        line.amount = std::move(told.amount);
        line.unit = std::move(told.unit);
      }
    }
    if (vitamin_d && line.amount.empty() && level_of_product(concept_.type) && !pack) ++counts.strengths_unreadable;
    lines.push_back(std::move(line));
  }
  if (other) lines.push_back({"other", {}, {}});
  return lines;
}

std::string RxnormTables::table(std::string_view release, Counts& counts) {
  if (!chosen_) choose();
  counts = {};
  counts.concepts = concepts_.size();
  std::string out = "# Made by `cofactor knowledge import-rxnorm`. Do not edit: import the next release, and put corrections into formulary/.\n"
                    "system,code,display,ingredient,strength_per_unit,unit,form,source,release,note,level\n";
  const auto put = [&](std::string_view system, std::string_view code, Cui cui, std::string_view note, Counts& into) {
    const auto forms = linked(cui, Link::dose_form);
    const auto form_concept = forms.size() == 1 ? concepts_.find(forms.front()) : concepts_.end();
    const std::string_view form = form_concept == concepts_.end() ? std::string_view() : std::string_view(form_concept->second.name);
    const std::string_view level = level_of_product(concepts_.at(cui).type) ? "product" : "ingredient";
    for (const Line& line : lines_of(cui, form, into)) {
      const std::string_view fields[] = {system, code, concepts_.at(cui).name, line.ingredient, line.amount, line.unit, form, "RxNorm", release, note, level};
      for (std::size_t i = 0; i < std::size(fields); ++i) {
        if (i > 0) out += ',';
        put_field(out, fields[i]);
      }
      out += '\n';
    }
  };
  std::set<Cui> listed;
  for (const auto& [cui, parts] : products_) {
    const Concept& each = concepts_.at(cui);
    const std::string code = std::to_string(cui);
    if (each.suppressed) {
      ++counts.suppressed;
    } else if (knowledge_.do_not_use(fhir::CodeSystem::rxnorm, code)) {
      ++counts.never_used;
    } else {
      ++counts.products;
      counts.obsolete += each.obsolete ? 1 : 0;
      listed.insert(cui);
      put("rxnorm", code, cui, each.obsolete ? "obsolete in this release" : "", counts);
    }
  }
  // RxNorm's own NDCs come first; a source's counts only where RxNorm has none, and only when all say the same.
  std::sort(ndcs_.begin(), ndcs_.end(), [](const Ndc& a, const Ndc& b) {
    return std::tuple(a.digits, !a.curated, a.product) < std::tuple(b.digits, !b.curated, b.product);
  });
  for (std::size_t from = 0, end = 0; from < ndcs_.size(); from = end) {
    while (end < ndcs_.size() && ndcs_[end].digits == ndcs_[from].digits) ++end;
    bool ambiguous = false;
    for (std::size_t i = from; i < end; ++i)
      ambiguous = ambiguous || (ndcs_[i].curated == ndcs_[from].curated && ndcs_[i].product != ndcs_[from].product);
    if (ambiguous) ++counts.ndcs_ambiguous;
    if (ambiguous || !listed.count(ndcs_[from].product)) continue;
    ++counts.ndcs;
    Counts counted_already;
    put("ndc", {ndcs_[from].digits.data(), ndcs_[from].digits.size()}, ndcs_[from].product,
        concepts_.at(ndcs_[from].product).obsolete ? "obsolete in this release" : "", counted_already);
  }
  return out;
}

}  // namespace cofactor::cards
