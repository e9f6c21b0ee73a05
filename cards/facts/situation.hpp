// Promises: what section a.1 of the clinical specification computes before any rule: the total of vitamin D
// with its parts, the depleting classes with their exposure, the state of magnesium, and the modifiers and
// guards. Pointers lead into the Facts and Knowledge it was derived from, which must outlive it. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cards/engine/knowledge.hpp"
#include "cards/facts/calcium_state.hpp"
#include "cards/facts/context.hpp"
#include "cards/facts/dose_safety.hpp"
#include "cards/facts/facts.hpp"
#include "cards/facts/treatment_response.hpp"
#include "cards/facts/vitamin_d_level.hpp"

namespace cofactor::cards {

/// True when `value` lies above (below) `limit` by more than the noise of adding decimals as doubles.
bool above(double value, double limit);
bool below(double value, double limit);
/// Magnesium is compared in mmol/L rounded to two decimals.
double rounded_to_hundredths(double value);

struct VitaminDPart {
  const OrderFact* order;
  double iu_per_day;
};
struct VitaminDUnread {
  const OrderFact* order;
  std::string reason;
};
struct VitaminDSingle {
  const OrderFact* order;
  std::optional<double> iu;              ///< absent: one of `unread_one_time`
};
/// An order that stands in the record but adds nothing to the sum.
struct CountedOnce {
  const OrderFact* order;
  const OrderFact* kept;
  std::string_view why;  ///< "replaced", "discontinued-in-basket", "possible-duplicate", "same-medicine"
};
struct VitaminDTotal {
  std::vector<VitaminDPart> parts;
  std::vector<VitaminDUnread> unread;            ///< scheduled doses that could not be read
  std::vector<VitaminDUnread> unread_one_time;
  std::vector<VitaminDSingle> one_time;          ///< excluded from IU/day: orders of one dose, loading doses of others
  std::vector<CountedOnce> not_added;
  double iu_per_day = 0;                         ///< the known sum
  bool drafted = false;                          ///< a selected draft holds nutritional vitamin D
  bool drafted_unread = false;
  bool at_least() const { return !unread.empty(); }
  bool known() const { return unread.empty() || !parts.empty(); }
  bool any() const { return !parts.empty() || !unread.empty() || !one_time.empty(); }
};

/// One depleting class on board, led by its longest exposure.
struct Exposure {
  DrugClass drug_class = DrugClass::ppi;         ///< of the leading drug; PPI and PCAB are one class
  const OrderFact* order = nullptr;
  std::string name;                              ///< the drug, from the knowledge
  std::optional<fhir::Day> since;                ///< earliest linked start
  bool established = true;                       ///< false: a PPI that is only starting, or whose start is unknown
  bool drafted = false;
};
/// A depleting drug that stands in the record and does not count.
struct NotCounted {
  const OrderFact* order;
  DrugClass drug_class;
  std::string_view why;                          ///< "as-needed", "short-course", "not-systemic"
};
struct Depleters {
  std::vector<Exposure> classes;                 ///< acid suppression first, then loop, thiazide, others
  std::vector<NotCounted> not_counted;
  std::vector<const OrderFact*> amplifiers;      ///< cardiac glycosides and QT-prolonging antiarrhythmics
  const OrderFact* k_sparing = nullptr;
  const OrderFact* cisplatin = nullptr;          ///< ended within the carry-over: a line, not a class
  bool drafted = false;                          ///< a selected draft is a counted depleter
  const Exposure* find(DrugClass c) const;
  bool acid_suppression_only_starting() const;   ///< caps the card at info
};

enum class MagnesiumState { none, valid, pending, unavailable };
std::string_view name_of(MagnesiumState state);

/// How low a magnesium result is; `none` when it is not, or cannot be told.
enum class LowGrade {
  none,
  inside_laboratory_range,  ///< below our limit, not below the laboratory's
  below_laboratory_only,    ///< below the laboratory's limit, not below ours
  low,
  severe
};

struct Magnesium {
  MagnesiumState state = MagnesiumState::none;
  int look_back_days = 0;
  const LabFact* newest = nullptr;   ///< newest assessment inside the window
  const LabFact* last = nullptr;     ///< newest assessment of any age
  const LabFact* low = nullptr;      ///< the result that is low inside the window
  LowGrade grade = LowGrade::none;   ///< of `low`
  bool last_was_low = false;         ///< `last` lies outside the window and was low
  const LabFact* high = nullptr;     ///< the result that is above our limit or the laboratory's inside the window
  bool newest_unreadable = false;
  bool newest_indeterminate = false; ///< serum value in the contested band
  std::string pending;               ///< "ordered-in-basket", "ordered", "preliminary", "registered"; empty when none
  std::string unavailable;           ///< reason the results could not be obtained; empty when they could
};

struct Renal {
  bool gate = false;                 ///< eGFR < 30, dialysis, CKD 4-5 or acute kidney injury
  bool dialysis = false;
  const LabFact* egfr = nullptr;     ///< newest inside a year
  bool egfr_low = false;
  bool egfr_caution = false;
  const ConditionFact* condition = nullptr;
  std::vector<const OrderFact*> magnesium_sources;  ///< active or drafted magnesium products
};

struct RepletionCourse {
  const OrderFact* order = nullptr;  ///< the course; nullptr when the modifier does not apply
  const OrderFact* without_end = nullptr;  ///< would be a course if it had an end
};

struct Situation {
  const Facts* facts = nullptr;
  const Knowledge* knowledge = nullptr;
  VitaminDTotal vitamin_d;
  Depleters depleters;
  Magnesium magnesium;
  Renal renal;
  RepletionCourse course;
  Calcium calcium;
  VitaminDLevel level;
  TreatmentResponse response;
  ThiazideCalcium thiazide_calcium;
  DoseSafety safety;
  bool triggered = false;            ///< a selected draft is vitamin D, a counted depleter or a magnesium product
  bool unidentified_at_signing = false;  ///< a draft being signed names a medicine that cannot be told
  bool unread_draft = false;         ///< not all draft orders could be read
  bool unproven_draft = false;       ///< a draft that would have been judged is not proven to be this patient's
  bool end_of_life = false;
  bool minor = false;                ///< surely younger than the adult limit
  bool age_unknown = false;          ///< unknown, or a range on both sides of the limit
  bool pregnancy = false;
  const OrderFact* active_analogue = nullptr;
  bool analogue_drafted = false;     ///< a selected draft is active vitamin D: it starts the rule on calcium only
  std::string medications_unavailable;  ///< reason; empty when the active medication list was obtained

