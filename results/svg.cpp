#include "results/svg.h"

#include <fmt/core.h>

#include <cmath>

#include "harness/base/error.h"
#include "results/escape.h"
#include "results/html_page.h"

namespace lethe {
namespace {

constexpr size_t kHues = 5, kDashes = 4;
constexpr size_t kLetters = 54;  // of a name in a legend
constexpr double kSample = 8, kSampleWidth = 26;

const char* const kStyle = R"(svg text {
  font: 11px system-ui, sans-serif; fill: var(--ink);
  paint-order: stroke; stroke: var(--paper); stroke-width: 3px;
}
svg .tick { fill: var(--quiet); font-size: 10px; }
svg .axis { stroke: var(--quiet); fill: none; }
svg .grid { stroke: var(--line); fill: none; }
svg .whisker { stroke: var(--quiet); opacity: .45; }
svg .point { fill: var(--accent); stroke: var(--accent); stroke-width: 1.5; }
svg .goal { fill: var(--goal); stroke: var(--goal); }
svg .start { fill: var(--start); stroke: var(--start); }
svg .after { fill: var(--paper); }
svg .shade { fill: var(--band); }
svg .diagonal { stroke: var(--quiet); stroke-width: 1; fill: none; }
svg .curve { stroke-width: 1.8; stroke-linejoin: round; fill: none; }
svg .bars { stroke-width: 1.2; fill-opacity: .35; }
svg .error { stroke-width: 1.2; fill: none; opacity: .55; }
svg .marker { stroke-width: 1; }
svg .hue0 { stroke: var(--hue0); } svg .hue1 { stroke: var(--hue1); }
svg .hue2 { stroke: var(--hue2); } svg .hue3 { stroke: var(--hue3); }
svg .hue4 { stroke: var(--hue4); } svg .blind { stroke: var(--ink); }
svg .bars.hue0, svg .marker.hue0 { fill: var(--hue0); }
svg .bars.hue1, svg .marker.hue1 { fill: var(--hue1); }
svg .bars.hue2, svg .marker.hue2 { fill: var(--hue2); }
svg .bars.hue3, svg .marker.hue3 { fill: var(--hue3); }
svg .bars.hue4, svg .marker.hue4 { fill: var(--hue4); }
svg .marker.blind { fill: var(--ink); }
svg .dash1 { stroke-dasharray: 1.5 2.5; }
svg .dash2 { stroke-dasharray: 10 3 1.5 3; }
svg .dash3 { stroke-dasharray: 12 5; }
svg .blind { stroke-dasharray: 6 4; }
svg .marker, svg .error { stroke-dasharray: none; }
)";

}  // namespace

std::string svg_open(const SvgFrame& f) {
  return fmt::format(
      "<svg viewBox=\"0 0 {0:g} {1:g}\" role=\"img\" "
      "aria-labelledby=\"{2}-title {2}-text\">\n<title "
      "id=\"{2}-title\">{3}</title>\n<desc id=\"{2}-text\">{4}</desc>\n",
      f.width, f.height, f.id, html_escape(f.title), html_escape(f.text));
}

double half_unit(double place) { return std::round(2 * place) / 2; }

std::string svg_axes(double left, double top, double right, double bottom) {
  return fmt::format("<path class=\"axis\" d=\"M{:g} {:g}V{:g}H{:g}\"/>\n",
                     left, top, bottom, right);
}

std::string svg_x_tick(double place, double bottom, const std::string& text) {
  return fmt::format(
      "<path class=\"axis\" d=\"M{0:g} {1:g}v5\"/><text class=\"tick\" "
      "x=\"{0:g}\" y=\"{2:g}\" text-anchor=\"middle\">{3}</text>\n",
      half_unit(place), bottom, bottom + 17, text);
}

std::string svg_y_tick(double place, double left, const std::string& text) {
  return fmt::format(
      "<path class=\"axis\" d=\"M{1:g} {0:g}h-5\"/><text class=\"tick\" "
      "x=\"{2:g}\" y=\"{3:g}\" text-anchor=\"end\">{4}</text>\n",
      half_unit(place), left, left - 8, half_unit(place) + 3.5, text);
}

std::string svg_x_title(double x, double y, const std::string& text) {
  return fmt::format(
      "<text x=\"{:g}\" y=\"{:g}\" text-anchor=\"middle\">{}</text>\n", x, y,
      text);
}

std::string svg_y_title(double x, double y, const std::string& text) {
  return fmt::format(
      "<text transform=\"translate({:g} {:g}) rotate(-90)\" "
      "text-anchor=\"middle\">{}</text>\n",
      x, y, text);
}

std::string series_style(size_t i) {
  return fmt::format("hue{} dash{}", i % kHues, i % kDashes);
}

std::string series_marker(size_t i, double x, double y) {
  static const char* const kShapes[kHues] = {
      "m-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0z",  // circle
      "m-3-3h6v6h-6z",                                 // square
      "m0-4.5l4.5 4.5-4.5 4.5-4.5-4.5z",               // diamond
      "m0-4l4 7h-8z",                                  // triangle, up
      "m0 4l4-7h-8z"};                                 // triangle, down
  return fmt::format("<path class=\"marker hue{}\" d=\"M{:g} {:g}{}\"/>",
                     i % kHues, half_unit(x), half_unit(y), kShapes[i % kHues]);
}

std::pair<double, double> legend_sample(size_t row, double top) {
  return {kSample + kSampleWidth / 2,
          top + kLegendRow * (static_cast<double>(row) + 0.5)};
}

std::string svg_legend(const std::vector<LegendRow>& rows, double top) {
  std::string svg;
  for (size_t i = 0; i < rows.size(); ++i) {
    const LegendRow& row = rows[i];
    const double y = legend_sample(i, top).second;
    double x = kSample + kSampleWidth + 8;
    svg += fmt::format("<path class=\"{}\" d=\"M{:g} {:g}h{:g}\"/>{}",
                       row.classes, kSample, y, kSampleWidth, row.marker);
    if (!row.note.empty()) {
      svg += fmt::format("<text x=\"{:g}\" y=\"{:g}\">{}</text>", x, y + 4,
                         html_escape(row.note));
      x += 36;
    }
    const size_t room = row.note.empty() ? kLetters : kLetters - 6;
    const std::string name =
        row.name.size() > room ? printable(row.name, room) : row.name;
    svg += fmt::format("<text x=\"{:g}\" y=\"{:g}\">{}</text>\n", x, y + 4,
                       html_escape(name));
  }
  return svg;
}

std::string standalone_svg(const std::string& svg) {
  const size_t tag = svg.find('>') + 1;
  return "<svg xmlns=\"http://www.w3.org/2000/svg\"" + svg.substr(4, tag - 4) +
         "\n<style>\n" + light_colours() + kStyle +
         "</style>\n<rect width=\"100%\" height=\"100%\" "
         "style=\"fill:var(--paper)\"/>" +
         svg.substr(tag);
}

const char* svg_style() { return kStyle; }

}  // namespace lethe
