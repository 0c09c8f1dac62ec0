#include "harness/data/formats.h"

#include <algorithm>
#include <utility>

#include "harness/base/error.h"

namespace lethe {
namespace {

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() &&
         text.compare(text.size() - end.size(), end.size(), end) == 0;
}

std::string in_small_letters(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

// Column stores: read by Python's libraries, which can also write them anew.
[[noreturn]] void refuse_columns(const std::string& path,
                                 const std::string& extension,
                                 const std::string& reader) {
  fail_usage(path, extension + " files are not read",
             fmt::format("convert it: python3 -c \"{}('rows.jsonl', "
                         "orient='records', lines=True)\"",
                         fmt::format(fmt::runtime(reader), path)));
}

}  // namespace

bool names_gzip(const std::string& path) {
  return ends_with(in_small_letters(path), ".gz");
}

RowFormat row_format(const std::string& path) {
  std::string name = in_small_letters(path);
  if (ends_with(name, ".gz")) name.resize(name.size() - 3);
  static const std::pair<const char*, RowFormat> kExtensions[] = {
      {".jsonl", RowFormat::json_lines}, {".ndjson", RowFormat::json_lines},
      {".json", RowFormat::json},        {".csv", RowFormat::csv},
      {".tsv", RowFormat::tsv},          {".txt", RowFormat::text},
      {".lst", RowFormat::text}};
  for (const auto& [extension, format] : kExtensions) {
    if (ends_with(name, extension)) return format;
  }
  static const std::pair<const char*, const char*> kColumnStores[] = {
      {".parquet", "import pandas; pandas.read_parquet('{}').to_json"},
      {".feather", "import pandas; pandas.read_feather('{}').to_json"},
      {".arrow",
       "import datasets; "
       "datasets.Dataset.from_file('{}').to_pandas().to_json"}};
  for (const auto& [extension, reader] : kColumnStores) {
    if (ends_with(name, extension)) refuse_columns(path, extension, reader);
  }
  fail_usage(path,
             "is no .jsonl, .ndjson, .json, .csv, .tsv, .txt or .lst file "
             "(.gz may follow)",
             "convert the data to JSON Lines");
}

}  // namespace lethe
