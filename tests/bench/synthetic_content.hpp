// Promises: contents of audit records as order-sign calls leave them (two drafts, five active orders, labs, conditions,
// one card), with every id, date and value drawn anew, so that compression is not flattered.
#pragma once
#include <cstdint>
#include <random>
#include <string>

namespace cofactor::bench {

class SyntheticContent {
 public:
  explicit SyntheticContent(std::uint32_t seed) : random_(seed) {}
  std::string next();
  std::string uuid();
  std::string digits(int count);

 private:
  std::string date();
  std::string order(const char* role, const char* words, const char* ingredient, const char* drug_class, bool vitamin_d);
  std::string lab(const char* group, const char* loinc, const char* unit);
  std::string card();
  int number(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }

  std::mt19937 random_;
};

}  // namespace cofactor::bench
