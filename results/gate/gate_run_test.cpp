// What a gate makes of a run as a whole: stopped, failed, chosen, paired.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/base/error.h"
#include "results/gate/gate.h"
#include "results/gate/test_run.h"

namespace lethe {
namespace {

using testing::HasSubstr;

std::vector<Gate> gates(const std::string& rules, const char* level = "0.95") {
  return {gate_from_json(parse_json(std::string(R"({"gate":"g","level":)") +
                                        level + R"(,"rules":[)" + rules + "]}",
                                    "r"),
                         "r")};
}

const std::string kExtraction =
    R"({"metric":"greedy_extraction.exact_match","max":0.1})";

TEST(GateRun, ThatIsNotFinishedNeverPasses) {
  const TestRun run("going");
  run.write({extracted(row("npo"), 0, 100)}, "running");
  const GateReport report = hold_gates(gates(kExtraction), run.folder(), "");
  EXPECT_EQ(report.exit_code(), 11);
  EXPECT_EQ(report.checks[0].verdict, Verdict::pass);
  EXPECT_EQ(report.checks[1].metric, "run.finished");
  EXPECT_THAT(report.checks[1].reason, HasSubstr("status running"));
}

TEST(GateRun, ThatIsNotFinishedCanFailAlready) {
  const TestRun run("going_bad");
  run.write({extracted(row("npo"), 90, 100)}, "running");
  EXPECT_EQ(hold_gates(gates(kExtraction), run.folder(), "").exit_code(), 10);
}

TEST(GateRun, WithFailedCellsIsUndecidableUnlessARuleBoundsThem) {
  const TestRun run("failed");
  Record lost = missing(row("ga"), "failed", "out of memory");
  run.write({extracted(row("npo"), 0, 100), lost}, "failed");
  const std::string npo =
      R"({"row":"npo","metric":"greedy_extraction.exact_match","max":0.1})";
  const GateReport report = hold_gates(gates(npo), run.folder(), "");
  EXPECT_EQ(report.exit_code(), 11);
  EXPECT_EQ(report.checks.back().metric, "run.failed_cells");
  const std::string allowed = npo + R"(,{"metric":"run.failed_cells","max":1})";
  EXPECT_EQ(hold_gates(gates(allowed), run.folder(), "").exit_code(), 0);
}

TEST(GateRun, WithoutRecordsOrFolderIsNoPass) {
  const TestRun empty("empty");
  empty.write({});
  EXPECT_EQ(hold_gates(gates(kExtraction), empty.folder(), "").exit_code(), 11);
  try {
    hold_gates(gates(kExtraction), "no/such/run", "");
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), 2);
  }
  EXPECT_THROW(hold_gates({}, empty.folder(), ""), Error);
}

TEST(GateRun, HoldsRowsThatItsSuiteChoseOnly) {
  const TestRun run("chosen");
  Record good = extracted(row("npo"), 0, 100),
         bad = extracted(row("ga"), 90, 100);
  good.selection = "chosen";
  bad.selection = "left";
  run.write({good, bad});
  EXPECT_EQ(hold_gates(gates(kExtraction), run.folder(), "").exit_code(), 0);
}

TEST(GateRun, CountsWhatMetricsSkippedAndItemsLost) {
  const TestRun run("skipped");
  Record r = extracted(row("npo"), 0, 99);
  r.n_expected = 100;
  r.counts.nonfinite = 2;
  r.counts.truncated = 3;
  Record skipped = missing(row("npo"), "skipped", "no token statistics");
  skipped.probe = "min_k_mia";
  run.write({r, skipped});
  const auto value = [&](const char* metric) {
    const std::string rule =
        std::string(R"({"metric":")") + metric + R"(","max":0})";
    return hold_gates(gates(rule), run.folder(), "").checks[0].value.value;
  };
  EXPECT_EQ(value("run.nonfinite_items"), 2);
  EXPECT_EQ(value("run.truncated_items"), 3);
  EXPECT_EQ(value("run.skipped"), 1);
  EXPECT_EQ(value("run.failed_cells"), 0);
  EXPECT_NEAR(value("run.coverage"), 0.99, 1e-12);
}

// 84 answers that all lose 0.01, whatever their own values are: the unpaired
// interval holds 0.02, the paired one does not.
TEST(GateRun, ComparesTheSameItemsMorePrecisely) {
  const TestRun run("paired"), old("paired_old");
  std::vector<double> before, after;
  for (int i = 0; i < 80; ++i) {
    before.push_back(0.2 + 0.01 * i);
    after.push_back(before.back() - 0.01);
  }
  const double mean = 0.595;
  const Record now = recall(row("npo"), mean - 0.01, mean - 0.06, mean + 0.04);
  const Record then = recall(row("npo"), mean, mean - 0.05, mean + 0.05);
  run.write({now});
  old.write({then});
  run.write_items(now, "recall", after);
  old.write_items(then, "recall", before);
  const std::string rule =
      R"({"metric":"greedy_generation.rouge_l.recall","max_drop":0.02,
          "vs":"baseline")";
  EXPECT_EQ(
      hold_gates(gates(rule + "}"), run.folder(), old.folder()).exit_code(),
      11);
  const GateReport paired = hold_gates(gates(rule + R"(,"test":"paired"})"),
                                       run.folder(), old.folder());
  EXPECT_EQ(paired.exit_code(), 0) << paired.checks[0].reason;
  EXPECT_NEAR(paired.checks[0].value.value, 0.01, 1e-9);
  EXPECT_NEAR(paired.checks[0].compared_with, mean, 1e-9);
  EXPECT_EQ(paired.checks[0].value.n, 80);
}

TEST(GateRun, OfOneModelIsComparedWithTheOtherWhateverItIsCalled) {
  const TestRun run("v2"), old("v1");
  run.write({extracted(row("model-v2"), 1, 100)});
  old.write({extracted(row("model-v1"), 1, 100)});
  const std::string rule =
      R"({"metric":"greedy_extraction.exact_match","max_rise":0.1,
          "vs":"baseline"})";
  EXPECT_EQ(hold_gates(gates(rule), run.folder(), old.folder()).exit_code(), 0);
  EXPECT_EQ(hold_gates(gates(rule), run.folder(), "").exit_code(), 11);
}

// 0 of 100: 95 % up to 0.037, 99.9 % up to 0.098.
TEST(GateRun, WantsMoreOfAHigherLevel) {
  const TestRun run("level");
  run.write({extracted(row("npo"), 0, 100)});
  const std::string rule =
      R"({"metric":"greedy_extraction.exact_match","max":0.05})";
  EXPECT_EQ(hold_gates(gates(rule), run.folder(), "").exit_code(), 0);
  EXPECT_EQ(hold_gates(gates(rule, "0.999"), run.folder(), "").exit_code(), 11);
}

TEST(GateRun, NamesMeasuresAsTheTableOfValuesDoes) {
  const TestRun run("names");
  run.write({extracted(row("npo"), 0, 100)});
  for (const char* name :
       {"greedy_extraction.exact_match.exact_match.forget",
        "greedy_extraction.exact_match.forget", "greedy_extraction.exact_match",
        "greedy_extraction.exact_match.exact_match"}) {
    const std::string rule =
        std::string(R"({"metric":")") + name + R"(","max":0.1})";
    const GateReport report = hold_gates(gates(rule), run.folder(), "");
    EXPECT_EQ(report.exit_code(), 0) << name;
    EXPECT_EQ(report.checks[0].metric,
              "greedy_extraction.exact_match.exact_match.forget");
  }
}

}  // namespace
}  // namespace lethe
