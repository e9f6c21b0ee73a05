// Promises: what the words of directions mean, in English and the commonest Spanish, French and
// German: one sorted table, folded (no accents, umlauts as ae/oe/ue). Internal to fhir/dosage.
// Pure.
#pragma once
#include <cstdint>
#include <string_view>

namespace cofactor::fhir {

enum class Meaning : std::uint8_t {
  none,
  number,  ///< value
  half,
  multiplier,     ///< thousand, lakh: value
  times_adverb,   ///< once, twice: value
  times_noun,     ///< times, x, fois
  rate,           ///< daily, bid: value per day
  rate_doubtful,  ///< biweekly: value is the more frequent reading
  time_unit,      ///< value in days
  every,
  per,      ///< per, a, al, pro
  article,  ///< the, la, der: skipped between words
  other,    ///< every other: value
  ordinal,  ///< value
  vague,    ///< few, several
  slot,     ///< part of the day: value is a bit
  meals,    ///< each of three meals
  meal,     ///< one meal or food: says nothing about how often
  weekday,  ///< value is a bit, Monday 1
  negation,
  instead,   ///< instead of, rather than
  limit,     ///< max, exceed
  stop,      ///< stop, hold
  phase,     ///< then, followed by
  change,    ///< increase, taper
  now,       ///< stat, now, single
  verb,      ///< take, give
  needed,    ///< prn
  as_if,     ///< as, if, when: before needed and directed
  required,  ///< needed, required
  directed,  ///< directed, instructions
  see,       ///< see, per: before instructions
  during,    ///< for, x
  remark,          ///< check, monitor: what follows is not about taking
  except,
  repeat,
  conjunction,  ///< and, plus
  alternative,  ///< or, to, bis
  relative,     ///< before, after, prior, apart
  inside,       ///< in, within
  of,
  total,
  doses,     ///< doses: countable in a course
  dispense,  ///< dispense, refill: the figure is no dose
  through,   ///< Monday through Friday
  am_pm,
  other_measure,  ///< oz, glass, kg: a figure that is no dose
  liquid,         ///< water, juice
  international,  ///< international, usp: before units
};

struct SigWord {
  Meaning meaning = Meaning::none;
  double value = 0;
};
SigWord sig_word(std::string_view folded_word);

}  // namespace cofactor::fhir
