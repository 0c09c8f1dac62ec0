// Which rows of which runs stand against each other, and their measures.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "harness/base/record.h"
#include "results/compare.h"
#include "results/item_values.h"
#include "results/join_rows.h"

namespace lethe {

// The records of one measure, a seed each.
using SeedRecords = std::vector<const Record*>;

struct CompareRow {
  std::string name;  // "npo", with several runs "npo @ RUN"
  std::string own;   // "npo"
  std::string kind;  // label, method, options and transforms
  size_t run = 0;
  bool original = false;  // the method `none`, without transforms
  std::vector<std::pair<std::string, SeedRecords>> measures;  // by measure_key

  // Null when the row has none of this measure.
  const SeedRecords* find(const std::string& key) const;
};

struct CompareRun {
  std::string folder;
  std::string name;  // of the folder; its path where two are called the same
  std::vector<Record> records;
  std::unique_ptr<ItemReader> reader;
  JoinedRows joined;
};

using RowPairs = std::vector<std::pair<const CompareRow*, const CompareRow*>>;

class ComparedRows {
 public:
  // Throws: as compare_runs().
  explicit ComparedRows(const CompareOptions& options);
  ComparedRows(const ComparedRows&) = delete;
  ComparedRows& operator=(const ComparedRows&) = delete;

  // The pairs of rows that the options ask for, as compare_runs() says.
  // Throws: usage error for an unknown row; "nothing selected" when there are
  // none.
  RowPairs pairs() const;

  CompareRun& run(const CompareRow& row) { return runs_[row.run]; }
  // By measure_key, with keys and titles as the leaderboard has them; only
  // what --metric lets through.
  const std::map<std::string, TableColumn>& columns() const { return columns_; }
  const std::vector<std::string>& remarks() const { return remarks_; }

 private:
  void read(size_t index, const std::string& name);
  void name_measures();
  bool matches(const TableColumn& column) const;
  std::string row_names() const;
  const CompareRow* find_row(const std::string& name, const char* option) const;
  bool wanted(const CompareRow& row) const;
  const CompareRow* baseline() const;
  RowPairs same_rows() const;

  const CompareOptions o_;
  std::deque<CompareRun> runs_;  // rows point into their records
  std::deque<CompareRow> rows_;
  std::map<std::string, TableColumn> columns_;
  std::vector<std::string> remarks_;
};

}  // namespace lethe