  bool magnesium_unavailable() const { return !magnesium.unavailable.empty(); }
  bool vitamin_d_on_board() const { return vitamin_d.any() || active_analogue != nullptr; }
};

Situation derive_situation(const Facts& facts, const Knowledge& knowledge);

// The parts of derive_situation, in their order.
VitaminDTotal total_vitamin_d(const Facts& facts);
Depleters find_depleters(const Facts& facts, const Knowledge& knowledge);
Magnesium judge_magnesium(const Facts& facts, bool depleting_class, const Knowledge& knowledge);
Renal judge_renal(const Facts& facts, const Knowledge& knowledge);
RepletionCourse find_course(const Facts& facts, const VitaminDTotal& total, const Knowledge& knowledge);

/// Why a source gave less than everything; empty when it was complete. A key that is not listed was not supplied.
std::string why_incomplete(const Facts& facts, std::string_view source);
/// Orders that this order follows on, along priorPrescription and basedOn, whatever their state.
std::vector<const OrderFact*> linked_orders(const Facts& facts, const OrderFact& order);
/// Stood on the list until this basket, which signs it anew or changes it under its own id: it counts as taken so far.
bool listed_until_now(const OrderFact& order);
/// Why a draft takes this order off the list: "replaced", "discontinued-in-basket", or empty.
std::string_view taken_off_by_draft(const Facts& facts, const OrderFact& order);

}  // namespace cofactor::cards
