#include "results/row_ranks.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "results/distance.h"

namespace lethe {
namespace {

constexpr size_t kMostRanked = 500;  // rows of one chain
// With more rows, 10,000 draws of signs give no p small enough for Holm's first
// step.
constexpr size_t kMostPaired = 32;
constexpr double kNormal95 = 1.959963984540054;
constexpr double kEqual = 1e-9;  // of mean ranks

bool starts_with(const std::string& text, const std::string& start) {
  return text.compare(0, start.size(), start) == 0;
}

bool has_ranks(const TableColumn& column) {
  return !column.want.empty() && column.group != ColumnGroup::cost &&
         !starts_with(column.probe, "blind_");
}

bool usable(const TableCell& cell) {
  return !cell.missing() && cell.comparable;
}

double item_error(const TableCell& cell) {
  return (cell.high - cell.low) / 2 / kNormal95;  // NaN without an interval
}

// What a column wants of the rows of a chain. False: its reference has no
// value.
bool find_goal(const Table& table, size_t column, const TableRow& row,
               RankGoal& goal) {
  const TableColumn& c = table.columns[column];
  goal.want = c.want;
  if (c.want != "near") return true;
  if (c.target.is_number()) {
    goal.target = c.target.get<double>();
    return true;
  }
  const TableRow* reference = end_point(table, row, "retrain");
  if (reference == nullptr || !usable(reference->cells[column])) return false;
  const TableCell& cell = reference->cells[column];
  goal.target = cell.value;
  goal.target_error = std::isfinite(item_error(cell)) ? item_error(cell) : 0;
  return true;
}

RankedValue ranked_value(const TableCell& cell, const ItemMeans* items) {
  RankedValue value;
  value.value = cell.value;
  value.item_error = item_error(cell);
  value.n = cell.n;
  value.seed_sd = cell.sd;
  value.seeds = cell.seeds;
  value.items = items;
  return value;
}

// The rows of one chain that compete in a column.
std::vector<size_t> competitors(const Table& table, size_t column,
                                const std::vector<std::string>& chain) {
  std::vector<size_t> rows;
  for (size_t r = 0; r < table.rows.size(); ++r) {
    const TableRow& row = table.rows[r];
    if (row.transform == chain && !is_end_point(row) &&
        usable(row.cells[column])) {
      rows.push_back(r);
    }
  }
  return rows;
}

using Pairs = std::vector<std::pair<size_t, size_t>>;

// Ranks the rows; returns the pairs that differ, the better one first.
Pairs rank_chain(Table& table, size_t column, const std::vector<size_t>& rows,
                 const ItemsOf& items) {
  RankGoal goal;
  if (rows.size() < 2 || rows.size() > kMostRanked ||
      !find_goal(table, column, table.rows[rows.front()], goal)) {
    return {};
  }
  std::vector<RankedValue> values;
  for (const size_t r : rows) {
    values.push_back(
        ranked_value(table.rows[r].cells[column],
                     rows.size() <= kMostPaired ? items(r, column) : nullptr));
  }
  const PairTests tests(values, goal);
  if (tests.tests().empty()) return {};
  std::string& told = table.columns[column].rank_tests;
  if (told.empty()) told = tests.tests();
  Pairs pairs;
  for (const size_t r : rows) {
    table.rows[r].cells[column].rank = {1, static_cast<int64_t>(rows.size())};
  }
  for (size_t a = 0; a < rows.size(); ++a) {
    for (size_t b = 0; b < rows.size(); ++b) {
      if (!tests.better(a, b)) continue;
      pairs.emplace_back(rows[a], rows[b]);
      --table.rows[rows[a]].cells[column].rank.worst;
      ++table.rows[rows[b]].cells[column].rank.best;
    }
  }
  return pairs;
}

std::vector<std::vector<std::string>> chains_of(const Table& table) {
  std::vector<std::vector<std::string>> chains;
  for (const TableRow& row : table.rows) {
    if (std::find(chains.begin(), chains.end(), row.transform) ==
        chains.end()) {
      chains.push_back(row.transform);
    }
  }
  return chains;
}

// The rows that have a place overall.
std::vector<size_t> placed_rows(const Table& table) {
  std::vector<size_t> rows;
  for (size_t r = 0; r < table.rows.size(); ++r) {
    const TableRow& row = table.rows[r];
    if (row.transform.empty() && !is_end_point(row)) rows.push_back(r);
  }
  return rows;
}

// NaN when no column of these rows is ranked.
double mean_rank(const Table& table, const std::vector<size_t>& rows,
                 const TableRow& own) {
  double sum = 0;
  int64_t questions = 0;
  for (const ColumnGroup group :
       {ColumnGroup::forgetting, ColumnGroup::utility, ColumnGroup::attacks}) {
    double ranks = 0;
    int64_t columns = 0;
    for (size_t c = 0; c < table.columns.size(); ++c) {
      const bool ranked = table.columns[c].group == group &&
                          std::any_of(rows.begin(), rows.end(), [&](size_t r) {
                            return table.rows[r].cells[c].rank.ranked();
                          });
      if (!ranked) continue;
      ++columns;
      const RankRange& rank = own.cells[c].rank;
      ranks += rank.ranked() ? static_cast<double>(rank.best + rank.worst) / 2
                             : static_cast<double>(rows.size());
    }
    if (columns == 0) continue;
    sum += ranks / static_cast<double>(columns);
    ++questions;
  }
  return questions == 0 ? TableCell::kNone
                        : sum / static_cast<double>(questions);
}

// What could not be compared stands last.
std::pair<int, double> overall_key(const TableRow& row) {
  const double infinity = std::numeric_limits<double>::infinity();
  return {-static_cast<int>(row.front),
          std::isfinite(row.mean_rank) ? row.mean_rank : infinity};
}

bool before(const TableRow& a, const TableRow& b) {
  const auto [a_front, a_rank] = overall_key(a);
  const auto [b_front, b_rank] = overall_key(b);
  return a_front != b_front ? a_front < b_front : a_rank < b_rank - kEqual;
}

}  // namespace

bool is_end_point(const TableRow& row) {
  return row.method == "none" || row.method == "retrain";
}

Better rank_rows(Table& table, const ItemsOf& items) {
  Better better(table.columns.size());
  const auto chains = chains_of(table);
  for (size_t c = 0; c < table.columns.size(); ++c) {
    if (!has_ranks(table.columns[c])) continue;
    for (const auto& chain : chains) {
      const Pairs pairs =
          rank_chain(table, c, competitors(table, c, chain), items);
      if (chain.empty()) better[c] = pairs;
    }
  }
  return better;
}

void order_rows(Table& table) {
  const std::vector<size_t> rows = placed_rows(table);
  bool any = false;
  for (const size_t r : rows) {
    TableRow& row = table.rows[r];
    row.mean_rank = mean_rank(table, rows, row);
    any = any || std::isfinite(row.mean_rank) || row.front != Front::unknown;
  }
  if (!any || rows.size() < 2) return;
  std::vector<size_t> order = rows;
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return before(table.rows[a], table.rows[b]);
  });
  for (size_t begin = 0; begin < order.size();) {
    size_t end = begin + 1;
    while (end < order.size() &&
           !before(table.rows[order[begin]], table.rows[order[end]])) {
      ++end;
    }
    for (size_t i = begin; i < end; ++i) {
      table.rows[order[i]].place = {static_cast<int64_t>(begin) + 1,
                                    static_cast<int64_t>(end)};
    }
    begin = end;
  }
}

}  // namespace lethe
