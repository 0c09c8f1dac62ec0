#include "harness/data/rows.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <type_traits>

#include "harness/base/files.h"
#include "harness/base/hash.h"
#include "harness/base/ordered_json.h"
#include "harness/data/column_file.h"
#include "harness/data/csv.h"
#include "harness/data/formats.h"
#include "harness/data/line_reader.h"
#include "harness/data/npy.h"

namespace lethe {
namespace {

constexpr size_t kMaxRows = 10'000'000;  // 2.4 GB of memory when empty
constexpr size_t kMaxDocument = size_t{1} << 30;

template <class Value>
Value parsed(const std::string& text, const std::string& where) {
  if constexpr (std::is_same_v<Value, OrderedJson>) {
    return parse_ordered_json(text, where);
  } else {
    return parse_json(text, where);
  }
}

// REQUIRES: no name appears twice. Empties `values`.
template <class Value>
Value object_of(const std::vector<std::string>& names,
                std::vector<std::string>& values) {
  Value object = Value::object();
  auto& pairs = object.template get_ref<typename Value::object_t&>();
  if constexpr (std::is_same_v<Value, OrderedJson>) {
    pairs.reserve(names.size());  // emplace would look at all names before
    for (size_t i = 0; i < names.size(); ++i) {
      pairs.emplace_back(names[i], std::move(values[i]));
    }
  } else {
    for (size_t i = 0; i < names.size(); ++i) {
      pairs.emplace(names[i], std::move(values[i]));
    }
  }
  return object;
}

// Row is DataRow or OrderedRow.
template <class Row>
class RowsReader {
 public:
  using Value = decltype(Row::fields);

  RowsReader(const std::string& path, const RowOptions& options)
      : path_(path), options_(options) {}

  // Fills `rows` and returns the name of the format.
  std::string read();
  std::vector<Row> rows;

 private:
  std::string read_json();
  std::string read_document(const std::string& text);
  std::string read_object(Value& object, const std::string& text);
  void read_list(Value& list, const std::string& where);
  std::string read_json_lines();
  void read_table(char separator);
  void read_text();
  std::string read_columns();
  std::string read_array();
  std::vector<std::string> header(CsvReader& table) const;

  bool full() const {
    return options_.limit > 0 &&
           rows.size() >= static_cast<size_t>(options_.limit);
  }
  void add(Value fields, const std::string& where);

