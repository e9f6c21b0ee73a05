// Promises: one pass over the tokens of directions: where the pass stands, and what it has
// collected so far. `sig_scan.cpp` says what each word does, `sig_scan_parts.cpp` what each finding
// does to the part it belongs to. Internal to fhir/dosage.
#pragma once
#include <algorithm>

#include "fhir/dosage/sig_grammar.hpp"
#include "fhir/dosage/sig_scan.hpp"

namespace cofactor::fhir {

class SigScanner {
 public:
  explicit SigScanner(std::string_view text) : t_(text) {}

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
  /// `drink`: how often the water is drunk is not how often the medicine is taken; a course still is its course.
  enum class Scope { open, forbidden, limit, remark, drink };

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
  std::size_t slot(std::size_t i, unsigned bit);
  bool scheme();
  void rate(double per_day, bool doubtful);
  void vague();
  void amount(const Measure& found);
  void state(const Measure& found);
  void new_part();
  void new_phase();

  SigTokens t_;
  SigScan scan_;
  std::size_t at_ = 0;
  std::size_t understood_ = 0;  ///< end of the last token that meant something
  std::size_t amount_end_ = 0;  ///< end of the last amount
  int depth_ = 0;
  Scope scope_ = Scope::open;
  int scope_depth_ = 0;
  bool joined_ = false;  ///< "and" stood since the last slot
};

}  // namespace cofactor::fhir
