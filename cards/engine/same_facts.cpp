// Promises: see same_facts.hpp. Each group is written in one canonical text, sorted where the order of resources is
// chance; numbers are rounded to what a clinician would call the same.
#include "cards/engine/same_facts.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "cards/engine/sha256.hpp"
#include "cards/facts/situation.hpp"

namespace cofactor::cards {
namespace {

using Lines = std::set<std::string>;

std::string rounded(double value, double step) { return std::to_string(std::llround(value / step)); }

/// The total a day and each single dose: which order or product holds it does not matter.
void vitamin_d(const Situation& s, Lines& out) {
  out.insert("total " + rounded(s.vitamin_d.iu_per_day, 1));
  for (const auto* list : {&s.vitamin_d.unread, &s.vitamin_d.unread_one_time})
    for (const VitaminDUnread& each : *list) out.insert("unread " + each.reason);
  for (const VitaminDSingle& single : s.vitamin_d.one_time)
    out.insert("once " + (single.iu ? rounded(*single.iu, 1) : std::string("?")));
  for (const Bolus& bolus : s.safety.suspect.bolus) out.insert("bolus " + rounded(bolus.iu, 1));
  for (const VitaminDPart& part : s.vitamin_d.parts)
    if (part.order->iu_per_dose) out.insert("dose " + rounded(*part.order->iu_per_dose, 1));
  if (s.active_analogue != nullptr) out.insert("active form");
}

void depleters(const Situation& s, Lines& out) {
  for (const Exposure& exposure : s.depleters.classes)
    out.insert(std::string(name_of(exposure.drug_class)) + " " + exposure.name);
  for (const OrderFact* order : s.depleters.amplifiers)
    for (const IngredientReading& ingredient : order->ingredients)
      if (ingredient.drug_class == DrugClass::cardiac_glycoside || ingredient.drug_class == DrugClass::qt_antiarrhythmic)
        out.insert("amplifier " + ingredient.name);
  if (s.depleters.cisplatin != nullptr) out.insert("cisplatin");
}

void result(std::string_view name, const LabFact& lab, Lines& out) {
  out.insert(std::string(name) + " " + std::string(name_of(lab.group)) + " " + (lab.on ? lab.on->text() : "?") + " " +
             lab.comparator + (lab.value ? rounded(*lab.value, 0.01) : lab.unreadable));
}

void magnesium(const Situation& s, Lines& out) {
  const Magnesium& m = s.magnesium;
  if (m.last != nullptr) result("last", *m.last, out);
  if (m.newest != nullptr) result("newest", *m.newest, out);
  if (m.low != nullptr) result("low", *m.low, out);
}

/// How well the kidney works in words, not the last figure: that changes with every blood sample.
void kidney(const Situation& s, Lines& out) {
  if (s.renal.gate) out.insert("gate");
  if (s.renal.egfr_low) out.insert("egfr low");
  if (s.renal.egfr_caution) out.insert("egfr caution");
  if (s.renal.dialysis) out.insert("dialysis");
}

void newest_of(const Situation& s, std::initializer_list<LabGroup> groups, Lines& out) {
  for (const LabGroup group : groups) {
    const LabFact* newest = nullptr;
    for (const LabFact& lab : s.facts->labs) {
      if (lab.group != group || !lab.unusable.empty() || !lab.on || *lab.on > s.facts->as_of) continue;
      if (newest == nullptr || *lab.on > *newest->on || (*lab.on == *newest->on && lab.instant_ms > newest->instant_ms))
        newest = &lab;
    }
    if (newest != nullptr) result("newest", *newest, out);
  }
}

void calcium(const Situation& s, Lines& out) {
  newest_of(s, {LabGroup::calcium_total, LabGroup::calcium_corrected, LabGroup::calcium_ionized}, out);
}

void vitamin_d_level(const Situation& s, Lines& out) { newest_of(s, {LabGroup::vitamin_d_25oh, LabGroup::vitamin_d_25oh_d3}, out); }

void conditions(const Situation& s, Lines& out) {
  for (const ConditionFact& condition : s.facts->conditions)
    if (!condition.on || *condition.on <= s.facts->as_of) out.insert(condition.group);
}

void pregnancy(const Situation& s, Lines& out) {
  if (s.pregnancy) out.insert("pregnancy or lactation");
}

void magnesium_products(const Situation& s, Lines& out) {
  for (const OrderFact* order : s.renal.magnesium_sources)
    for (const IngredientReading& ingredient : order->ingredients)
      out.insert(ingredient.name + " " + (order->elemental_magnesium_mg_per_day
                                              ? rounded(*order->elemental_magnesium_mg_per_day, 1)
                                              : std::string("?")));
}

/// Every class on board, for rules about a medicine of their own.
void drug_classes(const Situation& s, Lines& out) {
  for (const OrderFact& order : s.facts->orders)
    if (order.counts())
      for (const IngredientReading& ingredient : order.ingredients) out.insert(std::string(name_of(ingredient.drug_class)));
}

struct Group {
  std::string_view name;
  void (*write)(const Situation&, Lines&);
};
constexpr std::array<Group, 10> groups{{{"vitamin-d", vitamin_d},
                                       {"depleters", depleters},
                                       {"magnesium", magnesium},
                                       {"kidney", kidney},
                                       {"calcium", calcium},
                                       {"vitamin-d-level", vitamin_d_level},
                                       {"conditions", conditions},
                                       {"pregnancy", pregnancy},
                                       {"magnesium-products", magnesium_products},
                                       {"drug-classes", drug_classes}}};

bool may_be_silenced(const Candidate& finding, Indicator indicator) {
  const auto& silenced = finding.policy->silenced_by_override;
  return indicator != Indicator::critical && finding.situation != nullptr && !finding.always_shown &&
         std::find(silenced.begin(), silenced.end(), indicator) != silenced.end();
}

/// Nothing patient-derived can end a line early: names are put on one line before they come here, and each begins
/// with its length.
std::string text_of(const Candidate& finding) {
  std::string out = std::string(finding.rule) + "\n" + std::string(name_of(finding.fired.indicator)) + "\n" +
                    finding.fired.why + "\n";
  for (const Group& group : groups) {
    if (std::find(finding.policy->same_facts.begin(), finding.policy->same_facts.end(), group.name) ==
        finding.policy->same_facts.end())
      continue;
    Lines lines;
    group.write(*finding.situation, lines);
    out += std::string(group.name) + "\n";
    for (const std::string& line : lines) out += std::to_string(line.size()) + ":" + line + "\n";
  }
  return out;
}

}  // namespace

bool is_fact_group(std::string_view name) {
  return std::any_of(groups.begin(), groups.end(), [&](const Group& group) { return group.name == name; });
}

std::string finding_of(const Candidate& card) {
  if (!may_be_silenced(card, card.indicator)) return {};
  Lines findings{text_of(card)};
  for (const Candidate& line : card.lines) {
    if (!may_be_silenced(line, line.fired.indicator)) return {};
    findings.insert(text_of(line));
  }
  Sha256 digest;
  digest.add("cofactor finding 1\n" + std::string(card.rule) + "\n" + std::string(name_of(card.indicator)) + "\n");
  for (const std::string& finding : findings) digest.add(std::to_string(finding.size()) + ":" + finding);
  return digest.hex().substr(0, 32);
}

}  // namespace cofactor::cards
