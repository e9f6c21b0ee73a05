// Promises: rows of a comma-separated table (RFC 4180: quoted fields, doubled quotes, CRLF or LF) with the line
// each row starts on. Lines that begin with # and empty lines are skipped. Broken quoting is said, not guessed.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace cofactor::cards {

struct CsvRow {
  int line = 0;                     ///< 1-based line of the file the row starts on
  std::vector<std::string> fields;
};
struct CsvTable {
  std::vector<std::string> header;  ///< first row
  std::vector<CsvRow> rows;         ///< all others, whatever their width
  std::string error;                ///< empty, or what is broken
  int error_line = 0;
};

CsvTable read_csv(std::string_view text);

}  // namespace cofactor::cards
