// Promises: what the rules on high-dose vitamin D share: the order in which their questions are asked, so that
// an unknown is never taken for a "no", and the sentences around their own.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "cards/facts/situation.hpp"
#include "cards/rules/rule.hpp"

namespace cofactor::cards {

/// Is the total above the limit? nullopt: the known sum is not, but part of it could not be read.
inline std::optional<bool> total_above(const Situation& s, std::string_view threshold) {
  if (above(s.vitamin_d.iu_per_day, s.knowledge->threshold(threshold).value)) return true;
  if (s.vitamin_d.at_least()) return std::nullopt;
  return false;
}

/// End of life and age silence every adult rule.
inline std::optional<std::string> silenced(const Situation& s) {
  if (s.end_of_life) return "end-of-life";
  if (s.minor) return "under-19";
  return std::nullopt;
}

/// The answer of a rule that asks for a magnesium result, when it is not going to fire; else nullopt.
inline std::optional<Answer> not_absent(const Situation& s, Indicator indicator) {
  if (s.magnesium.newest != nullptr) return NotApplicable{"magnesium-in-window"};
  if (const auto why = silenced(s)) return Suppressed{indicator, *why};
  if (!s.magnesium.pending.empty())
    return Suppressed{indicator, "magnesium-pending: " + s.magnesium.pending};
  if (s.magnesium_unavailable())
    return Undetermined{"magnesium results", "magnesium-unavailable: " + s.magnesium.unavailable};
  return std::nullopt;
}

/// A result that lies in the shorter look-back too, so that no further drug could make it count as missing.
inline bool assessed_for_any_class(const Situation& s) {
  const double window = s.knowledge->threshold("mg_lookback_depleting").value;
  return s.magnesium.newest != nullptr &&
         fhir::days_between(*s.magnesium.newest->on, s.facts->as_of) <= window;
}

/// No drug of the class is known: an answer only when the list of medicines was there to look at.
inline Answer class_not_found(const Situation& s, std::string why) {
  if (!s.medications_unavailable.empty() && !silenced(s))
    return Undetermined{"active medication list", "medications-unavailable: " + s.medications_unavailable};
  return NotApplicable{std::move(why)};
}

inline Undetermined dose_undetermined() { return {"vitamin D dose", "dose-unreadable"}; }

/// A rule on a depleting class asks first: is there enough vitamin D, and is a magnesium missing at all?
inline std::optional<Answer> not_enough_or_assessed(const Situation& s) {
  if (total_above(s, "vitd_interaction_iu_per_day") == false)
    return NotApplicable{"vitamin-d-not-above-interaction-threshold"};
  if (assessed_for_any_class(s)) return NotApplicable{"magnesium-in-window"};
  return std::nullopt;
}
/// And last, once its class was found: what silences it, what was not obtained, whether the dose is known.
inline std::optional<Answer> class_silenced_or_unknown(const Situation& s, Indicator indicator) {
  if (auto answer = not_absent(s, indicator)) return answer;
  if (!total_above(s, "vitd_interaction_iu_per_day")) return dose_undetermined();
  return std::nullopt;
}

/// Info above the interaction threshold, warning above the upper level; what is only starting stays info.
/// A last value that was low, though too old to count, makes every absence card a warning.
inline Indicator depleter_indicator(const Situation& s) {
  if (s.magnesium.last_was_low) return Indicator::warning;
  if (s.depleters.acid_suppression_only_starting()) return Indicator::info;
  return total_above(s, "vitd_high_iu_per_day").value_or(false) ? Indicator::warning : Indicator::info;
}

/// A line of the card will ask for calcium.
inline bool calcium_matters(const Situation& s) {
  const Context context = find_context(s);
  return context.symptom != nullptr || !context.calcium.empty();
}

/// The labs of the policy that make sense here. Nobody is asked to order what is already ordered.
inline std::vector<SuggestedAction> labs_to_offer(const Situation& s, const RulePolicy& policy,
                                                  bool calcium) {
  std::vector<SuggestedAction> out;
  for (const std::string& lab : policy.suggests) {
    if (lab == "calcium" && !calcium && !s.renal.gate && s.active_analogue == nullptr && !calcium_matters(s)) continue;
    if (lab == "serum-magnesium" && !s.magnesium.pending.empty()) continue;
    out.push_back(OrderLab{lab, std::nullopt});
  }
  return out;
}

using Keys = std::vector<std::string>;

/// How the sum came about, where that is not plain.
inline void add_counting_notes(const Situation& s, Keys& keys) {
  if (s.vitamin_d.at_least() && !s.vitamin_d.parts.empty()) keys.push_back("partly-readable");
  for (const CountedOnce& once : s.vitamin_d.not_added)
    if (once.why == "possible-duplicate") {
      keys.push_back("possible-duplicate");
      break;
    }
  for (const VitaminDPart& part : s.vitamin_d.parts)
    if (!part.order->later_phase.empty()) {
      keys.push_back("later-phase");
      break;
    }
}

/// The last result that there is, when none lies inside the window.
inline void add_last_magnesium(const Situation& s, Keys& keys) {
  if (s.magnesium.last == nullptr)
    keys.push_back("magnesium-none");
  else
    keys.push_back(s.magnesium.last_was_low ? "magnesium-stale-low" : "magnesium-stale");
}

/// The finding of a rule on a depleting class: total, drugs, how the sum came about, the last value, the course.
inline Fired class_fired(const Situation& s, Indicator indicator) {
  Fired fired{indicator};
  fired.summary = s.magnesium.last_was_low ? "summary-last-low" : "summary";
  fired.detail = {"finding"};
  add_counting_notes(s, fired.detail);
  add_last_magnesium(s, fired.detail);
  if (s.course.order != nullptr) fired.detail.push_back("course");
  return fired;
}

/// Above the upper level the rule names it, but not to a recognised repletion course.
inline std::string rule_or_high(const Situation& s) {
  const bool high = total_above(s, "vitd_high_iu_per_day").value_or(false);
  return high && s.course.order == nullptr ? "rule-high" : "rule";
}

/// What softens or colours the finding about drugs.
inline void add_drug_notes(const Situation& s, Keys& keys) {
  if (s.depleters.find(DrugClass::thiazide_diuretic) != nullptr && s.depleters.k_sparing != nullptr)
    keys.push_back("k-sparing-attenuates");
  if (s.depleters.find(DrugClass::pcab) != nullptr) keys.push_back("pcab-less-documented");
  if (s.depleters.cisplatin != nullptr) keys.push_back("cisplatin-carryover");
}

/// Where magnesium given could do harm: the kidney holds it back, or a diagnosis of heart, muscle or blood speaks against it.
inline bool no_magnesium_advice(const Situation& s) {
  const bool high = s.magnesium.high != nullptr && s.magnesium.high->group == LabGroup::magnesium_serum;
  return s.renal.gate || high || s.safety.magnesium.contraindication != nullptr;
}

/// What else on record bears on the finding: at most two sentences, the weightier first, so that the card stays short.
inline void add_context(const Situation& s, Keys& keys) {
  const Context context = find_context(s);
  Keys found;
  if (context.symptom != nullptr) found.push_back("context-symptom");
  if (!context.calcium.empty()) found.push_back("context-calcium");
  if (!s.renal.dialysis && context.low_magnesium_recorded) found.push_back("context-low-magnesium");
  if (!s.renal.dialysis && !context.magnesium.empty()) found.push_back("context-magnesium");
  if (!s.renal.dialysis && context.contested_level) found.push_back("context-level");
  if (found.size() > 2) found.resize(2);
  keys.insert(keys.end(), found.begin(), found.end());
}

/// What was missing, then what bears on the options: the same for every card of ours.
inline void add_modifiers(const Situation& s, Keys& keys) {
  keys.push_back("not-available");  // left out by the rendering when everything was there
  if (s.age_unknown) keys.push_back("age-unknown");
  if (s.pregnancy) keys.push_back("pregnancy");
  if (s.active_analogue != nullptr) keys.push_back("active-analogue");
  if (s.course.without_end != nullptr) keys.push_back("course-no-end");
  const bool sources = !s.renal.magnesium_sources.empty();
  if (s.renal.dialysis) {
    // Magnesium is set by the dialysate: no magnesium text but the test and the product on board.
    if (sources) keys.push_back("dialysis-magnesium-source");
  } else if (s.renal.gate) {
    keys.push_back(s.renal.egfr_low ? "renal" : "renal-diagnosis");
    if (sources) keys.push_back("renal-magnesium-source");
  }
}

}  // namespace cofactor::cards
