// Promises: a table of the knowledge with its columns by name; every row as wide as its header. Private to the engine.
#pragma once
#include <initializer_list>
#include <string_view>
#include <vector>

#include "cards/engine/csv.hpp"
#include "cards/engine/knowledge_content.hpp"

namespace cofactor::cards {

class Table {
 public:
  /// Reads the text; a table with another header than `columns` is reported and has no rows.
  Table(std::string_view text, std::initializer_list<std::string_view> columns, Report& report);
  struct Row {
    const CsvRow* row;
    const std::vector<std::string>* header;
    std::string_view operator[](std::string_view column) const;
    int line() const { return row->line; }
  };
  const std::vector<Row>& rows() const { return rows_; }

 private:
  CsvTable table_;
  std::vector<Row> rows_;
};

std::optional<double> positive_number(std::string_view text);

}  // namespace cofactor::cards
