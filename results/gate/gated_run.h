// A run as a gate sees it: rows, measures, the values where they meet, and why
// there is none.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "harness/base/record.h"
#include "results/join_rows.h"
#include "results/table.h"

namespace lethe {

// A number of the run as a whole.
struct RunMeasure {
  double value = TableCell::kNone;
  int64_t n = 0;       // what it is counted over
  std::string reason;  // why there is no value, or where it comes from
};

class GatedRun {
 public:
  // Rows that the run's selection left and validation splits are not part of
  // it. Throws: as read_records().
  explicit GatedRun(const std::string& folder);
  GatedRun(const GatedRun&) = delete;
  GatedRun& operator=(const GatedRun&) = delete;

  const std::string& folder() const { return folder_; }
  const Table& table() const { return table_; }  // for keys and provenance
  const std::vector<JoinedRow>& rows() const { return joined_.rows; }

  // How the suite chose among its rows.
  const std::vector<std::string>& remarks() const { return remarks_; }

  // Why the values cannot all be there: the run goes on or was stopped; empty
  // when it is complete.
  const std::string& unfinished() const { return unfinished_; }

  // Places in table().columns of the measures that a pattern chooses (see
  // measure_names), in order.
  std::vector<size_t> measures(const std::vector<std::string>& patterns) const;

  // What a measure of table().columns is called in every run (measure_key).
  const std::string& key(size_t measure) const { return keys_[measure]; }

  // The record of a row of this run, the key of a measure and a seed; null when
  // there is none.
  const Record* record(const JoinedRow& row, const std::string& key,
                       int64_t seed) const;

  // Why that record is not there.
  std::string why_missing(const JoinedRow& row, const TableColumn& measure,
                          int64_t seed) const;

  // The seeds of a row, ascending.
  static std::vector<int64_t> seeds(const JoinedRow& row);
  // The method of a row.
  static const std::string& method(const JoinedRow& row);

  // A measure of run_measures().
  RunMeasure run_measure(const std::string& name) const;

 private:
  std::string folder_;
  std::vector<Record> records_;
  size_t failed_cells_ = 0, cells_ = 0, skipped_ = 0, values_ = 0;
  JoinedRows joined_;  // points into records_
  Table table_;
  std::vector<std::string> keys_;  // of its columns
  // By row, key and seed.
  std::map<std::tuple<const JoinedRow*, std::string, int64_t>, const Record*>
      places_;
  std::vector<std::string> remarks_;
  std::string unfinished_;
};

// The names that a pattern may mean a measure by. The first is its key in CSV
// (probe.metric.field.split); the others leave out options, the field that
// repeats its metric, and the split.
std::vector<std::string> measure_names(const TableColumn& measure);

// As people read it: "greedy_extraction.exact_match.forget".
std::string measure_title(const TableColumn& measure);

}  // namespace lethe
