// The leaderboard as data: which rows, which columns, which values. Writers
// only read it.
//
// A row is one model: a label (or the method's name with its options) under a
// chain of transforms. A column is one measure: probe or task, metric, field
// and split. Records of several runs join one row when they describe the same
// model: other seeds are averaged, equal repeats are counted once; runs that
// disagree about a model get a row each, named `label @ run`.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "harness/base/record.h"

namespace lethe {

// The four questions of a leaderboard, and a place for the rest. Below, "on
// forget" and "on retain" go by the role of the split, or, in records without
// a role, by how its name begins. A column is the first of these that fits:
//   cost        its metric is `cost`
//   utility     not on forget, and wanted high, or wanted low as a loss (unit
//               nats, bits or perplexity) or on retain
//   attacks     wanted near a target; or its metric is auroc or tpr_at_fpr, or
//               its probe an extraction
//   forgetting  wanted low, or high on forget (forget_quality)
//   other       no direction is wanted
enum class ColumnGroup { forgetting, utility, attacks, cost, other };
constexpr std::array<ColumnGroup, 5> kColumnGroups = {
    ColumnGroup::forgetting, ColumnGroup::utility, ColumnGroup::attacks,
    ColumnGroup::cost, ColumnGroup::other};
const char* group_title(
    ColumnGroup group);  // "Forgetting", "Attack success", ...
const char* group_key(ColumnGroup group);  // "forgetting", "attacks", ...

struct TableColumn {
  std::string key;    // probe.metric.field.split, unique: what CSV names
  std::string title;  // "greedy extraction EM": short, unique, for people
  ColumnGroup group = ColumnGroup::other;
  std::string probe;   // name with options; empty for tasks and costs
  std::string task;    // empty for probes
  std::string metric;  // name with options
  std::string field;
  std::string split;
  std::string role;  // forget, retain, holdout or empty
  std::string profile;
  std::string want;  // low, high, near or empty, as the suite says
  Json target;       // null, a number or "reference"
  std::string unit;
  std::string ci_method;
  int64_t n = 0;  // items behind every value; 0 when rows differ

  // The arrow shown behind the title: lower is better, higher is better, near
  // the target is better; empty without a direction.
  const char* arrow() const;
};

struct TableCell {
  static constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  double value = kNone;       // mean over the seeds; NaN: missing
  double sd = kNone;          // over seeds (n - 1); NaN with fewer than two
  double low = kNone;         // 95 % interval over items: its bounds, averaged
  double high = kNone;        //   over the seeds; NaN when a seed has none
  int64_t n = 0;              // items behind a seed's value (the fewest)
  int64_t seeds = 0;          // seeds that hold a value
  bool comparable = true;     // false: other items than the column's first row
  std::vector<size_t> notes;  // footnotes, numbered from 1

  bool missing() const;
};

// What a reader of a row must know first.
struct RowFlag {
  std::string flag;  // over-unlearned, unchanged or duplicate
  std::string reason;
};

struct TableRow {
  std::string name;   // unique: "npo:beta=0.1 + quantise:form=nf4"
  std::string label;  // as the suite gives it
  std::string method;
  Json method_options;
  std::vector<std::string> transform;  // chain; empty: the identity
  std::vector<std::string> runs;
  std::vector<int64_t> seeds;
  std::vector<TableCell> cells;  // one a column
  // Distance to retrain, see distance.h; NaN: n/a.
  double distance = TableCell::kNone;
  int64_t distance_columns = 0;  // columns that entered it
  // See over_unlearned.h and same_models.h.
  std::vector<RowFlag> flags;
};

struct Table {
  std::vector<std::string> suites, runs, devices;  // "cpu float32"
  std::vector<TableColumn> columns;  // by group, then in record order
  std::vector<TableRow> rows;        // identity first, then transformed rows
  std::vector<std::string> notes;    // footnote k is notes[k - 1]
  std::vector<std::string> remarks;  // about the table as a whole
  RecordCounts counts;               // summed over passes
};

// The table of all records, in the order in which rows and columns first
// appear. Complexity: O(records log records).
Table make_table(const std::vector<Record>& records);

}  // namespace lethe
