#include "results/at_chance.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "harness/base/files.h"
#include "results/item_values.h"

namespace lethe {
namespace {

bool is_auc(const TableColumn& column) {
  return column.metric.rfind("auroc", 0) == 0 && column.field == "auroc";
}

bool is_accuracy(const Record& record) {
  return !record.task.empty() && record.metric.rfind("acc", 0) == 0 &&
         record.field.rfind("acc", 0) == 0;
}

// Adds the questions of a file of samples; false: not all have choices of
// which one is right.
bool add_questions(const std::string& file, double& sum, int64_t& questions) {
  int64_t number = 0;
  for (const std::string& line : read_lines(file)) {
    const std::string where = fmt::format("{}:{}", file, ++number);
    const Json row = parse_json(line, where);
    const auto found = row.find("loglikelihoods");
    if (found == row.end() || !found->is_array() || !row.contains("target")) {
      return false;
    }
    // For acc_mutual_info every choice was asked without its question too.
    const size_t choices =
        found->size() / (row.contains("acc_mutual_info") ? 2 : 1);
    if (choices < 2) return false;
    sum += 1 / static_cast<double>(choices);
    ++questions;
  }
  return true;
}

// The footnote of that text, added when it is not there.
void add_note(Table& table, TableCell& cell, const std::string& text) {
  const auto found = std::find(table.notes.begin(), table.notes.end(), text);
  cell.notes.push_back(static_cast<size_t>(found - table.notes.begin()) + 1);
  if (found == table.notes.end()) table.notes.push_back(text);
}

}  // namespace

double chance_of_task(const Record& record, const std::string& run_folder) {
  if (!is_accuracy(record)) return TableCell::kNone;
  std::vector<Record> tasks;
  if (record.versions.contains("tasks")) {  // a group: its members' samples
    for (const Json& name : record.versions["tasks"]) {
      tasks.push_back(record);
      tasks.back().task = name.is_string() ? name.get<std::string>() : "";
    }
  } else {
    tasks.push_back(record);
  }
  double sum = 0;
  int64_t questions = 0;
  for (const Record& task : tasks) {
    const std::string file = samples_file(run_folder, task);
    if (file.empty() || !add_questions(file, sum, questions)) {
      return TableCell::kNone;
    }
  }
  return questions == 0 ? TableCell::kNone
                        : sum / static_cast<double>(questions);
}

void find_chance(Table& table, const ColumnRecords& records,
                 const std::vector<RunFolder>& folders) {
  for (size_t c = 0; c < table.columns.size(); ++c) {
    TableColumn& column = table.columns[c];
    if (is_auc(column)) {
      column.chance = 0.5;
    } else if (records[c] != nullptr) {
      const std::string folder = folder_of(folders, records[c]->run);
      if (!folder.empty()) column.chance = chance_of_task(*records[c], folder);
    }
    if (!std::isfinite(column.chance)) continue;
    const std::string text =
        fmt::format("at chance: the interval holds {:.3g}, what a guess gives",
                    column.chance);
    for (TableRow& row : table.rows) {
      TableCell& cell = row.cells[c];
      cell.at_chance = !cell.missing() && cell.low <= column.chance &&
                       column.chance <= cell.high;
      if (cell.at_chance) add_note(table, cell, text);
    }
  }
}

}  // namespace lethe
