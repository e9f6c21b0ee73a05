// Promises: one pass over the text, no look-ahead beyond one character.
#include "cards/engine/csv.hpp"

#include <utility>

namespace cofactor::cards {
namespace {

/// Reads one record starting at `at`; moves `at` behind its line end. False when the quoting is broken.
bool read_record(std::string_view text, std::size_t& at, int& line, std::vector<std::string>& fields) {
  fields.clear();
  std::string field;
  while (true) {
    if (at < text.size() && text[at] == '"') {
      ++at;
      while (true) {
        if (at == text.size()) return false;
        if (text[at] == '"') {
          ++at;
          if (at == text.size() || text[at] != '"') break;
        } else if (text[at] == '\n') {
          ++line;
        }
        field.push_back(text[at++]);
      }
      if (at < text.size() && text[at] != ',' && text[at] != '\r' && text[at] != '\n') return false;
    } else {
      while (at < text.size() && text[at] != ',' && text[at] != '\r' && text[at] != '\n') {
        if (text[at] == '"') return false;
        field.push_back(text[at++]);
      }
    }
    fields.push_back(std::exchange(field, {}));
    if (at == text.size()) return true;
    const char end = text[at++];
    if (end == ',') continue;
    if (end == '\r' && at < text.size() && text[at] == '\n') ++at;
    ++line;
    return true;
  }
}

}  // namespace

CsvTable read_csv(std::string_view text) {
  CsvTable table;
  std::size_t at = 0;
  int line = 1;
  std::vector<std::string> fields;
  while (at < text.size()) {
    if (text[at] == '#') {
      while (at < text.size() && text[at] != '\n') ++at;
      if (at < text.size()) ++at;
      ++line;
      continue;
    }
    const int start = line;
    if (!read_record(text, at, line, fields)) {
      table.error = "quotes do not match";
      table.error_line = start;
      return table;
    }
    if (fields.size() == 1 && fields[0].empty()) continue;
    if (table.header.empty()) {
      table.header = fields;
    } else {
      table.rows.push_back({start, fields});
    }
  }
  if (table.header.empty()) {
    table.error = "the table is empty";
    table.error_line = 1;
  }
  return table;
}

}  // namespace cofactor::cards
