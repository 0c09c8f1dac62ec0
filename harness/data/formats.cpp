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
      {".lst", RowFormat::text},         {".npy", RowFormat::array},
      {".parquet", RowFormat::columns},  {".arrow", RowFormat::columns},
      {".feather", RowFormat::columns}};
  for (const auto& [extension, format] : kExtensions) {
    if (!ends_with(name, extension)) continue;
    const bool packable =
        format != RowFormat::columns && format != RowFormat::array;
    if (!packable && names_gzip(path)) {
      fail_usage(path, std::string(extension) + ".gz files are not read",
                 "unpack it: gunzip " + path);
    }
    return format;
  }
  fail_usage(path,
             "is no .jsonl, .ndjson, .json, .csv, .tsv, .txt or .lst file "
             "(.gz may follow), and no .npy, .parquet, .arrow or .feather file",
             "convert the data to JSON Lines");
}

}  // namespace lethe
