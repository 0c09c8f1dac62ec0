#include "results/roc.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "harness/base/files.h"
#include "results/leaderboard.h"
#include "results/test_records.h"

namespace lethe {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

std::string figure(const std::vector<RocCurve>& curves) {
  return roc_figure({"mine", curves}, 1);
}

size_t count(const std::string& text, const std::string& part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != std::string::npos;
       at = text.find(part, at + 1)) {
    ++found;
  }
  return found;
}

std::vector<double> numbers(int from, int to) {
  std::vector<double> all;
  for (int i = from; i < to; ++i) all.push_back(i);
  return all;
}

TEST(RocPoints, HaveOneForEveryDistinctScore) {
  std::vector<std::pair<int64_t, int64_t>> seen;
  for (const RocPoint& p : roc_points({{4, 1, 8, 7}, {3, 7, 4, 0, 0}})) {
    seen.emplace_back(p.false_positives, p.true_positives);
  }
  EXPECT_THAT(seen,
              ElementsAre(std::pair(0, 0), std::pair(0, 1), std::pair(1, 2),
                          std::pair(2, 3), std::pair(3, 3), std::pair(3, 4),
                          std::pair(5, 4)));
}

// 100 of both: the axes have two decades, 156 and 156 units a decade; x = 92 +
// 156 log10(100 FPR), y = 326 - 156 log10(100 TPR). One member stands above all
// others, the second below ten of them.
TEST(RocFigure, DrawsStepsOnLogarithmicAxes) {
  std::vector<double> members(100, -2), others(100, -1);
  members[0] = 9;
  members[1] = 5;
  for (int i = 0; i < 10; ++i) others[i] = 7;
  const std::string svg = figure({{"loss_mia", {members, others}}});
  // From no one: the band's middle; 1 %; 10 % of the others; 2 %; all others.
  EXPECT_THAT(svg, HasSubstr("d=\"M54 341V326H248V279H404V14\""));
  EXPECT_THAT(svg,
              HasSubstr("<path class=\"diagonal\" d=\"M92 326L404 14\"/>"));
  EXPECT_THAT(svg, HasSubstr("M54 14H92V326H404V356H54Z")) << "the bands";
  EXPECT_THAT(svg, HasSubstr(">below 1/100: no false positive</text>"));
  EXPECT_THAT(svg, HasSubstr(">below 1/100: no member</text>"));
  for (const char* tick :
       {">0</text>", ">1/100</text>", ">0.1</text>", ">1</text>"}) {
    EXPECT_EQ(count(svg, tick), 2u) << tick;
  }
  EXPECT_THAT(svg, Not(HasSubstr(">0.01</text>"))) << "1/100 stands there";
  EXPECT_THAT(svg, HasSubstr("of 100 non-members</text>"));
}

TEST(RocFigure, ListsTheAreasHighestFirstAndDashesBaselines) {
  const std::string svg = figure({{"loss_mia", {{1, 3}, {2, 0}}},
                                  {"blind_mia", {{2, 1}, {1, 1}}},
                                  {"zlib_mia:k=1", {{3, 4}, {1, 2}}}});
  const size_t zlib = svg.find(">1.000</text>"),
               loss = svg.find(">0.750</text>");
  ASSERT_NE(zlib, std::string::npos);
  ASSERT_NE(loss, std::string::npos);
  EXPECT_LT(zlib, loss);
  EXPECT_THAT(svg, HasSubstr(">blind_mia (asks no model)</text>"));
  EXPECT_EQ(count(svg, "class=\"curve blind\""), 2u) << "curve and legend";
  EXPECT_EQ(count(svg, "class=\"curve hue0 dash0\""), 2u);
  EXPECT_EQ(count(svg, "class=\"curve hue1 dash1\""), 2u);
  EXPECT_THAT(svg, HasSubstr(">chance</text>"));
  EXPECT_THAT(svg, HasSubstr("<title>loss_mia: AUC 0.750, 0.500 of 2 members "
                             "at FPR 0 of 2 non-members</title>"));
  EXPECT_EQ(svg, figure({{"loss_mia", {{1, 3}, {2, 0}}},
                         {"blind_mia", {{2, 1}, {1, 1}}},
                         {"zlib_mia:k=1", {{3, 4}, {1, 2}}}}));
}

