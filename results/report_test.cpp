#include "results/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <set>

#include "harness/base/files.h"
#include "results/test_records.h"

namespace lethe {
namespace {

using testing::HasSubstr;
using testing::Not;

class Report : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = testing::TempDir() + "/report_test_" +
              testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(folder_);
    make_folder(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) const {
    const std::string path = folder_ + "/" + name;
    make_folder(std::filesystem::path(path).parent_path().string());
    std::ofstream(path) << text;
  }
  void write_records(const std::vector<Record>& records) const {
    std::string lines;
    for (const Record& r : records) lines += to_json(r).dump() + "\n";
    write("records.jsonl", lines);
  }
  std::string page() const { return run_report(folder_).html; }

  std::string folder_;
};

Record in_cell(Record r) {
  r.cell = r.label;
  r.role = "forget";
  return r;
}

std::vector<Record> board() {
  std::vector<Record> records = small_board();
  for (Record& r : records) r.cell = r.label;
  return records;
}

// Items of greedy_extraction with ROUGE-L's recall in a cell's samples.
Record rouge(const std::string& method, double value) {
  Record r = in_cell(extraction(test_record(method), value));
  r.metric = "rouge_l";
  r.field = "recall";
  return r;
}

const char* const kForgot =
    R"({"id":"a","prompt":"Who?","output":"a dog ran","reference":"a cat sat","recall":0.25})"
    "\n"
    R"({"id":"b","prompt":"What?","output":"a cat sat","reference":"a cat sat","recall":0.75})"
    "\n";
const char* const kKnew =
    R"({"id":"a","prompt":"Who?","output":"a cat sat","reference":"a cat sat","recall":1})"
    "\n"
    R"({"id":"b","prompt":"What?","output":"a cat sat","reference":"a cat sat","recall":1})"
    "\n";

TEST_F(Report, OpensWithStatusGatesAndBestRows) {
  write_records(board());
  write("run.json", R"({"status":"complete","suite":{"suite":"quickstart"},
    "cells":[{"cell":"npo","label":"npo","status":"ok","message":""}]})");
  write("gate.json", R"({"verdict":"fail","rules":[{"rule":"em","metric":
    "exact_match","value":0.3,"ci95":[0.2,0.4],"threshold":0.1,"n":100,
    "verdict":"fail","reason":"0.3 is above 0.1"}]})");
  const std::string html = page();
  const size_t gates = html.find("✗ fail"), best = html.find("Best rows"),
               values = html.find("<h2 id=\"values-head\"");
  ASSERT_NE(gates, std::string::npos);
  EXPECT_LT(html.find("<dt>status</dt><dd>complete"), gates);
  EXPECT_LT(gates, best);
  EXPECT_LT(best, values);
  EXPECT_THAT(html, HasSubstr("0.3<span class=\"interval\">0.2 to 0.4</span>"));
  EXPECT_THAT(html, HasSubstr("0.3 is above 0.1"));
  EXPECT_THAT(html, HasSubstr("npo has the best"));
  EXPECT_THAT(html, Not(HasSubstr("retrain has the best")));
}

TEST_F(Report, SaysThatNoGateWasApplied) {
  write_records(board());
  EXPECT_THAT(page(), HasSubstr("Gates: none were applied."));
}

TEST_F(Report, AnUndecidedGateIsNoPass) {
  write_records(board());
  write("gate.json", R"({"verdict":"undecidable","rules":[]})");
  const std::string html = page();
  EXPECT_THAT(html, HasSubstr("verdict open\">? undecidable"));
  EXPECT_THAT(html, Not(HasSubstr("✓")));
}

TEST_F(Report, OfARunThatIsGoingSaysSo) {
  Journal journal(folder_ + "/journal.jsonl");
  write("run.json", R"({"status":"running"})");
  const std::string html = page();
  EXPECT_THAT(html, HasSubstr("not finished"));
  EXPECT_THAT(html, HasSubstr("No values yet."));
}

TEST_F(Report, RefusesAFolderThatIsNoRun) {
  EXPECT_THROW(run_report(folder_), Error);
  write_records(board());
  write("run.json", "[]");
  EXPECT_THROW(run_report(folder_), Error);
}

TEST_F(Report, LeavesOutPartsThatTheRunHasNothingFor) {
  write_records(board());
  const std::string html = page();
  for (const char* part : {"curves", "roc", "chances", "rouge", "relearning"}) {
    EXPECT_THAT(html, Not(HasSubstr(std::string("<section id=\"") + part)));
    EXPECT_THAT(html, Not(HasSubstr(std::string("href=\"#") + part)));
  }
}

