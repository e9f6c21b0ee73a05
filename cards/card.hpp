// Promises: a CDS Hooks card as values; its rendering is cards/rendering. A SuggestionSet cannot exist
// without a selection behaviour, a Suggestion not without an action (CDS Hooks 2.0.1 K-12, A-04).
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "fhir/dates/partial_date.hpp"

namespace cofactor::cards {

enum class Indicator { info, warning, critical };
std::string_view name_of(Indicator indicator);
std::optional<Indicator> indicator_named(std::string_view name);

/// What a rule suggests, in its own words; rendering turns it into FHIR.
struct OrderLab {
  std::string lab;                   ///< key of a lab in the knowledge: "serum-magnesium"
  std::optional<fhir::Day> due;      ///< occurrence of a repeat test
  bool operator==(const OrderLab&) const = default;
};
struct ReduceDose {
  std::string order;                 ///< reference of the draft: "MedicationRequest/draft-1"
  std::string to;                    ///< schedule key: "weekly"
  bool operator==(const ReduceDose&) const = default;
};
struct CancelOrder {
  std::string order;
  bool operator==(const CancelOrder&) const = default;
};
using SuggestedAction = std::variant<OrderLab, ReduceDose, CancelOrder>;

struct Suggestion {
  std::string label;
  SuggestedAction action;
  std::string uuid;                  ///< handed in by the service
};
enum class SelectionBehavior { any, at_most_one };
struct SuggestionSet {
  SelectionBehavior behavior;
  std::vector<Suggestion> suggestions;
  explicit SuggestionSet(SelectionBehavior b) : behavior(b) {}
};

struct OverrideReason {
  std::string code, display;
};

/// Something that a card would hold and the EHR would not show or not carry out.
struct LeftOut {
  std::string what, why;
};

struct Card {
  std::string uuid;                  ///< handed in by the service
  std::string rule;                  ///< id of the lead rule
  std::vector<std::string> also_fired;
  Indicator indicator = Indicator::info;
  std::string summary;               ///< at most 139 code points
  std::string detail;                ///< GitHub Flavored Markdown; patient-derived text escaped
  std::string topic_code, topic_display;
  std::string evidence;              ///< strength: "regulator-warning", "guideline", "house-default", ...
  std::optional<SuggestionSet> suggestions;
  std::vector<OverrideReason> override_reasons;
  std::string finding;               ///< fingerprint of what it rests on; empty: an override never silences it
  int silence_days = 0;              ///< how long an override of that finding silences it
  std::vector<LeftOut> left_out;     ///< what the EHR profile keeps off the card
};

}  // namespace cofactor::cards
