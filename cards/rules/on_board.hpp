// Promises: what the rules on laboratory values share: the sentences on the vitamin D that is on board, in whatever form,
// and those that colour a card without being about magnesium.
#pragma once
#include "cards/rules/absence.hpp"

namespace cofactor::cards {

/// What is taken or being ordered: the total with its parts, single doses, what could not be read, active forms.
inline void add_vitamin_d(const Situation& s, Keys& keys) {
  if (!s.vitamin_d.parts.empty()) keys.push_back("vitamin-d-total");
  if (!s.vitamin_d.one_time.empty()) keys.push_back("vitamin-d-one-time");
  if (!s.vitamin_d.unread.empty() || !s.vitamin_d.unread_one_time.empty()) keys.push_back("partly-readable");
  if (s.active_analogue != nullptr) keys.push_back("vitamin-d-active");
  for (const CountedOnce& once : s.vitamin_d.not_added)
    if (once.why == "possible-duplicate") {
      keys.push_back("possible-duplicate");
      break;
    }
}

/// What was missing, and whom the numbers are for.
inline void add_circumstances(const Situation& s, Keys& keys) {
  keys.push_back("not-available");  // left out by the rendering when everything was there
  if (s.age_unknown) keys.push_back("age-unknown");
  if (s.pregnancy) keys.push_back("pregnancy");
}

/// A single dose above the limit, which no daily total holds.
inline bool single_dose_above(const Situation& s, std::string_view threshold) {
  for (const VitaminDSingle& single : s.vitamin_d.one_time)
    if (single.iu && above(*single.iu, s.knowledge->threshold(threshold).value)) return true;
  return false;
}

}  // namespace cofactor::cards
