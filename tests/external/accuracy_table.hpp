// Promises: the counts of docs/reading-accuracy.md, one row a folder of published data, written out as the page.
#pragma once
#include <map>
#include <set>
#include <string>

namespace cofactor::accuracy {

struct Tally {
  int seen = 0, read = 0, assumed = 0, contradicting = 0, wrong = 0;
  std::map<std::string, int> unreadable;  ///< by reason
};

struct Tables {
  std::map<std::string, Tally> orders, labs;  ///< by folder
  int lab_others = 0;                         ///< Observations of quantities that no rule uses
  int units_seen = 0, units_read = 0, units_other = 0, units_invalid = 0;
  std::set<std::string> careless;  ///< invalid UCUM that is still read, because people write it so
};

std::string page(const Tables& tables);

}  // namespace cofactor::accuracy