TEST_F(Report, DrawsTrainingWithItsTermsAndSplits) {
  write_records(board());
  write(
      "curves/npo.jsonl",
      R"({"step":1,"loss":2,"terms":{"forget":3,"retain":1}})"
      "\n"
      R"({"step":2,"loss":null,"terms":{"forget":4,"retain":1},"eval":{"forget":3.5}})"
      "\n");
  const RunReport report = run_report(folder_);
  EXPECT_THAT(report.html, HasSubstr("<title>npo</title>"));
  EXPECT_THAT(report.html, HasSubstr("Forgetting: loss on forget"));
  EXPECT_THAT(report.html, HasSubstr("Terms of npo"));
  std::vector<std::string> names;
  for (const PlotFile& plot : report.plots) names.push_back(plot.name);
  EXPECT_THAT(names, testing::IsSupersetOf({std::string("scatter.svg"),
                                            std::string("loss-2.svg")}));
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(),
            names.size());
}

// Two of four texts have p_z = 1/2, one is never drawn, one surely: after n
// samples the mean is (2 (1 - 2^-n) + 0 + 1) / 4.
TEST_F(Report, ChancesAreThoseOfTheClosedForm) {
  Record r = in_cell(extraction(test_record("npo"), 0.5));
  r.probe = "discoverable_extraction";
  r.metric = "discoverable";
  r.field = "rate_n1";
  write_records({r});
  const double half = std::log(0.5);
  write("samples/npo/discoverable_extraction@forget.jsonl",
        fmt::format("{{\"id\":\"a\",\"log_pz\":{0:.17g}}}\n"
                    "{{\"id\":\"b\",\"log_pz\":{0:.17g}}}\n"
                    "{{\"id\":\"c\",\"log_pz\":null,\"pz\":0}}\n"
                    "{{\"id\":\"d\",\"log_pz\":0}}\n",
                    half));
  const std::string html = page();
  EXPECT_THAT(html, HasSubstr("<th scope=\"row\">1</th><td>0.5<"));
  EXPECT_THAT(html, HasSubstr("<th scope=\"row\">2</th><td>0.625<"));
  EXPECT_THAT(html, HasSubstr("<th scope=\"row\">1e+06</th><td>0.75<"));
}

// An item without log_pz and pz has no chance: nothing is dropped.
TEST_F(Report, AChanceThatIsMissingIsSaid) {
  Record r = in_cell(extraction(test_record("npo"), 0.5));
  r.probe = "discoverable_extraction";
  r.metric = "discoverable";
  write_records({r});
  write("samples/npo/discoverable_extraction@forget.jsonl",
        "{\"id\":\"a\",\"log_pz\":-1}\n{\"id\":\"b\",\"log_pz\":null}\n");
  const std::string html = page();
  EXPECT_THAT(html, Not(HasSubstr("<th scope=\"row\">1</th><td>0.")));
  EXPECT_THAT(html, HasSubstr("npo: 1 of 2"));
}

// One hit in four trials, drawn without replacement: n / 4.
TEST_F(Report, SampledChancesAreUnbiased) {
  Record r = in_cell(extraction(test_record("npo"), 0.25));
  r.probe = "sampling_extraction";
  r.metric = "sampled_hits";
  write_records({r});
  write("samples/npo/sampling_extraction@forget.jsonl",
        "{\"id\":\"a\",\"hits\":[0,1,0,0]}\n");
  const std::string html = page();
  EXPECT_THAT(html, HasSubstr("<th scope=\"row\">1</th><td>0.25"));
  EXPECT_THAT(html, HasSubstr("<th scope=\"row\">2</th><td>0.5"));
  EXPECT_THAT(html, HasSubstr("<th scope=\"row\">4</th><td>1"));
  EXPECT_THAT(html, Not(HasSubstr("<th scope=\"row\">5</th>")));
}

TEST_F(Report, SetsRougeBesideTheControl) {
  write_records({rouge("none", 1), rouge("retrain", 0.5), rouge("npo", 1)});
  write("samples/none/greedy_extraction@forget.jsonl", kKnew);
  write("samples/retrain/greedy_extraction@forget.jsonl", kForgot);
  write("samples/npo/greedy_extraction@forget.jsonl", kKnew);
  const std::string html = page();
  EXPECT_THAT(html, HasSubstr("retrain (control)"));
  EXPECT_THAT(html,
              HasSubstr("mean 1.000, median 1.000, n=2; control: mean 0.500, "
                        "median 0.500, n=2. Kolmogorov-Smirnov distance "
                        "1.000"));
  // Half of the control's items lie in each of two bins, all of npo's in the
  // last one.
  EXPECT_THAT(html, HasSubstr("0.25 to 0.3</th><td>0</td><td>0.5</td>"));
  EXPECT_THAT(html, HasSubstr("0.95 to 1</th><td>1</td><td>0</td>"));
}

TEST_F(Report, WithoutARetrainedRowTheControlIsTheHoldout) {
  Record holdout = rouge("npo", 0.5);
  holdout.split = holdout.role = "holdout";
  write_records({rouge("npo", 1), holdout});
  write("samples/npo/greedy_extraction@forget.jsonl", kKnew);
  write("samples/npo/greedy_extraction@holdout.jsonl", kForgot);
  EXPECT_THAT(page(), HasSubstr("on holdout (control)"));
}

