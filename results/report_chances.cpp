// How likely a suffix comes out in n samples: what greedy extraction does not
// show.
//
//   exact:    chance_n = mean over items of 1 - (1 - p_z)^n
//   sampled:  chance_n = mean of 1 - C(T - h, n) / C(T, n), h of T trials hit;
//             unbiased for n <= T
//
// with 95 % percentile bootstrap intervals over the items.
// Papers: Hayes et al. 2024, arXiv:2410.19482, definition 3.1; the estimator of
// few trials: Chen et al. 2021, arXiv:2107.03374, equation 1.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "harness/base/bootstrap.h"
#include "harness/base/files.h"
#include "results/html_table.h"
#include "results/item_values.h"
#include "results/report_data.h"
#include "results/run_json.h"

namespace lethe {
namespace {

constexpr size_t kMostSeries = 10;
constexpr double kMostSamples = 1e6;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// What one item says of its chance.
struct Item {
  double log_pz = PlotPoint::kNone;
  std::vector<double> hits;  // of trials; empty: log_pz is exact
};

double exact_chance(double log_pz, double n) {
  if (log_pz >= 0) return 1;
  return -std::expm1(n * std::log1p(-std::exp(log_pz)));
}

// Of n of the trials, without replacement.
double sampled_chance(const std::vector<double>& hits, double n) {
  const auto trials = static_cast<double>(hits.size());
  double hit = 0;
  for (const double one : hits) hit += one;
  if (!std::isfinite(hit)) return PlotPoint::kNone;
  double missed = 1;
  for (double i = 0; i < n; ++i) {
    missed *= std::max(0.0, trials - hit - i) / (trials - i);
  }
  return 1 - missed;
}

// JSON has no -inf: a chance of 0 has a log_pz of null.
double log_chance(const Json& row) {
  const Json log = value_at(row, "log_pz"), chance = value_at(row, "pz");
  if (log.is_number()) return log.get<double>();
  return chance.is_number() && chance.get<double>() == 0 ? -kInfinity
                                                         : PlotPoint::kNone;
}

std::vector<Item> read_items(const std::string& file) {
  std::vector<Item> items;
  for (const std::string& line : read_lines(file)) {
    const Json row =
        parse_json(line, fmt::format("{}:{}", file, items.size() + 1));
    Item item;
    const Json hits = value_at(row, "hits");
    for (const Json& hit : hits.is_array() ? hits : Json::array({hits})) {
      if (hits.is_null()) break;
      item.hits.push_back(hit.is_number() ? hit.get<double>()
                                          : PlotPoint::kNone);
    }
    if (value_at(row, "diverged") == true) {
      item.hits.assign(item.hits.size(), PlotPoint::kNone);
    }
    item.log_pz = log_chance(row);
    items.push_back(std::move(item));
  }
  return items;
}

// 1, 2, 5, 10, ... up to `most`, and that.
std::vector<double> sample_counts(double most) {
  std::vector<double> counts;
  for (double power = 1; power <= most; power *= 10) {
    for (const double digit : {1.0, 2.0, 5.0}) {
      if (digit * power < most) counts.push_back(digit * power);
    }
  }
  counts.push_back(most);
  return counts;
}

// Empty with a reason where the items give no curve.
std::vector<PlotPoint> chance_points(const std::vector<Item>& items,
                                     std::string& reason) {
  size_t trials = 0;
  bool sampled = false;
  for (const Item& item : items) {
    sampled = sampled || !item.hits.empty();
    trials =
        trials == 0 ? item.hits.size() : std::min(trials, item.hits.size());
  }
  if (items.empty() || (sampled && trials == 0)) {
    reason = "its samples have no log_pz and no hits of every item";
    return {};
  }
  const std::vector<double> counts =
      sample_counts(sampled ? static_cast<double>(trials) : kMostSamples);
  std::vector<std::vector<double>> columns(counts.size());
  for (size_t c = 0; c < counts.size(); ++c) {
    for (const Item& item : items) {
      columns[c].push_back(sampled ? sampled_chance(item.hits, counts[c])
                                   : exact_chance(item.log_pz, counts[c]));
    }
  }
  const std::vector<Estimate> means = estimate_means(columns);
  std::vector<PlotPoint> points;
  for (size_t c = 0; c < counts.size(); ++c) {
    if (!means[c].reason.empty()) reason = means[c].reason;
    points.push_back(
        {counts[c], means[c].value, means[c].ci95.low, means[c].ci95.high});
  }
  return points;
}

// One probe on one split: the cells that it asked.
struct Asked {
  std::string name;  // "discoverable_extraction on forget"
  std::vector<const ReportCell*> cells;
  std::map<std::string, const Record*> records;  // by cell
};

std::vector<Asked> asked_of(const ReportData& data) {
  static const std::set<std::string> kProbes = {"discoverable_extraction",
                                                "near_verbatim_extraction",
                                                "sampling_extraction"};
  std::vector<Asked> all;
  for (const ReportCell& cell : data.cells) {
    for (const Record* r : cell.records) {
      if (kProbes.count(r->probe) == 0 || r->metric.empty()) continue;
      const std::string name =
          name_with_options(r->probe, r->probe_options) + " on " + r->split;
      auto place = std::find_if(all.begin(), all.end(), [&](const Asked& one) {
        return one.name == name;
      });
      if (place == all.end()) place = all.insert(all.end(), {name, {}, {}});
      if (!place->records.emplace(cell.cell, r).second) continue;
      place->cells.push_back(&cell);
    }
  }
  return all;
}

std::string figure_of(const ReportData& data, const Asked& asked,
                      PlotShelf& shelf) {
  Plot plot{"chances-" + asked.name,
            "Chance that a text comes out: " + asked.name,
            "Mean chance over the items that at least one of n samples is the "
            "text's suffix, against n, for each row.",
            {"samples of a prefix, n"},
            {"mean chance", 0, 1},
            {}};
  std::vector<std::string> left_out;
  for (const ReportCell* cell : drawn_cells(asked.cells, kMostSeries)) {
    const std::string file =
        samples_file(data.folder, *asked.records.at(cell->cell));
    std::string reason =
        file.empty() ? "its samples are not in the run folder" : "";
    PlotSeries series{cell->name};
    if (!file.empty()) series.points = chance_points(read_items(file), reason);
    if (!reason.empty()) left_out.push_back(cell->name + ": " + reason);
    if (series.points.empty()) continue;
    plot.x.low = 1;
    plot.x.high = std::max(series.points.back().x, 2.0);
    plot.x.logarithmic = true;
    plot.series.push_back(std::move(series));
  }
  const size_t more =
      asked.cells.size() - std::min(asked.cells.size(), kMostSeries);
  return (plot.series.empty()
              ? ""
              : shelf.figure(std::move(plot),
                             "Bars are 95 % intervals over the items.")) +
         html_list(left_out) + more_rows(more);
}

}  // namespace

std::string chances_part(const ReportData& data, PlotShelf& shelf) {
  std::string figures;
  for (const Asked& asked : asked_of(data)) {
    figures += figure_of(data, asked, shelf);
  }
  return side_by_side(figures);
}

}  // namespace lethe
