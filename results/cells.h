// Values, intervals and footnotes of the leaderboard's cells.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "results/join_rows.h"
#include "results/table.h"

namespace lethe {

// Makes the cells row by row and writes every reason for a missing or partial
// value into the table's notes, each text once.
class CellMaker {
 public:
  // `table` needs its columns; its notes and remarks grow.
  explicit CellMaker(Table& table);

  // The cells of one row. by_column[c] holds the row's records of column c, at
  // most one a seed.
  std::vector<TableCell> cells(
      const std::vector<std::vector<const Record*>>& by_column,
      const JoinedRow& source);

  // Adds a remark for each failure that no cell of the last row could show
  // (its probe gave no value in any row).
  void report_unseen(const std::string& row_name,
                     const std::vector<const Record*>& failures);

 private:
  TableCell cell(size_t column, const std::vector<const Record*>& records);
  void explain_absence(size_t column, TableCell& cell, const JoinedRow& source);
  void note(TableCell& cell, const std::string& text);

  Table& table_;
  std::map<std::string, size_t> numbers_;  // of the notes
  std::vector<std::string> items_;         // data and items hash of each column
  std::set<const Record*> seen_;           // failures that a cell shows
};

}  // namespace lethe