  const std::string& path_;
  const RowOptions& options_;
};

bool blank(std::string_view line) {
  return line.find_first_not_of(" \t\r\n") == line.npos;
}

bool cut_off(std::string_view line) {
  return line[line.find_first_not_of(" \t")] == '{' &&
         line[line.find_last_not_of(" \t")] != '}';
}

// The first line with something in it; what follows it is in `rest`.
std::string_view first_line(std::string_view text, std::string_view& rest) {
  const size_t begin = std::min(text.find_first_not_of(" \t\r\n"), text.size());
  const size_t end = std::min(text.find('\n', begin), text.size());
  rest = text.substr(end);
  return text.substr(begin, end - begin);
}

// One JSON value that takes the whole file, not one a line.
bool is_document(std::string_view text) {
  std::string_view rest;
  const std::string_view line = first_line(text, rest);
  if (line.empty()) return false;
  return line[0] == '[' || blank(rest) || !Json::accept(line);
}

std::string whole_text(const std::string& path) {
  LineReader lines(path);
  std::string text, line;
  while (lines.next(line)) {
    text += line;
    if (text.size() > kMaxDocument) {
      fail_input(path, fmt::format("more than {} bytes of JSON", kMaxDocument),
                 "write it as JSON Lines, .jsonl");
    }
  }
  return text;
}

template <class Row>
void RowsReader<Row>::add(Value fields, const std::string& where) {
  if (!fields.is_object()) {
    fail_input(where, "is no JSON object", "write one object a line");
  }
  if (rows.size() == kMaxRows) {
    fail_input(where, fmt::format("more than {} rows", kMaxRows),
               "split the file, or set a limit");
  }
  rows.push_back({std::move(fields), where});
}

template <class Row>
std::string RowsReader<Row>::read_json_lines() {
  LineReader lines(path_);
  for (std::string line; !full() && lines.next(line);) {
    if (blank(line)) continue;
    const std::string text(without_end(line));
    if (line.size() == text.size() && cut_off(text)) {
      fail_input(lines.where(), "the last line ends before its object does",
                 "the file is cut off: get it again");
    }
    add(parsed<Value>(text, lines.where()), lines.where());
  }
  return "JSON Lines";
}

template <class Row>
void RowsReader<Row>::read_list(Value& list, const std::string& where) {
  for (size_t i = 0; i < list.size() && !full(); ++i) {
    add(std::move(list[i]), fmt::format("{} row {}", where, i + 1));
  }
}

// The rows of the object's list of objects; without one, it is a row itself
// when it stands in one line.
template <class Row>
std::string RowsReader<Row>::read_object(Value& object,
                                         const std::string& text) {
  std::vector<std::string> lists;
  for (const auto& [key, value] : object.items()) {
    const bool objects =
        value.is_array() && !value.empty() && value[0].is_object();
    if (objects && key != "messages") lists.push_back(key);
  }
  if (lists.size() > 1) {
    fail_input(path_,
               fmt::format("is an object with {} lists of objects ({})",
                           lists.size(), fmt::join(lists, ", ")),
               "keep one, or name the file .jsonl if it is one row");
  }
  if (lists.size() == 1) {
    read_list(object[lists[0]], fmt::format("{} \"{}\"", path_, lists[0]));
    return fmt::format("JSON object with the list \"{}\"", lists[0]);
  }
  std::string_view rest;
  if (!Json::accept(first_line(text, rest))) {
    fail_input(path_, "is an object without a list of objects",
               "write a list of objects, or one object a line");
  }
  return read_json_lines();
}

template <class Row>
std::string RowsReader<Row>::read_document(const std::string& text) {
  Value document = parsed<Value>(text, path_);
  if (document.is_object()) return read_object(document, text);
  if (!document.is_array()) return read_json_lines();
  read_list(document, path_);
  return "JSON list";
}

template <class Row>
std::string RowsReader<Row>::read_json() {
  const std::string text = whole_text(path_);
  return is_document(text) ? read_document(text) : read_json_lines();
}

template <class Row>
std::vector<std::string> RowsReader<Row>::header(CsvReader& table) const {
  std::vector<std::string> names = options_.columns;
  std::string where = "columns";
  if (names.empty()) {
    if (!table.next(names)) return names;
    where = table.where();
  }
  std::set<std::string> seen;
  for (const std::string& name : names) {
    if (seen.insert(name).second) continue;
    const std::string what = "the name \"" + name + "\" appears twice";
    if (!options_.columns.empty()) {
      fail_usage(where, what, "name every column once");
    }
    fail_input(where, what,
               "rename a column, or name them all if this is no "
               "header");
  }
  return names;
}

template <class Row>
void RowsReader<Row>::read_table(char separator) {
  LineReader lines(path_);
  CsvReader table(lines, separator);
  const std::vector<std::string> names = header(table);
  for (std::vector<std::string> fields; !full() && table.next(fields);) {
    if (fields.size() != names.size()) {
      const std::string cure = fmt::format("quote fields that hold a {}",
                                           separator == ',' ? "comma" : "tab");
      fail_input(
          table.where(),
          fmt::format("{} fields for {} columns", fields.size(), names.size()),
          options_.columns.empty() ? cure : "name every column, or " + cure);
    }
    if (rows.empty() && fields == options_.columns) {
      fail_input(table.where(), "is a header with the given column names",
                 "do not name the columns");
    }
    add(object_of<Value>(names, fields), table.where());
  }
}

template <class Row>
void RowsReader<Row>::read_text() {
  LineReader lines(path_);
  for (std::string line; !full() && lines.next(line);) {
    Value row = Value::object();
    row["text"] = std::string(without_end(line));
    add(std::move(row), lines.where());
  }
}

template <class Row>
std::string RowsReader<Row>::read_columns() {
  ColumnFile file(path_);
  for (std::string row; !full() && file.next(row);) {
    add(parsed<Value>(row, file.where()), file.where());
  }
  return file.format();
}

// x_prefix.npy -> x_suffix.npy, where that is; else nothing.
std::string suffix_file(const std::string& path) {
  const std::string end = "prefix.npy";
  if (!path.ends_with(end)) return "";
  const std::string other = path.substr(0, path.size() - end.size());
  return exists(other + "suffix.npy") ? other + "suffix.npy" : "";
}

template <class Row>
std::string RowsReader<Row>::read_array() {
  const NpyTable table(path_);
  const std::string other = suffix_file(path_);
  std::optional<NpyTable> suffixes;
  if (!other.empty()) suffixes.emplace(other);
  if (suffixes && suffixes->rows() != table.rows()) {
    fail_input(other,
               fmt::format("has {} rows, {} has {}", suffixes->rows(), path_,
                           table.rows()),
               "prefixes and suffixes belong together row by row");
  }
  for (int64_t row = 0; row < table.rows() && !full(); ++row) {
    std::vector<int64_t> ids;
    for (int64_t i = 0; i < table.columns(); ++i)
      ids.push_back(table.at(row, i));
    Value fields = Value::object();
    fields["id"] = row;
    if (suffixes) {
      for (int64_t i = 0; i < suffixes->columns(); ++i) {
        ids.push_back(suffixes->at(row, i));
      }
      fields["prefix_tokens"] = table.columns();
      fields["suffix_tokens"] = suffixes->columns();
    }
    fields["ids"] = std::move(ids);
    add(std::move(fields), fmt::format("{}:{}", path_, row));
  }
  return fmt::format("numpy array of {} x {} {}", table.rows(), table.columns(),
                     table.type());
}

template <class Row>
std::string RowsReader<Row>::read() {
  const RowFormat kind = row_format(path_);
  const bool table = kind == RowFormat::csv || kind == RowFormat::tsv;
  if (!table && !options_.columns.empty()) {
    fail_usage(path_, "columns are named, but it is no .csv or .tsv file",
               "do not name columns");
  }
  std::string format = "text";
  if (kind == RowFormat::json_lines) {
    format = read_json_lines();
  } else if (kind == RowFormat::json) {
    format = read_json();
  } else if (kind == RowFormat::columns) {
    format = read_columns();
  } else if (kind == RowFormat::array) {
    format = read_array();
  } else if (table) {
    format = kind == RowFormat::csv ? "CSV" : "TSV";
    read_table(kind == RowFormat::csv ? ',' : '\t');
  } else {
    read_text();
  }
  if (rows.empty()) fail_input(path_, "holds no rows", "add at least one");
  return names_gzip(path_) ? format + ", gzip" : format;
}

}  // namespace

std::vector<DataRow> read_rows(const std::string& path,
                               const RowOptions& options) {
  RowsReader<DataRow> reader(path, options);
  reader.read();
  return std::move(reader.rows);
}

std::vector<DataRow> read_rows(const std::string& path, int64_t limit) {
  return read_rows(path, RowOptions{limit, {}});
}

RowFile read_row_file(const std::string& path, const RowOptions& options) {
  RowsReader<OrderedRow> reader(path, options);
  std::string format = reader.read();
  return {std::move(format), std::move(reader.rows)};
}

std::vector<OrderedRow> read_ordered_rows(const std::string& path,
                                          const RowOptions& options) {
  return read_row_file(path, options).rows;
}

std::vector<OrderedRow> read_ordered_rows(const std::string& path,
                                          int64_t limit) {
  return read_ordered_rows(path, RowOptions{limit, {}});
}

std::string rows_hash(const std::vector<DataRow>& rows) {
  Sha256 hash;
  for (const DataRow& row : rows) hash.add(canonical(row.fields) + "\n");
  return hash.hex();
}

}  // namespace lethe
