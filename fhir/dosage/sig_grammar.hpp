// Promises: the matchers of the directions grammar over one token list. Each looks at a position,
// and either says how many tokens it understood and what they mean, or nothing. None keeps state.
// Internal to fhir/dosage.
#pragma once
#include <array>
#include <optional>

#include "fhir/dosage/daily_dose.hpp"
#include "fhir/dosage/sig_words.hpp"
#include "fhir/dosage/text_tokens.hpp"

namespace cofactor::fhir {

/// Tokens with what their words mean.
class SigTokens {
 public:
  explicit SigTokens(std::string_view text);
  const Token& operator[](std::size_t i) const { return list_[i]; }
  std::size_t size() const { return list_.size(); }
  bool too_long() const { return list_.too_long(); }
  Meaning meaning(std::size_t i) const { return i < size() ? words_[i].word.meaning : Meaning::none; }
  double value(std::size_t i) const { return i < size() ? words_[i].word.value : 0; }
  bool is(std::size_t i, Meaning m) const { return meaning(i) == m; }
  bool mark(std::size_t i, char c) const { return i < size() && list_[i].is_mark(c); }
  /// A figure or a number word that counts something ("D3" holds none).
  bool number(std::size_t i) const;
  double number_value(std::size_t i) const;

 private:
  TokenList list_;
  union Slot {
    Slot() {}  // as in TokenList: only the first size() are written or read
    SigWord word;
  };
  std::array<Slot, TokenList::kTokens> words_;
};

struct Interval {  ///< "every 6-8 hours": the shortest
  double per_day = 0;
  std::size_t end = 0;
  bool vague = false;  ///< "every few weeks"
};
struct NumberRange {  ///< "1-2", "one to two", "1 (one)", "1 and 1/2"
  double low = 0, high = 0;
  double high_with_dots = 0;
  std::size_t end = 0;
};

std::optional<NumberRange> match_number(const SigTokens& t, std::size_t i);
/// At "every", "q", "cada" ...
std::optional<Interval> match_every(const SigTokens& t, std::size_t i);
/// At what says the period of a count: "a week", "/wk", "daily", "every 3 months", "in der Woche".
std::optional<Interval> match_period(const SigTokens& t, std::size_t i);
/// At a number: "5 days a week", as the share of all days.
std::optional<Interval> match_days_of_period(const SigTokens& t, std::size_t i);
/// At an ordinal: "the 1st and 15th of each month".
std::optional<Interval> match_day_of_month(const SigTokens& t, std::size_t i);

/// At "for", "x" ...: how long or how many.
struct CourseWords {
  std::optional<double> days;
  std::optional<int> doses;
  std::size_t end = 0;
};
std::optional<CourseWords> match_course(const SigTokens& t, std::size_t i);

/// At a figure: what it measures.
struct Measure {
  enum class What { amount, bare, not_a_dose, unreadable } what = What::not_a_dose;
  double low = 0, high = 0;
  AmountUnit unit = AmountUnit::dose_unit;
  bool describes_form = false;  ///< "50,000 unit capsule": a strength, the form follows
  bool total = false;           ///< "(25 mg total)"
  std::size_t end = 0;
};
std::optional<Measure> match_measure(const SigTokens& t, std::size_t i);
/// Whether a unit of dose stands at `i`.
bool unit_follows(const SigTokens& t, std::size_t i);

}  // namespace cofactor::fhir
