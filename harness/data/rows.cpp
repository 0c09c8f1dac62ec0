#include "harness/data/rows.h"

#include "harness/base/files.h"
#include "harness/base/hash.h"
#include "harness/base/ordered_json.h"

namespace lethe {
namespace {

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() &&
         text.compare(text.size() - end.size(), end.size(), end) == 0;
}

bool blank(const std::string& line) {
  return line.find_first_not_of(" \t") == std::string::npos;
}

std::vector<DataRow> read_lines_of_json(const std::string& path) {
  std::vector<DataRow> rows;
  const std::vector<std::string> lines = read_lines(path);
  for (size_t i = 0; i < lines.size(); ++i) {
    if (blank(lines[i])) continue;
    const std::string where = fmt::format("{}:{}", path, i + 1);
    rows.push_back({parse_json(lines[i], where), where});
  }
  return rows;
}

std::vector<DataRow> read_list(const std::string& path,
                               const std::string& text) {
  std::vector<DataRow> rows;
  const Json list = parse_json(text, path);
  for (size_t i = 0; i < list.size(); ++i) {
    rows.push_back({list[i], fmt::format("{} row {}", path, i + 1)});
  }
  return rows;
}

}  // namespace

std::vector<DataRow> read_rows(const std::string& path, int64_t limit) {
  if (!ends_with(path, ".jsonl") && !ends_with(path, ".json")) {
    fail_usage(path, "is not a .jsonl or .json file",
               "convert the data to JSON Lines");
  }
  std::vector<DataRow> rows;
  if (ends_with(path, ".json")) {
    const std::string text = read_file(path);
    const size_t first = text.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
    rows = first != std::string::npos && text[first] == '['
               ? read_list(path, text)
               : read_lines_of_json(path);
  } else {
    rows = read_lines_of_json(path);
  }
  for (const DataRow& row : rows) {
    if (!row.fields.is_object()) {
      fail_input(row.where, "is no JSON object", "write one object a line");
    }
  }
  if (rows.empty()) fail_input(path, "holds no rows", "add at least one");
  if (limit > 0 && rows.size() > static_cast<size_t>(limit)) {
    rows.resize(static_cast<size_t>(limit));
  }
  return rows;
}

std::vector<OrderedRow> read_ordered_rows(const std::string& path,
                                          int64_t limit) {
  const std::vector<DataRow> checked = read_rows(path, limit);
  std::vector<OrderedRow> rows;
  for (const std::string& line : read_lines(path)) {
    if (blank(line) || rows.size() == checked.size()) continue;
    if (line[line.find_first_not_of(" \t")] != '{') {
      fail_usage(path, "is no JSON Lines file", "write one object a line");
    }
    const std::string& where = checked[rows.size()].where;
    rows.push_back({parse_ordered_json(line, where), where});
  }
  return rows;
}

std::string rows_hash(const std::vector<DataRow>& rows) {
  Sha256 hash;
  for (const DataRow& row : rows) hash.add(canonical(row.fields) + "\n");
  return hash.hex();
}

}  // namespace lethe
