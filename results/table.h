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
#include "results/published.h"
#include "results/run_folder.h"

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
  // What a guess gives on average: 0.5 of an AUC, 1/choices of a task's
  // accuracy; NaN: unknown or not a matter of guessing. See at_chance.h.
  double chance = std::numeric_limits<double>::quiet_NaN();
  // The tests behind the ranks, see rank_tests.h; empty: nothing is ranked.
  std::string rank_tests;

  // The arrow shown behind the title: lower is better, higher is better, near
  // the target is better; empty without a direction.
  const char* arrow() const;
};

// The places that a row may hold among `of` rows: those of which it is not
// significantly different share places. 1-based; 0: not ranked.
struct RankRange {
  int64_t best = 0, worst = 0;

  bool ranked() const { return best > 0; }
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
  bool at_chance = false;     // the interval holds the column's chance level
  RankRange rank;             // among the rows that compete, see row_ranks.h
  std::vector<size_t> notes;  // footnotes, numbered from 1

  bool missing() const;
};

// What a reader of a row must know first.
struct RowFlag {
  std::string flag;  // over-unlearned, unchanged or duplicate
  std::string reason;
};

// The highest value that any of several attacks reached on a model.
struct WorstAttack {
  std::string kind;  // "extraction" or "membership"
  size_t column = 0;
  std::string row;      // the row it is from: this one or one of its transforms
  TableCell cell;       // as it stands there
  int64_t attacks = 0;  // values among which it is the highest
};

// Whether a row is on the Pareto front, see pareto.h.
enum class Front { unknown, off, near, on };
const char* front_key(Front front);   // "on", "near", "off"; empty: unknown
const char* front_mark(Front front);  // "●" on, "○" near; else empty

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
  int64_t distance_columns = 0;    // columns that entered it
  std::vector<WorstAttack> worst;  // at most one a kind, see worst_attack.h
  // See pareto.h and row_ranks.h.
  Front front = Front::unknown;
  double mean_rank = TableCell::kNone;
  RankRange place;  // overall
  // See over_unlearned.h and same_models.h.
  std::vector<RowFlag> flags;
};

struct UnfinishedRun {
  std::string run, state;  // "running: 3 of 12 cells"
};

struct Table {
  std::vector<std::string> suites, runs, devices;  // "cpu float32"
  std::vector<UnfinishedRun> unfinished;
  std::vector<TableColumn> columns;   // by group, then in record order
  std::vector<TableRow> rows;         // identity first, then transformed rows
  std::vector<std::string> notes;     // footnote k is notes[k - 1]
  std::vector<std::string> remarks;   // about the table as a whole
  RecordCounts counts;                // summed over passes
  std::vector<size_t> front_columns;  // what the front is of, see pareto.h
  std::vector<PublishedTable> published;  // to stand beside
};

// The columns of the records in the table's order, and which of them each
// record belongs to; npos for records without a metric.
struct PlacedColumns {
  std::vector<TableColumn> columns;
  std::vector<size_t> of_record;
  int64_t disagreements = 0;  // records that want another direction
};
PlacedColumns place_columns(const std::vector<Record>& records);

// The table of all records, in the order in which rows and columns first
// appear. With the runs' folders, tests and chance levels rest on single items
// where there are samples. Complexity: O(records log records), and for ranks
// O(rows^2) a column.
Table make_table(const std::vector<Record>& records,
                 const std::vector<RunFolder>& folders = {});

}  // namespace lethe
