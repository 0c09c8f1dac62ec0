// How much of each text came out: the distribution of ROUGE-L over the items of
// each row beside that of a control, which never saw the texts.
//
// The control is the reference row (retrained) under the same transforms; where
// there is none, the same row on a holdout split; else the row `none`.
// Paper: Hans et al. 2024, arXiv:2406.10209 (goldfish), the histograms against
// control.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "harness/base/two_sample.h"
#include "results/html_table.h"
#include "results/item_values.h"
#include "results/report_measures.h"

namespace lethe {
namespace {

constexpr size_t kBins = 20, kMostRows = 12, kMostGroups = 6;

const Record* on_holdout(const ReportCell& cell, const Record& like) {
  for (const Record* r : cell.records) {
    if (same_metric(*r, like) && r->role == "holdout") return r;
  }
  return nullptr;
}

// The items' values; those without one are counted.
struct Items {
  std::vector<double> values;
  size_t missing = 0;
};

Items items_of(ItemReader& reader, const Record& record) {
  Items items;
  const ItemValues found = reader.values(record);
  if (!found.missing.empty()) return items;
  for (const double value : found.values) {
    if (std::isfinite(value)) {
      items.values.push_back(value);
    } else {
      ++items.missing;
    }
  }
  return items;
}

struct Control {
  std::string name;
  Items items;
};

Control control_of(const ReportData& data, ItemReader& reader,
                   const ReportCell& cell, const Record& record) {
  const ReportCell* reference = data.companion(cell, data.reference_method());
  const ReportCell* none = data.companion(cell, "none");
  const Record* holdout = on_holdout(cell, record);
  if (reference != nullptr && reference != &cell) {
    if (const Record* r = record_of(*reference, record)) {
      return {reference->name + " (control)", items_of(reader, *r)};
    }
  }
  if (reference != &cell && holdout != nullptr && holdout != &record) {
    return {"on " + holdout->split + " (control)", items_of(reader, *holdout)};
  }
  if (none != nullptr && none != &cell) {
    if (const Record* r = record_of(*none, record)) {
      return {none->name + " (before unlearning)", items_of(reader, *r)};
    }
  }
  return {};
}

// Shares of the items in kBins equal bins of [0, 1]; 1 is in the last one.
std::vector<PlotPoint> histogram(const std::vector<double>& values) {
  std::vector<PlotPoint> bins(kBins + 1);
  for (size_t b = 0; b <= kBins; ++b) {
    bins[b].x = static_cast<double>(b) / kBins;
  }
  for (const double value : values) {
    const double place = std::clamp(value, 0.0, 1.0) * kBins;
    const size_t b = std::min(kBins - 1, static_cast<size_t>(place));
    bins[b].y += 1 / static_cast<double>(values.size());
  }
  return bins;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half]
                                : (values[half - 1] + values[half]) / 2;
}

std::string summary_of(const Items& items) {
  double sum = 0;
  for (const double value : items.values) sum += value;
  std::string text = fmt::format("mean {:.3f}, median {:.3f}, n={}",
                                 sum / static_cast<double>(items.values.size()),
                                 median(items.values), items.values.size());
  if (items.missing > 0) {
    text += fmt::format(", {} without a value", items.missing);
  }
  return text;
}

std::string caption_of(const Items& items, const Control& control) {
  std::string text = summary_of(items);
  if (control.items.values.empty()) return text + "; there is no control.";
  const KolmogorovSmirnov test =
      kolmogorov_smirnov(items.values, control.items.values);
  return text + fmt::format(
                    "; control: {}. Kolmogorov-Smirnov distance "
                    "{:.3f}, p = {:.2g}.",
                    summary_of(control.items), test.d,
                    std::pow(10.0, test.log10_p));
}

Plot plot_of(const std::string& row, const std::string& what,
             const Items& items, const Control& control) {
  Plot plot{"rouge-" + row,
            row,
            what + ": histogram of the items of " + row +
                ", with the control's as a dashed outline.",
            {what, 0, 1},
            {"share of the items"},
            {{row, histogram(items.values), PlotForm::bars}}};
  if (!control.items.values.empty()) {
    plot.series.push_back({control.name, histogram(control.items.values),
                           PlotForm::outline, true});
  }
  double most = 0;
  for (const PlotSeries& series : plot.series) {
    for (const PlotPoint& p : series.points) most = std::max(most, p.y);
  }
  plot.y.low = 0;
  plot.y.high = most * 1.05;
  return plot;
}

std::string group_figures(const ReportData& data, ItemReader& reader,
                          const Measure& measure, PlotShelf& shelf) {
  std::string figures;
  for (const ReportCell* cell : drawn_cells(measure.cells, kMostRows)) {
    const Record& record = *record_of(*cell, *measure.record);
    const Items items = items_of(reader, record);
    if (items.values.empty()) continue;
    const Control control = control_of(data, reader, *cell, record);
    figures += shelf.figure(plot_of(cell->name, measure.name(), items, control),
                            caption_of(items, control));
  }
  if (figures.empty()) return "";
  return side_by_side(figures) +
         more_rows(measure.cells.size() -
                   std::min(measure.cells.size(), kMostRows));
}

}  // namespace

std::string rouge_part(const ReportData& data, PlotShelf& shelf) {
  ItemReader reader(data.folder);
  std::string html;
  size_t groups = 0;
  const auto wanted = [](const Record& r) {
    return r.metric.rfind("rouge_l", 0) == 0 && r.finite();
  };
  for (const Measure& measure : measures_of(data, wanted)) {
    if (groups == kMostGroups) break;
    const std::string figures = group_figures(data, reader, measure, shelf);
    if (figures.empty()) continue;
    ++groups;
    html += html_fold(measure.name(), figures, groups == 1);
  }
  return html;
}

}  // namespace lethe
