// Promises: what compare_knowledge.hpp says. A file whose bytes differ and of which no word was said is named, so that
// nothing changes unseen.
#include "cards/engine/compare_knowledge.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "cards/engine/knowledge_content.hpp"
#include "cards/engine/plain_words.hpp"

namespace cofactor::cards {
namespace {

using Texts = std::vector<std::string>;

std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

/// `what`: two lines, the old and the new.
std::string replaced(std::string_view what, std::string_view from, std::string_view to, std::string_view indent) {
  const std::string deeper = std::string(indent) + "  ";
  return wrapped(std::string(what) + ":", indent) + wrapped("- " + std::string(from), deeper, "  ") + wrapped("+ " + std::string(to), deeper, "  ");
}

std::string changed_text(std::string_view what, const std::string& from, const std::string& to, std::string_view indent) {
  return from == to ? std::string() : replaced(what, quoted(from), quoted(to), indent);
}

std::string changed_list(std::string_view what, const Texts& from, const Texts& to, std::string_view indent) {
  if (from == to) return {};
  Texts parts;
  const auto only = [](const Texts& in, const Texts& not_in) {
    Texts found;
    for (const std::string& item : in)
      if (std::find(not_in.begin(), not_in.end(), item) == not_in.end()) found.push_back(item);
    return found;
  };
  if (const Texts added = only(to, from); !added.empty()) parts.push_back("added " + listed(added));
  if (const Texts removed = only(from, to); !removed.empty()) parts.push_back("removed " + listed(removed));
  if (parts.empty()) parts.push_back("another order: " + listed(to));
  return wrapped(std::string(what) + ": " + listed(parts), indent, "  ");
}

/// Visits the keys of both maps in order; a side that lacks the key is nullptr.
template <class Map>
void each_key(const Map& from, const Map& to,
              const std::function<void(const std::string&, const typename Map::mapped_type*, const typename Map::mapped_type*)>& visit) {
  std::set<std::string> keys;
  for (const auto& [key, unused] : from) keys.insert(std::string(key));
  for (const auto& [key, unused] : to) keys.insert(std::string(key));
  for (const std::string& key : keys) {
    const auto a = from.find(key);
    const auto b = to.find(key);
    visit(key, a == from.end() ? nullptr : &a->second, b == to.end() ? nullptr : &b->second);
  }
}

template <class Map>
std::string changed_sentences(const Map& from, const Map& to, std::string_view indent) {
  std::string out;
  each_key(from, to, [&](const std::string& key, const std::string* a, const std::string* b) {
    if (!a)
      out += wrapped("sentence " + key + " is new: " + quoted(*b), indent, "  ");
    else if (!b)
      out += wrapped("sentence " + key + " is gone: " + quoted(*a), indent, "  ");
    else
      out += changed_text("sentence " + key, *a, *b, indent);
  });
  return out;
}

/// The rules of the new set whose policy names this number.
Texts readers_of(const Knowledge& knowledge, std::string_view threshold) {
  Texts rules;
  for (std::string_view rule : knowledge.rules()) {
    const Texts& keys = knowledge.policy(rule).thresholds;
    if (std::find(keys.begin(), keys.end(), threshold) != keys.end()) rules.emplace_back(rule);
  }
  return rules;
}

std::string numbers(const Knowledge& from, const Knowledge& to) {
  std::string out;
  const auto bounds = [](const auto& b) { return b ? plain_number(b->from) + " to " + plain_number(b->to) : std::string("nothing else"); };
  const auto said = [](const Threshold& t) { return plain_number(t.value) + " " + t.unit; };
  each_key(from.content().thresholds, to.content().thresholds, [&](const std::string& key, const Threshold* a, const Threshold* b) {
    if (!a || !b) {
      out += wrapped(key + (a ? " is gone: " + said(*a) : " is new: " + said(*b) + "; " + b->note), "  ", "  ");
      return;
    }
    std::string lines;
    if (said(*a) != said(*b)) {
      lines += wrapped(key + ": " + said(*a) + " -> " + said(*b), "  ");
      if (!b->note.empty()) lines += wrapped("meaning: " + b->note, "    ", "  ");
      const Texts rules = readers_of(to, key);
      lines += wrapped("read by: " + (rules.empty() ? std::string("no rule's policy names it") : listed(rules)), "    ", "  ");
    }
    const std::string rest = changed_text("source", a->source, b->source, "    ") + changed_text("strength", a->strength, b->strength, "    ") +
                             changed_text("note", a->note, b->note, "    ") +
                             changed_text("a client may have it within", bounds(a->bounds), bounds(b->bounds), "    ");
    if (lines.empty() && !rest.empty()) lines = "  " + key + ": the number stays " + said(*b) + "\n";
    out += lines + rest;
  });
  return out;
}

std::string history_entries(const RulePolicy& a, const RulePolicy& b) {
  std::string out;
  for (const PolicyChange& change : b.changes)
    if (std::none_of(a.changes.begin(), a.changes.end(), [&](const PolicyChange& c) {
          return c.date == change.date && c.what == change.what && c.author == change.author && c.why == change.why;
        }))
      out += wrapped("history: " + change.date + ", " + change.author + ": " + change.what + " " + change.why, "    ", "  ");
  return out;
}

std::string policy_changes(const RulePolicy& a, const RulePolicy& b) {
  std::string out;
  const std::string_view in = "    ";
  const auto names = [](const std::vector<Indicator>& indicators) {
    Texts list;
    for (const Indicator indicator : indicators) list.emplace_back(name_of(indicator));
    return list;
  };
  out += changed_text("title", a.title, b.title, in) + changed_text("topic", a.topic_display, b.topic_display, in);
  out += changed_text("evidence", a.evidence, b.evidence, in);
  if (a.rank != b.rank) out += wrapped("place in the order of cards: " + std::to_string(a.rank) + " -> " + std::to_string(b.rank), in);
  if (a.default_mode != b.default_mode)
    out += wrapped("mode where the site has not decided: " + std::string(name_of(a.default_mode)) + " -> " + std::string(name_of(b.default_mode)), in);
  each_key(a.variants, b.variants, [&](const std::string& variant, const RuleMode* from, const RuleMode* to) {
    const auto said = [](const RuleMode* mode) { return mode ? std::string(name_of(*mode)) : std::string("as the rule"); };
    if (said(from) != said(to)) out += wrapped("variant " + variant + ": " + said(from) + " -> " + said(to), in);
  });
  out += changed_text("when", a.when, b.when, in) + changed_text("then", a.then, b.then, in) + changed_text("why", a.why, b.why, in);
  out += changed_list("numbers that it reads", a.thresholds, b.thresholds, in);
  out += changed_list("override reasons", a.override_reasons, b.override_reasons, in);
  out += changed_list("findings that an override silences", names(a.silenced_by_override), names(b.silenced_by_override), in);
  out += changed_list("what must be unchanged for that", a.same_facts, b.same_facts, in);
  out += changed_list("suggests", a.suggests, b.suggests, in) + changed_list("takes in as a line", a.swallows, b.swallows, in);
  out += changed_list("citations", a.citations, b.citations, in);
  out += changed_sentences(a.sentences, b.sentences, in);
  each_key(a.source_attributes, b.source_attributes, [&](const std::string& name, const std::string* from, const std::string* to) {
    out += changed_text("source attribute " + name, from ? *from : std::string(), to ? *to : std::string(), in);
  });
  return out + history_entries(a, b);
}

std::string rules(const Knowledge& from, const Knowledge& to, std::set<std::string>& said) {
  std::string out;
  each_key(from.content().policies, to.content().policies, [&](const std::string& rule, const RulePolicy* a, const RulePolicy* b) {
    if (!a || !b) {
      out += wrapped(rule + (a ? " is gone: " : " is new: ") + (a ? a->title : b->title), "  ", "  ");
    } else if (const std::string changes = policy_changes(*a, *b); !changes.empty()) {
      out += "  " + rule + "\n" + changes;
      said.insert("policy/" + rule + ".json");
    }
  });
  return out;
}

/// Entries of one map, each said in one text.
template <class Map, class Say>
std::string entries(const Map& from, const Map& to, Say say) {
  std::string out;
  each_key(from, to, [&](const std::string& key, const auto* a, const auto* b) {
    if (!a)
      out += wrapped("added " + key + ": " + say(*b), "  ", "  ");
    else if (!b)
      out += wrapped("removed " + key + ": " + say(*a), "  ", "  ");
    else if (say(*a) != say(*b))
      out += replaced(key, say(*a), say(*b), "  ");
  });
  return out;
}

std::string section(std::string_view name, const std::string& body) { return body.empty() ? std::string() : heading(name) + body; }

}  // namespace

std::string describe_differences(const Knowledge& from, const Knowledge& to) {
  if (from.revision() == to.revision()) return "nothing differs: both are " + to.revision() + "\n";
  const Knowledge::Content &a = from.content(), &b = to.content();
  std::string out = "from " + from.revision() + "\nto   " + to.revision() + "\n";

  std::string who;
  for (const SiteOverride& entry : b.site_overrides)
    who += wrapped(entry.file + ": " + entry.date + ", " + entry.author + ". " + entry.reason, "  ", "  ");
  out += section("Who, when and why (site.json)", who);
  std::set<std::string> said;
  const auto tell = [&](const char* file, std::string_view name, const std::string& body) {
    if (!body.empty()) said.insert(file);
    out += section(name, body);
  };
  tell("thresholds.json", "Numbers", numbers(from, to));
  out += section("Rules", rules(from, to, said));
  tell("sentences.json", "Sentences that several cards share", changed_sentences(a.sentences, b.sentences, "  "));
  tell("override-reasons.json", "Override reasons", entries(a.override_reasons, b.override_reasons, [](const OverrideReason& r) { return quoted(r.display); }));
  tell("lab-orders.json", "Laboratory orders", entries(a.lab_orders, b.lab_orders, [](const LabOrder& lab) {
                   return lab.display + " (LOINC " + lab.loinc + "), " + quoted(lab.label);
                 }));
  tell("evidence.json", "Sources", entries(a.evidence, b.evidence, [](const Evidence& e) { return e.citation + " [" + e.strength + ", " + e.date + "] " + e.url; }));

  const auto forbidden = [](const Knowledge::Content& content) {
    std::map<std::string, std::string> list;
    for (const ForbiddenWording& wording : content.forbidden_wording) list.emplace(wording.pattern, wording.why);
    return list;
  };
  tell("forbidden-wording.json", "Wording that no card may hold", entries(forbidden(a), forbidden(b), [](const std::string& why) { return why; }));

  std::string tables, layout;
  std::set<std::string> paths;
  const auto bytes_of = [](const Knowledge::Content& content, std::string_view path) -> const std::string* {
    for (const KnowledgeFile& file : content.files)
      if (file.path == path) return &file.bytes;
    return nullptr;
  };
  for (const Knowledge::Content* content : {&a, &b})
    for (const KnowledgeFile& file : content->files) paths.insert(file.path);
  for (const std::string& path : paths) {
    const std::string *before = bytes_of(a, path), *after = bytes_of(b, path);
    if (before && after && *before == *after) continue;
    if (path.ends_with(".csv")) {
      const std::string_view old_rows = before ? *before : std::string_view(), new_rows = after ? *after : std::string_view();
      const bool medicines = path.starts_with("formulary/") || path.starts_with("imported/");
      const std::string rows = medicines ? describe_formulary_differences(path, old_rows, new_rows, from, to)
                                         : describe_table_differences(path, old_rows, new_rows);
      (rows.empty() ? layout : tables) += rows.empty() ? "  " + path + "\n" : rows;
    } else if (!before || !after) {
      if (path != "site.json") layout += "  " + path + (after ? " is new\n" : " is gone\n");
    } else if (path != "site.json" && said.find(path) == said.end()) {
      layout += "  " + path + "\n";
    }
  }
  out += section("Codes and words", tables);
  return out + section("Other files that differ, in layout, comments or ways not told here", layout);
}

}  // namespace cofactor::cards
