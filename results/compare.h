// Rows of runs against each other, item by item: paired tests, what was lost
// and gained, and what the comparison could have seen.
//
// Two values are comparable when their data, prompts and items have the same
// hashes; others are refused. What is tested by what: README.md.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/base/ordered_json.h"
#include "results/paired_items.h"
#include "results/table.h"

namespace lethe {

struct CompareOptions {
  std::vector<std::string> runs;  // folders
  std::vector<std::string> rows;  // names of rows; empty: all
  std::string baseline;           // name of a row; empty: see compare_runs()
  std::string metric;             // glob; empty: all
  double alpha = 0.05;            // level of all tests together
  uint64_t seed = 0;              // of random draws
};

// What a comparison says of b.
enum class Change {
  better,    // shown, in the direction that the suite wants
  worse,     // shown, in the other
  higher,    // shown, and no direction is wanted
  lower,     //
  same,      // no difference is shown: see mde
  untested,  // no test: result.reason
  refused,   // not comparable: result.reason
};
const char* change_name(Change change);

// One measure of two rows. Differences are b minus a.
struct Pair {
  std::string a, b;                      // rows; "ROW @ RUN" where runs differ
  TableColumn column;                    // the measure; column.key is its name
  double value_a = PairedResult::kNone;  // mean over seeds
  double value_b = PairedResult::kNone;
  int64_t seeds_a = 0, seeds_b = 0;
  PairedResult result;
  double p_adjusted = PairedResult::kNone;  // Holm over all pairs
  Change change = Change::untested;
  double target = PairedResult::kNone;  // wanted near: that number
  Record record_a, record_b;            // of the first seeds, for their samples
  std::string folder_a, folder_b;
};

struct Comparison {
  std::vector<Pair> pairs;  // those of the same two rows beside each other
  std::vector<std::string> remarks;
  double alpha = 0.05;
  size_t tests = 0;  // that Holm's correction counts
};

// One run: every row against the baseline, which is the method `none`,
// else the first. Several runs: each row of the first against that of its name
// (or method and options) in each other run; two runs of one row each whatever
// they are called; with a baseline: every row against it, "ROW" of the first
// run or "ROW @ RUN". With `rows` only these; two of one run: the second
// against the first.
// Throws: usage error for unknown rows and metrics, with near names, and for
// folders that are no runs; "nothing selected" when there are no two rows;
// input error when every measure is refused, and for damaged files.
Comparison compare_runs(const CompareOptions& options);

// The comparison in a format: terminal, md, markdown, csv or json. `items`
// lists that many lost and gained items of each measure, with their outputs
// (json too). Throws: usage error for an unknown format.
std::string comparison_text(const Comparison& comparison,
                            const std::string& format, size_t items = 0);

// {"pairs": [{"a", "b", "metric", "difference", "ci95", "p", "test", "lost",
// "gained", "mde", ..}], "tests", "alpha", "remarks"}; what is not finite is
// null.
OrderedJson to_json(const Comparison& comparison, size_t items = 0);

// One line a pair with unrounded numbers; RFC 4180, with \r\n.
std::string to_csv(const Comparison& comparison);

}  // namespace lethe
