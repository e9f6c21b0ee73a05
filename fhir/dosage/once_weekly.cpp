// Promises: see once_weekly.hpp. Whoever offers the rewritten order reads it again first (collect_facts does).
#include "fhir/dosage/once_weekly.hpp"

#include <array>
#include <cctype>

#include "fhir/json/writer.hpp"

namespace cofactor::fhir {
namespace {

using json::Member;
using json::Value;

/// Longer ones first: of those that start at one place the longest counts.
constexpr std::array<std::string_view, 21> daily_phrases{
    "one time each day", "one time every day", "one time per day", "one time a day", "one time daily", "once every day",
    "every 24 hours",    "once each day",      "once per day",     "once a day",     "once daily",     "1 time a day",
    "1 time daily",      "every day",          "1x daily",         "each day",       "per day",        "q24h",
    "a day",             "daily",              "qd"};
constexpr std::string_view weekly = "once a week", weekly_upper = "ONCE A WEEK";

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }
bool word_character(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || (static_cast<unsigned char>(c) & 0x80u) != 0; }

bool stands_at(std::string_view text, std::size_t at, std::string_view phrase) {
  if (text.size() - at < phrase.size()) return false;
  for (std::size_t i = 0; i < phrase.size(); ++i)
    if (lower(text[at + i]) != phrase[i]) return false;
  const std::size_t end = at + phrase.size();
  return (at == 0 || !word_character(text[at - 1])) && (end == text.size() || !word_character(text[end]));
}

std::string_view phrase_at(std::string_view text, std::size_t at) {
  for (const std::string_view phrase : daily_phrases)
    if (stands_at(text, at, phrase)) return phrase;
  return {};
}

bool says_daily(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at)
    if (!phrase_at(text, at).empty()) return true;
  return false;
}

/// A narrative need not repeat the directions; when it does, it must not contradict them.
std::optional<std::string> weekly_or_as_it_is(std::string_view text) {
  return says_daily(text) ? once_weekly_words(text) : std::string(text);
}

bool is_one(const Value& value) {
  const auto number = value.number();
  return number && *number == 1;
}

/// A member in its place: "1" as it was written where it is a one.
void write_one(json::Writer& out, std::string_view name, const Value* before) {
  out.key(name);
  if (before != nullptr && is_one(*before))
    out.value(*before);
  else
    out.number_text("1");
}

bool write_repeat(json::Writer& out, const Value& repeat) {
  if (!repeat.is_object() || repeat.find("count") != nullptr || repeat.find("countMax") != nullptr) return false;
  // DSTU2 has its own name for the unit.
  const std::string_view unit = repeat.find("periodUnits") != nullptr ? "periodUnits" : "periodUnit";
  out.begin_object();
  bool frequency = false, period = false, period_unit = false;
  for (const Member& member : repeat.members()) {
    if (member.name == "frequencyMax" || member.name == "periodMax" || member.name == "_frequencyMax" ||
        member.name == "_periodMax" || member.name == "_frequency" || member.name == "_period" ||
        member.name == "_periodUnit")
      continue;
    if (member.name == "frequency") {
      write_one(out, "frequency", &member.value);
      frequency = true;
    } else if (member.name == "period") {
      write_one(out, "period", &member.value);
      period = true;
    } else if (member.name == unit) {
      out.field(unit, "wk");
      period_unit = true;
    } else {
      out.key(member.name).value(member.value);
    }
  }
  if (!frequency) write_one(out, "frequency", nullptr);
  if (!period) write_one(out, "period", nullptr);
  if (!period_unit) out.field(unit, "wk");
  out.end_object();
  return true;
}

