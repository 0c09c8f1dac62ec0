#include "results/table.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <unordered_map>

#include "harness/base/same_models.h"
#include "results/at_chance.h"
#include "results/cells.h"
#include "results/distance.h"
#include "results/join_rows.h"
#include "results/over_unlearned.h"
#include "results/pareto.h"
#include "results/row_items.h"
#include "results/row_ranks.h"
#include "results/titles.h"
#include "results/worst_attack.h"

namespace lethe {
namespace {

bool starts_with(const std::string& text, const std::string& start) {
  return text.compare(0, start.size(), start) == 0;
}

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() &&
         text.compare(text.size() - end.size(), end.size(), end) == 0;
}

bool has_role(const Record& r, const std::string& role) {
  return r.role.empty() ? starts_with(r.split, role) : r.role == role;
}

// Of records without one: as the split's name begins.
std::string role_of(const Record& r) {
  for (const char* role : {"forget", "retain", "holdout"}) {
    if (has_role(r, role)) return role;
  }
  return r.role;
}

bool is_loss(const std::string& unit) {
  return unit == "nats" || unit == "bits" || unit == "perplexity";
}

ColumnGroup group_of(const Record& r, const std::string& want) {
  const bool on_forget = has_role(r, "forget");
  if (r.metric == "cost") return ColumnGroup::cost;
  if (!on_forget && want == "high") return ColumnGroup::utility;
  if (!on_forget && want == "low" &&
      (is_loss(r.unit) || has_role(r, "retain"))) {
    return ColumnGroup::utility;
  }
  if (want == "near" || r.metric == "auroc" || r.metric == "tpr_at_fpr" ||
      r.metric == "both_sides" || ends_with(r.probe, "_extraction")) {
    return ColumnGroup::attacks;
  }
  return want.empty() ? ColumnGroup::other : ColumnGroup::forgetting;
}

TableColumn column_of(const Record& r) {
  TableColumn column;
  column.probe = name_with_options(r.probe, r.probe_options);
  column.task = r.task;
  column.metric = name_with_options(r.metric, r.metric_options);
  column.field = r.field;
  column.split = r.split;
  column.role = role_of(r);
  column.profile = r.profile;
  return column;
}

// What the first record that states it says: a failed record may know less.
void learn(TableColumn& column, const Record& r) {
  if (column.want.empty() && !r.want.empty()) {
    column.want = r.want;
    column.target = r.target;
  }
  if (column.unit.empty()) column.unit = r.unit;
  if (column.ci_method.empty() && r.ci_method != "none") {
    column.ci_method = r.ci_method;
  }
}

// The columns in order of appearance, by measure_key.
class Columns {
 public:
  // The place of the record's column; npos without a metric.
  size_t add(const Record& r) {
    if (r.metric.empty()) return std::string::npos;
    const auto [found, added] =
        place_.try_emplace(measure_key(r), columns_.size());
    if (added) {
      columns_.push_back(column_of(r));
      first_.push_back(&r);
    }
    TableColumn& column = columns_[found->second];
    learn(column, r);
    if (!r.want.empty() && r.want != column.want) ++disagreements_;
    return found->second;
  }

  // Sorts by group and names the columns; `places` of add() move along.
  PlacedColumns finish(std::vector<size_t> places) {
    for (size_t i = 0; i < columns_.size(); ++i) {
      columns_[i].group = group_of(*first_[i], columns_[i].want);
    }
    std::vector<size_t> order(columns_.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
      return columns_[a].group < columns_[b].group;
    });
    std::vector<size_t> moved(order.size());
    PlacedColumns placed;
    for (size_t i = 0; i < order.size(); ++i) {
      moved[order[i]] = i;
      placed.columns.push_back(std::move(columns_[order[i]]));
    }
    for (size_t& place : places) {
      if (place != std::string::npos) place = moved[place];
    }
    name_columns(placed.columns);
    placed.of_record = std::move(places);
    placed.disagreements = disagreements_;
    return placed;
  }

