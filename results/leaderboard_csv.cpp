// The CSV form of a leaderboard: raw names, unrounded numbers.
#include <cmath>

#include "results/escape.h"
#include "results/leaderboard.h"
#include "results/standing.h"

namespace lethe {
namespace {

// A cell under its head, both as they are written.
struct Field {
  std::string head, value;
};
using Fields = std::vector<Field>;

// The shortest text that reads back as the same number. Spreadsheets take an
// empty cell for 0, so what is missing says so.
std::string csv_number(double value) {
  return std::isfinite(value) ? canonical(Json(value)) : "NA";
}

std::string csv_count(int64_t count) {
  return count > 0 ? std::to_string(count) : "NA";
}

std::string join(const std::vector<std::string>& parts,
                 const char* separator = " ") {
  std::string text;
  for (const auto& part : parts) {
    text += (text.empty() ? "" : separator) + part;
  }
  return text;
}

// "loss_mia.auroc.auroc.forget: failed: out of memory; ..."
std::string reasons(const Table& table, const TableRow& row) {
  std::vector<std::string> all;
  for (size_t c = 0; c < row.cells.size(); ++c) {
    for (const size_t number : row.cells[c].notes) {
      all.push_back(table.columns[c].key + ": " + table.notes[number - 1]);
    }
  }
  return join(all, "; ");
}

std::string flags_text(const TableRow& row) {
  std::vector<std::string> all;
  for (const RowFlag& flag : row.flags) {
    all.push_back(flag.flag + ": " + flag.reason);
  }
  return join(all, "; ");
}

// "complete", or what is missing of the row's runs.
std::string state_text(const Table& table, const TableRow& row) {
  std::vector<std::string> all;
  for (const UnfinishedRun& run : table.unfinished) {
    for (const std::string& own : row.runs) {
      if (own == run.run) all.push_back(run.run + " " + run.state);
    }
  }
  return all.empty() ? "complete" : join(all, "; ");
}

void add_value(Fields& fields, const std::string& head, const TableCell& cell) {
  fields.push_back({head, csv_number(cell.value)});
  fields.push_back({head + ".low", csv_number(cell.low)});
  fields.push_back({head + ".high", csv_number(cell.high)});
  fields.push_back({head + ".n", csv_count(cell.n)});
  fields.push_back({head + ".sd", csv_number(cell.sd)});
}

void add_identity(Fields& fields, const TableRow& row) {
  std::vector<std::string> seeds;
  for (const int64_t seed : row.seeds) seeds.push_back(std::to_string(seed));
  fields.push_back({"name", csv_cell(row.name)});
  fields.push_back({"label", csv_cell(row.label)});
  fields.push_back({"method", csv_cell(row.method)});
  fields.push_back({"method_options", csv_cell(canonical(row.method_options))});
  fields.push_back({"transform", csv_cell(join(row.transform))});
  fields.push_back({"runs", csv_cell(join(row.runs))});
  fields.push_back({"seeds", csv_cell(join(seeds))});
  fields.push_back({"distance_to_retrain", csv_number(row.distance)});
  fields.push_back({"distance_columns", std::to_string(row.distance_columns)});
}

void add_worst(Fields& fields, const Table& table, const TableRow& row) {
  for (const char* kind : {"extraction", "membership"}) {
    const WorstAttack* worst = worst_of(row, kind);
    const std::string head = std::string("worst_") + kind;
    add_value(fields, head, worst == nullptr ? TableCell() : worst->cell);
    fields.push_back(
        {head + ".attacks", csv_count(worst == nullptr ? 0 : worst->attacks)});
    fields.push_back(
        {head + ".by",
         worst == nullptr ? "NA" : csv_cell(worst_source(table, *worst))});
  }
}

void add_standing(Fields& fields, const Table& table, const TableRow& row) {
  const std::string front = front_key(row.front);
  fields.push_back({"state", csv_cell(state_text(table, row))});
  fields.push_back({"front", front.empty() ? "NA" : front});
  fields.push_back({"rank_best", csv_count(row.place.best)});
  fields.push_back({"rank_worst", csv_count(row.place.worst)});
  fields.push_back({"mean_rank", csv_number(row.mean_rank)});
  add_worst(fields, table, row);
  for (size_t c = 0; c < table.columns.size(); ++c) {
    const TableColumn& column = table.columns[c];
    const TableCell& cell = row.cells[c];
    const bool judged = std::isfinite(column.chance) && std::isfinite(cell.low);
    fields.push_back({csv_cell(column.key + ".seeds"), csv_count(cell.seeds)});
    fields.push_back(
        {csv_cell(column.key + ".rank_best"), csv_count(cell.rank.best)});
    fields.push_back(
        {csv_cell(column.key + ".rank_worst"), csv_count(cell.rank.worst)});
    fields.push_back({csv_cell(column.key + ".at_chance"), !judged ? "NA"
                                                           : cell.at_chance
                                                               ? "yes"
                                                               : "no"});
  }
}

// A published row's values, or NA under the same heads.
void add_published(Fields& fields, const Table& table, size_t own_table,
                   const PublishedRow* own) {
  for (size_t t = 0; t < table.published.size(); ++t) {
    const PublishedTable& published = table.published[t];
    for (size_t c = 0; c < published.columns.size(); ++c) {
      const bool here = own != nullptr && t == own_table;
      fields.push_back({csv_cell("published." + published.title + "." +
                                 published.columns[c].key),
                        here ? csv_number(own->values[c]) : std::string("NA")});
    }
  }
}

Fields run_fields(const Table& table, const TableRow& row) {
  Fields fields;
  add_identity(fields, row);
  for (size_t c = 0; c < table.columns.size(); ++c) {
    Fields value;
    add_value(value, table.columns[c].key, row.cells[c]);
    for (Field& field : value) {
      fields.push_back({csv_cell(field.head), std::move(field.value)});
    }
  }
  fields.push_back({"notes", csv_cell(reasons(table, row))});
  fields.push_back({"flags", csv_cell(flags_text(row))});
  add_standing(fields, table, row);
  fields.push_back({"origin", "run"});
  add_published(fields, table, 0, nullptr);
  return fields;
}

// As a row that nothing was measured of, but for what was published.
Fields published_fields(const Table& table, size_t published,
                        const PublishedRow& row) {
  const PublishedTable& own = table.published[published];
  TableRow blank;
  blank.name = row.name + " (published)";
  blank.label = row.name;
  blank.cells.resize(table.columns.size());
  Fields fields = run_fields(table, blank);
  Fields values;
  add_published(values, table, published, &row);
  const size_t begin = fields.size() - values.size();
  for (size_t i = 0; i < values.size(); ++i) fields[begin + i] = values[i];
  fields[begin - 1].value =
      csv_cell("published, not run here: " + own.title + "; " + own.source);
  for (Field& field : fields) {
    if (field.head == "state" || field.head == "method" ||
        field.head == "method_options") {
      field.value = "NA";
    }
  }
  return fields;
}

std::string csv_line(const Fields& fields, std::string Field::*part) {
  std::string line;
  for (const Field& field : fields) {
    line += (&field == &fields.front() ? "" : ",") + field.*part;
  }
  return line + "\r\n";
}

}  // namespace

std::string to_csv(const Table& table) {
  TableRow blank;
  blank.cells.resize(table.columns.size());
  std::string text = csv_line(run_fields(table, blank), &Field::head);
  for (const TableRow& row : table.rows) {
    text += csv_line(run_fields(table, row), &Field::value);
  }
  for (size_t t = 0; t < table.published.size(); ++t) {
    for (const PublishedRow& row : table.published[t].rows) {
      text += csv_line(published_fields(table, t, row), &Field::value);
    }
  }
  return text;
}

}  // namespace lethe
