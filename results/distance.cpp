#include "results/distance.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

namespace lethe {
namespace {

constexpr double kSmallestGap = 1e-9;

bool share_a_run(const TableRow& a, const TableRow& b) {
  for (const auto& run : a.runs) {
    for (const auto& other : b.runs) {
      if (run == other) return true;
    }
  }
  return false;
}

// How well `row` serves as the end point `name` for `of`: 0 = not at all.
int fitness(const TableRow& row, const TableRow& of, const std::string& name) {
  if (row.transform != of.transform) return 0;
  const int kind = row.method == name ? 2 : row.label == name ? 1 : 0;
  return kind == 0 ? 0 : kind + (share_a_run(row, of) ? 2 : 0);
}

bool counts(ColumnGroup group) {
  return group == ColumnGroup::forgetting || group == ColumnGroup::utility ||
         group == ColumnGroup::attacks;
}

bool usable(const TableCell& cell) {
  return !cell.missing() && cell.comparable;
}

// Whether every row has the same value: measured without the model, as a blind
// baseline is.
bool is_constant(const Table& table, size_t column) {
  const TableCell* first = nullptr;
  for (const TableRow& row : table.rows) {
    const TableCell& cell = row.cells[column];
    if (!usable(cell)) continue;
    if (first == nullptr) first = &cell;
    if (std::fabs(cell.value - first->value) >= kSmallestGap) return false;
  }
  return true;
}

// Means over fewer columns than others have are named: they compare badly.
void remark_on_thin_rows(Table& table) {
  int64_t most = 0;
  for (const TableRow& row : table.rows) {
    most = std::max(most, row.distance_columns);
  }
  std::string thin;
  for (const TableRow& row : table.rows) {
    if (row.distance_columns == 0 || row.distance_columns == most) continue;
    thin += fmt::format("{}{} ({})", thin.empty() ? "" : ", ", row.name,
                        row.distance_columns);
  }
  if (thin.empty()) return;
  table.remarks.push_back(fmt::format(
      "distance to retrain rests on fewer than {} columns: {}", most, thin));
}

// What a difference is measured in: the gap to close, but no less than the
// uncertainty of the retrained model's own value. NaN: neither is there.
double scale(const TableCell& none, const TableCell& retrain) {
  const double gap = std::fabs(none.value - retrain.value);
  const double noise = (retrain.high - retrain.low) / 2;
  const double wide = std::isfinite(noise) ? std::max(gap, noise) : gap;
  return wide < kSmallestGap ? TableCell::kNone : wide;
}

}  // namespace

const TableRow* end_point(const Table& table, const TableRow& of,
                          const std::string& name) {
  const TableRow* best = nullptr;
  int best_fitness = 0;
  for (const TableRow& row : table.rows) {
    const int mine = fitness(row, of, name);
    if (mine > best_fitness) {
      best = &row;
      best_fitness = mine;
    }
  }
  return best;
}

void add_distances(Table& table) {
  std::vector<bool> told(table.columns.size());
  for (size_t c = 0; c < told.size(); ++c) {
    told[c] = counts(table.columns[c].group) && !is_constant(table, c);
  }
  for (TableRow& row : table.rows) {
    const TableRow* none = end_point(table, row, "none");
    const TableRow* retrain = end_point(table, row, "retrain");
    if (none == nullptr || retrain == nullptr) continue;
    double sum = 0;
    for (size_t c = 0; c < table.columns.size(); ++c) {
      const TableCell& from = none->cells[c];
      const TableCell& to = retrain->cells[c];
      if (!told[c] || !usable(row.cells[c]) || !usable(from) || !usable(to)) {
        continue;
      }
      const double unit = scale(from, to);
      if (!std::isfinite(unit)) continue;
      sum += std::fabs(row.cells[c].value - to.value) / unit;
      ++row.distance_columns;
    }
    if (row.distance_columns > 0) {
      row.distance = sum / static_cast<double>(row.distance_columns);
    }
  }
  remark_on_thin_rows(table);
}

std::string distance_note() {
  return "distance to retrain: mean of |row - retrain| / |none - retrain| "
         "(at least half of retrain's interval) over the forgetting, utility "
         "and attack columns, all under the same "
         "transforms; 0 = as the model retrained without the forget set, 1 = "
         "as far from it as the model that never unlearned; columns without "
         "that gap or with a missing value are left out";
}

}  // namespace lethe
