// Promises: everything the rules may know about one call, as plain values that own their text. Written to and
// read from JSON (facts_json.hpp) without loss: audit records and vignettes share the format, and the same
// facts with the same knowledge give the same cards. Patient-derived text is unescaped here.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "cards/engine/knowledge.hpp"
#include "cards/facts/identify_drug.hpp"
#include "fhir/dates/partial_date.hpp"
#include "fhir/dosage/daily_dose.hpp"
#include "fhir/issue.hpp"

namespace cofactor::cards {

enum class OrderRole { draft, active, statement };
std::string_view name_of(OrderRole role);

/// A dose of vitamin D that the order's daily figure does not hold.
struct OtherDose {
  std::optional<double> iu;              ///< of one dose
  bool once = false;                     ///< a loading dose, a single dose beside; else a later phase that repeats
  std::string unknown;                   ///< reason code when `iu` cannot be told
};

struct OrderFact {
  std::string reference;                 ///< "MedicationRequest/draft-1"
  OrderRole role = OrderRole::draft;
  bool selected = true;                  ///< order-select: advice is about selected drafts
  std::string status, intent;
  std::string left_out;                  ///< why it does not count: "on-hold", "ended", "other-patient", "subject-unproven", "do-not-perform", "local-use", ...; empty when it counts
  std::string words;                     ///< the order's name for a person
  std::string product_key, sig_key;      ///< for duplicates
  std::vector<std::string> replaces;     ///< references of priorPrescription and basedOn
  std::vector<IngredientReading> ingredients;
  std::string route;
  std::optional<fhir::Day> start, end;   ///< earliest known start; last day of a stated course or period
  bool start_known = false;
  std::optional<double> doses_per_day;
  fhir::Schedule schedule = fhir::Schedule::scheduled;
  std::optional<int> course_days;
  std::optional<int> course_doses;
  std::string dose_unknown;              ///< reason code when doses per day cannot be told
  // vitamin D only
  std::optional<double> iu_per_dose, iu_per_day;
  std::string vitamin_d_unknown;
  std::vector<std::string> vitamin_d_basis;
  std::vector<OtherDose> other_doses;
  std::string later_phase;               ///< second phase of a two-phase sig, our words
  bool weekly_possible = false;          ///< a draft whose daily schedule can be made weekly without a doubt (fhir/dosage/once_weekly.hpp)
  std::optional<double> elemental_magnesium_mg_per_day;
  std::vector<Issue> issues;

  bool has(DrugClass c) const;
  bool counts() const { return left_out.empty(); }
};

struct LabFact {
  std::string reference;                 ///< "Observation/mg-1"
  LabGroup group = LabGroup::magnesium_serum;
  std::string code;                      ///< LOINC
  std::string status;
  std::string value_text, unit_text, comparator;  ///< as reported
  std::optional<double> value;           ///< canonical: magnesium mmol/L, 25(OH)D ng/mL, calcium mg/dL, albumin g/dL, eGFR mL/min/1.73m2
  std::optional<double> low, high;       ///< the laboratory's limits in the canonical unit
  std::optional<fhir::Day> on;
  std::int64_t instant_ms = 0;           ///< orders results of one day; 0 when no time was given
  std::string unusable;                  ///< "cancelled", "entered-in-error", "data-absent", "future", "other-patient", "no-date", "preliminary", ...; empty when usable
  std::string unreadable;                ///< assessed, but the value cannot be read: "unit-ambiguous", "comparator", "no-number", ...
};

struct ConditionFact {
  std::string reference, code, group;
  std::optional<fhir::Day> on;
};

struct LabOrderFact {                    ///< a magnesium test ordered or drafted
  std::string reference;
  bool draft = false;
  std::optional<fhir::Day> authored, occurrence;
  std::string status;
};

struct SourceFact {
  std::string key;                       ///< prefetch key: "magnesium", "medications", ...
  std::string state;                     ///< SourceState name
  std::string reason;
};

inline constexpr std::string_view drafts_source = "draftOrders";

struct Facts {
  fhir::Day as_of;
  std::string hook;
  std::optional<fhir::AgeRange> age;
  std::string age_unknown;               ///< reason when age is absent
  std::string sex;
  std::vector<OrderFact> orders;         ///< drafts first, in request order
  std::vector<LabFact> labs;
  std::vector<ConditionFact> conditions;
  std::vector<LabOrderFact> magnesium_orders;
  std::vector<SourceFact> sources;       ///< of each prefetch key; and `drafts_source` when not all draft orders could be read
  std::string encounter_class;
  bool patient_mismatch = false;         ///< some resource belonged to another patient
  std::vector<Issue> issues;             ///< of the call as a whole
};

}  // namespace cofactor::cards
