// Promises: what an order can have wrong in itself, whatever was measured: a dose that fits no daily schedule, a bolus, a
// total above the upper level of the patient's age, a magnesium product where the body cannot get rid of it, vitamin
// K2 beside its antagonist. Pointers lead into the Facts. Pure.
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "cards/engine/knowledge.hpp"
#include "cards/facts/facts.hpp"

namespace cofactor::cards {

struct VitaminDTotal;

/// One dose of a selected draft that reaches the bolus limit.
struct Bolus {
  const OrderFact* order = nullptr;
  double iu = 0;
  bool repeats = false;  ///< it is the dose of which the order's daily average is made
};

/// Orders whose dose is suspect; drafts that are selected stand before what is on the list.
struct SuspectDoses {
  std::vector<const OrderFact*> daily;   ///< a 50,000-class dose on a daily schedule
  bool average = false;                  ///< the repeating total is above the absolute limit
  const OrderFact* largest = nullptr;    ///< the largest part of that total
  std::vector<Bolus> bolus;              ///< of selected drafts: the largest dose of each that reaches the bolus limit
  bool bolus_unknown = false;            ///< some dose of a selected draft cannot be told
};

/// Upper intake levels by age, as keys of the thresholds: that of the youngest age that a partial birth date allows and
/// that of the oldest. Empty where no level for children applies.
struct UpperLevels {
  std::string_view youngest, oldest;
  bool certain() const { return youngest == oldest && !youngest.empty(); }
};

/// A drafted magnesium product by mouth and what speaks against it.
struct MagnesiumProducts {
  std::vector<const OrderFact*> drafted;            ///< selected, taken by mouth
  const ConditionFact* contraindication = nullptr;  ///< AV block of second or third degree, myasthenia gravis, recorded high magnesium
  bool low_recorded = false;                        ///< a diagnosis that is a reason for magnesium
  double supplement_mg_per_day = 0;                 ///< elemental, of all supplements on board; the known sum
  bool supplement_drafted = false;
};

struct DoseSafety {
  SuspectDoses suspect;
  UpperLevels upper_levels;
  bool rickets = false;                      ///< rickets or osteomalacia is recorded: the dose may be its treatment
  MagnesiumProducts magnesium;
  const OrderFact* antagonist = nullptr;     ///< vitamin K antagonist on board
  const OrderFact* vitamin_k2 = nullptr;     ///< a selected draft that holds vitamin K2
};

DoseSafety find_dose_safety(const Facts& facts, const VitaminDTotal& total, const Knowledge& knowledge);

/// An order of a 50,000-class product for every day, of which one unit a week is a usual dose: the one case in which
/// what was meant can be told from the order alone.
bool weekly_product_ordered_daily(const OrderFact& order, const Knowledge& knowledge);

/// The first diagnosis of a group that is not dated in the future.
const ConditionFact* condition_in(const Facts& facts, std::string_view group);

}  // namespace cofactor::cards
