// Leaderboards of runs, for people and for programs.
//
// A leaderboard opens with a headline (the most telling columns of each
// question, the distance to retrain and the rank), then has ranks and worst
// cases, one table a question with intervals and counts, published figures
// where asked for, and says what each column is. A value that is missing is "-"
// with a footnote that gives the reason. Everything untrusted is escaped for
// its format.
#pragma once

#include <string>
#include <vector>

#include "results/chosen.h"
#include "results/roc.h"
#include "results/table.h"

namespace lethe {

// Columns of a terminal that text keeps to; only a row name or a column that
// is wider than that on its own makes a Markdown line longer.
constexpr size_t kTextWidth = 100;

// The headline and its footnotes: what a run prints when it ends.
std::string to_summary(const Table& table);

// Headline, tables and notes as aligned text.
std::string to_terminal(const Table& table);

// The same as GitHub Markdown that reads well as plain text.
std::string to_markdown(const Table& table);

// One line a row: name, label, method, options, transform, runs, seeds,
// distance_to_retrain, distance_columns, then for each column KEY, KEY.low,
// KEY.high, KEY.n and KEY.sd with unrounded numbers (low and high: the interval
// over items; sd: over seeds), then `notes`: why a value is NA, rests on part
// of the items, ..., and `flags` with their reasons. Then `state` of the runs;
// front, rank_best, rank_worst, mean_rank; of KIND extraction and membership
// worst_KIND with .low, .high, .n, .sd, .attacks and .by; for each column
// KEY.seeds, KEY.rank_best, KEY.rank_worst and KEY.at_chance; `origin`: "run",
// or the source of a published row, whose values stand in the columns
// published.NAME.KEY. RFC 4180, with \r\n.
std::string to_csv(const Table& table);

// Tables for \input in a document with \usepackage{booktabs}: no other package,
// ASCII and accented letters only.
std::string to_latex(const Table& table);

// One self-contained page, nothing loaded, light and dark: tables that sort,
// filter and choose columns by a script inside the page (its hash is in the
// content security policy) and read as plain tables without it; a scatter with
// the front, a heat map of methods and attacks, and the ROC curves of
// membership probes.
std::string to_html(const Table& table,
                    const std::vector<RocModel>& models = {});

// The whole table model; NaN is null.
OrderedJson to_json(const Table& table);

struct LeaderboardOptions {
  // terminal, summary, md (or markdown), csv, html, latex or json.
  std::string format = "terminal";
  Rows rows = Rows::chosen;
  std::vector<std::string> columns;    // see keep_columns in arrange.h
  std::string sort;                    // see sort_rows there
  std::vector<std::string> published;  // "tofu", "muse:News"; see published.h
};

// The leaderboard of run folders. Runs that are not complete are shown as far
// as they are and marked. Throws: usage error for an unknown format, column or
// publication, for no run, and for folders that are no runs; input error for
// damaged records.
std::string leaderboard(const std::vector<std::string>& runs,
                        const LeaderboardOptions& options);
std::string leaderboard(const std::vector<std::string>& runs,
                        const std::string& format, Rows rows = Rows::chosen);

}  // namespace lethe
