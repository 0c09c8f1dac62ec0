#include "results/scatter.h"

#include <gtest/gtest.h>

#include "results/plot_axis.h"
#include "results/test_records.h"

namespace lethe {
namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TableCell cell(double value, double low, double high) {
  TableCell c;
  c.value = value;
  c.low = low;
  c.high = high;
  return c;
}

TEST(PlotAxis, HoldsValuesAndIntervals) {
  PlotAxis axis;
  axis.begin = 0;
  axis.end = 108;
  axis.fit({cell(0.2, 0, 0.3), cell(0.9, TableCell::kNone, TableCell::kNone),
            cell(0.5, 0.4, 1)});
  EXPECT_DOUBLE_EQ(axis.low, -0.04);
  EXPECT_DOUBLE_EQ(axis.high, 1.04);
  EXPECT_NEAR(axis.at(0), 4, 1e-12);
  EXPECT_NEAR(axis.at(1), 104, 1e-12);
  EXPECT_NEAR(axis.at(-7), 0, 1e-12);
  ASSERT_EQ(axis.ticks().size(), 6u);  // 0, 0.2, ... 1
  EXPECT_NEAR(axis.ticks()[1], 0.2, 1e-12);
}

TEST(PlotAxis, IsLogarithmicForWideSpans) {
  PlotAxis axis;
  axis.fit({cell(10, 9, 11), cell(1e7, 1, 2)});
  EXPECT_TRUE(axis.logarithmic);
  EXPECT_NEAR(axis.at(1e4), 0.5, 1e-9);
  EXPECT_EQ(axis.ticks().front(), 10);
}

TEST(PlotAxis, SurvivesEqualValues) {
  PlotAxis axis;
  axis.fit({cell(0, 0, 0), cell(0, 0, 0)});
  EXPECT_LT(axis.low, axis.high);
  EXPECT_FALSE(axis.ticks().empty());
}

TEST(PlotAxis, WritesShortTicks) {
  EXPECT_EQ(tick_text(0.2), "0.2");
  EXPECT_EQ(tick_text(-1e-17), "0");
  EXPECT_EQ(tick_text(1000), "1000");
  EXPECT_EQ(tick_text(1e7), "1e7");
}

TEST(Scatter, DrawsAPointARowWithATextForScreenReaders) {
  const std::string figure = scatter_figure(make_table(small_board()));
  EXPECT_TRUE(contains(figure, "role=\"img\""));
  EXPECT_TRUE(
      contains(figure, "<desc id=\"scatter-text\">Scatter of 3 models"));
  EXPECT_TRUE(contains(figure, "greedy extraction EM (lower is better →)"));
  EXPECT_TRUE(contains(figure, "arc_easy acc (higher is better →)"));
  EXPECT_TRUE(contains(figure,
                       "<title>npo: greedy extraction EM 0.300 [0.290, 0.350], "
                       "arc_easy acc 0.430</title>"));
  EXPECT_TRUE(contains(figure, "<rect class=\"point start\""));
  EXPECT_TRUE(contains(figure, "<path class=\"point goal\""));
  EXPECT_TRUE(contains(figure, ">npo</text>"));
}

TEST(Scatter, IsLeftOutWithoutTwoPoints) {
  EXPECT_EQ(scatter_figure(make_table({})), "");
  EXPECT_EQ(scatter_figure(make_table({extraction(test_record("none"), 1),
                                       accuracy(test_record("none"), 1)})),
            "");
  EXPECT_EQ(scatter_figure(make_table({extraction(test_record("none"), 1),
                                       extraction(test_record("npo"), 1)})),
            "");
}

}  // namespace
}  // namespace lethe
