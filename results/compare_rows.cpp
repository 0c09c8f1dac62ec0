#include "results/compare_rows.h"

#include <fnmatch.h>

#include <algorithm>
#include <filesystem>

#include "harness/base/names.h"
#include "results/chosen.h"

namespace lethe {
namespace {

std::vector<std::string> run_names(const std::vector<std::string>& folders) {
  std::map<std::string, int> uses;
  std::vector<std::string> names;
  for (const std::string& folder : folders) {
    const auto path = std::filesystem::path(folder).lexically_normal();
    names.push_back(
        (path.has_filename() ? path : path.parent_path()).filename().string());
    ++uses[names.back()];
  }
  for (size_t i = 0; i < names.size(); ++i) {
    if (uses[names[i]] > 1) names[i] = folders[i];
  }
  return names;
}

std::string kind_of(const Record& r) {
  return r.label + '\x1F' + r.method_name() + '\x1F' + canonical(r.transform);
}

CompareRow row_of(const JoinedRow& joined, size_t run) {
  CompareRow row;
  row.name = row.own = joined.name;
  row.run = run;
  for (const Record* r : joined.records) {
    row.kind = kind_of(*r);
    row.original = r->method == "none" && r->transform.empty();
    if (r->metric == "cost") continue;
    const std::string key = measure_key(*r);
    const auto found =
        std::find_if(row.measures.begin(), row.measures.end(),
                     [&](const auto& entry) { return entry.first == key; });
    if (found == row.measures.end()) {
      row.measures.push_back({key, {r}});
    } else {
      found->second.push_back(r);
    }
  }
  return row;
}

const CompareRow* twin(const CompareRow& row,
                       const std::vector<const CompareRow*>& others) {
  for (const CompareRow* other : others) {
    if (other->kind == row.kind) return other;
  }
  for (const CompareRow* other : others) {
    if (other->own == row.own) return other;
  }
  return nullptr;
}

}  // namespace

const SeedRecords* CompareRow::find(const std::string& key) const {
  for (const auto& [name, records] : measures) {
    if (name == key) return &records;
  }
  return nullptr;
}

ComparedRows::ComparedRows(const CompareOptions& options) : o_(options) {
  const std::vector<std::string> names = run_names(o_.runs);
  for (size_t i = 0; i < o_.runs.size(); ++i) read(i, names[i]);
  if (o_.runs.size() > 1) {
    for (CompareRow& row : rows_) row.name += " @ " + runs_[row.run].name;
  }
  name_measures();
}

void ComparedRows::read(size_t index, const std::string& name) {
  CompareRun& run = runs_.emplace_back();
  run.folder = o_.runs[index];
  run.name = name;
  run.records = read_records(run.folder);
  run.reader = std::make_unique<ItemReader>(run.folder);
  for (const std::string& remark :
       keep_chosen(run.records, run.folder, Rows::chosen)) {
    if (std::find(remarks_.begin(), remarks_.end(), remark) == remarks_.end()) {
      remarks_.push_back(remark);
    }
  }
  run.joined = join_rows(run.records);
  for (const JoinedRow& joined : run.joined.rows) {
    rows_.push_back(row_of(joined, index));
  }
}

void ComparedRows::name_measures() {
  std::vector<Record> all;
  for (const CompareRun& run : runs_) {
    all.insert(all.end(), run.records.begin(), run.records.end());
  }
  std::vector<std::string> known;
  for (const TableColumn& column : make_table(all).columns) {
    if (column.group == ColumnGroup::cost) continue;
    known.push_back(column.key);
    if (!matches(column)) continue;
    Record like;
    like.probe = column.probe;
    like.task = column.task;
    like.metric = column.metric;
    like.field = column.field;
    like.split = column.split;
    like.profile = column.profile;
    columns_.emplace(measure_key(like), column);
  }
  if (columns_.empty() && !known.empty()) {
    fail_usage("--metric " + o_.metric, "matches no measure",
               suggest(o_.metric, known));
  }
}

bool ComparedRows::matches(const TableColumn& column) const {
  if (o_.metric.empty()) return true;
  const std::vector<std::string> names = {column.key, column.title,
                                          column.metric, column.field,
                                          column.metric + "." + column.field};
  return std::any_of(names.begin(), names.end(), [&](const auto& name) {
    return fnmatch(o_.metric.c_str(), name.c_str(), 0) == 0;
  });
}

std::string ComparedRows::row_names() const {
  std::string text;
  for (const CompareRow& row : rows_) {
    text += (text.empty() ? "" : ", ") + row.name;
  }
  return text.empty() ? "the runs have no rows" : "the rows are " + text;
}

const CompareRow* ComparedRows::find_row(const std::string& name,
                                         const char* option) const {
  std::vector<std::string> known;
  for (const CompareRow& row : rows_) {
    if (row.name == name || row.own == name) return &row;
    known.push_back(row.name);
  }
  fail_usage(std::string(option) + " " + name, "no such row",
             suggest(name, known));
}

bool ComparedRows::wanted(const CompareRow& row) const {
  return o_.rows.empty() ||
         std::any_of(o_.rows.begin(), o_.rows.end(), [&](const auto& name) {
           return name == row.name || name == row.own;
         });
}

// The row that all others are compared with; null: rows of equal names.
const CompareRow* ComparedRows::baseline() const {
  if (!o_.baseline.empty()) return find_row(o_.baseline, "--baseline");
  if (runs_.size() > 1) return nullptr;
  if (!o_.rows.empty()) return find_row(o_.rows.front(), "--rows");
  for (const CompareRow& row : rows_) {
    if (row.original) return &row;
  }
  return rows_.empty() ? nullptr : &rows_.front();
}

RowPairs ComparedRows::pairs() const {
  for (const std::string& name : o_.rows) find_row(name, "--rows");
  RowPairs all;
  if (const CompareRow* base = baseline()) {
    for (const CompareRow& row : rows_) {
      if (&row != base && wanted(row)) all.emplace_back(base, &row);
    }
  } else {
    all = same_rows();
  }
  if (all.empty()) {
    fail(Fault::nothing, "compare", "no two rows to compare: " + row_names(),
         "name runs that share a row, or one with --baseline");
  }
  return all;
}

RowPairs ComparedRows::same_rows() const {
  RowPairs all;
  for (size_t run = 1; run < runs_.size(); ++run) {
    std::vector<const CompareRow*> first, other;
    for (const CompareRow& row : rows_) {
      if (!wanted(row)) continue;
      if (row.run == 0) first.push_back(&row);
      if (row.run == run) other.push_back(&row);
    }
    if (first.size() == 1 && other.size() == 1) {
      all.emplace_back(first.front(), other.front());
      continue;
    }
    for (const CompareRow* a : first) {
      if (const CompareRow* b = twin(*a, other)) all.emplace_back(a, b);
    }
  }
  return all;
}

}  // namespace lethe
