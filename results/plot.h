// Plots of series as inline SVG: lines with intervals, and histograms.
//
// A plot is 420 user units wide with its legend below it, so that it fits a
// telephone without scrolling. Series differ by colour, dashes and markers.
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "results/svg.h"

namespace lethe {

struct PlotPoint {
  static constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  double x = 0, y = 0;               // points that are not finite are left out
  double low = kNone, high = kNone;  // 95 % interval of y; NaN: none
};

enum class PlotForm {
  line,     // from point to point; marked where there are few
  bars,     // filled; a point is the left edge of a bar, the last one its end
  outline,  // bars without filling
};

struct PlotSeries {
  std::string name;  // as it is: escaped when drawn
  std::vector<PlotPoint> points = {};
  PlotForm form = PlotForm::line;
  bool control = false;  // what the others are compared with: dashed, in ink
};

struct PlotScale {
  std::string title;  // with the unit
  // The range; NaN: that of the points, on a logarithmic scale when all values
  // are positive and span more than a factor of 100.
  double low = PlotPoint::kNone, high = PlotPoint::kNone;
  bool logarithmic = false;  // of a given range
};

struct Plot {
  std::string id;     // unique on its page: lower case, digits, hyphens
  std::string title;  // plain text
  std::string text;   // the text alternative: what is drawn; plain text
  PlotScale x, y;
  std::vector<PlotSeries> series;  // style i is the i-th's that is no control
};

// The drawing; empty when no point of any series is finite.
std::string plot_svg(const Plot& plot);

// The drawing with its caption (plain text) and, folded, the numbers behind it:
// a row a place where all series have the same at most 60 places, else the
// first, lowest, highest and last value of each series. Empty as above.
std::string plot_figure(const Plot& plot, const std::string& caption);

// "gradient_ascent + int8" as part of an id or a file's name:
// "gradient-ascent-int8".
std::string slug(const std::string& text);

}  // namespace lethe
