// The parts that all drawings share: their frame with its text alternatives,
// ticks, and series that differ by more than colour.
#pragma once

#include <string>
#include <vector>

namespace lethe {

struct SvgFrame {
  std::string id;           // unique on its page: lower case, digits, hyphens
  std::string title, text;  // what it is and what it shows: plain text
  double width = 0, height = 0;  // user units
};

// The opening tag, <title> and <desc>; the drawing ends with "</svg>\n".
std::string svg_open(const SvgFrame& frame);

// A place on a half unit: finer than a line is wide, and short as text.
double half_unit(double place);

// The line of both axes of a plot with these edges.
std::string svg_axes(double left, double top, double right, double bottom);
// A tick and its text (safe already) below or left of an axis at that edge.
std::string svg_x_tick(double place, double bottom, const std::string& text);
std::string svg_y_tick(double place, double left, const std::string& text);
// Titles of axes around a point; `text` is safe already.
std::string svg_x_title(double x, double y, const std::string& text);
std::string svg_y_title(double x, double y, const std::string& text);

// Classes of the i-th series: neighbours differ in colour and in dashes, and
// 20 series all do.
std::string series_style(size_t i);
// The shape that marks a point of the i-th series: five in turn.
std::string series_marker(size_t i, double x, double y);

struct LegendRow {
  std::string classes;      // of the sample of its line
  std::string marker = {};  // svg over its middle, see legend_sample()
  std::string note = {};    // a short number before the name; may be empty
  std::string name;         // plain text
};
constexpr double kLegendRow = 18;  // height, user units

// The middle of the sample of row `row` of a legend that begins at `top`.
std::pair<double, double> legend_sample(size_t row, double top);
// Rows below each other from `top` on; names are cut to the width of 420.
std::string svg_legend(const std::vector<LegendRow>& rows, double top);

// A drawing as a file of its own: with its style, on light ground.
struct PlotFile {
  std::string name;  // of the file: "roc-1.svg"
  std::string svg;
};
std::string standalone_svg(const std::string& svg);

// The rules for drawings of a page's style; colours are variables of it.
const char* svg_style();

}  // namespace lethe
