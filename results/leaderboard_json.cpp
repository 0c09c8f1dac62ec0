// The JSON form of a leaderboard: raw names, unrounded numbers.
#include <cmath>

#include "results/leaderboard.h"

namespace lethe {
namespace {

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
  json["chance"] = number_or_null(column.chance);
  json["rank_tests"] = text_or_null(column.rank_tests);
  return json;
}

// [best, worst], null when there is none.
OrderedJson range_json(const RankRange& range) {
  if (!range.ranked()) return nullptr;
  return OrderedJson::array({range.best, range.worst});
}

// ci95 is over items, sd over seeds.
OrderedJson value_json(const TableCell& cell) {
  OrderedJson json;
  json["value"] = number_or_null(cell.value);
  json["ci95"] = nullptr;
  if (std::isfinite(cell.low) && std::isfinite(cell.high)) {
    json["ci95"] = OrderedJson::array({cell.low, cell.high});
  }
  json["n"] = cell.n;
  json["seeds"] = cell.seeds;
  json["sd"] = number_or_null(cell.sd);
  return json;
}

OrderedJson cell_json(const Table& table, const TableColumn& column,
                      const TableCell& cell) {
  OrderedJson json = value_json(cell);
  json["comparable"] = cell.comparable;
  json["rank"] = range_json(cell.rank);
  json["at_chance"] = std::isfinite(column.chance) && std::isfinite(cell.low)
                          ? OrderedJson(cell.at_chance)
                          : OrderedJson(nullptr);
  json["notes"] = OrderedJson::array();
  for (const size_t number : cell.notes) {
    json["notes"].push_back(table.notes[number - 1]);
  }
  return json;
}

OrderedJson worst_json(const Table& table, const TableRow& row) {
  OrderedJson json = OrderedJson::object();
  for (const WorstAttack& worst : row.worst) {
    OrderedJson one = value_json(worst.cell);
    one["column"] = table.columns[worst.column].key;
    one["row"] = worst.row;
    one["attacks"] = worst.attacks;
    json[worst.kind] = std::move(one);
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
  json["front"] = text_or_null(front_key(row.front));
  json["mean_rank"] = number_or_null(row.mean_rank);
  json["rank"] = range_json(row.place);
  json["worst"] = worst_json(table, row);
  json["cells"] = OrderedJson::object();
  for (size_t c = 0; c < table.columns.size(); ++c) {
    json["cells"][table.columns[c].key] =
        cell_json(table, table.columns[c], row.cells[c]);
  }
  return json;
}

OrderedJson published_json(const PublishedTable& published) {
  OrderedJson json;
  json["published"] = published.name;
  json["model"] = published.model;
  json["source"] = published.source;
  json["run_here"] = false;
  json["columns"] = OrderedJson::array();
  for (const PublishedColumn& column : published.columns) {
    json["columns"].push_back({{"key", column.key},
                               {"title", column.title},
                               {"want", text_or_null(column.want)},
                               {"unit", column.unit}});
  }
  json["rows"] = OrderedJson::array();
  for (const PublishedRow& row : published.rows) {
    OrderedJson values = OrderedJson::object();
    for (size_t c = 0; c < row.values.size(); ++c) {
      values[published.columns[c].key] = number_or_null(row.values[c]);
    }
    json["rows"].push_back({{"name", row.name}, {"values", values}});
  }
  json["notes"] = published.notes;
  return json;
}

}  // namespace

OrderedJson to_json(const Table& table) {
  OrderedJson json;
  json["schema"] = 1;
  json["suites"] = table.suites;
  json["runs"] = table.runs;
  json["devices"] = table.devices;
  json["unfinished"] = OrderedJson::object();
  for (const UnfinishedRun& run : table.unfinished) {
    json["unfinished"][run.run] = run.state;
  }
  json["columns"] = OrderedJson::array();
  for (const TableColumn& column : table.columns) {
    json["columns"].push_back(column_json(column));
  }
  json["front"] = OrderedJson::array();
  for (const size_t c : table.front_columns) {
    json["front"].push_back(table.columns[c].key);
  }
  json["rows"] = OrderedJson::array();
  for (const TableRow& row : table.rows) {
    json["rows"].push_back(row_json(table, row));
  }
  json["published"] = OrderedJson::array();
  for (const PublishedTable& published : table.published) {
    json["published"].push_back(published_json(published));
  }
  json["remarks"] = table.remarks;
  json["counts"] = {{"truncated", table.counts.truncated},
                    {"boundary_mismatch", table.counts.boundary_mismatch},
                    {"nonfinite", table.counts.nonfinite},
                    {"skipped", table.counts.skipped}};
  return json;
}

}  // namespace lethe
