#include "results/plot.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "results/escape.h"
#include "results/plot_axis.h"

namespace lethe {
namespace {

constexpr double kWidth = 420;
constexpr double kLeft = 52, kRight = 408, kTop = 12, kBottom = 232;
constexpr double kLegend = kBottom + 50;
constexpr size_t kMostMarked = 30;  // points of a line
constexpr size_t kSlug = 60;

bool drawable(const PlotPoint& p) {
  return std::isfinite(p.x) && std::isfinite(p.y);
}

// Sets range and scale of an axis.
void fit(PlotAxis& axis, const PlotScale& scale, std::vector<TableCell> cells) {
  if (std::isfinite(scale.low) && std::isfinite(scale.high)) {
    axis.low = scale.low;
    axis.high = scale.high;
    axis.logarithmic = scale.logarithmic;
  } else {
    axis.fit(cells);
  }
}

struct Axes {
  PlotAxis x, y;
};

Axes axes_of(const Plot& plot) {
  Axes axes;
  axes.x.begin = kLeft;
  axes.x.end = kRight;
  axes.y.begin = kBottom;
  axes.y.end = kTop;
  std::vector<TableCell> across, up;
  for (const PlotSeries& series : plot.series) {
    for (const PlotPoint& p : series.points) {
      if (!drawable(p)) continue;
      TableCell cell;
      cell.value = p.x;
      across.push_back(cell);
      cell.value = p.y;
      cell.low = p.low;
      cell.high = p.high;
      up.push_back(cell);
    }
  }
  fit(axes.x, plot.x, std::move(across));
  fit(axes.y, plot.y, std::move(up));
  return axes;
}

std::string axes_svg(const Plot& plot, const Axes& axes) {
  std::string svg, grid;
  for (const double tick : axes.y.ticks()) {
    const double y = half_unit(axes.y.at(tick));
    grid += fmt::format("M{:g} {:g}H{:g}", kLeft, y, kRight);
    svg += svg_y_tick(y, kLeft, tick_text(tick));
  }
  for (const double tick : axes.x.ticks()) {
    svg += svg_x_tick(axes.x.at(tick), kBottom, tick_text(tick));
  }
  if (!grid.empty()) svg = "<path class=\"grid\" d=\"" + grid + "\"/>\n" + svg;
  return svg + svg_axes(kLeft, kTop, kRight, kBottom) +
         svg_x_title((kLeft + kRight) / 2, kBottom + 36,
                     html_escape(plot.x.title)) +
         svg_y_title(12, (kTop + kBottom) / 2, html_escape(plot.y.title));
}

// A line breaks where a point is missing.
std::string line_path(const PlotSeries& series, const Axes& axes) {
  std::string path;
  bool broken = true;
  for (const PlotPoint& p : series.points) {
    if (!drawable(p)) {
      broken = true;
      continue;
    }
    path += fmt::format("{}{:g} {:g}", broken ? "M" : "L",
                        half_unit(axes.x.at(p.x)), half_unit(axes.y.at(p.y)));
    broken = false;
  }
  return path;
}

std::string bars_path(const PlotSeries& series, const Axes& axes) {
  const double floor = axes.y.begin;
  std::string path;
  for (const PlotPoint& p : series.points) {
    if (!drawable(p)) continue;
    const double x = half_unit(axes.x.at(p.x));
    path += path.empty() ? fmt::format("M{:g} {:g}", x, floor)
                         : fmt::format("H{:g}", x);
    path += fmt::format("V{:g}", half_unit(axes.y.at(p.y)));
  }
  return path;
}

std::string errors_path(const PlotSeries& series, const Axes& axes) {
  std::string path;
  for (const PlotPoint& p : series.points) {
    if (!drawable(p) || !std::isfinite(p.low) || !std::isfinite(p.high)) {
      continue;
    }
    path +=
        fmt::format("M{:g} {:g}V{:g}", half_unit(axes.x.at(p.x)),
                    half_unit(axes.y.at(p.low)), half_unit(axes.y.at(p.high)));
  }
  return path;
}

size_t drawn_points(const PlotSeries& series) {
  return static_cast<size_t>(
      std::count_if(series.points.begin(), series.points.end(), drawable));
}

// A single point has no line to be seen by, whatever the series is.
bool marked(const PlotSeries& series) {
  return series.form == PlotForm::line &&
         (drawn_points(series) == 1 ||
          (!series.control && drawn_points(series) <= kMostMarked));
}

std::string path_svg(const std::string& classes, const std::string& path) {
  return path.empty()
             ? ""
             : fmt::format("<path class=\"{}\" d=\"{}\"/>", classes, path);
}

std::string classes_of(const PlotSeries& series, size_t style) {
  const std::string line = series.form == PlotForm::bars ? "bars " : "curve ";
  return line + (series.control ? "blind" : series_style(style));
}

std::string marker_of(const PlotSeries& series, size_t style, double x,
                      double y) {
  return series.control ? fmt::format(
                              "<circle class=\"marker blind\" "
                              "cx=\"{:g}\" cy=\"{:g}\" r=\"4\"/>",
                              x, y)
                        : series_marker(style, x, y);
}

std::string series_svg(const PlotSeries& series, size_t style,
                       const Axes& axes) {
  std::string svg = "<g>";
  const std::string hue = series.control ? "blind" : series_style(style);
  svg += path_svg("error " + hue, errors_path(series, axes));
  svg += path_svg(classes_of(series, style), series.form == PlotForm::line
                                                 ? line_path(series, axes)
                                                 : bars_path(series, axes));
  for (const PlotPoint& p : series.points) {
    if (!marked(series) || !drawable(p)) continue;
    svg += marker_of(series, style, axes.x.at(p.x), axes.y.at(p.y));
  }
  return svg + "<title>" + html_escape(series.name) + "</title></g>\n";
}

}  // namespace

std::string plot_svg(const Plot& plot) {
  if (std::all_of(plot.series.begin(), plot.series.end(),
                  [](const PlotSeries& s) { return drawn_points(s) == 0; })) {
    return "";
  }
  const Axes axes = axes_of(plot);
  std::string drawn;
  std::vector<LegendRow> legend;
  size_t style = 0;
  for (const PlotSeries& series : plot.series) {
    drawn += series_svg(series, style, axes);
    const auto [x, y] = legend_sample(legend.size(), kLegend);
    legend.push_back({classes_of(series, style),
                      marked(series) ? marker_of(series, style, x, y) : "", "",
                      series.name});
    if (!series.control) ++style;
  }
  const double height =
      kLegend + kLegendRow * static_cast<double>(legend.size()) + 6;
  return svg_open({plot.id, plot.title, plot.text, kWidth, height}) +
         axes_svg(plot, axes) + drawn + svg_legend(legend, kLegend) +
         "</svg>\n";
}

std::string slug(const std::string& text) {
  std::string name;
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    const bool capital = c >= 'A' && c <= 'Z';
    if (name.size() >= kSlug) break;
    if (letter || capital) {
      name += capital ? static_cast<char>(c - 'A' + 'a') : c;
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  while (!name.empty() && name.back() == '-') name.pop_back();
  return name.empty() ? "plot" : name;
}

}  // namespace lethe
