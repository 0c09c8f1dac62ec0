#include "results/worst_attack.h"

#include <algorithm>

#include "results/titles.h"

namespace lethe {
namespace {

std::string plain(const std::string& name) {
  return name.substr(0, name.find(':'));
}

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() &&
         text.compare(text.size() - end.size(), end.size(), end) == 0;
}

bool is_extraction(const TableColumn& column) {
  const std::string metric = plain(column.metric);
  const bool whole = (metric == "exact_match" && column.field == metric) ||
                     (metric == "sampled_hits" && column.field == "any_hit");
  return whole && column.role == "forget" &&
         ends_with(source_of(column), "_extraction");
}

bool is_membership(const TableColumn& column) {
  return plain(column.metric) == "auroc" && column.field == "auroc" &&
         column.probe.rfind("blind_", 0) != 0;
}

// The highest of the columns' values over the row and its transforms.
WorstAttack worst_of(const Table& table, const TableRow& row,
                     const std::vector<size_t>& columns) {
  WorstAttack worst;
  for (const TableRow& other : table.rows) {
    const bool own = &other == &row;
    if (!own && (other.transform.empty() || !same_model(row, other))) continue;
    for (const size_t c : columns) {
      const TableCell& cell = other.cells[c];
      if (cell.missing() || !cell.comparable) continue;
      if (worst.attacks++ > 0 && cell.value <= worst.cell.value) continue;
      worst.column = c;
      worst.row = other.name;
      worst.cell = cell;
    }
  }
  return worst;
}

}  // namespace

bool same_model(const TableRow& a, const TableRow& b) {
  if (a.label != b.label || a.method != b.method ||
      a.method_options != b.method_options) {
    return false;
  }
  return std::any_of(a.runs.begin(), a.runs.end(), [&](const auto& run) {
    return std::find(b.runs.begin(), b.runs.end(), run) != b.runs.end();
  });
}

void find_worst_attacks(Table& table) {
  std::vector<size_t> extraction, membership;
  for (size_t c = 0; c < table.columns.size(); ++c) {
    if (is_extraction(table.columns[c])) extraction.push_back(c);
    if (is_membership(table.columns[c])) membership.push_back(c);
  }
  for (TableRow& row : table.rows) {
    if (!row.transform.empty()) continue;
    for (const auto& [kind, columns] : {std::pair{"extraction", &extraction},
                                        std::pair{"membership", &membership}}) {
      WorstAttack worst = worst_of(table, row, *columns);
      worst.kind = kind;
      if (worst.attacks > 0) row.worst.push_back(std::move(worst));
    }
  }
}

}  // namespace lethe
