#include "results/arrange.h"

#include <fnmatch.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <sstream>
#include <utility>

#include "harness/base/error.h"
#include "harness/base/names.h"
#include "results/row_ranks.h"

namespace lethe {
namespace {

constexpr double kLast = std::numeric_limits<double>::infinity();

bool names(const std::string& pattern, const TableColumn& column) {
  return ::fnmatch(pattern.c_str(), column.key.c_str(), FNM_NOESCAPE) == 0 ||
         ::fnmatch(pattern.c_str(), column.title.c_str(), FNM_NOESCAPE) == 0;
}

std::vector<std::string> known_columns(
    const std::vector<TableColumn>& columns) {
  std::vector<std::string> known;
  for (const TableColumn& column : columns) {
    known.push_back(column.key);
    known.push_back(column.title);
  }
  return known;
}

// Marks the columns that the pattern names; false: there are none.
bool mark(const std::string& pattern, const std::vector<TableColumn>& columns,
          std::vector<bool>& kept) {
  bool any = false;
  for (size_t c = 0; c < kept.size(); ++c) {
    if (!names(pattern, columns[c])) continue;
    kept[c] = any = true;
  }
  return any;
}

double finite_or_last(double value) {
  return std::isfinite(value) ? value : kLast;
}

// Less comes first.
using Key = std::function<double(const TableRow&)>;

Key column_key(const Table& table, const std::string& by) {
  for (size_t c = 0; c < table.columns.size(); ++c) {
    const TableColumn& column = table.columns[c];
    if (column.key != by && column.title != by) continue;
    return [&table, c](const TableRow& row) {
      const TableColumn& own = table.columns[c];
      RankGoal goal;
      goal.want = own.want;
      if (own.want == "near") {
        const TableRow* reference = nullptr;
        for (const TableRow& other : table.rows) {
          if (other.method == "retrain" && other.transform == row.transform) {
            reference = &other;
          }
        }
        goal.target = own.target.is_number() ? own.target.get<double>()
                      : reference != nullptr ? reference->cells[c].value
                                             : TableCell::kNone;
      }
      const double value = row.cells[c].value;
      const double loss = goal.loss(value);
      return finite_or_last(std::isfinite(loss) ? loss : value);
    };
  }
  std::vector<std::string> known = {"rank", "distance", "name"};
  for (const auto& name : known_columns(table.columns)) known.push_back(name);
  fail_usage("leaderboard --sort", "no column is named \"" + by + "\"",
             suggest(by, known));
}

Key key_for(const Table& table, const std::string& by) {
  if (by == "rank") {
    return [](const TableRow& row) {
      return row.place.ranked() ? static_cast<double>(row.place.best) : kLast;
    };
  }
  if (by == "distance") {
    return [](const TableRow& row) { return finite_or_last(row.distance); };
  }
  return column_key(table, by);
}

}  // namespace

void keep_columns(std::vector<Record>& records,
                  const std::vector<std::string>& patterns) {
  if (patterns.empty()) return;
  const PlacedColumns placed = place_columns(records);
  std::vector<bool> kept(placed.columns.size());
  for (const std::string& given : patterns) {
    if (mark(given, placed.columns, kept)) continue;
    std::istringstream parts(given);
    for (std::string part; std::getline(parts, part, ',');) {
      if (mark(part, placed.columns, kept)) continue;
      fail_usage("leaderboard --columns", "no column is named \"" + part + "\"",
                 suggest(part, known_columns(placed.columns)));
    }
  }
  size_t next = 0;
  records.erase(std::remove_if(records.begin(), records.end(),
                               [&](const Record&) {
                                 const size_t c = placed.of_record[next++];
                                 return c != std::string::npos && !kept[c];
                               }),
                records.end());
}

void sort_rows(Table& table, const std::string& by) {
  if (by.empty()) return;
  std::vector<std::pair<double, TableRow>> keyed;
  const Key key = by == "name" ? Key([](const TableRow&) { return 0.0; })
                               : key_for(table, by);
  for (const TableRow& row : table.rows) keyed.emplace_back(key(row), row);
  const auto block = [](const TableRow& row) {
    return (row.transform.empty() ? 0 : 2) + (is_end_point(row) ? 0 : 1);
  };
  std::stable_sort(keyed.begin(), keyed.end(),
                   [&](const auto& a, const auto& b) {
                     const int x = block(a.second), y = block(b.second);
                     if (x != y) return x < y;
                     if (by == "name") return a.second.name < b.second.name;
                     return a.first < b.first;
                   });
  for (size_t i = 0; i < keyed.size(); ++i) {
    table.rows[i] = std::move(keyed[i].second);
  }
}

}  // namespace lethe