 private:
  std::vector<TableColumn> columns_;
  std::vector<const Record*> first_;
  std::unordered_map<std::string, size_t> place_;
  int64_t disagreements_ = 0;
};

void add_once(std::vector<std::string>& list, const std::string& text) {
  if (!text.empty() && std::find(list.begin(), list.end(), text) == list.end())
    list.push_back(text);
}

TableRow row_of(const JoinedRow& joined) {
  const Record& r =
      *(joined.records.empty() ? joined.failures : joined.records).front();
  TableRow row;
  row.name = joined.name;
  row.label = r.label;
  row.method = r.method;
  row.method_options = r.method_options;
  row.transform = joined.transform;
  row.runs = joined.runs;
  for (const auto* list : {&joined.records, &joined.failures}) {
    for (const Record* record : *list) row.seeds.push_back(record->seed);
  }
  std::sort(row.seeds.begin(), row.seeds.end());
  row.seeds.erase(std::unique(row.seeds.begin(), row.seeds.end()),
                  row.seeds.end());
  return row;
}

void add_common_counts(Table& table) {
  for (size_t c = 0; c < table.columns.size(); ++c) {
    int64_t common = -1;
    for (const TableRow& row : table.rows) {
      const TableCell& cell = row.cells[c];
      if (cell.missing()) continue;
      common = common == -1 || common == cell.n ? cell.n : 0;
    }
    table.columns[c].n = std::max<int64_t>(common, 0);
  }
}

// Every record of one pass of a probe repeats its counts: the largest is the
// pass's, and passes are summed.
RecordCounts total_counts(const std::vector<JoinedRow>& rows) {
  RecordCounts total;
  for (const JoinedRow& row : rows) {
    std::map<std::string, RecordCounts> passes;
    for (const Record* r : row.records) {
      RecordCounts& pass = passes[fmt::format(
          "{}\x1F{}\x1F{}\x1F{}", name_with_options(r->probe, r->probe_options),
          r->task, r->split, r->seed)];
      pass.truncated = std::max(pass.truncated, r->counts.truncated);
      pass.boundary_mismatch =
          std::max(pass.boundary_mismatch, r->counts.boundary_mismatch);
      pass.nonfinite = std::max(pass.nonfinite, r->counts.nonfinite);
      pass.skipped = std::max(pass.skipped, r->counts.skipped);
    }
    for (const auto& [key, pass] : passes) {
      total.truncated += pass.truncated;
      total.boundary_mismatch += pass.boundary_mismatch;
      total.nonfinite += pass.nonfinite;
      total.skipped += pass.skipped;
    }
  }
  return total;
}

void flag_same_models(const std::vector<SameModel>& all,
                      const JoinedRow& source, TableRow& row) {
  for (const SameModel& same : all) {
    const bool mine = std::any_of(
        source.records.begin(), source.records.end(), [&](const Record* r) {
          return r->run == same.run && r->cell == same.cell &&
                 r->label == same.label && r->transform.empty();
        });
    if (mine) row.flags.push_back({same.flag, same.reason});
  }
}

// The records behind the cells, [row][column], at most one a seed.
using Sources = std::vector<std::vector<std::vector<const Record*>>>;

using ColumnOf = std::unordered_map<const Record*, size_t>;

Sources add_rows(Table& table, const ColumnOf& place_of,
                 std::vector<JoinedRow>& joined,
                 const std::vector<SameModel>& same) {
  Sources sources;
  std::stable_partition(joined.begin(), joined.end(),
                        [](const JoinedRow& r) { return r.transform.empty(); });
  CellMaker maker(table);
  for (const JoinedRow& source : joined) {
    std::vector<std::vector<const Record*>> by_column(table.columns.size());
    for (const Record* r : source.records) {
      by_column[place_of.at(r)].push_back(r);
    }
    TableRow row = row_of(source);
    row.cells = maker.cells(by_column, source);
    flag_same_models(same, source, row);
    table.rows.push_back(std::move(row));
    maker.report_unseen(table.rows.back().name, source.failures);
    sources.push_back(std::move(by_column));
  }
  return sources;
}

