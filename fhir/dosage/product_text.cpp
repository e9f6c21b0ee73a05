// Promises: see product_text.hpp. A strength is a figure with a unit of activity or mass, what it
// is contained in, and the same strength said again in brackets; combinations list their figures,
// then their units.
#include "fhir/dosage/product_text.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "fhir/dosage/product_words.hpp"
#include "fhir/dosage/text_tokens.hpp"
#include "fhir/units/unit_words.hpp"

namespace cofactor::fhir {
namespace {

constexpr double kIuPerMicrogram = 40;  // only to see whether two figures say the same

struct Unit {
  UnitReading reading;
  std::size_t end = 0;
};

class ProductReader {
 public:
  explicit ProductReader(std::string_view text) : text_(text), t_(text) {}
  ProductText run();

 private:
  bool figure(std::size_t i) const;
  Unit unit_at(std::size_t i) const;
  std::size_t contained_in(std::size_t i, TextStrength& strength) const;
  std::size_t brackets(std::size_t i, TextStrength& strength) const;
  std::size_t group(std::size_t i);
  bool strength_of(const Token& figure, const UnitReading& unit, TextStrength& strength) const;
  void keep(TextStrength strength, std::size_t figure_at, std::size_t end, bool first);
  void forms();
  std::string_view words_between(std::size_t from, std::size_t to) const;
  std::size_t next_stop(std::size_t i) const;

