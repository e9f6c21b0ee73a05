// Promises: what a figure in directions measures: an amount, a strength, or nothing that is taken
// ("30 minutes before", "with 240 mL of water", "Disp-12"); see sig_grammar.hpp.
#include <algorithm>

#include "fhir/dosage/sig_grammar.hpp"
#include "fhir/units/unit_words.hpp"

namespace cofactor::fhir {
namespace {

constexpr double kMostBareUnits = 20;  ///< "take 1000 daily" counts no tablets

struct UnitWords {
  UnitReading reading;
  std::size_t end = 0;
  bool suffix = false;  ///< "60K": thousands, and units of activity unless another unit follows
};

/// The unit that follows a figure: multipliers ("6 lac IU"), "international units", "USP units".
UnitWords match_unit(const SigTokens& t, std::size_t i) {
  UnitWords words;
  double multiplier = 1;
  std::size_t at = i;
  if (t.mark(at, '-')) ++at;  // "50,000-unit capsule"
  while (t.is(at, Meaning::multiplier)) multiplier *= t.value(at++);
  while (t.is(at, Meaning::international) || (at > i && t.mark(at, '.') && t.is(at - 1, Meaning::international)))
    ++at;
  if (t[at].kind == Token::Kind::word && !t.is(at, Meaning::per) && !t.is(at, Meaning::time_unit))
    words.reading = unit_word(t[at].text);
  if (words.reading.kind == UnitKind::time) words.reading = {};
  if (words.reading.kind != UnitKind::unknown) {
    words.end = at + 1;
    if (t.mark(words.end, '(') && t.mark(words.end + 2, ')') &&
        unit_word(t[words.end + 1].text).kind == words.reading.kind)
      words.end += 3;  // "U (UNIT)", "tablet(s)"
    if (t.mark(words.end, '(') && t[words.end + 1].is("s") && t.mark(words.end + 2, ')'))
      words.end += 3;
    words.reading.factor *= multiplier;
    return words;
  }
  if (multiplier >= 1000) {
    words.reading = {UnitKind::iu, multiplier};
    words.end = at;
  }
  return words;
}

bool is_weight_or_surface(const SigTokens& t, std::size_t i) {
  return t[i].is("kg") || t[i].is("m") || t[i].is("lb") || t[i].is("sqm");
}

/// Words after which a figure is a strength's form: "50,000 unit capsule".
bool form_follows(const SigTokens& t, std::size_t i) {
  if (t.is(i, Meaning::article)) return false;
  if (t[i].kind != Token::Kind::word) return false;
  return unit_word(t[i].text).kind == UnitKind::dose_form && !t.is(i, Meaning::every) &&
         !t.is(i, Meaning::doses) && !t.is(i, Meaning::verb);
}

/// Figures whose neighbour on the left makes them something else than a dose.
bool belongs_to_the_left(const SigTokens& t, std::size_t i) {
  if (i == 0) return false;
  const Token& left = t[i - 1];
  if (t[i].glued && left.kind == Token::Kind::word) return true;  // D3, B12
  if (left.is_mark('-') && left.glued && t[i].glued && i >= 2 && t[i - 2].kind == Token::Kind::word)
    return true;  // D-3, Disp-12
  if (left.is_mark('#') || left.is_mark('$')) return true;
  std::size_t word = i - 1;
  if (left.is_mark(':') && word > 0) --word;
  if (t.is(word, Meaning::dispense)) return true;
  return (left.is("day") || left.is("days") || left.is("no") || left.is("vitamin")) &&
         !t.is(i - 2, Meaning::every) && !t.is(i - 2, Meaning::per) &&
         !t.is(i - 2, Meaning::number) && (i < 2 || t[i - 2].kind != Token::Kind::figure);
}

}  // namespace

bool unit_follows(const SigTokens& t, std::size_t i) { return match_unit(t, i).end != 0; }

std::optional<Measure> match_measure(const SigTokens& t, std::size_t i) {
  const auto number = match_number(t, i);
  if (!number) return std::nullopt;
  Measure measure;
  measure.low = number->low;
  measure.high = number->high;
  measure.end = number->end;
  if (t[i].kind == Token::Kind::figure && belongs_to_the_left(t, i)) return measure;
  std::size_t at = number->end;
  if (t.is(at, Meaning::am_pm) || (t[at].is("am") && !t.is(at + 1, Meaning::time_unit)) ||
      t[at].is("o'clock")) {
    measure.end = at + 1;
    return measure;
  }
  if (t.is(at, Meaning::time_unit) &&
      !(t[at].is("d") && t[at + 1].glued && t[at + 1].kind == Token::Kind::figure)) {
    measure.end = at + 1;  // "30 minutes before"; courses and intervals were matched before
    return measure;
  }
  const Token& suffix = t[at];
  if (suffix.glued && (suffix.is("st") || suffix.is("nd") || suffix.is("rd") || suffix.is("th"))) {
    measure.end = at + 1;
    return measure;
  }
  std::size_t skipped = at;
  while (t.is(skipped, Meaning::article) || t[skipped].is("full") || t[skipped].is("fl")) ++skipped;
  if (t.is(skipped, Meaning::other_measure) || t.mark(at, '%')) {
    measure.end = skipped + 1;
    return measure;
  }
  const UnitWords unit = match_unit(t, at);
  const bool each_is_when = t.is(at, Meaning::every) &&
                            (t.is(at + 1, Meaning::time_unit) || t.is(at + 1, Meaning::slot) ||
                             t.is(at + 1, Meaning::weekday) || t.is(at + 1, Meaning::meals) ||
                             t.is(at + 1, Meaning::other) || t.number(at + 1));
  if (unit.end == 0 || each_is_when) {
    // "half a tablet", "one of the capsules"
    std::size_t next = at;
    while (t[next].is("a") || t[next].is("of") || t.is(next, Meaning::article)) ++next;
    if (next != at && !t.is(at, Meaning::every) && form_follows(t, next)) {
      measure.what = Measure::What::amount;
      measure.end = next + 1;
      return measure;
    }
    measure.what = number->high <= kMostBareUnits ? Measure::What::bare : Measure::What::unreadable;
    return measure;
  }
  measure.end = unit.end;
  const double factor = unit.reading.factor;
  switch (unit.reading.kind) {
    case UnitKind::iu:
      measure.unit = AmountUnit::iu;
      // 20.000 I.E.: no one writes units of activity to three decimals.
      if (number->high_with_dots > 0) measure.low = measure.high = number->high_with_dots;
      break;
    case UnitKind::mass:
      measure.unit = factor == 1e6 ? AmountUnit::gram_of_product : AmountUnit::microgram;
      break;
    case UnitKind::volume:
      measure.unit = AmountUnit::millilitre;
      break;
    case UnitKind::drop:
      measure.unit = AmountUnit::drop;
      break;
    case UnitKind::dose_form:
    case UnitKind::spray:
      break;
    case UnitKind::unknown:
    case UnitKind::amount:
    case UnitKind::equivalents:
    case UnitKind::time:
    case UnitKind::ambiguous:
      measure.what = Measure::What::unreadable;
      return measure;
  }
  if (measure.unit != AmountUnit::gram_of_product) {
    measure.low *= factor;
    measure.high *= factor;
  }
  measure.what = Measure::What::amount;
  if (t.mark(measure.end, '/')) {
    if (is_weight_or_surface(t, measure.end + 1)) {
      measure.what = Measure::What::unreadable;  // mg/kg, mg/m2: the body is not in the directions
      measure.end += 2;
      return measure;
    }
    const UnitKind below = t[measure.end + 1].kind == Token::Kind::word
                               ? unit_word(t[measure.end + 1].text).kind
                               : UnitKind::unknown;
    if (t.number(measure.end + 1) || below == UnitKind::volume || below == UnitKind::mass ||
        below == UnitKind::drop || below == UnitKind::dose_form || below == UnitKind::spray ||
        (below == UnitKind::time && t.value(measure.end + 1) < 1)) {
      measure.what = Measure::What::not_a_dose;  // a concentration or a rate of infusion
      measure.end += 2;
      return measure;
    }
  }
  std::size_t liquid = measure.end;
  while (t.is(liquid, Meaning::of) || t.is(liquid, Meaning::article) || t[liquid].is("a")) ++liquid;
  if (measure.unit == AmountUnit::millilitre && t.is(liquid, Meaning::liquid)) {
    measure.what = Measure::What::not_a_dose;
    measure.end = liquid + 1;
    return measure;
  }
  if ((measure.unit == AmountUnit::iu || measure.unit == AmountUnit::microgram) &&
      form_follows(t, measure.end)) {
    measure.describes_form = true;
    ++measure.end;
  }
  if (t.is(measure.end, Meaning::total)) {
    measure.total = true;
    ++measure.end;
  }
  return measure;
}

}  // namespace cofactor::fhir
