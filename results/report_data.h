// What the report of a run is made of, read once.
#pragma once

#include <string>
#include <vector>

#include "harness/base/record.h"
#include "results/chosen.h"
#include "results/plot.h"
#include "results/table.h"

namespace lethe {

// One model under one chain of transforms.
struct ReportCell {
  std::string cell;
  std::string name;  // label and transforms, with the seed where there are more
  std::string label, method;
  std::vector<std::string> transform;
  int64_t seed = 0;
  std::vector<const Record*> records;

  // What others are compared with.
  bool end_point() const { return method == "none" || method == "retrain"; }
};

struct ReportData {
  std::string folder;
  bool finished = false;  // records.jsonl is there
  Json run;               // run.json; an empty object where there is none
  Json gate;              // gate.json; null where there is none
  std::vector<Record> records;
  Table table;
  std::vector<ReportCell> cells;  // in the order of the records

  ReportData() = default;
  ReportData(ReportData&&) = default;  // `cells` point into `records`
  ReportData& operator=(ReportData&&) = default;

  // The cell of `method` with the seed and transforms of `like`; else without
  // transforms; else null.
  const ReportCell* companion(const ReportCell& like,
                              const std::string& method) const;
  // The method that the suite compares with: "retrain" unless it says another.
  std::string reference_method() const;
};

// Of a finished, running or stopped run. Throws: usage error when the folder is
// no run; input error for damaged files.
ReportData read_report(const std::string& run_folder, Rows rows);

// The cells to draw, at most `limit` of the given ones: end points first, then
// rows without transforms.
std::vector<const ReportCell*> drawn_cells(
    const std::vector<const ReportCell*>& cells, size_t limit);

// "and 188 more rows, which lethe show or the samples have"; empty for 0.
std::string more_rows(size_t count);

// Draws figures and keeps their drawings for files.
class PlotShelf {
 public:
  // The figure; plot.id becomes unique on the page and names the file.
  std::string figure(Plot plot, const std::string& caption);
  void keep(const std::string& name, const std::string& svg);

  const std::vector<PlotFile>& files() const { return files_; }

 private:
  std::vector<PlotFile> files_;
};

// Figures beside each other where the page is wide enough.
std::string side_by_side(const std::string& figures);

// The parts of the page, safe HTML without their headings; empty where the run
// has nothing of the kind.
std::string verdict_part(const ReportData& data);
std::string curves_part(const ReportData& data, PlotShelf& shelf);
std::string roc_part(const ReportData& data, PlotShelf& shelf);
std::string chances_part(const ReportData& data, PlotShelf& shelf);
std::string rouge_part(const ReportData& data, PlotShelf& shelf);
std::string relearning_part(const ReportData& data, PlotShelf& shelf);
std::string samples_part(const ReportData& data);
std::string costs_part(const ReportData& data);
std::string settings_part(const ReportData& data);

}  // namespace lethe
