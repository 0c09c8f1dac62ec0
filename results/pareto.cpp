#include "results/pareto.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "results/distance.h"
#include "results/headline.h"
#include "results/titles.h"

namespace lethe {
namespace {

bool starts_with(const std::string& text, const std::string& start) {
  return text.compare(0, start.size(), start) == 0;
}

bool is_extraction(const TableColumn& column) {
  const std::string source = source_of(column), end = "_extraction";
  return source.size() >= end.size() &&
         source.compare(source.size() - end.size(), end.size(), end) == 0;
}

// Whether the column has a direction, and its target a value.
bool has_goal(const Table& table, size_t c) {
  const TableColumn& column = table.columns[c];
  if (column.want != "near") return !column.want.empty();
  return column.target.is_number() ||
         std::any_of(table.rows.begin(), table.rows.end(),
                     [&](const TableRow& row) {
                       return row.method == "retrain" &&
                              row.transform.empty() && !row.cells[c].missing();
                     });
}

// The first column that fits, fractions before other units.
template <class Fits>
size_t first_column(const Table& table, const Fits& fits) {
  size_t other = std::string::npos;
  for (const size_t c : by_importance(table)) {
    const TableColumn& column = table.columns[c];
    if (!fits(column) || !has_goal(table, c)) continue;
    if (column.unit == "fraction") return c;
    if (other == std::string::npos) other = c;
  }
  return other;
}

size_t privacy_column(const Table& table) {
  return first_column(table, [](const TableColumn& c) {
    return starts_with(c.metric, "auroc") && !starts_with(c.probe, "blind_");
  });
}

// A value as a loss: less is better. Null: the row cannot compete.
std::optional<double> loss_of(const Table& table, const TableRow& row,
                              size_t column, bool forgetting) {
  const TableColumn& c = table.columns[column];
  const TableCell& cell = row.cells[column];
  if (cell.missing() || !cell.comparable) return std::nullopt;
  const TableRow* retrain = end_point(table, row, "retrain");
  const bool known = retrain != nullptr && !retrain->cells[column].missing();
  const double goal = known ? retrain->cells[column].value : TableCell::kNone;
  if (c.want == "near") {
    const double target = c.target.is_number() ? c.target.get<double>() : goal;
    if (!std::isfinite(target)) return std::nullopt;
    return std::fabs(cell.value - target);
  }
  const double sign = c.want == "high" ? -1 : 1;
  const double loss = sign * cell.value;
  return forgetting && known ? std::max(loss, sign * goal) : loss;
}

using Losses = std::vector<double>;

bool dominates(const Losses& a, const Losses& b) {
  bool better = false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i] > b[i]) return false;
    better = better || a[i] < b[i];
  }
  return better;
}

struct Competitor {
  size_t row;
  Losses losses;
};

// Significant differences in any of the front's columns, by rows.
class Differences {
 public:
  // Those beyond the retrained model's forgetting are none: both rows have
  // reached it.
  Differences(const Table& table, const Better& better) {
    for (size_t i = 0; i < table.front_columns.size(); ++i) {
      const size_t c = table.front_columns[i];
      for (const auto& [a, b] : better[c]) {
        const auto won = loss_of(table, table.rows[a], c, i == 0);
        const auto lost = loss_of(table, table.rows[b], c, i == 0);
        if (won && lost && *won < *lost) better_.insert({a, b});
      }
    }
  }

  bool beats(size_t a, size_t b) const {
    return better_.count({a, b}) > 0 && better_.count({b, a}) == 0;
  }

 private:
  std::set<std::pair<size_t, size_t>> better_;
};

std::vector<Competitor> competitors(const Table& table) {
  std::vector<Competitor> all;
  for (size_t r = 0; r < table.rows.size(); ++r) {
    const TableRow& row = table.rows[r];
    if (!row.transform.empty() || is_end_point(row)) continue;
    Losses losses;
    for (size_t i = 0; i < table.front_columns.size(); ++i) {
      const auto loss = loss_of(table, row, table.front_columns[i], i == 0);
      if (loss) losses.push_back(*loss);
    }
    if (losses.size() == table.front_columns.size()) {
      all.push_back({r, std::move(losses)});
    }
  }
  return all;
}

}  // namespace

size_t forgetting_column(const Table& table) {
  const size_t own = first_column(table, [](const TableColumn& c) {
    return c.group == ColumnGroup::forgetting;
  });
  if (own != std::string::npos) return own;
  const size_t extraction = first_column(table, [](const TableColumn& c) {
    return c.group == ColumnGroup::attacks && is_extraction(c);
  });
  if (extraction != std::string::npos) return extraction;
  return first_column(table, [](const TableColumn& c) {
    return c.group == ColumnGroup::attacks && !starts_with(c.probe, "blind_");
  });
}

size_t utility_column(const Table& table) {
  return first_column(table, [](const TableColumn& c) {
    return c.group == ColumnGroup::utility;
  });
}

void find_front(Table& table, const Better& better) {
  const size_t forgetting = forgetting_column(table);
  const size_t utility = utility_column(table);
  if (forgetting == std::string::npos || utility == std::string::npos) return;
  table.front_columns = {forgetting, utility};
  const size_t privacy = privacy_column(table);
  if (privacy != std::string::npos && privacy != forgetting) {
    table.front_columns.push_back(privacy);
  }
  const std::vector<Competitor> all = competitors(table);
  if (all.size() < 2) {
    table.front_columns.clear();
    return;
  }
  const Differences differences(table, better);
  for (const Competitor& own : all) {
    Front& front = table.rows[own.row].front;
    front = Front::on;
    for (const Competitor& other : all) {
      if (differences.beats(other.row, own.row)) front = Front::off;
      if (front == Front::on && dominates(other.losses, own.losses)) {
        front = Front::near;
      }
    }
  }
}

}  // namespace lethe
