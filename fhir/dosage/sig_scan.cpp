// Promises: what each word and mark of directions does; see sig_scan.hpp. The order of the matchers
// is the grammar's precedence.
#include "fhir/dosage/sig_scan.hpp"

#include "fhir/dosage/sig_scanner.hpp"
#include "fhir/units/unit_words.hpp"

namespace cofactor::fhir {

std::size_t SigScanner::mark() {
  const char c = t_[at_].text.front();
  if (c == '(' || c == '[') {
    ++depth_;
  } else if (c == ')' || c == ']') {
    depth_ = std::max(0, depth_ - 1);
    if (understood_ == at_) understood_ = at_ + 1;  // "(1,000 units)/month"
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
std::size_t SigScanner::as_if_words() {
  std::size_t i = at_ + 1;
  while (m(i, Meaning::article) || t_[i].is("is") || t_[i].is("it") || t_[i].is("sea") ||
         t_[i].is("otherwise"))
    ++i;
  if (m(i, Meaning::required)) {
    phase().as_needed = true;
    return i + 1;
  }
  if (m(i, Meaning::directed) && !t_[at_].is("unless") && !t_[at_].is("otherwise")) {
    scan_.as_directed = phase().as_directed = true;
    if (at_ > 0 && m(at_ - 1, Meaning::alternative)) scan_.or_as_directed = true;
    return i + 1;
  }
  return i > at_ + 1 && m(i, Meaning::directed) ? i + 1 : at_ + 1;
}

std::size_t SigScanner::word() {
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
      scan_.negated = true;
      scope_ = Scope::forbidden;
      scope_depth_ = depth_;
      return at_ + 1;
    case Meaning::phase:
    case Meaning::change: {
      scope_ = Scope::open;
      bool says = false;
      for (std::size_t i = 0; i < phase().count; ++i)
        says = says || phase().parts[i].says_when() || phase().parts[i].amount;
      if (says) {
        new_phase();
        phase().follows = t_.meaning(at_) == Meaning::phase;
      }
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
      if (t_[at_].is("od") && part().unit == AmountUnit::drop) {  // the right eye, or daily
        part().od = scope_ == Scope::open;
        return at_ + 1;
      }
      rate(value, false);
      return at_ + 1;
    case Meaning::rate_doubtful:
      rate(value, true);
      return at_ + 1;
    case Meaning::every: {
      if (const auto every = match_every(t_, at_)) {
        // "weekly, at the same time each day" says when, not how often
        const bool same_time = at_ > 1 && t_[at_ - 2].is("same") &&
                               (part().says_when() || phase().doses);
        if (every->vague)
          vague();
        else if (!same_time)
          rate(every->per_day, false);
        return every->end;
      }
      std::size_t i = at_ + 1;
      while (m(i, Meaning::article)) ++i;
      if (m(i, Meaning::slot)) return slot(i, static_cast<unsigned>(t_.value(i)));
      if (t_[i].is("am") || t_[i].is("pm")) {
        rate(1, false);
        return i + 1;
      }
      if (t_[i].is("meal") && scope_ == Scope::open) {
        part().meals = true;
        return i + 1;
      }
      // "q2z": how often is said, in a way that nobody here can read
      if (t_.number(i) && !m(i + 1, Meaning::am_pm) && !t_[i + 1].is("am") && t_[at_].is("q")) {
        vague();
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
      if (t_[at_].is("am")) return slot(at_, 1);  // "in am", "AM and PM"
      return at_ + 1;
    }
    case Meaning::article:
      // "die Woche", "la semana"
      if (const auto period = match_period(t_, at_); period && !t_[at_].is("the") &&
                                                     m(period->end - 1, Meaning::time_unit) &&
                                                     amount_end_ == at_) {
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
      return slot(at_, static_cast<unsigned>(value));
    case Meaning::am_pm:
      return t_[at_].is("pm") ? slot(at_, 4) : at_ + 1;
    case Meaning::weekday:
      return weekdays();
    case Meaning::remark:  // "check blood pressure daily"
      if (scope_ == Scope::open) {
        scope_ = Scope::remark;
        scope_depth_ = depth_;
      }
      return at_ + 1;
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
      if (t_[at_].is("ud") || t_[at_].is("directed") || t_[at_].is("prescribed") ||
          t_[at_].is("instructed"))
        scan_.as_directed = phase().as_directed = true;
      return at_ + 1;
    case Meaning::see:
      for (std::size_t i = at_ + 1; i < at_ + 5; ++i)
        if (m(i, Meaning::directed)) scan_.as_directed = phase().as_directed = true;
      return at_ + 1;
    case Meaning::during:
      if (const auto course = match_course(t_, at_)) {
        if (scope_ == Scope::open || scope_ == Scope::drink) {
          if (course->days && !phase().days) phase().days = course->days;
          if (course->doses && !phase().doses) phase().doses = course->doses;
        }
        return course->end;
      }
      return at_ + 1;
    case Meaning::times_noun:  // "x 8 weeks", "x1"
      if (const auto course = match_course(t_, at_)) {
        if (scope_ == Scope::open || scope_ == Scope::drink) {
          if (course->days && !phase().days) phase().days = course->days;
          if (course->doses && !phase().doses) phase().doses = course->doses;
        }
        return course->end;
      }
      return at_ + 1;
    case Meaning::repeat: {
      std::size_t i = at_ + 1;
      while (m(i, Meaning::times_adverb) || t_[i].is("dose") || m(i, Meaning::article) ||
             t_[i].is("again"))
        ++i;
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
      if (scope_ == Scope::remark || scope_ == Scope::drink) scope_ = Scope::open;
      if (scope_ != Scope::open) return at_ + 1;
      SigPart& p = part();
      // "Vitamin D3 5,000 units: take 2 tablets": what stood before the verb may name the product.
      if (!p.says_when() && !phase().days && !phase().doses) {
        p.before_verb = p.amount.has_value();
        p.amount_unknown = {};
      }
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
    case Meaning::other_measure:
    case Meaning::liquid:
    case Meaning::international:
      return at_ + 1;
  }
  return at_ + 1;
}

std::size_t SigScanner::step() {
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

SigScan scan_sig(std::string_view text) { return SigScanner(text).run(); }

}  // namespace cofactor::fhir