  std::string_view text_;
  TokenList t_;
  ProductText result_;
  std::size_t component_from_ = 0;  ///< token after the last strength
  std::size_t bare_ = 0;
  bool bare_seen_ = false;
};

/// "D3", "B12", "D-3", "D(3)": the figure belongs to the vitamin's name.
bool ProductReader::figure(std::size_t i) const {
  if (t_[i].kind != Token::Kind::figure) return false;
  if (i == 0 || !t_[i].glued) return true;
  const Token& left = t_[i - 1];
  if (left.kind == Token::Kind::word) return false;
  const bool single = i >= 2 && left.glued && t_[i - 2].kind == Token::Kind::word &&
                      t_[i - 2].text.size() == 1 && t_[i].value < 100;
  return !(single && (left.is_mark('-') || left.is_mark('(')));
}

Unit ProductReader::unit_at(std::size_t i) const {
  Unit unit;
  double multiplier = 1;
  bool thousands = false;
  if (t_[i].is("k") || t_[i].is("thousand"))
    multiplier = 1e3, thousands = true, ++i;
  else if (t_[i].is("lac") || t_[i].is("lakh"))
    multiplier = 1e5, thousands = true, ++i;
  else if (t_[i].is("million"))
    multiplier = 1e6, thousands = true, ++i;
  std::size_t at = i;
  while (t_[at].is("international") || t_[at].is("intl") || t_[at].is("int") || t_[at].is("int'l") || t_[at].is("usp") ||
         (t_[at].is_mark('.') && at > i))
    ++at;
  if (t_[at].kind == Token::Kind::word) unit.reading = unit_word(t_[at].text);
  if (unit.reading.kind != UnitKind::unknown && !(thousands && unit.reading.kind != UnitKind::iu)) {
    unit.reading.factor *= multiplier;
    unit.end = at + 1;
    if (t_[unit.end].is_mark('(') && t_[unit.end + 1].kind == Token::Kind::word &&
        t_[unit.end + 2].is_mark(')') &&
        (t_[unit.end + 1].is("s") || unit_word(t_[unit.end + 1].text).kind == unit.reading.kind))
      unit.end += 3;  // "unit(s)", "U (UNIT)"
  } else if (thousands) {
    unit.reading = {UnitKind::iu, multiplier};  // "60K"
    unit.end = i;
  } else {
    unit.reading = {};
  }
  return unit;
}

/// "/ML", "/5 mL", "per drop", "/actuat"; returns the end, or `i` when nothing of the kind stands
/// there.
std::size_t ProductReader::contained_in(std::size_t i, TextStrength& strength) const {
  if (!t_[i].is_mark('/') && !t_[i].is("per")) return i;
  std::size_t at = i + 1;
  double amount = 1;
  if (t_[at].kind == Token::Kind::figure) amount = t_[at++].value;
  if (t_[at].kind != Token::Kind::word || !(amount > 0)) return i;
  const UnitReading below = unit_word(t_[at].text);
  using Per = TextStrength::Per;
  switch (below.kind) {
    case UnitKind::volume:
      strength.per = Per::millilitre;
      amount *= below.factor;
      break;
    case UnitKind::drop:
      strength.per = Per::drop;
      break;
    case UnitKind::spray:
      strength.per = Per::spray;
      break;
    case UnitKind::dose_form:
      strength.per = Per::dose_unit;
      break;
    case UnitKind::mass:
      if (below.factor != 1e6) return i;
      strength.per = Per::gram;
      break;
    case UnitKind::unknown:
    case UnitKind::iu:
    case UnitKind::amount:
    case UnitKind::equivalents:
    case UnitKind::time:
    case UnitKind::ambiguous:
      return i;
  }
  strength.amount /= amount;
  return at + 1;
}

bool ProductReader::strength_of(const Token& figure, const UnitReading& unit,
                                TextStrength& strength) const {
  if (unit.kind == UnitKind::iu) {
    const double value = figure.with_dot_grouping > 0 ? figure.with_dot_grouping : figure.value;
    strength.amount = value * unit.factor;
    strength.unit = TextStrength::Unit::iu;
    return strength.amount > 0;
  }
  if (unit.kind == UnitKind::mass) {
    strength.amount = figure.value * unit.factor;
    strength.unit = TextStrength::Unit::microgram;
    return strength.amount > 0;
  }
  return false;
}

/// What stands in brackets behind a strength: the same in another unit, or the elemental amount, or
/// a remark.
std::size_t ProductReader::brackets(std::size_t i, TextStrength& strength) const {
  const bool open = t_[i].is_mark('(');
  const bool equals = t_[i].is_mark('=');
  std::size_t at = open || equals ? i + 1 : i;
  bool named = false;
  while (open && t_[at].kind == Token::Kind::word && at < i + 4) {
    ++at;
    named = true;
  }
  if (t_[at].is_mark('=')) ++at;
  if (!figure(at)) return i;
  const Unit unit = unit_at(at + 1);
  TextStrength again;
  if (unit.end == 0 || !strength_of(t_[at], unit.reading, again)) return i;
  std::size_t end = contained_in(unit.end, again);
  const bool elemental_word = t_[end].is("elemental") || t_[end].is("elem") ||
                              t_[end].is("magnesium") || t_[end].is("calcium");
  if (again.unit != strength.unit) {
    const double iu = again.unit == TextStrength::Unit::iu ? again.amount : strength.amount;
    const double ug = again.unit == TextStrength::Unit::iu ? strength.amount : again.amount;
    const bool agree = std::abs(ug * kIuPerMicrogram - iu) <= 0.05 * iu;
    if (!open && !equals && !agree) return i;  // two figures side by side: another component
    strength.agrees = agree || again.per != strength.per;
    if (again.unit == TextStrength::Unit::iu) {  // the unit figure is the one that labels count in
      strength.amount = again.amount;
      strength.unit = again.unit;
      if (again.per != TextStrength::Per::dose_unit) strength.per = again.per;
    }
  } else {
    if (!open) return i;
    // "400 mg (241.3 mg magnesium)", "1250 MG (calcium 500 MG)"; or "500 mg (1,250 mg)": element,
    // then salt.
    if (again.amount < strength.amount && (elemental_word || named)) strength.amount = again.amount;
    strength.elemental = true;
  }
  if (open)
    while (end < t_.size() && end < i + 12 && !t_[end].is_mark(')')) ++end;
  return open && t_[end].is_mark(')') ? end + 1 : end;
}

std::size_t ProductReader::next_stop(std::size_t i) const {
  while (i < t_.size() && !figure(i) && !t_[i].is_mark('/') && !t_[i].is_mark('+') &&
         !t_[i].is_mark(';') && !t_[i].is("and") && !t_[i].is("with"))
    ++i;
  return i;
}

std::string_view ProductReader::words_between(std::size_t from, std::size_t to) const {
  if (from >= to) return {};
  std::string_view words = text_.substr(t_[from].from, t_[to - 1].to - t_[from].from);
  constexpr std::string_view kTrim = " \t,/+-(=;:&.";
  const std::size_t first = words.find_first_not_of(kTrim);
  if (first == std::string_view::npos) return {};
  const std::size_t last = words.find_last_not_of(kTrim);
  return words.substr(first, last - first + 1);
}

void ProductReader::keep(TextStrength strength, std::size_t figure_at, std::size_t end,
                         bool first) {
  if (first) strength.preceding_words = words_between(component_from_, figure_at);
  strength.following_words = words_between(end, next_stop(end));
  result_.strengths.push_back(strength);
  component_from_ = end;
}

/// One figure, or several joined by hyphens, with the unit or units that follow. Returns where to
/// go on.
std::size_t ProductReader::group(std::size_t i) {
  std::array<std::size_t, 6> figures;
  std::size_t count = 0, at = i;
  while (count < figures.size() && figure(at)) {
    figures[count++] = at++;
    if (!t_[at].is_mark('-') || t_[at + 1].kind != Token::Kind::figure) break;
    ++at;
  }
  if (t_[at].is_mark('-') && count == 1 && unit_at(at + 1).end != 0) ++at;  // "50,000-unit"
  Unit unit = unit_at(at);
  if (unit.end == 0) {
    if (t_[at].is_mark('%')) return at + 1;
    if (!bare_seen_ && t_[i].value > 0) {
      bare_seen_ = true;
      bare_ = i;
    }
    return at;
  }
  if (unit.reading.kind == UnitKind::dose_form || unit.reading.kind == UnitKind::spray) {
    if (count == 1 && t_[i].value > 0 && t_[i].value <= 20) {
      result_.dose_units = t_[i].value;
    } else if (!bare_seen_) {  // "THERA-D 2000 TABLET": nobody is given 2,000 tablets
      bare_seen_ = true;
      bare_ = i;
    }
    return unit.end;
  }
  const bool strength_unit =
      unit.reading.kind == UnitKind::iu || unit.reading.kind == UnitKind::mass;
  if (!strength_unit)
    return unit.end;  // "10 ML", "24 HR", "20 mEq": a package or another medicine's measure
  if (count == 1) {
    TextStrength strength;
    if (!strength_of(t_[i], unit.reading, strength)) return unit.end;
    std::size_t end = contained_in(unit.end, strength);
    if (end == unit.end && t_[end].is_mark('/') && t_[end + 1].kind == Token::Kind::word &&
        unit_word(t_[end + 1].text).kind == UnitKind::time &&
        unit_word(t_[end + 1].text).factor < 1)
      return end + 2;  // "MG/HR": a rate
    const std::size_t after = brackets(end, strength);
    if (after == end && (t_[end].is("elemental") || t_[end].is("elem"))) strength.elemental = true;
    if (after == end && (t_[end].is("magnesium") || t_[end].is("calcium")) &&
        (t_[end + 1].kind != Token::Kind::word || !form_word(t_[end + 1].text).form.empty()))
      strength.elemental = true;
    if (after > end) {  // "1,250 mcg (50,000 unit)/mL"
      const std::size_t contained = contained_in(after, strength);
      keep(strength, i, contained, true);
      return contained;
    }
    keep(strength, i, end, true);
    return end;
  }
  // "120-1,000-10 mg-unit-mg": as many units as figures, or one for all of them.
  std::array<UnitReading, 6> units;
  units.fill(unit.reading);
  std::size_t end = unit.end, read = 1;
  while (read < count && (t_[end].is_mark('-') || t_[end].is_mark('/')) &&
         t_[end + 1].kind == Token::Kind::word) {
    const Unit next = unit_at(end + 1);
    if (next.end == 0 || (next.reading.kind != UnitKind::iu && next.reading.kind != UnitKind::mass))
      break;
    units[read++] = next.reading;
    end = next.end;
  }
  TextStrength contained;
  contained.amount = 1;
  const std::size_t after = contained_in(end, contained);
  for (std::size_t f = 0; f < count; ++f) {
    TextStrength strength;
    if (!strength_of(t_[figures[f]], units[f], strength)) strength.unit = TextStrength::Unit::none;
    strength.amount *= contained.amount;
    strength.per = contained.per;
    keep(strength, figures[f], after, f == 0);
    if (f + 1 < count) result_.strengths.back().following_words = {};
  }
  return after;
}

void ProductReader::forms() {
  for (std::size_t i = 0; i < t_.size(); ++i) {
    if (t_[i].kind != Token::Kind::word) continue;
    const FormWord word = form_word(t_[i].text);
    if (!word.form.empty()) result_.form = word.form;
    result_.topical_or_local = result_.topical_or_local || word.local;
  }
}

ProductText ProductReader::run() {
  if (t_.too_long()) {
    result_.unreadable = "text-too-long";
    return result_;
  }
  for (std::size_t i = 0; i < t_.size();) {
    if (!figure(i)) {
      ++i;
      continue;
    }
    i = std::max(group(i), i + 1);
  }
  forms();
  if (result_.strengths.empty() && bare_seen_) {
    TextStrength bare;
    bare.amount = t_[bare_].value;
    bare.preceding_words = words_between(0, bare_);
    bare.following_words = words_between(bare_ + 1, next_stop(bare_ + 1));
    result_.strengths.push_back(bare);
    result_.unreadable = "unit-unknown";
  }
  if (result_.form == "spray")
    for (TextStrength& strength : result_.strengths)
      if (strength.per == TextStrength::Per::dose_unit) strength.per = TextStrength::Per::spray;
  return result_;
}

}  // namespace

ProductText read_product_text(std::string_view text) { return ProductReader(text).run(); }

}  // namespace cofactor::fhir
