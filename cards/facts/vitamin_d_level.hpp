// Promises: the 25(OH)D results of a patient as the rules compare them: the newest that can be read, and how the level
// answered the treatment so far when the dose is being raised. Private to cards: part of the Situation.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "cards/engine/knowledge.hpp"
#include "cards/facts/facts.hpp"

namespace cofactor::cards {

struct VitaminDLevel {
  std::vector<const LabFact*> series;   ///< final results with a number, newest first, whatever their age
  const LabFact* newest = nullptr;      ///< of `series`, inside the look-back
  std::vector<const LabFact*> parts;    ///< D3 parts while vitamin D2 is taken, newest first: the whole is this or more
  bool newest_is_part = false;          ///< `newest` is such a part, high enough to be told
  bool newer_unreadable = false;        ///< a result newer than `newest` exists whose value cannot be read
  bool newer_part = false;              ///< a part newer than `newest` exists, inside the look-back
  std::string unavailable;              ///< why results could not be obtained; empty when they could
};

/// Vitamin D2 was given, now or in an order that has ended: a test of 25(OH)D3 alone then tells a part of the level.
bool has_taken_vitamin_d2(const Facts& facts);

VitaminDLevel find_vitamin_d_level(const Facts& facts, const Knowledge& knowledge);

/// Surely above (strictly), surely at or above, surely below, whatever a comparator leaves open.
bool surely_above(const LabFact& lab, double limit);
bool surely_at_least(const LabFact& lab, double limit);
bool surely_under(const LabFact& lab, double limit);

}  // namespace cofactor::cards