/// A code such as QD says how often and goes; what it said stands in `repeat`.
bool write_timing(json::Writer& out, const Value& timing) {
  if (!timing.is_object() || timing.find("event") != nullptr) return false;
  const bool structured = timing.find("repeat") != nullptr;
  if (!structured && timing.find("code") == nullptr) return false;
  out.begin_object();
  for (const Member& member : timing.members()) {
    if (member.name == "code" || member.name == "_code") continue;
    out.key(member.name);
    if (member.name != "repeat")
      out.value(member.value);
    else if (!write_repeat(out, member.value))
      return false;
  }
  if (!structured) {
    out.key("repeat").begin_object();
    write_one(out, "frequency", nullptr);
    write_one(out, "period", nullptr);
    out.field("periodUnit", "wk").end_object();
  }
  out.end_object();
  return true;
}

/// Words beside the directions ("daily with food") that would go on saying daily.
bool other_words_say_daily(const Value& dosage) {
  for (const std::string_view name : {"additionalInstruction", "additionalInstructions"}) {
    const Value& instructions = dosage[name];
    const auto says = [](const Value& one) {
      if (says_daily(one["text"].string())) return true;
      for (const Value& coding : one["coding"].items())
        if (says_daily(coding["display"].string())) return true;
      return false;
    };
    if (says(instructions)) return true;
    for (const Value& one : instructions.items())
      if (says(one)) return true;
  }
  return false;
}

bool write_dosage(json::Writer& out, const Value& dosage) {
  if (!dosage.is_object() || other_words_say_daily(dosage)) return false;
  bool said = false;
  out.begin_object();
  for (const Member& member : dosage.members()) {
    out.key(member.name);
    if (member.name == "timing") {
      if (!write_timing(out, member.value)) return false;
      said = true;
    } else if ((member.name == "text" || member.name == "patientInstruction") && member.value.is_string()) {
      const auto words = once_weekly_words(member.value.string());
      if (!words) return false;
      out.string(*words);
      said = true;
    } else {
      out.value(member.value);
    }
  }
  out.end_object();
  return said;
}

bool write_narrative(json::Writer& out, const Value& narrative) {
  out.begin_object();
  for (const Member& member : narrative.members()) {
    out.key(member.name);
    if (member.name == "div" && member.value.is_string()) {
      const auto words = weekly_or_as_it_is(member.value.string());
      if (!words) return false;
      out.string(*words);
    } else {
      out.value(member.value);
    }
  }
  out.end_object();
  return true;
}

}  // namespace

std::optional<std::string> once_weekly_words(std::string_view directions) {
  std::string out;
  int found = 0;
  for (std::size_t at = 0; at < directions.size();) {
    const std::string_view phrase = phrase_at(directions, at);
    if (phrase.empty()) {
      out += directions[at++];
      continue;
    }
    const bool shouted = std::isupper(static_cast<unsigned char>(directions[at])) != 0 &&
                         std::isupper(static_cast<unsigned char>(directions[at + phrase.size() - 1])) != 0 && phrase != "qd";
    out += shouted ? weekly_upper : weekly;
    at += phrase.size();
    ++found;
  }
  return found == 1 ? std::optional(std::move(out)) : std::nullopt;
}

std::optional<std::string> once_weekly(const Value& order) {
  const Value* dosages = order.find("dosageInstruction");
  if (dosages == nullptr || dosages->items().size() != 1) return std::nullopt;
  json::Writer out;
  out.begin_object();
  for (const Member& member : order.members()) {
    out.key(member.name);
    if (member.name == "dosageInstruction") {
      out.begin_array();
      if (!write_dosage(out, dosages->items().front())) return std::nullopt;
      out.end_array();
    } else if (member.name == "text" && member.value.is_object()) {
      if (!write_narrative(out, member.value)) return std::nullopt;
    } else if (member.name == "renderedDosageInstruction" && member.value.is_string()) {
      const auto words = weekly_or_as_it_is(member.value.string());
      if (!words) return std::nullopt;
      out.string(*words);
    } else {
      out.value(member.value);
    }
  }
  out.end_object();
  return out.take();
}

}  // namespace cofactor::fhir
