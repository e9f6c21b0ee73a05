// Promises: rows of two tables held against each other by their key columns: added, removed, and which cells changed. A
// table of columns that are not known here is compared by whole rows.
#include <algorithm>
#include <map>

#include "cards/engine/compare_knowledge.hpp"
#include "cards/engine/csv.hpp"
#include "cards/engine/plain_words.hpp"

namespace cofactor::cards {
namespace {

using Header = std::vector<std::string>;

/// Where the cells stand that tell one row from another: the first of these sets that the table has.
std::vector<std::size_t> key_columns(const Header& header) {
  static const std::vector<Header> keys{{"system", "code"}, {"loinc"}, {"words"}, {"kind", "value"}, {"class", "route"}};
  for (const Header& wanted : keys) {
    std::vector<std::size_t> places;
    for (const std::string& column : wanted)
      if (const auto found = std::find(header.begin(), header.end(), column); found != header.end())
        places.push_back(static_cast<std::size_t>(found - header.begin()));
    if (places.size() == wanted.size()) return places;
  }
  return {};
}

std::string cell(const CsvRow& row, std::size_t column) { return column < row.fields.size() ? row.fields[column] : std::string(); }

std::string key_of(const CsvRow& row, const std::vector<std::size_t>& places) {
  std::string key;
  if (places.empty())
    for (const std::string& field : row.fields) key += (key.empty() ? "" : ", ") + field;
  for (const std::size_t place : places) key += (key.empty() ? "" : " ") + cell(row, place);
  return key;
}

/// What the row says beside its key, for a person: every cell that is not empty but its source.
std::string said(const CsvRow& row, const Header& header, const std::vector<std::size_t>& places) {
  std::string text;
  for (std::size_t i = 0; i < header.size() && !places.empty(); ++i) {
    if (std::find(places.begin(), places.end(), i) != places.end() || cell(row, i).empty() || header[i] == "source") continue;
    text += (text.empty() ? "" : "; ") + header[i] + " " + cell(row, i);
  }
  return text.empty() ? text : " (" + text + ")";
}

std::string changed_cells(const CsvRow& from, const Header& from_header, const CsvRow& to, const Header& to_header) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < to_header.size(); ++i) {
    const auto same = std::find(from_header.begin(), from_header.end(), to_header[i]);
    const std::string before = same == from_header.end() ? std::string() : cell(from, static_cast<std::size_t>(same - from_header.begin()));
    if (before != cell(to, i)) parts.push_back(to_header[i] + " \"" + before + "\" -> \"" + cell(to, i) + "\"");
  }
  return listed(parts);
}

}  // namespace

std::string describe_table_differences(std::string_view path, std::string_view from, std::string_view to) {
  const CsvTable a = read_csv(from), b = read_csv(to);
  const std::vector<std::size_t> a_key = key_columns(a.header), b_key = key_columns(b.header);
  std::map<std::string, const CsvRow*> before, after;
  for (const CsvRow& row : a.rows) before.emplace(key_of(row, a_key), &row);
  for (const CsvRow& row : b.rows) after.emplace(key_of(row, b_key), &row);
  std::size_t added = 0, removed = 0, changed = 0;
  std::string lines;
  for (const auto& [key, row] : before)
    if (after.find(key) == after.end()) {
      ++removed;
      lines += wrapped("- " + key + said(*row, a.header, a_key), "    ", "  ");
    }
  for (const auto& [key, row] : after) {
    const auto old = before.find(key);
    if (old == before.end()) {
      ++added;
      lines += wrapped("+ " + key + said(*row, b.header, b_key), "    ", "  ");
    } else if (const std::string cells = changed_cells(*old->second, a.header, *row, b.header); !cells.empty()) {
      ++changed;
      lines += wrapped("~ " + key + ": " + cells, "    ", "  ");
    }
  }
  if (lines.empty()) return {};
  return "  " + std::string(path) + ": " + std::to_string(added) + " added, " + std::to_string(removed) + " removed, " +
         std::to_string(changed) + " changed\n" + lines;
}

}  // namespace cofactor::cards
