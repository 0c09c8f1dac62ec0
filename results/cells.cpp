#include "results/cells.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

namespace lethe {
namespace {

// "failed: out of memory"; a null of a record that is ok has its reason too.
std::string reason(const Record& r) {
  const std::string status = r.status == "ok" ? "no value" : r.status;
  return r.message.empty() ? status : status + ": " + r.message;
}

// Mean, spread and averaged interval of the finite records.
void summarise(const std::vector<const Record*>& finite, TableCell& cell) {
  const auto count = static_cast<double>(finite.size());
  double sum = 0, low = 0, high = 0;
  for (const Record* r : finite) {
    sum += r->value;
    low += r->ci_low;  // NaN stays NaN: no interval from some of the seeds
    high += r->ci_high;
    cell.n = cell.seeds == 0 ? r->n : std::min(cell.n, r->n);
    ++cell.seeds;
  }
  if (finite.empty()) return;
  cell.value = sum / count;
  cell.low = low / count;
  cell.high = high / count;
  if (finite.size() < 2) return;
  double squares = 0;
  for (const Record* r : finite) {
    squares += (r->value - cell.value) * (r->value - cell.value);
  }
  cell.sd = std::sqrt(squares / (count - 1));
}

}  // namespace

CellMaker::CellMaker(Table& table)
    : table_(table), items_(table.columns.size()) {}

std::vector<TableCell> CellMaker::cells(
    const std::vector<std::vector<const Record*>>& by_column,
    const JoinedRow& source) {
  std::vector<TableCell> row;
  for (size_t c = 0; c < by_column.size(); ++c) {
    row.push_back(cell(c, by_column[c]));
    if (by_column[c].empty()) explain_absence(c, row.back(), source);
  }
  return row;
}

TableCell CellMaker::cell(size_t column,
                          const std::vector<const Record*>& records) {
  TableCell cell;
  std::vector<const Record*> finite;
  for (const Record* r : records) {
    if (r->finite()) finite.push_back(r);
  }
  summarise(finite, cell);
  for (const Record* r : records) {
    if (r->finite() && r->n < r->n_expected) {
      note(cell, fmt::format("{} of {} items", r->n, r->n_expected));
    }
    if (r->finite()) {
      if (r->status != "ok") {
        note(cell, reason(*r));
      } else if (!r->message.empty()) {
        note(cell, r->message);
      }
      continue;
    }
    note(cell, finite.empty()
                   ? reason(*r)
                   : fmt::format("without seed {}: {}", r->seed, reason(*r)));
  }
  if (finite.empty()) return cell;
  const std::string items = finite[0]->data_hash + "/" + finite[0]->items_hash;
  if (items == "/") return cell;
  if (items_[column].empty()) items_[column] = items;
  cell.comparable = items_[column] == items;
  if (!cell.comparable) {
    note(cell, "measured on other items than the first row: not comparable");
  }
  return cell;
}

void CellMaker::explain_absence(size_t column, TableCell& cell,
                                const JoinedRow& source) {
  const TableColumn& c = table_.columns[column];
  for (const Record* r : source.failures) {
    const std::string probe = name_with_options(r->probe, r->probe_options);
    const bool whole_row = probe.empty() && r->task.empty();
    if (!whole_row && (probe != c.probe || r->task != c.task)) continue;
    note(cell, reason(*r));
    seen_.insert(r);
  }
  if (!cell.notes.empty()) return;
  const bool made_before =
      c.group == ColumnGroup::cost && !source.transform.empty();
  note(cell, made_before ? "the same model as without the transform"
                         : "not measured: no record of it");
}

void CellMaker::report_unseen(const std::string& row_name,
                              const std::vector<const Record*>& failures) {
  for (const Record* r : failures) {
    if (seen_.count(r) > 0) continue;
    const std::string source =
        r->task.empty() ? name_with_options(r->probe, r->probe_options)
                        : r->task;
    table_.remarks.push_back(fmt::format(
        "{}: {}{}{}", row_name, source, source.empty() ? "" : " ", reason(*r)));
  }
}

void CellMaker::note(TableCell& cell, const std::string& text) {
  const auto [found, added] =
      numbers_.try_emplace(text, table_.notes.size() + 1);
  if (added) table_.notes.push_back(text);
  const size_t number = found->second;
  if (std::find(cell.notes.begin(), cell.notes.end(), number) ==
      cell.notes.end()) {
    cell.notes.push_back(number);
  }
}

}  // namespace lethe
