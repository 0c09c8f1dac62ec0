#include "results/over_unlearned.h"

#include <fmt/core.h>

#include <cmath>
#include <set>

#include "results/distance.h"
#include "results/headline.h"

namespace lethe {
namespace {

enum class Beyond { nothing, below, above };

bool is_loss(const TableColumn& column) {
  return column.unit == "nats" || column.unit == "bits" ||
         column.unit == "perplexity" ||
         (column.metric == "perplexity" && column.field == "perplexity");
}

// Its value says how much is remembered: the less, the lower.
bool grows_with_memory(const TableColumn& column) {
  static const std::set<std::string> kOthers = {
      "truth_ratio",  "privleak",     "forget_quality",
      "both_sides",   "fluency",      "gibberish_rate",
      "harmful_rate", "refusal_rate", "model_utility"};
  const std::string metric = column.metric.substr(0, column.metric.find(':'));
  return kOthers.count(metric) == 0;
}

bool near_reference(const TableColumn& column) {
  return column.want == "near" && column.target == "reference";
}

// On which side of the reference more is forgotten.
Beyond side(const TableColumn& column) {
  if (column.role != "forget") return Beyond::nothing;
  if (is_loss(column)) {
    return column.want == "high" || near_reference(column) ? Beyond::above
                                                           : Beyond::nothing;
  }
  const bool memory = column.want == "low" || near_reference(column);
  return memory && grows_with_memory(column) ? Beyond::below : Beyond::nothing;
}

bool has_interval(const TableCell& cell) {
  return cell.comparable && std::isfinite(cell.low) && std::isfinite(cell.high);
}

// "forget loss 9.10 [8.90, 9.30], retrain's 3.90 [3.50, 4.30]".
std::string evidence(const TableColumn& column, const TableCell& own,
                     const std::string& other_name, const TableCell& other) {
  return fmt::format("{} {}, {} {}", column.title, long_text(column, own),
                     other_name, long_text(column, other));
}

std::string beyond_retrain(const Table& table, const TableRow& row,
                           const TableRow& retrain) {
  std::string text;
  for (size_t c = 0; c < table.columns.size(); ++c) {
    const Beyond more = side(table.columns[c]);
    const TableCell &own = row.cells[c], &other = retrain.cells[c];
    if (more == Beyond::nothing || !has_interval(own) || !has_interval(other)) {
      continue;
    }
    const bool beyond =
        more == Beyond::above ? own.low > other.high : own.high < other.low;
    if (!beyond) continue;
    text += text.empty() ? "" : "; ";
    text += evidence(table.columns[c], own, "retrain's", other);
  }
  return text;
}

// The same measure on two splits.
bool twins(const TableColumn& a, const TableColumn& b) {
  return a.probe == b.probe && a.task == b.task && a.metric == b.metric &&
         a.field == b.field && a.profile == b.profile;
}

std::string beyond_controls(const Table& table, const TableRow& row) {
  std::string text;
  for (size_t f = 0; f < table.columns.size(); ++f) {
    const TableColumn& column = table.columns[f];
    if (column.role != "forget" || !is_loss(column)) continue;
    for (size_t h = 0; h < table.columns.size(); ++h) {
      const TableColumn& controls = table.columns[h];
      const TableCell &own = row.cells[f], &other = row.cells[h];
      if (controls.role != "holdout" || !twins(column, controls) ||
          !has_interval(own) || !has_interval(other) || own.low <= other.high) {
        continue;
      }
      text += text.empty() ? "" : "; ";
      text += evidence(column, own, controls.split + "'s", other);
    }
  }
  return text;
}

}  // namespace

void flag_over_unlearned(Table& table) {
  for (TableRow& row : table.rows) {
    if (row.method == "none" || row.method == "retrain") continue;
    const TableRow* retrain = end_point(table, row, "retrain");
    const std::string reason = retrain == nullptr
                                   ? beyond_controls(table, row)
                                   : beyond_retrain(table, row, *retrain);
    if (reason.empty()) continue;
    row.flags.push_back({"over-unlearned", reason});
  }
}

}  // namespace lethe
