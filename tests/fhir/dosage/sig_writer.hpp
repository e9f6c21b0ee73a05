// Promises: a random dosage and one of the many ways in which people write it down, from a list of choices: the same
// choices give the same text, and smaller choices a plainer one, so that a failure can be shrunk to what matters.
#pragma once
#include <cstdint>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "fhir/dosage/daily_dose.hpp"

namespace cofactor::fhir {

/// Numbers below a bound: fresh from a generator, or recorded ones again (0 where they end).
class Choices {
 public:
  explicit Choices(std::uint64_t seed) : random_(seed), fresh_(true) {}
  explicit Choices(std::vector<std::uint32_t> again) : made_(std::move(again)) {}
  unsigned below(std::size_t bound) {
    if (fresh_) made_.push_back(static_cast<std::uint32_t>(random_()));
    const std::uint32_t raw = at_ < made_.size() ? made_[at_] : 0;
    ++at_;
    return static_cast<unsigned>(raw % bound);
  }
  bool one_in(unsigned n) { return below(n) == n - 1; }  ///< 0, the plainest choice, says no
  const std::string& of(std::span<const std::string> list) { return list[below(list.size())]; }
  const std::vector<std::uint32_t>& made() const { return made_; }

 private:
  std::vector<std::uint32_t> made_;
  std::size_t at_ = 0;
  std::mt19937_64 random_;
  bool fresh_ = false;
};

/// What was meant.
struct Meant {
  std::optional<double> amount;  ///< highest of a range
  AmountUnit unit = AmountUnit::dose_unit;
  std::optional<double> iu;      ///< in one dose, where the text says enough to tell
  std::optional<double> per_day; ///< absent for one dose
  bool once = false, as_needed = false, two_phases = false;
  std::optional<int> days, doses;
};

struct Written {
  std::string text;
  Meant meant;
  std::string added;  ///< the remark that was added, if one was
};

enum class Remark { none, harmless, doubtful };
/// `doubtful` remarks forbid something, point elsewhere or name another medicine.
Written write_dosage(Choices& choices, Remark remark);

}  // namespace cofactor::fhir
