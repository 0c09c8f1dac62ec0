#include "results/published.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <filesystem>
#include <limits>

#include "harness/base/files.h"
#include "harness/base/json.h"
#include "harness/base/shipped.h"

namespace lethe {
namespace {

namespace fs = std::filesystem;

const char* const kOption = "leaderboard --published";

fs::path folder() {
  return fs::path(suites_folder()).parent_path() / "published";
}

std::vector<std::string> known_names() {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder(), error)) {
    if (entry.path().extension() == ".json") {
      names.push_back(entry.path().stem().string());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string lower(std::string text) {
  for (char& c : text) {
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return text;
}

const Json& list(const Json& json, const char* key, const std::string& where) {
  const Json& found = require(json, key, where);
  if (!found.is_array()) {
    fail_input(where, fmt::format("\"{}\" is no list", key), "make it one");
  }
  return found;
}

PublishedColumn column_from(const Json& json, const std::string& where) {
  PublishedColumn column;
  column.key = require_string(json, "key", where);
  column.title = require_string(json, "title", where);
  column.unit = require_string(json, "unit", where);
  if (json.contains("want")) column.want = require_string(json, "want", where);
  if (!column.want.empty() && column.arrow().empty()) {
    fail_input(where, "\"want\" is \"" + column.want + "\"",
               "make it low, high or near");
  }
  return column;
}

PublishedRow row_from(const Json& json, size_t columns,
                      const std::string& where) {
  PublishedRow row;
  row.name = require_string(json, "name", where);
  for (const Json& value : list(json, "values", where)) {
    if (!value.is_number() && !value.is_null()) {
      fail_input(where, row.name + " has a value that is no number",
                 "make it a number or null");
    }
    row.values.push_back(value.is_null()
                             ? std::numeric_limits<double>::quiet_NaN()
                             : value.get<double>());
  }
  if (row.values.size() != columns) {
    fail_input(where,
               fmt::format("{} has {} values, there are {} columns", row.name,
                           row.values.size(), columns),
               "give each column one");
  }
  return row;
}

PublishedTable table_from(const Json& json, const std::string& name,
                          const std::string& where) {
  PublishedTable table;
  table.name = name;
  table.model = require_string(json, "model", where);
  table.title = name + ", " + table.model;
  table.source = require_string(json, "source", where);
  for (const Json& column : list(json, "columns", where)) {
    table.columns.push_back(column_from(column, where));
  }
  for (const Json& row : list(json, "rows", where)) {
    table.rows.push_back(row_from(row, table.columns.size(), where));
  }
  if (!json.contains("notes")) return table;
  for (const Json& note : list(json, "notes", where)) {
    table.notes.push_back(note.is_string() ? note.get<std::string>() : "");
  }
  return table;
}

}  // namespace

std::string PublishedColumn::arrow() const {
  return want == "low" ? "↓" : want == "high" ? "↑" : want == "near" ? "≈" : "";
}

std::vector<PublishedTable> published_tables(const std::string& wanted) {
  const std::string name = wanted.substr(0, wanted.find(':'));
  const std::string model =
      name.size() == wanted.size() ? "" : lower(wanted.substr(name.size() + 1));
  const auto known = known_names();
  if (std::find(known.begin(), known.end(), name) == known.end()) {
    fail_usage(kOption, "nothing published is named \"" + name + "\"",
               known.empty() ? folder().string() + " holds no files"
                             : suggest(name, known));
  }
  const std::string file = (folder() / (name + ".json")).string();
  const Json json = read_json(file);
  std::vector<PublishedTable> tables;
  std::vector<std::string> models;
  for (const Json& one : list(json, "tables", file)) {
    PublishedTable table = table_from(one, name, file);
    models.push_back(table.model);
    if (lower(table.model).find(model) != std::string::npos) {
      tables.push_back(std::move(table));
    }
  }
  if (tables.empty()) {
    fail_usage(kOption, name + " has no model \"" + model + "\"",
               suggest(model, models));
  }
  return tables;
}

std::string published_number(double value) {
  return std::isfinite(value) ? fmt::format("{}", value) : "-";
}

}  // namespace lethe
