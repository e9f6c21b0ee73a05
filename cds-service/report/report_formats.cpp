// Promises: a computed report as text for a person, CSV for a spreadsheet, JSON for a program.
#include <algorithm>
#include <cctype>
#include <cstdio>

#include "cards/rendering/code_points.hpp"
#include "cds-service/report/report.hpp"
#include "fhir/json/writer.hpp"

namespace cofactor::service::report {
namespace {

std::string fixed(double value) {
  char text[64];
  std::snprintf(text, sizeof text, "%.3f", value);
  return text;
}

std::string share(std::int64_t part, std::int64_t whole) {
  if (whole == 0) return "-";
  char text[32];
  std::snprintf(text, sizeof text, "%.1f %%", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
  return text;
}

using Row = std::vector<std::string>;

/// Text of a table cell: control characters in codes that clients sent must not move the cursor of a terminal, in their
/// eight-bit form neither, and none may turn the text around.
std::string printable(const std::string& text) {
  std::string clean;
  for (std::size_t i = 0; i < text.size();) {
    const cards::CodePoint c = cards::next_code_point(text, i);
    const bool control = c.value < 0x20 || (c.value >= 0x7f && c.value < 0xa0) || c.value == 0x2028 || c.value == 0x2029;
    if (control || cards::invisible(c.value))
      clean += '?';
    else
      clean.append(text, i, c.bytes);
    i += c.bytes;
  }
  return clean;
}

void add_table(std::string& out, const std::string& title, const Row& head, const std::vector<Row>& rows) {
  out += "\n" + title + "\n";
  if (rows.empty()) {
    out += "  none\n";
    return;
  }
  std::vector<std::size_t> widths;
  for (const auto& cell : head) widths.push_back(cell.size());
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  const auto add_row = [&](const Row& row) {
    std::string line = " ";
    for (std::size_t i = 0; i < row.size(); ++i) {
      const bool numeric = !rows.front()[i].empty() && (std::isdigit(static_cast<unsigned char>(rows.front()[i][0])) != 0 || rows.front()[i] == "-");
      const std::string space(widths[i] - row[i].size(), ' ');
      line += " " + (numeric ? space + printable(row[i]) : printable(row[i]) + space) + " ";
    }
    out += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  };
  add_row(head);
  for (const auto& row : rows) add_row(row);
}

Row call_row(const CallCount& it) {
  return {it.hook.empty() ? "all" : it.hook, it.client.empty() ? "all" : it.client, std::to_string(it.calls),
          std::to_string(it.relevant), std::to_string(it.with_cards), std::to_string(it.could_not_check),
          fixed(it.time.p50_ms), fixed(it.time.p95_ms), fixed(it.time.p99_ms)};
}

std::string rule_or_unknown(const std::string& rule) { return rule.empty() ? "(unknown card)" : rule; }
std::string reason_or_none(const FeedbackCount& it) {
  if (it.reason.empty()) return it.outcome == "overridden" ? "(no reason)" : "";
  constexpr std::string_view ours = "urn:cofactor:override-reason";
  return it.reason_system.empty() || it.reason_system == ours ? it.reason : it.reason_system + "|" + it.reason;
}

/// Does a spreadsheet take what begins here for a formula? The full-width forms are read alike by some.
bool begins_formula(std::string_view text) {
  if (text.empty()) return false;
  if (std::string_view("=+-@\t\r\n").find(text.front()) != std::string_view::npos) return true;
  for (const std::string_view wide : {"\uff1d", "\uff0b", "\uff0d", "\uff20"})
    if (text.starts_with(wide)) return true;
  return false;
}

/// A cell that would be a formula is made text, also where it would become one only for a spreadsheet that parts cells
/// elsewhere: at a semicolon, a tab, a line end or after a quotation mark. Every cell that needs it is quoted.
std::string csv_cell(const std::string& text) {
  const std::string_view all = text;
  std::string cell;
  const auto first = all.find_first_not_of(" \"';,");
  if (begins_formula(all) || (first != std::string_view::npos && begins_formula(all.substr(first)))) cell = "'";
  bool cell_may_begin = false;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const bool parts = std::string_view(",;\"\t\r\n").find(all[i]) != std::string_view::npos;
    if (cell_may_begin && !parts && begins_formula(all.substr(i))) cell += '\'';
    cell += all[i];
    cell_may_begin = parts || (cell_may_begin && (all[i] == ' ' || all[i] == '\''));
  }
  if (cell.find_first_of(",;\"'\r\n\t ") == std::string::npos) return cell;
  std::string quoted = "\"";
  for (const char c : cell) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

void add_csv(std::string& out, const Row& row) {
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (i > 0) out += ',';
    out += csv_cell(row[i]);
  }
  out += "\r\n";
}

void write_time(json::Writer& out, const Percentiles& time) {
  out.key("milliseconds").begin_object().field("p50", time.p50_ms).field("p95", time.p95_ms);
  out.field("p99", time.p99_ms).field("longest", time.longest_ms).end_object();
}

void write_calls(json::Writer& out, const CallCount& it) {
  out.begin_object();
  if (!it.hook.empty()) out.field("hook", it.hook).field("client", it.client);
  out.key("calls").integer(it.calls).key("relevant").integer(it.relevant).key("withCards").integer(it.with_cards);
  out.key("couldNotCheck").integer(it.could_not_check);
  write_time(out, it.time);
  out.end_object();
}

}  // namespace

std::string as_text(const Report& report) {
  std::string out = "Cofactor report, " + report.period.from + " to " + report.period.to + " (UTC, both days included)\n";
  std::vector<Row> rows;
  for (const auto& it : report.calls) rows.push_back(call_row(it));
  if (report.calls.size() > 1) rows.push_back(call_row(report.all));
  add_table(out, "Calls", {"hook", "client", "calls", "relevant", "with cards", "could not check", "p50 ms", "p95 ms", "p99 ms"}, rows);
  rows.clear();
  for (const auto& it : report.cards) {
    rows.push_back({it.rule, it.indicator, std::to_string(it.shown), share(it.shown, report.all.relevant),
                    std::to_string(it.accepted), std::to_string(it.overridden), share(it.overridden, it.shown)});
  }
  add_table(out, "Cards", {"rule", "indicator", "shown", "of relevant calls", "accepted", "overridden", "override rate"}, rows);
  rows.clear();
  for (const auto& it : report.withheld) rows.push_back({it.rule, it.indicator, it.why, std::to_string(it.count)});
  if (!rows.empty()) add_table(out, "Cards not shown", {"rule", "indicator", "why", "cards"}, rows);
  rows.clear();
  for (const auto& it : report.could_not_check) rows.push_back({it.name, std::to_string(it.count)});
  add_table(out, "Could not check, calls by reason", {"reason", "calls"}, rows);
  rows.clear();
  for (const auto& it : report.feedback) {
    rows.push_back({rule_or_unknown(it.rule), it.outcome, reason_or_none(it), std::to_string(it.count)});
  }
  add_table(out, "Feedback received", {"rule", "outcome", "reason", "items"}, rows);
  if (report.feedback_unknown_card > 0 || report.feedback_foreign_suggestion > 0) {
    out += "\n  " + std::to_string(report.feedback_unknown_card) + " for cards that are not ours, " +
           std::to_string(report.feedback_foreign_suggestion) + " with a suggestion that the card did not make\n";
  }
  return out;
}

std::string as_csv(const Report& report) {
  std::string out;
  add_csv(out, {"section", "from", "to", "hook", "client", "rule", "indicator", "outcome", "reason_system", "reason", "measure", "value"});
  const auto& from = report.period.from;
  const auto& to = report.period.to;
  const auto measure = [&](const char* section, Row names, const char* name, std::string value) {
    Row row = {section, from, to};
    row.insert(row.end(), names.begin(), names.end());
    row.insert(row.end(), {name, std::move(value)});
    add_csv(out, row);
  };
  const auto calls = [&](const CallCount& it) {
    const Row names = {it.hook.empty() ? "all" : it.hook, it.client.empty() ? "all" : it.client, "", "", "", "", ""};
    measure("calls", names, "calls", std::to_string(it.calls));
    measure("calls", names, "relevant", std::to_string(it.relevant));
    measure("calls", names, "with_cards", std::to_string(it.with_cards));
    measure("calls", names, "could_not_check", std::to_string(it.could_not_check));
    measure("calls", names, "p50_ms", fixed(it.time.p50_ms));
    measure("calls", names, "p95_ms", fixed(it.time.p95_ms));
    measure("calls", names, "p99_ms", fixed(it.time.p99_ms));
    measure("calls", names, "longest_ms", fixed(it.time.longest_ms));
  };
  calls(report.all);
  for (const auto& it : report.calls) calls(it);
  for (const auto& it : report.cards) {
    const Row names = {"", "", it.rule, it.indicator, "", "", ""};
    measure("cards", names, "shown", std::to_string(it.shown));
    measure("cards", names, "accepted", std::to_string(it.accepted));
    measure("cards", names, "overridden", std::to_string(it.overridden));
  }
  for (const auto& it : report.withheld) {
    measure("withheld", {"", "", it.rule, it.indicator, "", "", it.why}, "cards", std::to_string(it.count));
  }
  for (const auto& it : report.could_not_check) {
    measure("could_not_check", {"", "", "", "", "", "", it.name}, "calls", std::to_string(it.count));
  }
  for (const auto& it : report.feedback) {
    measure("feedback", {"", "", it.rule, "", it.outcome, it.reason_system, it.reason}, "items", std::to_string(it.count));
  }
  measure("feedback", Row(7), "unknown_card", std::to_string(report.feedback_unknown_card));
  measure("feedback", Row(7), "foreign_suggestion", std::to_string(report.feedback_foreign_suggestion));
  return out;
}

std::string as_json(const Report& report) {
  json::Writer out;
  out.begin_object().key("period").begin_object().field("from", report.period.from).field("to", report.period.to).end_object();
  out.key("all");
  write_calls(out, report.all);
  out.key("calls").begin_array();
  for (const auto& it : report.calls) write_calls(out, it);
  out.end_array().key("cards").begin_array();
  for (const auto& it : report.cards) {
    out.begin_object().field("rule", it.rule).field("indicator", it.indicator).key("shown").integer(it.shown);
    out.key("accepted").integer(it.accepted).key("overridden").integer(it.overridden).end_object();
  }
  out.end_array().key("withheld").begin_array();
  for (const auto& it : report.withheld) {
    out.begin_object().field("rule", it.rule).field("indicator", it.indicator).field("why", it.why);
    out.key("cards").integer(it.count).end_object();
  }
  out.end_array().key("couldNotCheck").begin_array();
  for (const auto& it : report.could_not_check) {
    out.begin_object().field("reason", it.name).key("calls").integer(it.count).end_object();
  }
  out.end_array().key("feedback").begin_object().key("items").integer(report.feedback_items);
  out.key("unknownCard").integer(report.feedback_unknown_card);
  out.key("foreignSuggestion").integer(report.feedback_foreign_suggestion).key("counts").begin_array();
  for (const auto& it : report.feedback) {
    out.begin_object();
    if (!it.rule.empty()) out.field("rule", it.rule);
    out.field("outcome", it.outcome);
    if (!it.reason_system.empty()) out.field("reasonSystem", it.reason_system);
    if (!it.reason.empty()) out.field("reason", it.reason);
    out.key("count").integer(it.count).end_object();
  }
  out.end_array().end_object().end_object();
  return out.take() + "\n";
}

}  // namespace cofactor::service::report
