// The figure around a plot: its caption and the numbers behind it.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "harness/base/error.h"
#include "results/escape.h"
#include "results/html_table.h"
#include "results/plot.h"

namespace lethe {
namespace {

constexpr size_t kMostPlaces = 60;

bool same_places(const Plot& plot) {
  const std::vector<PlotPoint>& first = plot.series.front().points;
  if (first.size() > kMostPlaces) return false;
  return std::all_of(
      plot.series.begin(), plot.series.end(), [&](const PlotSeries& series) {
        return std::equal(
            series.points.begin(), series.points.end(), first.begin(),
            first.end(),
            [](const PlotPoint& a, const PlotPoint& b) { return a.x == b.x; });
      });
}

std::string number(double value) {
  return std::isfinite(value) ? fmt::format("{:.4g}", value)
                              : "<span class=\"missing\">-</span>";
}

std::string with_interval(const PlotPoint& point) {
  std::string text = number(point.y);
  if (std::isfinite(point.low) && std::isfinite(point.high)) {
    text += fmt::format("<span class=\"interval\">{:.4g} to {:.4g}</span>",
                        point.low, point.high);
  }
  return text;
}

HtmlTable by_place(const Plot& plot) {
  HtmlTable table;
  table.caption = plot.y.title + ": " + plot.title;
  table.heads = {plot.x.title};
  for (const PlotSeries& series : plot.series) {
    table.heads.push_back(printable(series.name, 80));
  }
  const bool bars = plot.series.front().form != PlotForm::line;
  const size_t places = plot.series.front().points.size() - (bars ? 1 : 0);
  for (size_t i = 0; i < places; ++i) {
    const std::vector<PlotPoint>& first = plot.series.front().points;
    std::string place = fmt::format("{:.6g}", first[i].x);
    if (bars) place += fmt::format(" to {:.6g}", first[i + 1].x);
    std::vector<std::string> row = {place};
    for (const PlotSeries& series : plot.series) {
      row.push_back(with_interval(series.points[i]));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

HtmlTable by_series(const Plot& plot) {
  HtmlTable table;
  table.caption = plot.y.title + ": " + plot.title;
  table.heads = {"series",  "points", "first", "lowest",
                 "highest", "last",   "at"};
  for (const PlotSeries& series : plot.series) {
    std::vector<PlotPoint> finite;
    for (const PlotPoint& p : series.points) {
      if (std::isfinite(p.x) && std::isfinite(p.y)) finite.push_back(p);
    }
    if (finite.empty()) continue;
    const auto [lowest, highest] = std::minmax_element(
        finite.begin(), finite.end(),
        [](const PlotPoint& a, const PlotPoint& b) { return a.y < b.y; });
    table.rows.push_back({html_name(series.name), std::to_string(finite.size()),
                          number(finite.front().y), number(lowest->y),
                          number(highest->y), with_interval(finite.back()),
                          fmt::format("{:.6g}", finite.back().x)});
  }
  return table;
}

}  // namespace

std::string plot_figure(const Plot& plot, const std::string& caption) {
  const std::string svg = plot_svg(plot);
  if (svg.empty()) return "";
  return "<figure class=\"plot\">\n<figcaption><b>" + html_escape(plot.title) +
         "</b> " + html_escape(caption) + "</figcaption>\n" + svg +
         html_fold("Data", html_table(same_places(plot) ? by_place(plot)
                                                        : by_series(plot))) +
         "</figure>\n";
}

}  // namespace lethe
