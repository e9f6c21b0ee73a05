// Promises: which answers two knowledge sets give differently, counted and listed by an id that names no patient.
#pragma once
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cards/engine/evaluate.hpp"

namespace cofactor::service::report {

class AnswerChanges {
 public:
  /// The same call under both sets. `id`: a decision id, a hookInstance or a line number.
  void add(std::string_view id, const cards::Evaluation& before, const cards::Evaluation& after);
  std::size_t compared() const { return compared_; }
  std::string text() const;

 private:
  struct Change {
    std::string id, from, to;
  };
  std::size_t compared_ = 0, words_ = 0, recorded_ = 0;
  std::map<std::string, std::size_t> kinds_;  ///< by "from -> to"
  std::vector<Change> changes_, reworded_;
};

}  // namespace cofactor::service::report
