#include "results/standing.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "results/headline.h"

namespace lethe {
namespace {

template <class Fits>
bool any_row(const Table& table, const Fits& fits) {
  return std::any_of(table.rows.begin(), table.rows.end(), fits);
}

// "quantise:form=nf4" of the row that a worst case is from; empty: the
// identity.
std::string transforms_of(const Table& table, const std::string& row_name) {
  for (const TableRow& row : table.rows) {
    if (row.name != row_name) continue;
    std::string text;
    for (const auto& step : row.transform) {
      text += (text.empty() ? "" : " + ") + step;
    }
    return text;
  }
  return "";
}

// Whether the worst cases of a kind are all the highest of as many values.
bool equal_attacks(const Table& table, const std::string& kind) {
  std::set<int64_t> counts;
  for (const TableRow& row : table.rows) {
    const WorstAttack* worst = worst_of(row, kind);
    if (worst != nullptr) counts.insert(worst->attacks);
  }
  return counts.size() == 1;
}

// " (4 values of extraction, 4 of membership)"; of unequal numbers the cells
// say it.
std::string tried_text(const Table& table) {
  std::string text;
  for (const char* kind : {"extraction", "membership"}) {
    if (!has_worst(table, kind) || !equal_attacks(table, kind)) continue;
    for (const TableRow& row : table.rows) {
      const WorstAttack* worst = worst_of(row, kind);
      if (worst == nullptr) continue;
      text +=
          fmt::format("{}{} {}{}", text.empty() ? " (" : ", ", worst->attacks,
                      text.empty() ? "values of " : "of ", kind);
      break;
    }
  }
  return text.empty() ? "" : text + ")";
}

}  // namespace

std::string range_text(const RankRange& range) {
  if (!range.ranked()) return "";
  return range.best == range.worst
             ? std::to_string(range.best)
             : fmt::format("{}-{}", range.best, range.worst);
}

std::string place_text(const TableRow& row) {
  const std::string mark = front_mark(row.front);
  const std::string place = range_text(row.place);
  return place + (place.empty() || mark.empty() ? "" : " ") + mark;
}

std::string mean_rank_text(const TableRow& row) {
  return std::isfinite(row.mean_rank) ? fmt::format("{:.2f}", row.mean_rank)
                                      : "";
}

std::string ranked_text(const TableColumn& column, const TableCell& cell) {
  const std::string rank = range_text(cell.rank);
  return long_text(column, cell) + (rank.empty() ? "" : " #" + rank);
}

const WorstAttack* worst_of(const TableRow& row, const std::string& kind) {
  for (const WorstAttack& worst : row.worst) {
    if (worst.kind == kind) return &worst;
  }
  return nullptr;
}

std::string worst_text(const Table& table, const WorstAttack& worst) {
  return long_text(table.columns[worst.column], worst.cell);
}

std::string worst_source(const Table& table, const WorstAttack& worst) {
  const std::string chain = transforms_of(table, worst.row);
  const std::string source = table.columns[worst.column].title +
                             (chain.empty() ? "" : " after " + chain);
  return equal_attacks(table, worst.kind)
             ? source
             : fmt::format("{} (of {})", source, worst.attacks);
}

bool has_places(const Table& table) {
  return any_row(table, [](const TableRow& r) { return r.place.ranked(); });
}

bool has_ranks(const Table& table) {
  return std::any_of(
      table.columns.begin(), table.columns.end(),
      [](const TableColumn& c) { return !c.rank_tests.empty(); });
}

bool has_worst(const Table& table, const std::string& kind) {
  return any_row(table, [&](const TableRow& row) {
    return worst_of(row, kind) != nullptr;
  });
}

bool has_standing(const Table& table) {
  return has_places(table) || has_worst(table, "extraction") ||
         has_worst(table, "membership");
}

std::string front_names(const Table& table) {
  std::string text;
  const size_t count = table.front_columns.size();
  for (size_t i = 0; i < count; ++i) {
    text += i == 0 ? "" : i + 1 == count ? " and " : ", ";
    text += table.columns[table.front_columns[i]].title;
  }
  return text;
}

std::vector<std::string> standing_legend(const Table& table) {
  std::vector<std::string> lines;
  if (has_ranks(table)) {
    lines.push_back(
        "#1-2: the places that a value may hold among the rows under the same "
        "transforms without none and retrain; rows share places unless they "
        "differ at 5 %, Holm-corrected over all pairs of the column; the test "
        "stands with the column");
  }
  if (!table.front_columns.empty()) {
    lines.push_back(fmt::format(
        "● on the Pareto front of {}: no row is significantly better in one "
        "and significantly worse in none; ○ near it: the same, but a row is as "
        "good by value in all and better in one; forgetting beyond the "
        "retrained model's counts as reaching it",
        front_names(table)));
  }
  if (has_places(table)) {
    lines.push_back(
        "rank: by the front (●, ○, neither), then by the mean rank (the middle "
        "of "
        "the places, over the columns of a question, then over the questions; "
        "a value that is missing takes the last place)");
  }
  if (has_worst(table, "extraction") || has_worst(table, "membership")) {
    lines.push_back(
        "worst: the highest value that any attack reached before or after "
        "transforms" +
        tried_text(table) +
        ": of many, the highest is high by chance alone; its interval is not "
        "corrected for that");
  }
  return lines;
}

}  // namespace lethe
