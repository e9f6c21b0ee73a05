// Promises: see lab_words.hpp.
#include "cards/rendering/lab_words.hpp"

#include <cmath>

#include "cards/rendering/situation_words.hpp"

namespace cofactor::cards {
namespace {

constexpr std::size_t longest_value = 16;  // code points of a reported value or unit

std::string_view canonical_unit(LabGroup group) {
  switch (group) {
    case LabGroup::vitamin_d_25oh: return "ng/mL";
    case LabGroup::calcium_total:
    case LabGroup::calcium_corrected:
    case LabGroup::calcium_ionized:
    case LabGroup::creatinine:
    case LabGroup::phosphate: return "mg/dL";
    case LabGroup::albumin: return "g/dL";
    case LabGroup::egfr: return "mL/min/1.73m2";
    case LabGroup::pth: return "pg/mL";
    case LabGroup::magnesium_serum:
    case LabGroup::magnesium_ionized:
    case LabGroup::magnesium_blood:
    case LabGroup::magnesium_rbc:
    case LabGroup::magnesium_not_assessment:
    case LabGroup::potassium: break;
  }
  return "mmol/L";
}

std::string_view comparator_sentence(std::string_view comparator) {
  if (comparator == "<") return "comparator-below";
  if (comparator == "<=") return "comparator-at-most";
  if (comparator == ">") return "comparator-above";
  if (comparator == ">=") return "comparator-at-least";
  return {};
}

/// At most one decimal, and none where it would be zero.
std::string one_decimal(double value) {
  const double tenths = std::floor(value * 10 + 0.5 + 1e-9);
  return with_decimals(tenths / 10, std::fmod(tenths, 10) == 0 ? 0 : 1);
}

std::string calcium_name(const LabFact& lab, const Knowledge& knowledge, std::string_view prefix) {
  std::string name(knowledge.sentence(std::string(prefix) + std::string(name_of(lab.group))));
  if (lab.status == "preliminary") return fill_raw(knowledge.sentence("preliminary"), {{"name", name}});
  return name;
}

/// The value as reported, with what it is compared as where that is another number.
std::string calcium_value(const CalciumReading& reading, const Knowledge& knowledge) {
  const LabFact& lab = *reading.lab;
  const std::string first = reported_value(lab, knowledge);
  const std::string compared = with_decimals(reading.mg_per_dl, 2);
  if (reading.albumin != nullptr)
    return fill_raw(knowledge.sentence("calcium-corrected"),
                    {{"value", first},
                     {"corrected", compared},
                     {"albumin", reported_value(*reading.albumin, knowledge)}});
  return lab.unit_text == "mg/dL" || lab.value_text.empty() ? first : first + " (" + compared + " mg/dL)";
}

/// 25(OH)D in both units, the reported one first.
std::string level_value(const LabFact& lab, const Knowledge& knowledge) {
  const std::string first = reported_value(lab, knowledge);
  const bool molar = lab.unit_text.find("mol/") != std::string::npos;
  const double nmol = *lab.value / knowledge.threshold("d25_ng_per_nmol").value;
  return first + " (" + (molar ? one_decimal(*lab.value) + " ng/mL" : with_decimals(nmol, 0) + " nmol/L") + ")";
}

}  // namespace

std::string reported_value(const LabFact& lab, const Knowledge& knowledge) {
  std::string out;
  if (const std::string_view key = comparator_sentence(lab.comparator); !key.empty())
    out = std::string(knowledge.sentence(key)) + " ";
  if (lab.value_text.empty() && lab.value)
    return out + with_decimals(*lab.value, 2) + " " + std::string(canonical_unit(lab.group));
  out += cut_to(one_line(lab.value_text), longest_value);
  if (!lab.unit_text.empty()) out += " " + cut_to(one_line(lab.unit_text), longest_value);
  return out;
}

void say_calcium(const Situation& s, Words& w) {
  const Knowledge& knowledge = *s.knowledge;
  const Calcium& calcium = s.calcium;
  if (calcium.decides) {
    const LabFact& lab = *calcium.decides->lab;
    w["calcium"] = calcium_value(*calcium.decides, knowledge);
    w["calcium_name"] = calcium_name(lab, knowledge, "name-");
    w["calcium_date"] = lab.on->text();
    if (lab.high)
      w["calcium_limit"] = with_decimals(rounded_to_hundredths(*lab.high), 2);
  } else if (calcium.newest != nullptr) {
    w["calcium"] = reported_value(*calcium.newest, knowledge);
    w["calcium_name"] = calcium_name(*calcium.newest, knowledge, "name-");
    w["calcium_date"] = calcium.newest->on->text();
  }
  std::string conditions;
  for (std::size_t i = 0; i < calcium.conditions.size(); ++i) {
    if (i > 0)
      conditions += i + 1 == calcium.conditions.size() ? knowledge.sentence("list-last") : std::string_view(", ");
    conditions += code_in_words(knowledge, "condition-", calcium.conditions[i]->group);
  }
  w["calcium_conditions"] = std::move(conditions);
}

void say_vitamin_d_level(const Situation& s, Words& w) {
  if (const LabFact* lab = s.level.newest) {
    w["d25"] = level_value(*lab, *s.knowledge);
    w["d25_date"] = lab->on->text();
  }
}

}  // namespace cofactor::cards
