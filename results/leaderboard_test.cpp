#include "results/leaderboard.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "harness/base/files.h"
#include "results/html_page.h"
#include "results/leaderboard_script.h"
#include "results/test_records.h"
#include "results/text_wrap.h"

namespace lethe {
namespace {

// small_board with a row that failed and a row after a transform.
Table sample() {
  std::vector<Record> records = small_board();
  const Record rmu = test_record("rmu");
  records.push_back(extraction(rmu, 0.25));
  records.push_back(
      missing(perplexity(rmu, 0), "failed", "out of memory: 3 GB"));
  records.push_back(accuracy(rmu, 0.42));
  Record after = test_record("npo");
  after.transform = Json::array({"quantise:form=nf4"});
  records.push_back(extraction(after, 0.5));
  records.back().counts.truncated = 2;
  return make_table(records);
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

size_t widest_line(const std::string& text) {
  std::istringstream lines(text);
  size_t width = 0;
  for (std::string line; std::getline(lines, line);) {
    width = std::max(width, display_width(line));
  }
  return width;
}

// A folder with the records as a finished run, removed at the end.
class FinishedRun {
 public:
  FinishedRun(const std::string& name, const std::vector<Record>& records)
      : path_(testing::TempDir() + "/leaderboard_test/" + name) {
    make_folder(path_);
    std::ofstream file(path_ + "/records.jsonl");
    for (const Record& r : records) file << to_json(r).dump() << "\n";
  }
  ~FinishedRun() { std::filesystem::remove_all(path_); }

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

const char* const kHeadline =
    R"(                      Utility               Attack success        Cost
                                                greedy  distance
                          retain  arc_easy  extraction        to
model                 perplexity       acc          EM   retrain  seconds  rank
                          ↓ n=50   ↑ n=570     ↓ n=100
--------------------  ----------  --------  ----------  --------  -------  ----
none                      12.00     0.400        0.900      1.00     0.0
retrain                   14.00     0.440        0.100      0.00    60.0
npo                       13.00     0.430        0.300      0.33    31.2      2
rmu                           -¹    0.420        0.250      0.34       -²   1 ●

npo +                         -²        -²       0.500       n/a       -³
  quantise:form=nf4
)";

TEST(Leaderboard, SummaryIsTheHeadlineWithItsFootnotes) {
  EXPECT_EQ(to_summary(sample()), std::string(kHeadline) + R"(
  ¹ failed: out of memory: 3 GB
  ² not measured: no record of it
  ³ the same model as without the transform
  - distance to retrain rests on fewer than 3 columns: rmu (2)
  !! items: 2 truncated, 0 with a boundary mismatch, 0 non-finite, 0 skipped
  - ↓ lower, ↑ higher, ≈ nearer the reference is better; distance 0 = retrained, 1 = never
    unlearned; rank: by Pareto front (● on it, ○ near it), then mean rank
)");
}

TEST(Leaderboard, TerminalHasHeadlineGroupsColumnsAndNotes) {
  const std::string text = to_terminal(sample());
  EXPECT_EQ(text.find("quickstart; run r1; cpu float32; seed 0\n\n"), 0u);
  EXPECT_TRUE(contains(text, kHeadline));
  EXPECT_TRUE(contains(text, R"(
Attack success
model                       greedy extraction EM
                                         ↓ n=100
-----------------------  -----------------------
none                        0.900 [0.890, 0.950]
retrain                     0.100 [0.090, 0.150]
npo                      0.300 [0.290, 0.350] #2
rmu                      0.250 [0.240, 0.300] #1

npo + quantise:form=nf4     0.500 [0.490, 0.550]

Columns
  retain perplexity ↓     perplexity of teacher_forced on retain; perplexity; n=50
  arc_easy acc ↑          acc of arc_easy on test; fraction; n=570
  greedy extraction EM ↓  exact_match of greedy_extraction on forget; fraction; n=100; wilson
                          interval; ranked by unpaired t test of the intervals and the spread over
                          seeds
  seconds                 cost.seconds; seconds

Notes
  ¹ failed: out of memory: 3 GB
)"));
  EXPECT_TRUE(contains(text, "distance to retrain: mean of |row - retrain|"));
  EXPECT_LE(widest_line(text), kTextWidth);
}

TEST(Leaderboard, MarkdownReadsAsText) {
  const std::string text = to_markdown(sample());
  EXPECT_TRUE(contains(text,
                       R"(## Leaderboard

quickstart; run r1; cpu float32; seed 0

| model                   | retain perplexity ↓ | arc_easy acc ↑ | greedy extraction EM ↓ |
|-------------------------|--------------------:|---------------:|-----------------------:|
| n                       |                  50 |            570 |                    100 |
| none                    |              12.00  |         0.400  |                  0.900 |
| retrain                 |              14.00  |         0.440  |                  0.100 |
| npo                     |              13.00  |         0.430  |                  0.300 |
| rmu                     |                  -¹ |         0.420  |                  0.250 |
| npo + quantise:form=nf4 |                  -² |             -² |                  0.500 |

| model                   | distance to retrain | seconds | rank |
|-------------------------|--------------------:|--------:|-----:|
| none                    |                1.00 |    0.0  |      |
)"));
  EXPECT_TRUE(contains(text, "\n### Attack success\n\n| model "));
  EXPECT_TRUE(contains(text, "\n- ¹ failed: out of memory: 3 GB\n"));
  EXPECT_LE(widest_line(text), kTextWidth);
}

TEST(Leaderboard, ShowsSeedsAndUnequalCounts) {
  Record fewer = extraction(test_record("rmu"), 0.2);
  fewer.n = fewer.n_expected = 80;
  const std::string text =
      to_terminal(make_table({extraction(test_record("npo", 0), 0.2),
                              extraction(test_record("npo", 1), 0.4), fewer}));
  EXPECT_TRUE(contains(text,
                       "npo    0.300 ± 0.141 [0.290, 0.350] n=100 #1-2\n"
                       "rmu             0.200 [0.190, 0.250] n=80 #1-2\n"))
      << text;
  EXPECT_TRUE(contains(text, "standard deviation over seeds"));
  EXPECT_TRUE(contains(text, "distance to retrain: n/a"));
}

TEST(Leaderboard, CsvHasRawNamesAndUnroundedNumbers) {
  const std::string key = "greedy_extraction.exact_match.exact_match.forget";
  std::string heads = ",state,front,rank_best,rank_worst,mean_rank";
  for (const char* kind : {",worst_extraction", ",worst_membership"}) {
    for (const char* part :
         {"", ".low", ".high", ".n", ".sd", ".attacks", ".by"}) {
      heads += kind + std::string(part);
    }
  }
  for (const char* part :
       {".seeds", ".rank_best", ".rank_worst", ".at_chance"}) {
    heads += "," + key + part;
  }
  heads += ",origin\r\n";
  const std::string none = ",NA,NA,NA,NA,NA,NA,NA";
  const std::string text =
      to_csv(make_table({extraction(test_record("none"), 1.0 / 3),
                         missing(extraction(test_record("npo"), 0), "failed",
                                 "out of \"memory\"")}));
  EXPECT_EQ(text,
            "name,label,method,method_options,transform,runs,seeds,"
            "distance_to_retrain,distance_columns," +
                key + "," + key + ".low," + key + ".high," + key + ".n," + key +
                ".sd,notes,flags" + heads +
                "none,none,none,{},,r1,0,NA,0,0.3333333333333333,"
                "0.3233333333333333,0.3833333333333333,100,NA,,"
                ",complete,NA,NA,NA,NA,0.3333333333333333,0.3233333333333333,"
                "0.3833333333333333,100,NA,1,greedy extraction EM" +
                none + ",1,NA,NA,NA,run\r\n" +
                "npo,npo,npo,{},,r1,0,NA,0,NA,NA,NA,NA,NA,\"" + key +
                ": failed: out of \"\"memory\"\"\",,complete,NA,NA,NA,NA" +
                none + none + ",NA,NA,NA,NA,run\r\n");
}

TEST(Leaderboard, JsonHoldsTheWholeModel) {
  const OrderedJson json = to_json(sample());
  EXPECT_EQ(json["columns"].size(), 4u);
  EXPECT_EQ(json["columns"][2]["group"], "attacks");
  EXPECT_EQ(json["rows"][2]["name"], "npo");
  EXPECT_EQ(json["rows"][4]["transform"][0], "quantise:form=nf4");
  EXPECT_TRUE(json["rows"][4]["distance_to_retrain"].is_null());
  const auto& cell =
      json["rows"][3]["cells"]["teacher_forced.perplexity.perplexity.retain"];
  EXPECT_TRUE(cell["value"].is_null());
  EXPECT_EQ(cell["notes"][0], "failed: out of memory: 3 GB");
  EXPECT_EQ(json["counts"]["truncated"], 2);
}

TEST(Leaderboard, HtmlIsOnePageWithoutLoadsAndOneScriptByItsHash) {
  const std::string page = to_html(sample());
  EXPECT_EQ(page.find("<!DOCTYPE html>"), 0u);
  EXPECT_TRUE(contains(page, "default-src 'none'"));
  EXPECT_TRUE(contains(
      page, "; script-src " + script_hash(leaderboard_script()) + "\">"));
  const size_t script = page.find("<script>");
  ASSERT_NE(script, std::string::npos);
  EXPECT_EQ(page.find("<script", script + 1), std::string::npos);
  EXPECT_EQ(page.substr(script + 8, page.find("</script>") - script - 8),
            leaderboard_script());
  for (const char* never : {"http://", "https://", "url(", "@import", "<link",
                            "<iframe", "innerHTML", "eval(",
                            " on"
                            "load="}) {
    EXPECT_FALSE(contains(page, never)) << never;
  }
  for (const char* always :
       {"<caption>", "scope=\"row\"", "scope=\"col\"", "scope=\"colgroup\"",
        "role=\"img\"", "<desc", "prefers-color-scheme: dark",
        "name=\"viewport\"", "After a transform", "<li id=\"note-1\">failed"}) {
    EXPECT_TRUE(contains(page, always)) << always;
  }
}

TEST(Leaderboard, EscapesHostileTextInEveryFormat) {
  Record r = extraction(test_record("checkpoint"), 0.2);
  r.label = "=x|<script>alert(1)</script>`\x1b[31m\n![p](http://evil)";
  r.probe = "<b>probe\"</b>";
  r.run = "<i>run</i>";
  Record bad =
      missing(perplexity(r, 0), "failed", "</li><img src=x>\x1b]0;\x07");
  const Table table =
      make_table({extraction(test_record("none"), 0.9), r, bad});
  for (const std::string& text :
       {to_terminal(table), to_summary(table), to_markdown(table),
        to_csv(table), to_html(table), to_latex(table),
        to_json(table).dump()}) {
    EXPECT_FALSE(contains(text, "\x1b")) << text;
    EXPECT_FALSE(contains(text, "\x07")) << text;
  }
  for (const std::string& text : {to_markdown(table), to_html(table)}) {
    for (const char* markup : {"<script>alert", "<b>", "<i>run", "<img"}) {
      EXPECT_FALSE(contains(text, markup)) << markup;
    }
  }
  EXPECT_FALSE(contains(to_markdown(table), "![p]("));
  EXPECT_TRUE(contains(to_markdown(table), "=x\\|&lt;script&gt;"));
  EXPECT_TRUE(contains(to_csv(table), "\r\n'=x|<script>"));
}

TEST(Leaderboard, SaysSoWhenThereIsNothing) {
  const Table empty = make_table({});
  EXPECT_EQ(to_summary(empty), "no records\n");
  EXPECT_TRUE(contains(to_terminal(empty), "no records"));
  EXPECT_TRUE(contains(to_markdown(empty), "no records"));
  EXPECT_TRUE(contains(to_html(empty), "No records."));
  EXPECT_TRUE(contains(to_csv(empty), "name,label"));
  const Table failed =
      make_table({missing(test_record("npo"), "failed", "no disk")});
  EXPECT_TRUE(contains(to_terminal(failed), "npo"));
  EXPECT_TRUE(contains(to_terminal(failed), "npo: failed: no disk"));
  EXPECT_TRUE(contains(to_html(failed), "npo: failed: no disk"));
}

TEST(Leaderboard, HoldsManyRowsAndColumns) {
  std::vector<Record> records;
  for (int row = 0; row < 200; ++row) {
    Record r = test_record("method_" + std::to_string(row));
    for (int column = 0; column < 50; ++column) {
      r.split = "forget";
      Record value = extraction(r, row / 200.0);
      value.probe = "probe_" + std::to_string(column) + "_extraction";
      records.push_back(value);
    }
  }
  const Table table = make_table(records);
  EXPECT_EQ(table.rows.size(), 200u);
  EXPECT_EQ(table.columns.size(), 50u);
  EXPECT_LE(widest_line(to_terminal(table)), kTextWidth);
  EXPECT_LE(widest_line(to_markdown(table)), kTextWidth);
  EXPECT_TRUE(contains(to_html(table), "method_<wbr>199"));
}

TEST(Leaderboard, ReadsRunsAndTellsEqualNamesApart) {
  Record other = extraction(test_record("none"), 0.5);
  const FinishedRun a("a/out", {extraction(test_record("none"), 0.9)});
  const FinishedRun b("b/out", {other});
  const std::string text = leaderboard({a.path(), b.path()}, "csv");
  EXPECT_TRUE(contains(text, "none @ r1,")) << text;
  EXPECT_TRUE(contains(text, "none @ " + b.path() + ",")) << text;
  const std::string json = leaderboard({a.path()}, "json");
  EXPECT_EQ(parse_json(json, "json")["rows"].size(), 1u);
  EXPECT_EQ(leaderboard({a.path()}, "md"), leaderboard({a.path()}, "markdown"));
}

TEST(Leaderboard, RefusesWhatItCannotDo) {
  const FinishedRun run("refuse", {extraction(test_record("none"), 0.9)});
  const auto message = [&](const std::vector<std::string>& runs,
                           const std::string& format) -> std::string {
    try {
      leaderboard(runs, format);
    } catch (const Error& e) {
      EXPECT_EQ(e.fault(), Fault::usage);
      return e.what();
    }
    return "nothing thrown";
  };
  EXPECT_TRUE(contains(message({run.path()}, "htm"), "did you mean html"));
  EXPECT_TRUE(contains(message({}, "md"), "no run is named"));
  EXPECT_TRUE(contains(message({"/nowhere"}, "md"), "no such folder"));
}

}  // namespace
}  // namespace lethe
