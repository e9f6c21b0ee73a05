// Promises: rows of a comma-separated file of the clinical specification (RFC 4180 quoting), by
// column name.
#pragma once
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace cofactor {

inline std::vector<std::map<std::string, std::string>> clinical_rows(const std::string& name) {
  std::ifstream file(std::string(COFACTOR_SHARED) + "/clinical/" + name, std::ios::binary);
  std::stringstream buffer;
  buffer << file.rdbuf();
  const std::string text = buffer.str();
  std::vector<std::vector<std::string>> table(1);
  std::string field;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '"' && i + 1 < text.size() && text[i + 1] == '"') {
        field += '"';
        ++i;
      } else if (c == '"') {
        quoted = false;
      } else {
        field += c;
      }
    } else if (c == '"') {
      quoted = true;
    } else if (c == ',' || c == '\n') {
      table.back().push_back(field);
      field.clear();
      if (c == '\n') table.emplace_back();
    } else if (c != '\r') {
      field += c;
    }
  }
  std::vector<std::map<std::string, std::string>> rows;
  for (std::size_t r = 1; r < table.size(); ++r) {
    if (table[r].size() < 2) continue;
    std::map<std::string, std::string> row;
    for (std::size_t c = 0; c < table[0].size() && c < table[r].size(); ++c)
      row[table[0][c]] = table[r][c];
    rows.push_back(row);
  }
  return rows;
}

}  // namespace cofactor