TEST(RocFigure, SaysInItsPlaceWhyThereIsNoCurve) {
  const std::string text =
      figure({{"loss_mia", {{1, 2}, {}}},
              {"zlib_mia", {{}, {1}}},
              {"min_k_mia", {{1, kNaN}, {0, 1}}},
              {"recall_mia", {}, "its samples are not in the run folder"}});
  EXPECT_THAT(text, Not(HasSubstr("<svg")));
  EXPECT_THAT(text, HasSubstr("No ROC curve can be drawn."));
  EXPECT_THAT(text, HasSubstr("no curve of loss_mia: all 2 items are members"));
  EXPECT_THAT(text,
              HasSubstr("no curve of zlib_mia: none of 1 items is a member"));
  EXPECT_THAT(text,
              HasSubstr("no curve of min_k_mia: 1 of 4 scores are not finite"));
  EXPECT_THAT(text, HasSubstr("no curve of recall_mia: its samples are not"));
  const std::string beside =
      figure({{"loss_mia", {{1, 2}, {}}}, {"zlib_mia", {{2}, {1}}}});
  EXPECT_THAT(beside, HasSubstr("<svg"));
  EXPECT_THAT(beside, HasSubstr("no curve of loss_mia: all 2 items"));
}

// All are accused at once: no step before FPR 1.
TEST(RocFigure, TellsEqualScores) {
  const std::string svg = figure({{"loss_mia", {{1, 1}, {1, 1}}}});
  EXPECT_THAT(svg, HasSubstr("d=\"M54 341H404V14\""));
  EXPECT_THAT(svg, HasSubstr(">loss_mia (all scores equal)</text>"));
}

TEST(RocFigure, HoldsOneTextASide) {
  const std::string svg = figure({{"loss_mia", {{2}, {1}}}});
  EXPECT_THAT(svg, HasSubstr("d=\"M54 341V14H404\""));
  EXPECT_THAT(svg, HasSubstr(">below 1/1: no false positive</text>"));
  EXPECT_THAT(svg, HasSubstr("M54 14H404V14H404V356H54Z")) << "all is shaded";
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
  EXPECT_THAT(svg, Not(HasSubstr("inf")));
}

// Each on its own; the axes are those of the largest.
TEST(RocFigure, ProbesMayHaveLookedAtFewerTexts) {
  const std::string svg =
      figure({{"loss_mia", {numbers(5, 15), numbers(0, 10)}},
              {"recall_mia", {{3, 1}, {2, 0}}}});
  EXPECT_THAT(svg, HasSubstr("below 1/10: no false positive"));
  // 1/2 of one decade in 312 units: 92 + 312 log10(5) = 310.
  EXPECT_THAT(svg, HasSubstr("d=\"M54 341V108H310V14H404\""));
}

TEST(RocFigure, NamesAreTextAndNeverMarkup) {
  const std::string evil =
      "<script>\"x\x1b[2J</script>_mia:corpus=" + std::string(300, 'x');
  for (const RocModel& model :
       {RocModel{evil, {{evil, {{2}, {1}}}, {evil + "2", {{2}, {}}}}}}) {
    const std::string html = roc_section({model});
    EXPECT_THAT(html, Not(HasSubstr("<script")));
    EXPECT_THAT(html, Not(HasSubstr("\x1b")));
    EXPECT_THAT(html, HasSubstr("&lt;script&gt;&quot;x"));
    const size_t legend = html.rfind("<text x=", html.find(">chance<"));
    const size_t name = html.rfind("&lt;script", legend);
    EXPECT_LT(html.find("</text>", name) - name, 200u) << "the legend is short";
  }
}

TEST(RocFigure, DrawsTheBestOfManyAndNamesTheRest) {
  std::vector<RocCurve> curves;
  for (int i = 0; i < 20; ++i) {  // AUC i / 20
    curves.push_back({fmt::format("p{}_mia", i), {{i + 0.5}, numbers(1, 21)}});
  }
  curves.push_back({"blind_mia", {{0}, numbers(1, 21)}});
  const std::string svg = figure(curves);
  EXPECT_EQ(count(svg, "<path class=\"curve hue"), 30u)
      << "15 and their legend";
  EXPECT_EQ(count(svg, "<path class=\"curve blind\""), 2u);
  EXPECT_THAT(svg,
              HasSubstr("no curve of p4_mia: AUC 0.200, too many to draw"));
  EXPECT_THAT(svg, Not(HasSubstr("no curve of p5_mia")));
}

TEST(RocFigure, OfManyTextsStaysSmall) {
  Scores scores;
  for (int i = 0; i < 50000; ++i) {
    scores.members.push_back(2 * i);
    scores.others.push_back(2 * i + 1);
  }
  EXPECT_LT(figure({{"loss_mia", scores}}).size(), 20000u);
}

