// Promises: the JSON files of the knowledge into values: every member known, none missing, each fault named with its
// pointer in words for a pharmacist.
#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <regex>

#include "cards/engine/knowledge_content.hpp"
#include "fhir/dates/partial_date.hpp"
#include "fhir/json/reader.hpp"

namespace cofactor::cards {
namespace {

std::string quoted(std::string_view text) { return "`" + std::string(text) + "`"; }

/// One JSON object with the members it may have; anything else is reported.
class Object {
 public:
  Object(const json::Value& value, std::string pointer, Report& report)
      : value_(value), pointer_(std::move(pointer)), report_(report) {
    if (!value.is_object()) report.at(pointer_, "must be an object in braces");
  }
  void only(std::initializer_list<std::string_view> known) const {
    for (const json::Member& member : value_.members())
      if (std::find(known.begin(), known.end(), member.name) == known.end())
        report_.at(place(member.name), "unknown member; it may be misspelt");
  }
  std::string text(std::string_view name, bool may_be_empty = false) const {
    const json::Value* found = value_.find(name);
    if (!found) {
      report_.at(place(name), "is missing");
    } else if (!found->is_string()) {
      report_.at(place(name), "must be text in quotes");
    } else if (found->string().empty() && !may_be_empty) {
      report_.at(place(name), "must not be empty");
    } else {
      return std::string(found->string());
    }
    return {};
  }
  double number(std::string_view name) const {
    const json::Value* found = value_.find(name);
    if (!found) {
      report_.at(place(name), "is missing");
    } else if (const auto number = found->number(); !found->is_number() || !number || !std::isfinite(*number)) {
      report_.at(place(name), "must be a number without quotes");
    } else {
      return *number;
    }
    return 0;
  }
  std::vector<std::string> texts(std::string_view name) const {
    std::vector<std::string> list;
    const json::Value* found = value_.find(name);
    if (!found || !found->is_array()) {
      report_.at(place(name), found ? "must be a list in square brackets" : "is missing");
      return list;
    }
    for (std::size_t i = 0; i < found->items().size(); ++i) {
      const json::Value& item = found->items()[i];
      if (!item.is_string() || item.string().empty()) {
        report_.at(place(name) + "/" + std::to_string(i), "must be text in quotes");
      } else if (std::find(list.begin(), list.end(), item.string()) != list.end()) {
        report_.at(place(name) + "/" + std::to_string(i), quoted(item.string()) + " stands twice");
      } else {
        list.emplace_back(item.string());
      }
    }
    return list;
  }
  /// A day, written as 2026-03-01; as text, which sorts.
  std::string day(std::string_view name) const {
    std::string written = text(name);
    if (!written.empty() && !fhir::Day::read(written))
      report_.at(place(name), quoted(written) + " is no day: write it as 2026-03-01");
    return written;
  }
  /// The items of a list that must not be empty, each an object.
  template <class Use>
  void each(std::string_view name, std::string_view what, Use use) const {
    const json::Value* found = value_.find(name);
    if (!found || !found->is_array()) {
      report_.at(place(name), std::string(found ? "must be a list in square brackets" : "is missing") + ": " + std::string(what));
      return;
    }
    if (found->items().empty()) report_.at(place(name), "must not be empty: " + std::string(what));
    for (std::size_t i = 0; i < found->items().size(); ++i)
      use(Object(found->items()[i], place(name) + "/" + std::to_string(i), report_));
  }
  const json::Value& member(std::string_view name) const {
    const json::Value* found = value_.find(name);
    if (!found) report_.at(place(name), "is missing");
    return found ? *found : json::absent;
  }
  bool has(std::string_view name) const { return value_.find(name) != nullptr; }
  std::string place(std::string_view name) const { return pointer_ + "/" + std::string(name); }

