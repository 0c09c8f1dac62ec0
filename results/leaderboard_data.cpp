// The CSV and JSON forms of a leaderboard: raw names, unrounded numbers.
#include <cmath>

#include "results/escape.h"
#include "results/headline.h"
#include "results/leaderboard.h"

namespace lethe {
namespace {

// The shortest text that reads back as the same number. Spreadsheets take an
// empty cell for 0, so what is missing says so.
std::string csv_number(double value) {
  return std::isfinite(value) ? canonical(Json(value)) : "NA";
}

std::string csv_count(int64_t count) {
  return count > 0 ? std::to_string(count) : "NA";
}

std::string join(const std::vector<std::string>& parts) {
  std::string text;
  for (const auto& part : parts) text += (text.empty() ? "" : " ") + part;
  return text;
}

std::string csv_line(const std::vector<std::string>& cells) {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    line += (i == 0 ? "" : ",") + cells[i];
  }
  return line + "\r\n";
}

std::string csv_head(const Table& table) {
  std::vector<std::string> cells = {"name",
                                    "label",
                                    "method",
                                    "method_options",
                                    "transform",
                                    "runs",
                                    "seeds",
                                    "distance_to_retrain",
                                    "distance_columns"};
  for (const TableColumn& column : table.columns) {
    for (const char* part : {"", ".low", ".high", ".n", ".sd"}) {
      cells.push_back(csv_cell(column.key + part));
    }
  }
  cells.push_back("notes");
  cells.push_back("flags");
  return csv_line(cells);
}

// "loss_mia.auroc.auroc.forget: failed: out of memory; ..."
std::string reasons(const Table& table, const TableRow& row) {
  std::string text;
  for (size_t c = 0; c < table.columns.size(); ++c) {
    for (const size_t number : row.cells[c].notes) {
      text += (text.empty() ? "" : "; ") + table.columns[c].key + ": " +
              table.notes[number - 1];
    }
  }
  return text;
}

std::string csv_row(const Table& table, const TableRow& row) {
  std::vector<std::string> seeds;
  for (const int64_t seed : row.seeds) seeds.push_back(std::to_string(seed));
  std::vector<std::string> cells = {csv_cell(row.name),
                                    csv_cell(row.label),
                                    csv_cell(row.method),
                                    csv_cell(canonical(row.method_options)),
                                    csv_cell(join(row.transform)),
                                    csv_cell(join(row.runs)),
                                    csv_cell(join(seeds)),
                                    csv_number(row.distance),
                                    std::to_string(row.distance_columns)};
  for (const TableCell& cell : row.cells) {
    cells.push_back(csv_number(cell.value));
    cells.push_back(csv_number(cell.low));
    cells.push_back(csv_number(cell.high));
    cells.push_back(csv_count(cell.n));
    cells.push_back(csv_number(cell.sd));
  }
  cells.push_back(csv_cell(reasons(table, row)));
  std::string flags;
  for (const RowFlag& flag : row.flags) {
    flags += (flags.empty() ? "" : "; ") + flag.flag + ": " + flag.reason;
  }
  cells.push_back(csv_cell(flags));
  return csv_line(cells);
}

OrderedJson text_or_null(const std::string& text) {
  return text.empty() ? OrderedJson(nullptr) : OrderedJson(text);
}

OrderedJson number_or_null(double value) {
  return std::isfinite(value) ? OrderedJson(value) : OrderedJson(nullptr);
}

OrderedJson column_json(const TableColumn& column) {
  OrderedJson json;
  json["key"] = column.key;
  json["title"] = column.title;
  json["group"] = group_key(column.group);
  json["probe"] = text_or_null(column.probe);
  json["task"] = text_or_null(column.task);
  json["metric"] = column.metric;
  json["field"] = column.field;
  json["split"] = column.split;
  json["role"] = text_or_null(column.role);
  json["profile"] = text_or_null(column.profile);
  json["want"] = text_or_null(column.want);
  json["target"] = column.target;
  json["unit"] = column.unit;
  json["ci_method"] = text_or_null(column.ci_method);
  json["n"] = column.n > 0 ? OrderedJson(column.n) : OrderedJson(nullptr);
  return json;
}

OrderedJson cell_json(const Table& table, const TableCell& cell) {
  OrderedJson json;
  json["value"] = number_or_null(cell.value);
  json["ci95"] = nullptr;
  if (std::isfinite(cell.low) && std::isfinite(cell.high)) {
    json["ci95"] = OrderedJson::array({cell.low, cell.high});
  }
  json["n"] = cell.n;
  json["seeds"] = cell.seeds;
  json["sd"] = number_or_null(cell.sd);
  json["comparable"] = cell.comparable;
  json["notes"] = OrderedJson::array();
  for (const size_t number : cell.notes) {
    json["notes"].push_back(table.notes[number - 1]);
  }
  return json;
}

OrderedJson row_json(const Table& table, const TableRow& row) {
  OrderedJson json;
  json["name"] = row.name;
  json["label"] = row.label;
  json["method"] = row.method;
  json["method_options"] = row.method_options;
  json["transform"] = row.transform;
  json["runs"] = row.runs;
  json["seeds"] = row.seeds;
  json["distance_to_retrain"] = number_or_null(row.distance);
  json["distance_columns"] = row.distance_columns;
  json["flags"] = OrderedJson::array();
  for (const RowFlag& flag : row.flags) {
    json["flags"].push_back({{"flag", flag.flag}, {"reason", flag.reason}});
  }
  json["cells"] = OrderedJson::object();
  for (size_t c = 0; c < table.columns.size(); ++c) {
    json["cells"][table.columns[c].key] = cell_json(table, row.cells[c]);
  }
  return json;
}

}  // namespace

std::string to_csv(const Table& table) {
  std::string text = csv_head(table);
  for (const TableRow& row : table.rows) text += csv_row(table, row);
  return text;
}

OrderedJson to_json(const Table& table) {
  OrderedJson json;
  json["schema"] = 1;
  json["suites"] = table.suites;
  json["runs"] = table.runs;
  json["devices"] = table.devices;
  json["columns"] = OrderedJson::array();
  for (const TableColumn& column : table.columns) {
    json["columns"].push_back(column_json(column));
  }
  json["rows"] = OrderedJson::array();
  for (const TableRow& row : table.rows) {
    json["rows"].push_back(row_json(table, row));
  }
  json["remarks"] = table.remarks;
  json["counts"] = {{"truncated", table.counts.truncated},
                    {"boundary_mismatch", table.counts.boundary_mismatch},
                    {"nonfinite", table.counts.nonfinite},
                    {"skipped", table.counts.skipped}};
  return json;
}

}  // namespace lethe
