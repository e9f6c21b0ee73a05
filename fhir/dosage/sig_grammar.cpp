// Promises: numbers, intervals and periods of the directions grammar; see sig_grammar.hpp.
#include "fhir/dosage/sig_grammar.hpp"

#include <algorithm>

#include "fhir/dosage/frequency.hpp"

namespace cofactor::fhir {

SigTokens::SigTokens(std::string_view text) : list_(text) {
  for (std::size_t i = 0; i < list_.size(); ++i)
    words_[i].word = list_[i].kind == Token::Kind::word ? sig_word(list_[i].text) : SigWord{};
}

bool SigTokens::number(std::size_t i) const {
  if (i >= size()) return false;
  if (list_[i].kind == Token::Kind::word) return words_[i].word.meaning == Meaning::number;
  return list_[i].kind == Token::Kind::figure;
}

double SigTokens::number_value(std::size_t i) const {
  return list_[i].kind == Token::Kind::figure ? list_[i].value : words_[i].word.value;
}

std::optional<NumberRange> match_number(const SigTokens& t, std::size_t i) {
  NumberRange range;
  if (t.is(i, Meaning::half)) {
    range = {0.5, 0.5, 0, i + 1};
    return range;
  }
  if (!t.number(i)) return std::nullopt;
  const double value = t.number_value(i);
  range = {value, value, t[i].with_dot_grouping, i + 1};
  // "twenty-eight"
  const bool tens = t[i].kind == Token::Kind::word && value >= 20 && value <= 90;
  const std::size_t ones = t.mark(i + 1, '-') ? i + 2 : i + 1;
  if (tens && t[ones].kind == Token::Kind::word && t.is(ones, Meaning::number) &&
      t.value(ones) < 10) {
    range.low = range.high = value + t.value(ones);
    range.end = ones + 1;
  }
  // "1 (one)", "28 (twenty-eight)": said again in words
  const auto skip_repeated = [&](std::size_t at) {
    if (!t.mark(at, '(')) return at;
    std::size_t inner = at + 1;
    if (t.number(inner) && t.number_value(inner) == range.high && t.mark(inner + 1, ')'))
      return inner + 2;
    while (inner < at + 5 &&
           ((t[inner].kind == Token::Kind::word && t.is(inner, Meaning::number)) ||
            t.mark(inner, '-')))
      ++inner;
    return inner > at + 1 && t.mark(inner, ')') ? inner + 1 : at;
  };
  // "one half", "1 and 1/2", "one and a half", "1 (one)"
  const bool one_half = value == 1 && t.mark(range.end, '-') && t.is(range.end + 1, Meaning::half);
  if (one_half) {
    range.low = range.high = 0.5;
    range.end += 2;
  } else if (t.is(range.end, Meaning::half) && value == 1) {
    range.low = range.high = 0.5;
    ++range.end;
  } else if (t.is(range.end, Meaning::conjunction)) {
    const std::size_t after = t[range.end + 1].is("a") ? range.end + 2 : range.end + 1;
    double part = 0;
    if (t.is(after, Meaning::half))
      part = 0.5;
    else if (t[after].kind == Token::Kind::figure && t[after].value < 1)
      part = t[after].value;
    if (part > 0) {
      range.low = range.high = value + part;
      range.end = after + 1;
    }
  }
  range.end = skip_repeated(range.end);
  // "1-2", "1 to 2", "1 or 2"
  std::size_t second = 0;
  if (t.mark(range.end, '-') && t.number(range.end + 1))
    second = range.end + 1;
  else if (t.is(range.end, Meaning::alternative) && t.number(range.end + 1))
    second = range.end + 1;
  if (second != 0 && t.number_value(second) > range.high && !t.mark(second + 1, '-')) {
    range.high = t.number_value(second);
    range.high_with_dots = t[second].with_dot_grouping;
    range.end = second + 1;
    range.end = skip_repeated(range.end);
  }
  return range;
}

namespace {

std::size_t skip_articles(const SigTokens& t, std::size_t i) {
  while (t.is(i, Meaning::article)) ++i;
  return i;
}

/// A unit of time at `i`; the letter of "vitamin D" is none.
std::optional<double> time_unit(const SigTokens& t, std::size_t i) {
  if (!t.is(i, Meaning::time_unit)) return std::nullopt;
  const bool vitamin = t[i].is("d") && t[i + 1].kind == Token::Kind::figure && t[i + 1].glued;
  return vitamin ? std::nullopt : std::optional(t.value(i));
}

}  // namespace

std::optional<Interval> match_every(const SigTokens& t, std::size_t i) {
  if (!t.is(i, Meaning::every)) return std::nullopt;
  std::size_t at = skip_articles(t, i + 1);
  if (t.mark(at, '-')) ++at;
  if (t.is(at, Meaning::vague)) return Interval{0, at + 1, true};
  double units = 1;
  if (t.is(at, Meaning::other) || (t.is(at, Meaning::ordinal) && t.value(at) > 1)) {
    units = t.value(at);
    ++at;
    if (t.is(at, Meaning::weekday))
      return Interval{
          static_cast<double>(__builtin_popcount(static_cast<unsigned>(t.value(at)))) / (7 * units),
          at + 1, false};
  } else if (const auto number = match_number(t, at)) {
    units = number->low;
    at = number->end;
    if (t[at].kind == Token::Kind::word && t[at].glued &&
        (t[at].is("nd") || t[at].is("rd") || t[at].is("th")))
      ++at;
    if (t.mark(at, '-')) ++at;
  }
  auto unit = time_unit(t, at);
  if (!unit && at > i + 1 && t[at].is("w") && t.number(at - 1)) unit = 7;  // "q2w"
  if (!unit) return std::nullopt;
  if (!(units > 0)) return Interval{0, at + 1, true};
  return Interval{1 / (units * *unit), at + 1, false};
}

std::optional<Interval> match_period(const SigTokens& t, std::size_t i) {
  std::size_t at = i;
  while (t.is(at, Meaning::article) || t.mark(at, ',')) ++at;
  if (t.is(at, Meaning::rate)) return Interval{t.value(at), at + 1, false};
  if (const auto every = match_every(t, at)) return every;
  bool said = t.mark(at, '/');
  if (said) ++at;
  while (t.is(at, Meaning::per) || t.is(at, Meaning::inside) || t.is(at, Meaning::article)) {
    said = true;
    ++at;
  }
  if (!said && at == i) return std::nullopt;
  const auto unit = time_unit(t, at);
  if (!unit) return std::nullopt;
  return Interval{1 / *unit, at + 1, false};
}

std::optional<Interval> match_day_of_month(const SigTokens& t, std::size_t i) {
  double days = 0;
  const auto ordinal = [&](std::size_t at) -> std::size_t {
    if (t.is(at, Meaning::ordinal)) return at + 1;
    const Token& suffix = t[at + 1];
    const bool suffixed =
        suffix.glued && (suffix.is("st") || suffix.is("nd") || suffix.is("rd") || suffix.is("th"));
    return t[at].kind == Token::Kind::figure && suffixed ? at + 2 : at;
  };
  std::size_t at = i;
  for (int steps = 0; steps < 12; ++steps) {
    if (const std::size_t next = ordinal(at); next != at) {
      ++days;
      at = next;
    } else if (days > 0 &&
               (t.is(at, Meaning::conjunction) || t.mark(at, ',') || t.mark(at, '&') ||
                t.is(at, Meaning::weekday) || t.is(at, Meaning::of) || t.is(at, Meaning::every) ||
                t.is(at, Meaning::article) || t.is(at, Meaning::per) || t[at].is("day"))) {
      ++at;
    } else {
      break;
    }
  }
  // Only a calendar month: "the second week" is no such day.
  if (days == 0 || !t.is(at, Meaning::time_unit) || t.value(at) != kDaysPerMonth)
    return std::nullopt;
  return Interval{days / kDaysPerMonth, at + 1, false};
}

/// "5 days a week": the share of all days.
std::optional<Interval> match_days_of_period(const SigTokens& t, std::size_t i) {
  const auto number = match_number(t, i);
  if (!number || !(t[number->end].is("days") || t[number->end].is("day") || t[number->end].is("tage") ||
                   t[number->end].is("jours") || t[number->end].is("dias")))
    return std::nullopt;
  const std::size_t after = number->end + 1;
  // "for 14 days weekly" is a course.
  if (t.is(after, Meaning::rate)) return std::nullopt;
  const auto period = match_period(t, after);
  if (!period || period->vague || !(period->per_day < 0.5) || t.is(after, Meaning::every))
    return std::nullopt;
  const double share = number->high * period->per_day;
  if (share > 1.001) return std::nullopt;
  return Interval{share, period->end, false};
}

std::optional<CourseWords> match_course(const SigTokens& t, std::size_t i) {
  const bool during = t.is(i, Meaning::during) || t[i].is("x");
  if (!during && !t[i].is("por")) return std::nullopt;
  std::size_t at = i + 1;
  for (;; ++at) {
    const bool filler = t.is(at, Meaning::article) || t.is(at, Meaning::total) ||
                        t.is(at, Meaning::of) || t[at].is("up") || t[at].is("to") ||
                        t[at].is("a") || t[at].is("about");
    if (!filler || (t[at].is("a") && !t.is(at + 1, Meaning::total))) break;
  }
  CourseWords course;
  std::optional<NumberRange> number = match_number(t, at);
  if (!number && t[at].is("a")) number = NumberRange{1, 1, 0, at + 1};
  if (!number) return std::nullopt;
  at = number->end;
  while (t.is(at, Meaning::article) || t.mark(at, '-')) ++at;
  if (t.is(at, Meaning::other) || t[at].is("weekly") || t[at].is("daily") || t[at].is("monthly")) {
    // "for 8 weekly doses"
    if (t.is(at + 1, Meaning::doses)) return CourseWords{{}, static_cast<int>(number->high), at};
    return std::nullopt;
  }
  if (t.is(at, Meaning::doses)) {
    course.doses = number->high >= 1 && number->high < 10000
                       ? std::optional(static_cast<int>(number->high))
                       : std::nullopt;
    course.end = at + 1;
    return course;
  }
  if (const auto unit = time_unit(t, at)) {
    const double days = number->high * *unit;
    if (match_days_of_period(t, i + 1)) return std::nullopt;  // "for 5 days a week"
    if (days >= 1) course.days = days;  // an infusion of 30 minutes is no course
    course.end = at + 1;
    return course;
  }
  const bool counted = t[i].is("x") && number->high >= 1 && number->high < 1000 &&
                       number->high == static_cast<double>(static_cast<int>(number->high));
  const bool followed = at < t.size() && t[at].kind == Token::Kind::word && unit_follows(t, at);
  if (!counted || followed) return std::nullopt;
  course.doses = static_cast<int>(number->high);
  course.end = number->end;
  return course;
}

}  // namespace cofactor::fhir
