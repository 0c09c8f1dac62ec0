// The leaderboard's page and LaTeX with ranks, front and transforms.
#include <gtest/gtest.h>

#include "results/heat_map.h"
#include "results/leaderboard.h"
#include "results/leaderboard_table.h"
#include "results/scatter.h"
#include "results/test_records.h"

namespace lethe {
namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

Table board() {
  std::vector<Record> records = small_board();
  for (const auto& [name, em, acc] :
       {std::tuple{"rmu", 0.35, 0.5}, std::tuple{"dpo", 0.8, 0.2}}) {
    const Record base = test_record(name);
    records.push_back(extraction(base, em));
    records.push_back(accuracy(base, acc));
  }
  for (Record& r : records) {
    if (r.task.empty()) continue;
    r.ci_low = r.value - 0.02;
    r.ci_high = r.value + 0.02;
  }
  Record after = test_record("npo");
  after.transform = Json::array({"quantise:form=nf4"});
  records.push_back(extraction(after, 0.5));
  for (int i = 0; i < 12; ++i) {  // more columns than a first look holds
    Record more = extraction(test_record("npo"), 0.1);
    more.probe = "probe_" + std::to_string(i) + "_extraction";
    records.push_back(more);
  }
  return make_table(records);
}

TEST(Page, HidesItsControlsUntilTheScriptRuns) {
  const std::string html = tools_html(board());
  EXPECT_TRUE(contains(html, "id=\"tools\" hidden>"));
  for (const char* part :
       {"<label>Filter <input type=\"search\"", "only the Pareto front",
        "<option value=\"after\">", "role=\"status\"", "<legend>Shown</legend>",
        "data-column=\"1\" checked>retain perplexity"}) {
    EXPECT_TRUE(contains(html, part)) << part << html;
  }
}

TEST(Page, HasEveryColumnInItsBoardAndShowsTheTellingOnes) {
  const std::string html = board_html(board());
  EXPECT_TRUE(contains(html, "probe 11 extraction"));
  EXPECT_TRUE(contains(html, "<td hidden data-v=\"0.1\">"));
  EXPECT_TRUE(contains(html, "data-first=\"descending\">arc_easy"));
  EXPECT_TRUE(contains(html,
                       "data-row=\"npo + quantise:form=nf4\" "
                       "data-block=\"after\">"));
  EXPECT_TRUE(contains(html, ">1-2 ●</td>"));
}

// Cells of a column must stand at one place of every row for the script.
TEST(Page, GivesEveryRowOfTheBoardAsManyCellsAsHeads) {
  const std::string html = board_html(board());
  const auto count = [](const std::string& text, const std::string& part) {
    size_t n = 0;
    for (size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) {
      ++n;
    }
    return n;
  };
  const size_t columns = count(html, "<th scope=\"col\"") - 0;
  size_t rows = 0;
  for (size_t at = 0; (at = html.find("<tr", at)) != std::string::npos; ++at) {
    const std::string row = html.substr(at, html.find("</tr>", at) - at);
    if (!contains(row, "data-row")) continue;
    ++rows;
    EXPECT_EQ(count(row, "<td"), columns) << row;
  }
  EXPECT_EQ(rows, 6u);
  EXPECT_EQ(columns, count(tools_html(board()), "data-column"));
}

TEST(Page, ColoursAttacksByWhatTheyLeave) {
  const std::string html = heat_map(board());
  EXPECT_TRUE(contains(html, "after quantise:<wbr>form=<wbr>nf4"));
  EXPECT_TRUE(
      contains(html, "--heat: 0.54\" data-v=\"0.9\">0.900"));  // 0.6*0.9
  EXPECT_TRUE(contains(html, "<span class=\"missing\">-</span>"));
  EXPECT_EQ(heat_map(make_table({extraction(test_record("npo"), 0.1)})), "");
}

TEST(Page, DrawsTheFrontThroughTheScatter) {
  const std::string figure = scatter_figure(board());
  EXPECT_TRUE(contains(figure, "<path class=\"front\" d=\"M")) << figure;
  EXPECT_TRUE(contains(figure, "class=\"point on-front\""));
  EXPECT_FALSE(contains(scatter_figure(make_table(small_board())),
                        "<path class=\"front\""));
}

TEST(Text, ShowsRanksWithTheirTest) {
  const std::string text = to_terminal(board());
  EXPECT_TRUE(contains(text, "0.800 [0.790, 0.850] #3")) << text;
  EXPECT_TRUE(contains(text, "unpaired t test of the intervals"));
  EXPECT_TRUE(contains(text, "\nOverall\n"));
  EXPECT_TRUE(contains(text, "● on the Pareto front of"));
}

TEST(Latex, IsTabularsWithBooktabsAndNotes) {
  const std::string text = to_latex(board());
  EXPECT_EQ(text.find("% Tables of lethe leaderboard; needs "
                      "\\usepackage{booktabs}."),
            0u);
  for (const char* part :
       {"\\toprule", "\\midrule", "\\bottomrule", "\\cmidrule(lr){2-",
        "\\multicolumn{",
        "\\shortstack[r]{arc\\_easy\\\\acc $\\uparrow$\\\\$n=570$}",
        "npo + quantise:form=nf4 &", "\\label{tab:lethe-overall}",
        "1-2 $\\bullet$", "\\#3", "\\textsuperscript{1} not measured"}) {
    EXPECT_TRUE(contains(text, part)) << part;
  }
  // Every row of a tabular has as many cells as its layout has columns.
  const size_t layout = text.find("\\begin{tabular}{") + 16;
  const size_t columns = text.find('}', layout) - layout;
  const size_t begin = text.find("\\midrule\n", layout) + 9;
  const std::string row = text.substr(begin, text.find("\\\\", begin) - begin);
  size_t ands = 0;
  for (const char c : row) ands += c == '&' ? 1 : 0;
  EXPECT_EQ(ands + 1, columns) << row;
}

}  // namespace
}  // namespace lethe
