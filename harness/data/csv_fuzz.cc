// Comma- and tab-separated values, with and without a header, plain and gzip's:
// what is read and written again in quotes is read as the same.
#include "harness/base/fuzzing.h"
#include "harness/data/csv.h"
#include "harness/data/rows.h"

namespace {

using namespace lethe;
using Records = std::vector<std::vector<std::string>>;

Records read_table(const std::string& path, char separator) {
  LineReader lines(path);
  CsvReader table(lines, separator);
  Records records;
  for (std::vector<std::string> fields; table.next(fields);) {
    must_hold(!fields.empty(), "a record has a field");
    records.push_back(fields);
  }
  return records;
}

std::string quoted(const Records& records, char separator) {
  std::string text;
  for (const auto& record : records) {
    for (size_t i = 0; i < record.size(); ++i) {
      if (i > 0) text += separator;
      text += '"';
      for (const char c : record[i]) {
        text += c == '"' ? "\"\"" : std::string(1, c);
      }
      text += '"';
    }
    text += '\n';
  }
  return text;
}

void read_both_ways(const FuzzFolder& folder, const std::string& path,
                    char separator) {
  works([&] {
    const Records records = read_table(path, separator);
    const std::string again = folder.write("again", quoted(records, separator));
    must_hold(read_table(again, separator) == records,
              "quoted fields are read as they were");
  });
  works([&] { read_rows(path); });
  works([&] { read_rows(path, {.limit = 2, .columns = {"a", "b"}}); });
  works([&] { read_ordered_rows(path); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const FuzzFolder folder;
  const std::string text = fuzz_text(data, size);
  read_both_ways(folder, folder.write("rows.csv", text), ',');
  read_both_ways(folder, folder.write("rows.tsv", text), '\t');
  const std::string packed = folder.write("rows.csv.gz", text);
  works([&] { read_rows(packed); });
  return 0;
}
