// Leaderboards of runs, for people and for programs.
//
// A leaderboard opens with a headline (the most telling columns of each
// question and the distance to retrain), then has one table a question with
// intervals and counts, then says what each column is. A value that is missing
// is "-" with a footnote that gives the reason. Everything untrusted is
// escaped for its format.
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
// KEY.high, KEY.n and KEY.sd with unrounded numbers, then `notes`: why a value
// is NA, rests on part of the items, ..., and `flags` with their reasons.
// RFC 4180, with \r\n.
std::string to_csv(const Table& table);

// One self-contained page: no script, nothing loaded, light and dark. With the
// ROC curves of membership probes.
std::string to_html(const Table& table,
                    const std::vector<RocModel>& models = {});

// The whole table model; NaN is null.
OrderedJson to_json(const Table& table);

// The leaderboard of run folders in a format: terminal, summary, md (or
// markdown), csv, html, json. Throws: usage error for an unknown format, for
// no run, and for folders that are no runs; input error for damaged records.
std::string leaderboard(const std::vector<std::string>& runs,
                        const std::string& format, Rows rows = Rows::chosen);

}  // namespace lethe