class RocRun : public testing::Test {
 protected:
  RocRun()
      : run_(testing::TempDir() + "roc_" +
             testing::UnitTest::GetInstance()->current_test_info()->name()) {
    std::filesystem::remove_all(run_);
    make_folder(run_ + "/samples");
  }
  Record membership(const std::string& method, const std::string& probe) {
    Record record = extraction(test_record(method), 0.5);
    record.probe = probe;
    record.metric = record.field = "auroc";
    record.cell = method + "0";
    record.split = "forget+holdout";
    return record;
  }
  void write(const std::string& file, const std::string& text) {
    make_folder(std::filesystem::path(run_ + "/samples/" + file).parent_path());
    write_file_atomically(run_ + "/samples/" + file, text);
  }
  const std::string run_;
};

const char* const kRows =
    "{\"id\":\"a\",\"member\":1,\"score\":2}\n"
    "{\"id\":\"b\",\"member\":0,\"score\":1}\n";

TEST_F(RocRun, OneFigureAModelWithAllItsProbes) {
  Record after = membership("npo", "loss_mia");
  after.transform = Json::array({"quantise:form=int8"});
  after.cell = "npo1";
  Record twice = membership("npo", "loss_mia");
  twice.metric = "tpr_at_fpr";
  Record other = membership("npo", "greedy_extraction");
  other.metric = "exact_match";
  write("npo0/loss_mia@forget+holdout.jsonl", kRows);
  write("npo1/loss_mia@forget+holdout.jsonl",
        std::string(kRows) + "{\"id\":\"c\",\"member\":0}\n");
  const auto models = roc_models({membership("npo", "loss_mia"), twice,
                                  membership("npo", "zlib_mia"), other, after},
                                 {{"r1", run_}});
  ASSERT_EQ(models.size(), 2u);
  EXPECT_EQ(models[0].name, "npo");
  ASSERT_EQ(models[0].curves.size(), 2u);
  EXPECT_THAT(models[0].curves[0].scores.members, ElementsAre(2));
  EXPECT_THAT(models[0].curves[1].missing, HasSubstr("not in the run folder"));
  EXPECT_EQ(models[1].name, "npo + quantise:form=int8");
  ASSERT_EQ(models[1].curves.size(), 1u);
  ASSERT_EQ(models[1].curves[0].scores.others.size(), 2u);
  EXPECT_TRUE(std::isnan(models[1].curves[0].scores.others[1]))
      << "a row whose score was not finite is not dropped";
}

TEST_F(RocRun, OfOneModelTheSamplesStandDirectly) {
  write("loss_mia.jsonl", kRows);
  const auto models =
      roc_models({membership("none", "loss_mia")}, {{"r1", run_}});
  ASSERT_EQ(models.size(), 1u);
  EXPECT_EQ(models[0].curves[0].missing, "");
}

TEST_F(RocRun, SplitsSeedsAndRunsAreToldApart) {
  Record second = membership("none", "loss_mia"), third = second;
  second.seed = 1;
  second.cell = "none1";
  third.run = "r2";
  third.split = "forget+retain";
  const auto models = roc_models(
      {membership("none", "loss_mia"), second, third}, {{"r1", run_}});
  ASSERT_EQ(models.size(), 3u);
  EXPECT_EQ(models[0].name, "none on forget+holdout (seed 0) @ r1");
  EXPECT_EQ(models[1].name, "none on forget+holdout (seed 1) @ r1");
  EXPECT_EQ(models[2].name, "none on forget+retain (seed 0) @ r2");
}

TEST_F(RocRun, StandsInTheReport) {
  write("none0/loss_mia@forget+holdout.jsonl", kRows);
  write_file_atomically(run_ + "/records.jsonl",
                        to_json(membership("none", "loss_mia")).dump() + "\n");
  EXPECT_THAT(leaderboard({run_}, "html"),
              HasSubstr("<summary>none</summary>\n<figure class=\"plot\">"));
  std::filesystem::remove_all(run_ + "/samples");
  const std::string without = leaderboard({run_}, "html");
  EXPECT_THAT(without, Not(HasSubstr("<svg")));
  EXPECT_THAT(without, HasSubstr("no curve of loss_mia: its samples are not in "
                                 "the run folder"));
}

TEST(RocSection, OpensTheFirstAndCountsTheRest) {
  const std::vector<RocModel> models(42,
                                     {"npo", {{"loss_mia", {{2, 1}, {1, 0}}}}});
  const std::string html = roc_section(models);
  EXPECT_EQ(count(html, "<details open>"), 3u);
  EXPECT_EQ(count(html, "<svg"), 40u);
  EXPECT_EQ(count(html, "id=\"roc-title-1\""), 1u) << "ids are unique";
  EXPECT_THAT(html, HasSubstr("and 2 more models"));
  EXPECT_EQ(roc_section({}), "");
}

}  // namespace
}  // namespace lethe