 private:
  const json::Value& value_;
  std::string pointer_;
  Report& report_;
};

/// A sentence's placeholders must close: "{name}", lower case and underscores.
void check_sentence(std::string_view sentence, const std::string& pointer, Report& report) {
  for (std::size_t at = 0; at < sentence.size(); ++at) {
    if (sentence[at] == '}') {
      report.at(pointer, "a `}` without its `{`");
      return;
    }
    if (sentence[at] != '{') continue;
    const std::size_t end = sentence.find('}', at);
    const std::string_view name = end == std::string_view::npos ? "" : sentence.substr(at + 1, end - at - 1);
    if (name.empty() || name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") != std::string_view::npos) {
      report.at(pointer, "a placeholder must look like {name}");
      return;
    }
    at = end;
  }
}

/// A mode may be left out: then the rule is on.
RuleMode read_mode(const json::Value& value, const std::string& pointer, Report& report) {
  if (value.is_null()) return RuleMode::on;
  const auto mode = rule_mode_named(value.string());
  if (!mode) report.at(pointer, "must be `on`, `line`, `silent` or `off`");
  return mode.value_or(RuleMode::on);
}

/// The 13 source attributes of 45 CFR 170.315(b)(11)(iv)(A); the citation stands in `citations`, the dates in `changes`.
constexpr std::string_view source_attributes[] = {
    "developer", "funding",     "race",        "ethnicity",          "language",               "sexualOrientation", "genderIdentity",
    "sex",       "dateOfBirth", "socialDeterminants", "healthStatusAssessments"};

void read_source_attributes(const Object& policy, const json::Value& root, RulePolicy& into, Report& report) {
  const json::Value* found = root.find("sourceAttributes");
  if (!found) {
    report.at(policy.place("sourceAttributes"),
              "is missing: say who developed and funded the rule and which personal data it uses, with the members of a "
              "neighbouring policy; \"\" where there is nothing to say");
    return;
  }
  const Object object(*found, policy.place("sourceAttributes"), report);
  for (const json::Member& member : found->members())
    if (std::find(std::begin(source_attributes), std::end(source_attributes), member.name) == std::end(source_attributes))
      report.at(object.place(member.name), "unknown member; it may be misspelt");
  for (std::string_view name : source_attributes) into.source_attributes.emplace(name, object.text(name, true));
}

void read_changes(const Object& policy, RulePolicy& into, Report& report) {
  std::string last;
  policy.each("changes", "the rule's history, oldest entry first, each with date, author, what and why", [&](const Object& entry) {
    entry.only({"date", "author", "what", "why"});
    PolicyChange change{entry.day("date"), entry.text("author"), entry.text("what"), entry.text("why")};
    if (!change.date.empty() && change.date < last)
      report.at(entry.place("date"), "is before the entry above it: the history goes from the oldest to the newest");
    last = change.date;
    into.changes.push_back(std::move(change));
  });
}

/// Which findings an override silences, and which facts must be unchanged; left out: none is ever silenced.
void read_after_override(const json::Value* value, RulePolicy& policy, Report& report) {
  if (value == nullptr) return;
  const Object object(*value, "/afterOverride", report);
  object.only({"silence", "sameFacts"});
  const auto entry = [&](std::string_view list, std::size_t i) { return object.place(list) + "/" + std::to_string(i); };
  const std::vector<std::string> silence = object.texts("silence");
  for (std::size_t i = 0; i < silence.size(); ++i) {
    const auto indicator = indicator_named(silence[i]);
    if (!indicator || *indicator == Indicator::critical)
      report.at(entry("silence", i), quoted(silence[i]) + " must be `info` or `warning`; what is critical is never silenced");
    else
      policy.silenced_by_override.push_back(*indicator);
  }
  policy.same_facts = object.texts("sameFacts");
  for (std::size_t i = 0; i < policy.same_facts.size(); ++i)
    if (!is_fact_group(policy.same_facts[i]))
      report.at(entry("sameFacts", i), quoted(policy.same_facts[i]) + " is no group of facts that the program knows");
  if (!policy.silenced_by_override.empty() && policy.same_facts.empty())
    report.at("/afterOverride/sameFacts", "must name the facts that reopen the card when they change");
}

void read_policy(const json::Value& root, std::string_view file_rule, Knowledge::Content& content, Report& report) {
  const Object object(root, "", report);
  object.only({"rule", "title", "topicDisplay", "evidence", "rank", "when", "then", "why", "thresholds", "sentences",
               "overrideReasons", "suggests", "swallows", "citations", "sourceAttributes", "changes", "defaultMode", "variants",
               "afterOverride"});
  RulePolicy policy;
  policy.rule = object.text("rule");
  if (!policy.rule.empty() && policy.rule != file_rule)
    report.at("/rule", "says " + quoted(policy.rule) + " in the file of " + quoted(file_rule));
  policy.title = object.text("title");
  policy.topic_display = object.text("topicDisplay");
  policy.evidence = object.text("evidence");
  if (policy.evidence.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") != std::string::npos)
    report.at("/evidence", "must be one word of small letters, digits and hyphens, such as `house-default`");
  const double rank = object.number("rank");
  if (std::floor(rank) != rank || rank < 0 || rank > 1e6) report.at("/rank", "must be a whole number");
  policy.rank = static_cast<int>(std::clamp(rank, 0.0, 1e6));
  policy.when = object.text("when");
  policy.then = object.text("then");
  policy.why = object.text("why");
  check_sentence(policy.when, "/when", report);
  check_sentence(policy.then, "/then", report);
  check_sentence(policy.why, "/why", report);
  policy.thresholds = object.texts("thresholds");
  policy.override_reasons = object.texts("overrideReasons");
  policy.suggests = object.texts("suggests");
  policy.swallows = object.texts("swallows");
  policy.citations = object.texts("citations");
  policy.default_mode = read_mode(root["defaultMode"], "/defaultMode", report);
  if (root.find("variants") && !root["variants"].is_object()) report.at("/variants", "must be an object in braces");
  for (const json::Member& member : root["variants"].members())
    policy.variants.emplace(member.name, read_mode(member.value, "/variants/" + std::string(member.name), report));
  if (policy.citations.empty() && object.member("citations").is_array())
    report.at("/citations", "must not be empty: name what the rule rests on, `house-default` where nothing is published");
  read_source_attributes(object, root, policy, report);
  read_changes(object, policy, report);
  read_after_override(root.find("afterOverride"), policy, report);
  const Object sentences(object.member("sentences"), "/sentences", report);
  for (const json::Member& member : object.member("sentences").members()) {
    std::string sentence = sentences.text(member.name);
    check_sentence(sentence, sentences.place(member.name), report);
    policy.sentences.emplace(member.name, std::move(sentence));
  }
  content.policies.insert_or_assign(std::string(file_rule), std::move(policy));
}

void read_thresholds(const json::Value& root, Knowledge::Content& content, Report& report) {
  const Object all(root, "", report);
  for (const json::Member& member : root.members()) {
    const Object object(member.value, "/" + std::string(member.name), report);
    object.only({"value", "unit", "source", "strength", "note", "bounds"});
    const double value = object.number("value");
    if (const json::Value* given = member.value.find("value"); given && given->is_number() && value <= 0)
      report.at(object.place("value"), "must be above zero");
    Threshold threshold{value, object.text("unit"), object.text("source"), object.text("strength"), object.text("note", true), {}};
    if (const json::Value* bounds = member.value.find("bounds")) {
      const Object range(*bounds, object.place("bounds"), report);
      range.only({"from", "to"});
      threshold.bounds = {range.number("from"), range.number("to")};
      if (threshold.value < threshold.bounds->from || threshold.value > threshold.bounds->to)
        report.at(object.place("bounds"), "the value " + std::string(member.value["value"].number_text()) +
                                              " does not lie inside its own bounds");
    }
    content.thresholds.emplace(member.name, std::move(threshold));
  }
}

void read_sentences(const json::Value& root, Knowledge::Content& content, Report& report) {
  const Object all(root, "", report);
  for (const json::Member& member : root.members()) {
    std::string sentence = all.text(member.name);
    check_sentence(sentence, all.place(member.name), report);
    content.sentences.emplace(member.name, std::move(sentence));
  }
}

void read_override_reasons(const json::Value& root, Knowledge::Content& content, Report& report) {
  const Object all(root, "", report);
  for (const json::Member& member : root.members())
    content.override_reasons.emplace(member.name, OverrideReason{std::string(member.name), all.text(member.name)});
}

void read_lab_orders(const json::Value& root, Knowledge::Content& content, Report& report) {
  const Object all(root, "", report);
  for (const json::Member& member : root.members()) {
    const Object object(member.value, "/" + std::string(member.name), report);
    object.only({"loinc", "display", "label"});
    LabOrder lab{std::string(member.name), object.text("loinc"), object.text("display"), object.text("label")};
    if (!lab.loinc.empty() && !loinc_check_digit(lab.loinc))
      report.at(object.place("loinc"), quoted(lab.loinc) + " is no LOINC code: its check digit is wrong");
    content.lab_orders.emplace(member.name, std::move(lab));
  }
}

void read_forbidden_wording(const json::Value& root, Knowledge::Content& content, Report& report) {
  const Object all(root, "", report);
  all.only({"patterns"});
  all.each("patterns", "the wording that no card may hold", [&](const Object& object) {
    object.only({"pattern", "why", "except"});
    ForbiddenWording wording{object.text("pattern"), object.text("why")};
    if (object.has("except")) wording.except = object.texts("except");
    try {
      const std::regex compiled(wording.pattern);
    } catch (const std::regex_error&) {
      report.at(object.place("pattern"), "is no regular expression");
    }
    content.forbidden_wording.push_back(std::move(wording));
  });
}

void read_evidence(const json::Value& root, Knowledge::Content& content, Report& report) {
  const Object all(root, "", report);
  for (const json::Member& member : root.members()) {
    const Object object(member.value, "/" + std::string(member.name), report);
    object.only({"citation", "url", "date", "strength"});
    Evidence evidence{std::string(member.name), object.text("citation"), object.text("url", true),
                      object.text("date", true), object.text("strength")};
    if (!evidence.url.empty() && evidence.url.rfind("https://", 0) != 0)
      report.at(object.place("url"), "must start with https://");
    content.evidence.emplace(member.name, std::move(evidence));
  }
}

void read_site(const json::Value& root, Knowledge::Content& content, Report& report) {
  const Object object(root, "", report);
  object.only({"overrides"});
  object.each("overrides", "for each file of the site who changed it, when and why", [&](const Object& entry) {
    entry.only({"file", "date", "author", "reason"});
    content.site_overrides.push_back({entry.text("file"), entry.day("date"), entry.text("author"), entry.text("reason")});
  });
}

}  // namespace

bool read_json_file(const KnowledgeFile& file, Knowledge::Content& content, Report& report) {
  constexpr std::string_view policies = "policy/", ending = ".json";
  const std::string_view path = file.path;
  if (path.size() <= ending.size() || path.substr(path.size() - ending.size()) != ending) return false;
  const bool policy = path.rfind(policies, 0) == 0;
  using Reader = void (*)(const json::Value&, Knowledge::Content&, Report&);
  constexpr std::pair<std::string_view, Reader> readers[] = {{"thresholds.json", read_thresholds},
                                                             {"sentences.json", read_sentences},
                                                             {"override-reasons.json", read_override_reasons},
                                                             {"lab-orders.json", read_lab_orders},
                                                             {"evidence.json", read_evidence},
                                                             {"site.json", read_site},
                                                             {"forbidden-wording.json", read_forbidden_wording}};
  const auto reader = std::find_if(std::begin(readers), std::end(readers), [&](const auto& r) { return r.first == path; });
  if (!policy && reader == std::end(readers)) return false;
  const auto document = json::parse_with_comments(file.bytes);
  if (!document) {
    report.at("", "cannot be read as JSON: " + document.error().text);
    return true;
  }
  if (policy) {
    read_policy(document->root(), path.substr(policies.size(), path.size() - policies.size() - ending.size()), content, report);
  } else {
    reader->second(document->root(), content, report);
  }
  return true;
}

}  // namespace cofactor::cards