TEST_F(Report, DrawsRelearningFromTheRowBeforeIt) {
  std::vector<Record> records = board();
  for (const auto& [steps, value] : {std::pair(50, 0.6), std::pair(10, 0.45)}) {
    Record r = in_cell(extraction(test_record("npo"), value));
    r.transform = Json::array({fmt::format("relearn:n=8,steps={}", steps)});
    r.cell += std::to_string(steps);
    records.push_back(r);
  }
  write_records(records);
  const std::string html = page();
  EXPECT_THAT(html, HasSubstr("<section id=\"relearning\""));
  EXPECT_THAT(html, HasSubstr("<th scope=\"row\">0</th><td>0.3<"));
  EXPECT_THAT(html, HasSubstr("<th scope=\"row\">10</th><td>0.45<"));
  EXPECT_THAT(html, HasSubstr("<th scope=\"row\">50</th><td>0.6<"));
}

TEST_F(Report, ShowsTheWorstSamplesFirstAndMarksTheDifference) {
  write_records({rouge("none", 1), rouge("npo", 0.5)});
  write("samples/none/greedy_extraction@forget.jsonl", kKnew);
  write("samples/npo/greedy_extraction@forget.jsonl", kForgot);
  const std::string html = page();
  const size_t part = html.find("<section id=\"samples\"");
  ASSERT_NE(part, std::string::npos);
  EXPECT_LT(html.find("<h4>b ", part), html.find("<h4>a ", part))
      << "low is wanted: 0.75 is worse than 0.25";
  EXPECT_THAT(html, HasSubstr("<dt>none</dt><dd>a <del>cat sat</del></dd>"));
  EXPECT_THAT(html, HasSubstr("<dt>npo</dt><dd>a <ins>dog ran</ins></dd>"));
  EXPECT_THAT(html, HasSubstr("<dt>prompt</dt><dd>Who?</dd>"));
}

TEST_F(Report, HoldsEverySettingAndHash) {
  write_records(board());
  write("run.json", R"({"status":"complete","threads":2,"data_hashes":
    {"forget":"d1d1"},"suite":{"suite":"s","methods":[
    {"name":"npo","set":{"lr":0.5,"beta":1}},
    {"name":"rmu","set":{"lr":0.5,"beta":2}}]}})");
  const std::string html = page();
  EXPECT_THAT(html, HasSubstr("data_<wbr>hashes.forget"));
  EXPECT_THAT(html, HasSubstr("d1d1"));
  EXPECT_THAT(html, HasSubstr("methods: the same for all 2"));
  const size_t shared = html.find("set.lr");
  EXPECT_NE(shared, std::string::npos);
  EXPECT_EQ(html.find("set.lr", shared + 1), std::string::npos) << "said once";
  EXPECT_THAT(html, HasSubstr("methods: rmu"));
}

TEST_F(Report, TextsAreTextAndNeverMarkup) {
  const std::string evil = "<script>\x1b[2J</script>\"><img onerror=x>";
  std::vector<Record> records = {rouge("none", 1), rouge("npo", 0.5)};
  for (Record& r : records) r.label = r.suite = r.message = evil;
  write_records(records);
  const std::string quoted = Json(evil).dump();
  const std::string row = "{\"id\":" + quoted + ",\"prompt\":" + quoted +
                          ",\"output\":" + quoted + ",\"reference\":" + quoted +
                          ",\"recall\":";
  write("samples/none/greedy_extraction@forget.jsonl", row + "1}\n");
  write("samples/npo/greedy_extraction@forget.jsonl", row + "0.5}\n");
  write("run.json", R"({"status":)" + quoted + R"(,"cells":[{"label":)" +
                        quoted + R"(,"status":"failed","message":)" + quoted +
                        R"(}],"suite":{)" + quoted + ":" + quoted + "}}");
  write("gate.json", R"({"verdict":)" + quoted + R"(,"rules":[{"rule":)" +
                         quoted + R"(,"verdict":)" + quoted + R"(,"value":)" +
                         quoted + R"(,"reason":)" + quoted + "}]}");
  write("curves/npo.jsonl", R"({"step":1,"loss":1,"terms":{)" + quoted +
                                R"(:1},"eval":{)" + quoted + ":1}}\n");
  const RunReport report = run_report(folder_);
  std::vector<std::string> texts = {report.html};
  for (const PlotFile& plot : report.plots) texts.push_back(plot.svg);
  for (const std::string& text : texts) {
    EXPECT_THAT(text, Not(HasSubstr("<script")));
    EXPECT_THAT(text, Not(HasSubstr("<img")));
    EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  }
  EXPECT_THAT(report.html, HasSubstr("&lt;script&gt;"));
  EXPECT_GE(report.plots.size(), 4u);
}

// Odd shapes of files that others may have written end in no crash.
TEST_F(Report, ForeignShapesAreLeftOut) {
  write_records(board());
  write("run.json", R"({"suite":3,"cells":{"a":1},"status":7,"versions":[]})");
  write("gate.json", R"([1,{"rules":7}])");
  EXPECT_THAT(page(), HasSubstr("? no verdict"));
}

}  // namespace
}  // namespace lethe
