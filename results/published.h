// Figures that papers and peers published, to stand beside a leaderboard.
//
// They were not run here: other code, data, hardware and definitions of the
// same names. They are shown in tables of their own and never ranked.
//
// results/published/NAME.json, found beside the program:
//   {"published": NAME, "description": TEXT,
//    "tables": [{"model": TEXT, "source": TEXT, "notes": [TEXT]?,
//      "columns": [{"key": TEXT, "title": TEXT, "want": "low|high|near"?,
//                   "unit": TEXT}],
//      "rows": [{"name": TEXT, "values": [NUMBER or null]}]}]}
#pragma once

#include <string>
#include <vector>

namespace lethe {

struct PublishedColumn {
  std::string key, title, want, unit;

  std::string arrow() const;  // as TableColumn's
};

struct PublishedRow {
  std::string name;
  std::vector<double> values;  // one a column; NaN: not reported
};

struct PublishedTable {
  std::string name;   // of the file: "tofu"
  std::string title;  // "tofu, Llama-3.2-1B-Instruct, forget10"
  std::string model;
  std::string source;  // paper, table, commit
  std::vector<PublishedColumn> columns;
  std::vector<PublishedRow> rows;
  std::vector<std::string> notes;
};

// The tables of "NAME" or "NAME:MODEL"; MODEL is a part of their model, case
// aside. Throws: usage error with near names when there are none; input error
// for a file that is none of these.
std::vector<PublishedTable> published_tables(const std::string& wanted);

// The number as it was printed; "-" for NaN.
std::string published_number(double value);

}  // namespace lethe
