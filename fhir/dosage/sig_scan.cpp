// Promises: see sig_scan.hpp. The order of the matchers in `step` is the grammar's precedence.
#include "fhir/dosage/sig_scan.hpp"

#include <algorithm>

#include "fhir/dosage/frequency.hpp"
#include "fhir/dosage/sig_grammar.hpp"
#include "fhir/units/unit_words.hpp"

namespace cofactor::fhir {
namespace {

class Scanner {
 public:
  explicit Scanner(std::string_view text) : t_(text) {}

  SigScan run() {
    if (t_.too_long()) {
      scan_.too_long = true;
      return scan_;
    }
    while (at_ < t_.size()) {
      const std::size_t next = step();
      at_ = std::max(next, at_ + 1);
    }
    return scan_;
  }

 private:
  enum class Scope { open, forbidden, limit };

  SigPhase& phase() { return scan_.phases[scan_.count - 1]; }
  SigPart& part() { return phase().parts[phase().count - 1]; }
  bool m(std::size_t i, Meaning meaning) const { return t_.is(i, meaning); }

  /// Reads what stands at at_ and returns where to go on.
  std::size_t step();
  std::size_t mark();
  std::size_t word();
  std::size_t as_if_words();
  std::size_t counted(double times, std::size_t after);
  std::size_t measure();
  std::size_t weekdays();
  std::size_t slot(std::size_t i, bool every);
  bool scheme();
  void rate(double per_day, bool doubtful);
  void amount(const Measure& found);
  void state(const Measure& found);
  void new_part();
  void new_phase();