// A record of each column; null: no row has one with a value.
ColumnRecords first_records(const Table& table, const Sources& sources) {
  ColumnRecords first(table.columns.size());
  for (const auto& row : sources) {
    for (size_t c = 0; c < first.size(); ++c) {
      if (first[c] == nullptr && !row[c].empty() && row[c].front()->finite()) {
        first[c] = row[c].front();
      }
    }
  }
  return first;
}

// All that compares rows with each other.
void judge_rows(Table& table, const Sources& sources,
                const std::vector<RunFolder>& folders) {
  add_distances(table);
  flag_over_unlearned(table);
  find_chance(table, first_records(table, sources), folders);
  find_worst_attacks(table);
  RowItems items(folders);
  const Better better = rank_rows(table, [&](size_t row, size_t column) {
    return items.of(sources[row][column]);
  });
  find_front(table, better);
  order_rows(table);
}

void remark_on_flags(Table& table) {
  for (const TableRow& row : table.rows) {
    for (const RowFlag& flag : row.flags) {
      table.remarks.push_back(
          fmt::format("{}: {}: {}", flag.flag, row.name, flag.reason));
    }
  }
}

}  // namespace

const char* group_title(ColumnGroup group) {
  switch (group) {
    case ColumnGroup::forgetting:
      return "Forgetting";
    case ColumnGroup::utility:
      return "Utility";
    case ColumnGroup::attacks:
      return "Attack success";
    case ColumnGroup::cost:
      return "Cost";
    case ColumnGroup::other:
      return "Other";
  }
  return "";
}

const char* group_key(ColumnGroup group) {
  switch (group) {
    case ColumnGroup::forgetting:
      return "forgetting";
    case ColumnGroup::utility:
      return "utility";
    case ColumnGroup::attacks:
      return "attacks";
    case ColumnGroup::cost:
      return "cost";
    case ColumnGroup::other:
      return "other";
  }
  return "";
}

const char* TableColumn::arrow() const {
  return want == "low" ? "↓" : want == "high" ? "↑" : want == "near" ? "≈" : "";
}

bool TableCell::missing() const { return !std::isfinite(value); }

const char* front_key(Front front) {
  return front == Front::on     ? "on"
         : front == Front::near ? "near"
         : front == Front::off  ? "off"
                                : "";
}

const char* front_mark(Front front) {
  return front == Front::on ? "●" : front == Front::near ? "○" : "";
}

PlacedColumns place_columns(const std::vector<Record>& records) {
  Columns columns;
  std::vector<size_t> places;
  for (const Record& r : records) places.push_back(columns.add(r));
  return columns.finish(std::move(places));
}

Table make_table(const std::vector<Record>& records,
                 const std::vector<RunFolder>& folders) {
  Table table;
  for (const Record& r : records) {
    add_once(table.suites, r.suite);
    add_once(table.runs, r.run);
    add_once(
        table.devices,
        r.device + (r.device.empty() || r.dtype.empty() ? "" : " ") + r.dtype);
  }
  PlacedColumns placed = place_columns(records);
  table.columns = std::move(placed.columns);
  ColumnOf place_of;
  for (size_t i = 0; i < records.size(); ++i) {
    place_of.emplace(&records[i], placed.of_record[i]);
  }
  JoinedRows joined = join_rows(records);
  const Sources sources =
      add_rows(table, place_of, joined.rows, same_models(records, ""));
  add_common_counts(table);
  judge_rows(table, sources, folders);
  remark_on_flags(table);
  table.counts = total_counts(joined.rows);
  if (joined.repeats > 0) {
    table.remarks.push_back(fmt::format(
        "records that repeat an earlier one of another run and are counted "
        "once: {}",
        joined.repeats));
  }
  if (placed.disagreements > 0) {
    table.remarks.push_back(fmt::format(
        "records that want another direction than the first of their column, "
        "which is shown: {}",
        placed.disagreements));
  }
  return table;
}

}  // namespace lethe
