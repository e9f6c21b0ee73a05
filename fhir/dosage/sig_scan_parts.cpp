// Promises: what a finding (a rate, an amount, days of the week) does to the part of the directions
// it belongs to, or to what is forbidden or limited; see sig_scanner.hpp.
#include "fhir/dosage/sig_scanner.hpp"

namespace cofactor::fhir {

void SigScanner::new_part() {
  if (phase().count == phase().parts.size()) {
    scan_.too_complex = true;
    return;
  }
  ++phase().count;
}

void SigScanner::new_phase() {
  if (scan_.count == scan_.phases.size()) {
    scan_.too_complex = true;
    return;
  }
  ++scan_.count;
}

void SigScanner::rate(double per_day, bool doubtful) {
  if (!(per_day > 0)) return;  // "0 times a week"
  if (scope_ == Scope::forbidden) {
    scan_.negated_rate = per_day;
    return;
  }
  if (scope_ == Scope::limit) {
    scan_.limit_rate = per_day;
    return;
  }
  if (scope_ == Scope::remark || scope_ == Scope::drink) return;
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

/// "Every few weeks", "q2z": how often is said, but not in a way that can be counted.
void SigScanner::vague() {
  if (scope_ == Scope::open) part().vague = true;
}

/// An amount that only repeats another: brackets, "capsule of 50,000 units".
void SigScanner::state(const Measure& found) {
  SigPart& p = part();
  double share = found.high;
  if (found.total && p.amount && p.unit == AmountUnit::dose_unit && *p.amount > 0)
    share /= *p.amount;
  if (!p.stated_iu && !p.stated_micrograms)
    p.stated_per_unit = found.total || found.describes_form || (at_ > 0 && t_[at_ - 1].is("of"));
  if (found.unit == AmountUnit::iu && !p.stated_iu) p.stated_iu = share;
  if (found.unit == AmountUnit::microgram && !p.stated_micrograms) p.stated_micrograms = share;
}

void SigScanner::amount(const Measure& found) {
  if (scope_ == Scope::forbidden || scope_ == Scope::remark) return;
  if (scope_ == Scope::limit) {
    scan_.limit_amount = found.high;
    scan_.limit_unit = found.unit;
    return;
  }
  const bool activity = found.unit == AmountUnit::iu || found.unit == AmountUnit::microgram;
  SigPart* p = &part();
  if (p->before_verb && found.what == Measure::What::amount && depth_ == 0) {
    const Measure product{Measure::What::amount, *p->amount, *p->amount, p->unit, false, false, 0};
    p->amount.reset();
    p->before_verb = p->bare = false;
    p->unit = AmountUnit::dose_unit;
    state(product);
  } else if (p->before_verb && found.what == Measure::What::bare && !found.describes_form &&
             p->unit != AmountUnit::dose_unit && depth_ == 0) {
    const Measure product{Measure::What::amount, *p->amount, *p->amount, p->unit, false, false, 0};
    p->amount.reset();
    p->before_verb = false;
    p->unit = AmountUnit::dose_unit;
    state(product);
  }
  const bool has = p->amount.has_value();
  // A dose that cannot be read is not filled in from what stands behind it: "1,000 xyz daily. Level was 12".
  if (!has && !p->amount_unknown.empty() && p->says_when()) return;
  if (found.describes_form) {
    // "1 50,000 unit capsule": the figure before is the amount; without one it is one of that form.
    if (!has) p->amount = p->largest = 1;
    p->bare = false;
    state(found);
    return;
  }
  if (depth_ > 0 && has) return state(found);
  const bool and_between = at_ > 0 && (m(at_ - 1, Meaning::conjunction) || t_.mark(at_ - 1, '+') ||
                                       t_.mark(at_ - 1, '&'));
  if (has && !p->says_when() && !phase().doses && !and_between) {
    if (p->bare && found.what == Measure::What::amount) {
      // "1 x 50,000 IU" counts the strength; "take 1, 2 tablets" corrects itself.
      if (activity && (t_[at_ - 1].is("x") || t_[at_ - 1].is("of"))) return state(found);
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
      new_phase();  // "1 weekly for 8 weeks. 1 monthly": a course that ended goes before what
                    // follows
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
bool SigScanner::scheme() {
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
  SigPart& before = part();
  const bool counts = before.amount && before.unit == AmountUnit::dose_unit && !before.bare;
  if (!counts) {
    const Measure found{
        Measure::What::amount, sum / times, sum / times, AmountUnit::dose_unit, false, false, i};
    if (before.amount && !before.bare && !before.says_when()) {
      // "Tab X 500 mg 1-0-1": the figure before the scheme is the product's strength.
      const Measure product{
          Measure::What::amount, *before.amount, *before.amount, before.unit, false, false, i};
      before.amount.reset();
      state(product);
    }
    amount(found);
    SigPart& taken = part();
    if (taken.unit == AmountUnit::dose_unit && taken.amount == found.high) {
      taken.largest = largest;
      taken.several = largest > found.high;
    }
  }
  rate(times, false);
  at_ = i;
  return true;
}

/// After "twice", "3 times", "2 x": the period, or nothing.
std::size_t SigScanner::counted(double times, std::size_t after) {
  if (m(after, Meaning::rate_doubtful)) {
    rate(times * t_.value(after), true);
    return after + 1;
  }
  if (const auto period = match_period(t_, after)) {
    if (period->vague) {
      vague();
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

std::size_t SigScanner::measure() {
  if (t_[at_].kind == Token::Kind::figure && scheme()) return at_;
  if (const auto of_month = match_day_of_month(t_, at_)) {
    rate(of_month->per_day, false);
    return of_month->end;
  }
  if (const auto days = match_days_of_period(t_, at_)) {
    if (scope_ == Scope::open) part().share = days->per_day;
    return days->end;
  }
  const auto number = match_number(t_, at_);
  if (!number) return at_ + 1;
  const bool to_the_left = t_[at_].kind == Token::Kind::figure && t_[at_].glued && at_ > 0 &&
                           t_[at_ - 1].kind == Token::Kind::word && !t_[at_ - 1].is("x");
  if (!to_the_left && m(number->end, Meaning::times_noun)) {
    const std::size_t after = number->end + 1;
    const bool multiplies =
        t_[number->end].is("x") && (t_.number(after) || m(after, Meaning::time_unit));
    if (!multiplies) return counted(number->high, after);
    if (m(after, Meaning::time_unit)) {  // "2 x day"
      rate(number->high / t_.value(after), false);
      return after + 1;
    }
  }
  const auto found = match_measure(t_, at_);
  if (!found) return number->end;
  const bool counted_here =
      found->what == Measure::What::bare || found->what == Measure::What::unreadable;
  if (counted_here && at_ > 0 && t_[at_ - 1].is("at")) {  // "at 9", "at 0900"
    if (scope_ == Scope::open) ++part().slot_count;
    return found->end;
  }
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
      } else if (part().rate && (m(last, Meaning::other_measure) || m(last, Meaning::liquid)) &&
                 scope_ == Scope::open) {
        scope_ = Scope::drink;  // "1 capsule weekly. Drink 8 glasses of water daily"
        scope_depth_ = depth_;
      }
      break;
    }
  }
  return found->end;
}

std::size_t SigScanner::weekdays() {
  const bool excepted =
      at_ > 0 && (m(at_ - 1, Meaning::except) ||
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
std::size_t SigScanner::slot(std::size_t i, unsigned bit) {
  if (scope_ != Scope::open) return i + 1;
  SigPart& p = part();
  if (m(i, Meaning::meals)) {
    p.meals = true;
    return i + 1;
  }
  if ((p.slots & bit) == 0 && (p.slot_count == 0 || joined_)) ++p.slot_count;
  p.slots |= bit;
  joined_ = false;
  return i + 1;
}

}  // namespace cofactor::fhir