  SigTokens t_;
  SigScan scan_;
  std::size_t at_ = 0;
  std::size_t understood_ = 0;   ///< end of the last token that meant something
  std::size_t amount_end_ = 0;   ///< end of the last amount
  int depth_ = 0;
  Scope scope_ = Scope::open;
  int scope_depth_ = 0;
  bool joined_ = false;          ///< "and" stood since the last slot
  bool slot_word_seen_ = false;
};

void Scanner::new_part() {
  if (phase().count == phase().parts.size()) {
    scan_.too_complex = true;
    return;
  }
  ++phase().count;
}

void Scanner::new_phase() {
  if (scan_.count == scan_.phases.size()) {
    scan_.too_complex = true;
    return;
  }
  ++scan_.count;
}

void Scanner::rate(double per_day, bool doubtful) {
  if (scope_ == Scope::forbidden) {
    scan_.negated_rate = per_day;
    return;
  }
  if (scope_ == Scope::limit) {
    scan_.limit_rate = per_day;
    return;
  }
  SigPart& p = part();
  const double times = p.times > 0 ? p.times : 1;
  p.times = 0;
  per_day *= times;
  if (!p.rate) {
    p.rate = per_day;
  } else {
    const double ratio = *p.rate / per_day;
    // "BID every day" repeats itself; "daily, once a week" does not.
    const bool same = (ratio > 0.98 && ratio < 1.02) || (*p.rate > 1 && per_day == 1);
    if (!same) p.doubtful = true;
    p.rate = std::max(*p.rate, per_day);
  }
  p.doubtful = p.doubtful || doubtful;
}

/// An amount that only repeats another: brackets, "capsule of 50,000 units".
void Scanner::state(const Measure& found) {
  SigPart& p = part();
  double share = found.high;
  if (found.total && p.amount && p.unit == AmountUnit::dose_unit && *p.amount > 0) share /= *p.amount;
  if (found.unit == AmountUnit::iu && !p.stated_iu) p.stated_iu = share;
  if (found.unit == AmountUnit::microgram && !p.stated_micrograms) p.stated_micrograms = share;
}

void Scanner::amount(const Measure& found) {
  if (scope_ == Scope::forbidden) return;
  if (scope_ == Scope::limit) {
    scan_.limit_amount = found.high;
    return;
  }
  const bool activity = found.unit == AmountUnit::iu || found.unit == AmountUnit::microgram;
  SigPart* p = &part();
  const bool has = p->amount.has_value();
  if (found.describes_form) {
    // "1 50,000 unit capsule": the figure before is the amount; without one it is one of that form.
    if (!has) p->amount = p->largest = 1;
    state(found);
    return;
  }
  if (depth_ > 0 && has) return state(found);
  const bool and_between = at_ > 0 && (m(at_ - 1, Meaning::conjunction) || t_.mark(at_ - 1, '+') ||
                                       t_.mark(at_ - 1, '&'));
  if (has && !p->says_when() && !and_between) {
    if (p->bare && found.what == Measure::What::amount) {
      // "1 x 50,000 IU" counts the strength; "take 1, 2 tablets" corrects itself.
      if (activity && t_[at_ - 1].is("x")) return state(found);
      if (activity && p->unit == AmountUnit::dose_unit && amount_end_ == at_) return state(found);
    } else {
      if (activity && p->unit == AmountUnit::dose_unit) return state(found);
      if (found.what == Measure::What::bare || found.unit == AmountUnit::dose_unit) {
        if (p->unit != AmountUnit::dose_unit) return;  // "50,000 units = 1 capsule"
      }
    }
  }
  if (has && found.what == Measure::What::bare && depth_ > 0) return;
  if (has && !(p->bare && !p->says_when())) {
    if (found.what == Measure::What::bare && !and_between && !p->says_when()) return;
    if (phase().days || phase().doses) {
      new_phase();  // "1 weekly for 8 weeks. 1 monthly": a course that ended goes before what follows
    } else {
      new_part();
    }
    if (scan_.too_complex) return;
    p = &part();
  }
  p->amount = found.high;
  p->largest = found.high;
  p->unit = found.unit;
  p->bare = found.what == Measure::What::bare;
}

/// 1-0-1, 1/2-0-0-1: morning, noon, evening, night.
bool Scanner::scheme() {
  double doses[4];
  std::size_t count = 0, i = at_;
  while (count < 4 && t_[i].kind == Token::Kind::figure && t_[i].value <= 10) {
    doses[count++] = t_[i].value;
    ++i;
    if (!t_.mark(i, '-')) break;
    ++i;
  }
  if (count < 3 || t_.mark(i, '-') || t_.mark(i - 1, '-')) return false;
  double sum = 0, times = 0, largest = 0;
  for (std::size_t d = 0; d < count; ++d) {
    sum += doses[d];
    times += doses[d] > 0 ? 1 : 0;
    largest = std::max(largest, doses[d]);
  }
  if (times == 0) return false;
  if (part().amount && !part().bare) {  // "1 tablet 1-0-1"
    rate(times, false);
  } else {
    Measure found{Measure::What::amount, sum / times, sum / times, AmountUnit::dose_unit, false, false, i};
    amount(found);
    part().largest = largest;
    part().several = largest > sum / times;
    rate(times, false);
  }
  at_ = i;
  return true;
}

/// After "twice", "3 times", "2 x": the period, or nothing.
std::size_t Scanner::counted(double times, std::size_t after) {
  if (m(after, Meaning::rate_doubtful)) {
    rate(times * t_.value(after), true);
    return after + 1;
  }
  if (const auto period = match_period(t_, after)) {
    if (period->vague) {
      scan_.vague = true;
      return period->end;
    }
    rate(times * period->per_day, false);
    return period->end;
  }
  if (scope_ != Scope::open) return after;
  if (times == 1)
    part().once = true;
  else
    part().times = times;
  return after;
}

std::size_t Scanner::measure() {
  if (t_[at_].kind == Token::Kind::figure && scheme()) return at_;
  if (const auto of_month = match_day_of_month(t_, at_)) {
    rate(of_month->per_day, false);
    return of_month->end;
  }
  const auto number = match_number(t_, at_);
  if (!number) return at_ + 1;
  const bool to_the_left = t_[at_].kind == Token::Kind::figure && t_[at_].glued && at_ > 0 &&
                           t_[at_ - 1].kind == Token::Kind::word && !t_[at_ - 1].is("x");
  if (!to_the_left && m(number->end, Meaning::times_noun)) {
    const std::size_t after = number->end + 1;
    const bool multiplies = t_[number->end].is("x") && (t_.number(after) || m(after, Meaning::time_unit));
    if (!multiplies) return counted(number->high, after);
    if (m(after, Meaning::time_unit)) {  // "2 x day"
      rate(number->high / t_.value(after), false);
      return after + 1;
    }
  }
  const auto found = match_measure(t_, at_);
  if (!found) return number->end;
  switch (found->what) {
    case Measure::What::amount:
    case Measure::What::bare:
      amount(*found);
      amount_end_ = found->end;
      understood_ = found->end;
      break;
    case Measure::What::unreadable:
      if (scope_ == Scope::open && depth_ == 0 && !part().amount && part().amount_unknown.empty())
        part().amount_unknown = "unit-unknown";
      break;
    case Measure::What::not_a_dose: {
      // "8 am": a time of day
      const std::size_t last = found->end - 1;
      if (m(last, Meaning::am_pm) || t_[last].is("am") || t_[last].is("o'clock")) {
        if (scope_ == Scope::open) ++part().slot_count;
      }
      break;
    }
  }
  return found->end;
}

std::size_t Scanner::weekdays() {
  const bool excepted = at_ > 0 && (m(at_ - 1, Meaning::except) ||
                                    (at_ > 1 && m(at_ - 2, Meaning::except) && !m(at_ - 1, Meaning::weekday)));
  unsigned days = 0;
  std::size_t i = at_;
  while (true) {
    const unsigned day = static_cast<unsigned>(t_.value(i));
    days |= day;
    const bool span = m(i + 1, Meaning::through) || t_[i + 1].is("to") || t_.mark(i + 1, '-');
    if (span && m(i + 2, Meaning::weekday)) {
      const unsigned last = static_cast<unsigned>(t_.value(i + 2));
      for (unsigned d = day; d != 0 && d != last;) {
        days |= d;
        d = d == 64 ? 1 : d << 1;
        if ((days & d) != 0 && d != last) break;
      }
      days |= last;
      i += 2;
    }
    std::size_t next = i + 1;
    if (m(next, Meaning::slot)) ++next;  // "Monday morning"
    while (m(next, Meaning::conjunction) || m(next, Meaning::alternative) || t_.mark(next, ',') ||
           t_.mark(next, '&') || t_.mark(next, '/') || m(next, Meaning::every) || t_[next].is("on"))
      ++next;
    if (!m(next, Meaning::weekday)) {
      i = m(i + 1, Meaning::slot) ? i + 2 : i + 1;
      break;
    }
    i = next;
  }
  if (scope_ == Scope::forbidden) {
    if (!scan_.negated_rate) part().except |= days;  // "not on Sundays"
  } else if (scope_ == Scope::open) {
    (excepted ? part().except : part().weekdays) |= days;
  }
  return i;
}

/// Parts of the day: each counts once, and only an "and" makes a second one of neighbours.
std::size_t Scanner::slot(std::size_t i, bool every) {
  if (scope_ != Scope::open) return i + 1;
  SigPart& p = part();
  if (m(i, Meaning::meals)) {
    p.meals = true;
    return i + 1;
  }
  const unsigned bit = static_cast<unsigned>(t_.value(i));
  if ((p.slots & bit) == 0 && (p.slot_count == 0 || joined_)) ++p.slot_count;
  p.slots |= bit;
  joined_ = false;
  slot_word_seen_ = true;
  (void)every;
  return i + 1;
}

std::size_t Scanner::mark() {
  const char c = t_[at_].text.front();
  if (c == '(' || c == '[') {
    ++depth_;
  } else if (c == ')' || c == ']') {
    depth_ = std::max(0, depth_ - 1);
    if (scope_ != Scope::open && depth_ < scope_depth_) scope_ = Scope::open;
  } else if (c == '.' || c == ';' || c == '!') {
    scope_ = Scope::open;
    joined_ = false;
  } else if (c == ',') {
    if (scope_ == Scope::forbidden) scope_ = Scope::open;
    joined_ = true;
  } else if (c == '&' || c == '+') {
    joined_ = true;
  } else if (c == '/') {
    if (const auto period = match_period(t_, at_); period && understood_ == at_) {
      rate(period->per_day, false);
      return period->end;
    }
  }
  return at_ + 1;
}

/// "as needed", "if required", "as directed".
std::size_t Scanner::as_if_words() {
  std::size_t i = at_ + 1;
  while (m(i, Meaning::article) || t_[i].is("is") || t_[i].is("it") || t_[i].is("sea") || t_[i].is("otherwise")) ++i;
  if (m(i, Meaning::required)) {
    phase().as_needed = true;
    return i + 1;
  }
  if (m(i, Meaning::directed) && !t_[at_].is("unless") && !t_[at_].is("otherwise")) {
    scan_.as_directed = true;
    if (at_ > 0 && m(at_ - 1, Meaning::alternative)) scan_.or_as_directed = true;
    return i + 1;
  }
  return i > at_ + 1 && m(i, Meaning::directed) ? i + 1 : at_ + 1;
}

std::size_t Scanner::word() {
  const double value = t_.value(at_);
  switch (t_.meaning(at_)) {
    case Meaning::negation:
    case Meaning::instead: {
      const bool limits = t_[at_ + 1].is("more") || m(at_ + 1, Meaning::limit) ||
                          (t_[at_ + 1].is("to") && m(at_ + 2, Meaning::limit));
      scope_ = limits ? Scope::limit : Scope::forbidden;
      scope_depth_ = depth_;
      if (!limits) scan_.negated = true;
      return at_ + 1;
    }
    case Meaning::limit:
      scope_ = Scope::limit;
      scope_depth_ = depth_;
      return at_ + 1;
    case Meaning::stop:
      scope_ = Scope::forbidden;
      scope_depth_ = depth_;
      return at_ + 1;
    case Meaning::phase:
    case Meaning::change: {
      scope_ = Scope::open;
      bool says = false;
      for (std::size_t i = 0; i < phase().count; ++i)
        says = says || phase().parts[i].says_when() || phase().parts[i].amount;
      if (says) new_phase();
      return at_ + 1;
    }
    case Meaning::times_adverb: {
      double times = value;
      std::size_t after = at_ + 1;
      if (m(after, Meaning::alternative) && m(after + 1, Meaning::times_adverb)) {
        times = std::max(times, t_.value(after + 1));
        after += 2;
      }
      if (at_ > 0 && t_[at_ - 1].is("at") && times == 1) return after;  // "at once": no frequency
      return counted(times, after);
    }
    case Meaning::rate:
      if (t_[at_].is("od") && part().unit == AmountUnit::drop) return at_ + 1;  // the right eye
      rate(value, false);
      return at_ + 1;
    case Meaning::rate_doubtful:
      rate(value, true);
      return at_ + 1;
    case Meaning::every: {
      if (const auto every = match_every(t_, at_)) {
        if (every->vague)
          scan_.vague = true;
        else
          rate(every->per_day, false);
        return every->end;
      }
      std::size_t i = at_ + 1;
      while (m(i, Meaning::article)) ++i;
      if (m(i, Meaning::slot)) return slot(i, true);
      if (t_[i].is("am") || t_[i].is("pm")) {
        rate(1, false);
        return i + 1;
      }
      if (t_[i].is("meal") && scope_ == Scope::open) {
        part().meals = true;
        return i + 1;
      }
      return at_ + 1;
    }
    case Meaning::per: {
      if (t_[at_].is("por")) {
        if (const auto course = match_course(t_, at_); course && course->days) {
          phase().days = course->days;
          return course->end;
        }
      }
      // "in a week", "for a day" say when or how long, not how often.
      const bool bound = at_ > 0 && (m(at_ - 1, Meaning::relative) || m(at_ - 1, Meaning::during) ||
                                     (m(at_ - 1, Meaning::inside) && t_[at_].is("a")));
      if (!bound) {
        if (const auto period = match_period(t_, at_)) {
          rate(period->per_day, false);
          return period->end;
        }
      }
      return at_ + 1;
    }
    case Meaning::article:
      // "die Woche", "la semana"
      if (const auto period = match_period(t_, at_);
          period && !t_[at_].is("the") && m(period->end - 1, Meaning::time_unit) && amount_end_ == at_) {
        rate(period->per_day, false);
        return period->end;
      }
      return at_ + 1;
    case Meaning::ordinal:
      if (const auto of_month = match_day_of_month(t_, at_)) {
        rate(of_month->per_day, false);
        return of_month->end;
      }
      return at_ + 1;
    case Meaning::other:  // "on alternate days"
      if (m(at_ + 1, Meaning::time_unit) && !t_[at_].is("other")) {
        rate(1 / (value * t_.value(at_ + 1)), false);
        return at_ + 2;
      }
      return at_ + 1;
    case Meaning::slot:
    case Meaning::meals:
      return slot(at_, false);
    case Meaning::weekday:
      return weekdays();
    case Meaning::now:
      if (scope_ == Scope::open) part().now = true;
      return at_ + 1;
    case Meaning::needed:
      phase().as_needed = true;
      return at_ + 1;
    case Meaning::as_if:
      return as_if_words();
    case Meaning::required:
      // "bei Bedarf", "si besoin" come through as_if; "a demanda", "bedarfsweise" stand alone.
      if (t_[at_].is("demanda")) phase().as_needed = true;
      return at_ + 1;
    case Meaning::directed:
      if (t_[at_].is("ud") || t_[at_].is("directed") || t_[at_].is("prescribed") || t_[at_].is("instructed"))
        scan_.as_directed = true;
      return at_ + 1;
    case Meaning::see:
      for (std::size_t i = at_ + 1; i < at_ + 5; ++i)
        if (m(i, Meaning::directed)) scan_.as_directed = true;
      return at_ + 1;
    case Meaning::during:
      if (const auto course = match_course(t_, at_)) {
        if (scope_ == Scope::open) {
          if (course->days && !phase().days) phase().days = course->days;
          if (course->doses && !phase().doses) phase().doses = course->doses;
        }
        return course->end;
      }
      return at_ + 1;
    case Meaning::times_noun:  // "x 8 weeks", "x1"
      if (const auto course = match_course(t_, at_)) {
        if (scope_ == Scope::open) {
          if (course->days && !phase().days) phase().days = course->days;
          if (course->doses && !phase().doses) phase().doses = course->doses;
        }
        return course->end;
      }
      return at_ + 1;
    case Meaning::repeat: {
      std::size_t i = at_ + 1;
      while (m(i, Meaning::times_adverb) || t_[i].is("dose") || m(i, Meaning::article) || t_[i].is("again")) ++i;
      if (t_[i].is("in") || t_[i].is("after") || m(i, Meaning::inside)) {
        auto number = match_number(t_, i + 1);
        if (!number && t_[i + 1].is("a")) number = NumberRange{1, 1, 0, i + 2};
        if (number && m(number->end, Meaning::time_unit) && number->low > 0) {
          phase().repeat_after = number->low * t_.value(number->end);
          return number->end + 1;
        }
      }
      return i;
    }
    case Meaning::verb: {
      if (unit_word(t_[at_].text).kind == UnitKind::dose_form) return at_ + 1;
      if (scope_ != Scope::open) return at_ + 1;
      SigPart& p = part();
      // "Vitamin D3 5,000 units: take 2 tablets": what stood before the verb names the product.
      if (p.amount && !p.says_when()) {
        const Measure product{Measure::What::amount, *p.amount, *p.amount, p.unit, false, false, 0};
        p.amount.reset();
        state(product);
        p.unit = AmountUnit::dose_unit;
        p.bare = false;
      }
      p.amount_unknown = {};
      return at_ + 1;
    }
    case Meaning::conjunction:
      joined_ = true;
      return at_ + 1;
    case Meaning::half:
    case Meaning::number:
      return measure();
    case Meaning::relative:
    case Meaning::inside:
    case Meaning::none:
    case Meaning::multiplier:
    case Meaning::time_unit:
    case Meaning::vague:
    case Meaning::meal:
    case Meaning::except:
    case Meaning::alternative:
    case Meaning::of:
    case Meaning::total:
    case Meaning::doses:
    case Meaning::dispense:
    case Meaning::through:
    case Meaning::am_pm:
    case Meaning::other_measure:
    case Meaning::liquid:
    case Meaning::international:
      return at_ + 1;
  }
  return at_ + 1;
}

std::size_t Scanner::step() {
  switch (t_[at_].kind) {
    case Token::Kind::mark:
      return mark();
    case Token::Kind::clock:
      if (scope_ == Scope::open) ++part().slot_count;
      return at_ + 1;
    case Token::Kind::figure:
      return measure();
    case Token::Kind::word: {
      const std::size_t next = word();
      if (t_.meaning(at_) != Meaning::none) understood_ = next;
      if (unit_word(t_[at_].text).kind == UnitKind::dose_form) understood_ = next;  // "tablet/day"
      return next;
    }
    case Token::Kind::date:
    case Token::Kind::end:
      break;
  }
  return at_ + 1;
}

}  // namespace

SigScan scan_sig(std::string_view text) { return Scanner(text).run(); }

}  // namespace cofactor::fhir
