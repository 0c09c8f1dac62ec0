#include "results/report_data.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>

#include "harness/base/files.h"
#include "results/roc.h"
#include "results/run_json.h"

namespace lethe {
namespace {

std::vector<ReportCell> cells_of(const std::vector<Record>& records) {
  std::vector<ReportCell> cells;
  std::map<std::string, size_t> places;
  std::set<int64_t> seeds;
  for (const Record& r : records) {
    const std::string key =
        fmt::format("{}\x1F{}\x1F{}", r.cell, model_name(r), r.seed);
    const auto [place, fresh] = places.try_emplace(key, cells.size());
    if (fresh) {
      ReportCell cell;
      cell.cell = r.cell;
      cell.name = model_name(r);
      cell.label = r.label;
      cell.method = r.method;
      cell.seed = r.seed;
      for (const Json& link : r.transform) {
        cell.transform.push_back(link.is_string() ? link.get<std::string>()
                                                  : canonical(link));
      }
      seeds.insert(r.seed);
      cells.push_back(std::move(cell));
    }
    cells[place->second].records.push_back(&r);
  }
  for (ReportCell& cell : cells) {
    if (seeds.size() > 1) cell.name += fmt::format(" (seed {})", cell.seed);
  }
  return cells;
}

}  // namespace

const ReportCell* ReportData::companion(const ReportCell& like,
                                        const std::string& method) const {
  const ReportCell* plain = nullptr;
  for (const ReportCell& cell : cells) {
    if (cell.method != method || cell.seed != like.seed) continue;
    if (cell.transform == like.transform) return &cell;
    if (cell.transform.empty()) plain = &cell;
  }
  return plain;
}

std::string ReportData::reference_method() const {
  const Json reference = value_at(value_at(run, "suite"), "reference");
  const std::string method = text_at(reference, "method");
  return method.empty() ? "retrain" : method;
}

ReportData read_report(const std::string& run_folder, Rows rows) {
  ReportData data;
  data.folder = run_folder;
  data.records = read_records(run_folder);
  data.finished = exists(run_folder + "/records.jsonl");
  data.run = read_run_json(run_folder);
  const std::string gate = run_folder + "/gate.json";
  if (exists(gate)) data.gate = read_json(gate);
  const std::vector<std::string> remarks =
      keep_chosen(data.records, run_folder, rows);
  data.table = make_table(data.records);
  data.table.remarks.insert(data.table.remarks.begin(), remarks.begin(),
                            remarks.end());
  data.cells = cells_of(data.records);
  return data;
}

std::vector<const ReportCell*> drawn_cells(
    const std::vector<const ReportCell*>& cells, size_t limit) {
  std::vector<const ReportCell*> drawn = cells;
  const auto rank = [](const ReportCell* c) {
    return c->transform.empty() ? (c->end_point() ? 0 : 1) : 2;
  };
  std::stable_sort(drawn.begin(), drawn.end(),
                   [&](const ReportCell* a, const ReportCell* b) {
                     return rank(a) < rank(b);
                   });
  if (drawn.size() > limit) drawn.resize(limit);
  return drawn;
}

std::string more_rows(size_t count) {
  if (count == 0) return "";
  return fmt::format(
      "<p class=\"quiet\">and {} more rows: their values are in the tables, "
      "their items in samples/</p>\n",
      count);
}

std::string PlotShelf::figure(Plot plot, const std::string& caption) {
  plot.id = fmt::format("{}-{}", slug(plot.id), files_.size() + 1);
  const std::string figure = plot_figure(plot, caption);
  if (!figure.empty()) keep(plot.id, plot_svg(plot));
  return figure;
}

void PlotShelf::keep(const std::string& name, const std::string& svg) {
  if (!svg.empty()) files_.push_back({name + ".svg", standalone_svg(svg)});
}

std::string side_by_side(const std::string& figures) {
  return figures.empty() ? ""
                         : "<div class=\"plots\">\n" + figures + "</div>\n";
}

}  // namespace lethe
