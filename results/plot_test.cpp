#include "results/plot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace lethe {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

Plot plot_of(std::vector<PlotSeries> series) {
  return {"p", "A plot", "What it shows.", {"x", 0, 10}, {"y", 0, 1}, series};
}

// The plot spans 356 by 220 units from (52, 232): x = 52 + 35.6 x, y = 232 -
// 220 y, on half units.
TEST(Plot, DrawsPointsWhereTheirValuesAre) {
  const std::string svg =
      plot_svg(plot_of({{"a", {{0, 0}, {5, 0.5, 0.25, 0.75}, {10, 1}}}}));
  EXPECT_THAT(svg, HasSubstr("d=\"M52 232L230 122L408 12\""));
  EXPECT_THAT(svg, HasSubstr("<path class=\"error hue0 dash0\" "
                             "d=\"M230 177V67\"/>"));
  EXPECT_THAT(svg, HasSubstr("<title id=\"p-title\">A plot</title>"));
  EXPECT_THAT(svg, HasSubstr("<desc id=\"p-text\">What it shows.</desc>"));
  EXPECT_THAT(svg, HasSubstr("aria-labelledby=\"p-title p-text\""));
}

TEST(Plot, BreaksALineWhereAValueIsMissing) {
  EXPECT_THAT(
      plot_svg(plot_of({{"a", {{0, 0}, {5, kNaN}, {5, 0.5}, {10, 1}}}})),
      HasSubstr("d=\"M52 232M230 122L408 12\""));
}

TEST(Plot, BarsStandOnTheFloor) {
  const std::string svg =
      plot_svg(plot_of({{"a", {{0, 0.5}, {5, 1}, {10, 0}}, PlotForm::bars},
                        {"c", {{0, 0.5}, {10, 0}}, PlotForm::outline, true}}));
  EXPECT_THAT(svg, HasSubstr("<path class=\"bars hue0 dash0\" "
                             "d=\"M52 232V122H230V12H408V232\"/>"));
  EXPECT_THAT(svg,
              HasSubstr("<path class=\"curve blind\" d=\"M52 232V122H408V232"));
}

TEST(Plot, WithoutAFinitePointIsNone) {
  EXPECT_EQ(plot_svg(plot_of({})), "");
  EXPECT_EQ(plot_svg(plot_of({{"a", {{1, kNaN}, {kNaN, 1}}}})), "");
  EXPECT_EQ(plot_figure(plot_of({{"a", {}}}), "caption"), "");
}

// Of 20 series no two look alike, and neighbours differ without colour.
TEST(Plot, SeriesDifferByMoreThanColour) {
  std::set<std::string> styles;
  for (size_t i = 0; i < 20; ++i) styles.insert(series_style(i));
  EXPECT_EQ(styles.size(), 20u);
  for (size_t i = 0; i < 20; ++i) {
    const std::string one = series_style(i), next = series_style(i + 1);
    EXPECT_NE(one.substr(one.find("dash")), next.substr(next.find("dash")));
    EXPECT_NE(series_marker(i, 0, 0).substr(26),
              series_marker(i + 1, 0, 0).substr(26));
  }
}

TEST(Plot, NamesAreTextAndNeverMarkup) {
  Plot plot = plot_of({{"<script>\x1b[2J\"", {{1, 1}}}});
  plot.title = plot.text = plot.x.title = plot.y.title = "<img onload=\"x\">";
  const std::string figure = plot_figure(plot, "<b>caption");
  EXPECT_THAT(figure, Not(HasSubstr("<script")));
  EXPECT_THAT(figure, Not(HasSubstr("<img")));
  EXPECT_THAT(figure, Not(HasSubstr("<b>caption")));
  EXPECT_THAT(figure, Not(HasSubstr("\x1b")));
  EXPECT_THAT(figure, HasSubstr("&lt;script&gt;"));
}

TEST(Plot, DataOfEqualPlacesIsATableOfThem) {
  const std::string figure =
      plot_figure(plot_of({{"a", {{1, 0.25, 0.2, 0.3}, {2, 0.5}}},
                           {"b", {{1, 1}, {2, 0}}}}),
                  "");
  EXPECT_THAT(figure, HasSubstr("<th scope=\"row\">1</th><td>0.25<span "
                                "class=\"interval\">0.2 to 0.3</span></td>"
                                "<td>1</td>"));
  EXPECT_THAT(figure, HasSubstr("<summary>Data</summary>"));
}

TEST(Plot, DataOfOtherPlacesIsALineASeries) {
  const std::string figure = plot_figure(
      plot_of({{"a", {{1, 0.5}, {2, 0.25}, {3, 1}}}, {"b", {{7, 0.5}}}}), "");
  EXPECT_THAT(figure, HasSubstr("<th scope=\"row\">a</th><td>3</td><td>0.5</td>"
                                "<td>0.25</td><td>1</td><td>1</td><td>3</td>"));
}

TEST(Plot, BarsAreNamedByTheirEdges) {
  EXPECT_THAT(
      plot_figure(plot_of({{"a", {{0, 0.5}, {5, 1}, {10, 0}}, PlotForm::bars}}),
                  ""),
      HasSubstr("<th scope=\"row\">5 to 10</th><td>1</td></tr>\n</tbody>"));
}

TEST(Plot, AFileStandsAlone) {
  const std::string file = standalone_svg(plot_svg(plot_of({{"a", {{1, 1}}}})));
  EXPECT_EQ(file.find("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox="),
            0u);
  EXPECT_THAT(file, HasSubstr("--hue0: #0072b2"));
  EXPECT_THAT(file, HasSubstr("svg .hue0"));
}

TEST(Plot, SlugsAreSafeNames) {
  EXPECT_EQ(slug("terms of GA + int8: k=0.1"), "terms-of-ga-int8-k-0-1");
  EXPECT_EQ(slug("../../<x>\xff"), "x");
  EXPECT_EQ(slug("///"), "plot");
  EXPECT_LE(slug(std::string(500, 'a')).size(), 60u);
}

}  // namespace
}  // namespace lethe
