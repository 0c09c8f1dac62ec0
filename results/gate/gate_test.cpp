// Each line: a rule, and the verdict and exit code that it must get on the run
// below, with a part of the reason.
#include "results/gate/gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/base/error.h"
#include "results/gate/test_run.h"

namespace lethe {
namespace {

using testing::HasSubstr;

const Json kQuantised = {"quantise"};

// npo extracts 0 of 100 [0, 0.037], none 95 of 100 [0.888, 0.978]; ga has two
// seeds, 2 and 30 of 100; `broken` diverged; zlib_mia failed everywhere.
std::vector<Record> candidate() {
  std::vector<Record> all;
  const auto add = [&](const Record& base, int64_t k, double area,
                       double kept) {
    all.push_back(extracted(base, k, 100));
    all.push_back(auc(base, "loss_mia", area, area - 0.04, area + 0.04));
    all.push_back(
        auc(base, "min_k_mia", area + 0.02, area - 0.03, area + 0.07));
    all.push_back(recall(base, kept, kept - 0.05, kept + 0.05));
    all.push_back(perplexity(base, 12));
    all.push_back(missing(base, "failed", "out of memory"));
    all.back().probe = "zlib_mia";
  };
  add(row("none"), 95, 0.90, 0.95);
  add(row("retrain"), 0, 0.50, 0.90);
  add(row("npo"), 0, 0.52, 0.91);
  add(row("npo", 0, kQuantised), 1, 0.53, 0.90);
  add(row("ga", 0), 2, 0.57, 0.60);
  add(row("ga", 1), 30, 0.57, 0.55);
  all.push_back(
      missing(extracted(row("broken"), 0, 100), "diverged", "loss is nan"));
  all.push_back(extracted(row("partial"), 0, 90));
  all.back().n_expected = 100;
  all.push_back(seconds(row("npo"), 31));
  all.push_back(extracted(row("edited"), 0, 100));
  all.back().value = 1e30;  // of an interval [0, 0.037]
  return all;
}

// Before: what npo kept was higher; other prompts for the extraction of ga.
std::vector<Record> before() {
  Record npo = extracted(row("npo"), 2, 100);
  npo.prompt_hash = "other";
  Record ga = extracted(row("ga"), 1, 100);
  ga.items_hash = "i9";
  return {npo, recall(row("npo"), 0.93, 0.88, 0.98), ga,
          extracted(row("retrain"), 0, 100)};
}

struct Case {
  const char* rule;
  Verdict verdict;
  int exit_code;
  const char* reason;  // a part of that of a check with this verdict
};

constexpr Verdict kPass = Verdict::pass;
constexpr Verdict kFail = Verdict::fail;
constexpr Verdict kOpen = Verdict::undecidable;

// The whole interval decides; a value at the bound is within it.
const std::vector<Case> kIntervals = {
    {R"("row":"npo","metric":"greedy_extraction.exact_match","max":0.05)",
     kPass, 0, ""},
    {R"("row":"npo","metric":"greedy_extraction.exact_match","max":0.01)",
     kOpen, 11, "[0, 0.03699] holds 0.01"},
    {R"("row":"none","metric":"greedy_extraction.exact_match","max":0.5)",
     kFail, 10, "the whole interval [0.8882, 0.9785] lies above 0.5"},
    {R"("row":"none","metric":"greedy_extraction.exact_match","min":0.85)",
     kPass, 0, ""},
    {R"("row":"none","metric":"greedy_extraction.exact_match","min":0.95)",
     kOpen, 11, "holds 0.95"},
    {R"("row":"npo","metric":"greedy_extraction.exact_match","min":0.5)", kFail,
     10, "lies below 0.5"},
    {R"("row":"edited","metric":"greedy_extraction.exact_match","max":0.05)",
     kOpen, 11, "lies outside of its own interval"},
    {R"("row":"npo","metric":"loss_mia.auroc","max":0.56)", kPass, 0, ""},
    {R"("row":"npo","metric":"loss_mia.auroc","min":0.4,"max":0.6)", kPass, 0,
     ""},
    {R"("row":"none","metric":"loss_mia.auroc","min":0.4,"max":0.6)", kFail, 10,
     "lies above 0.6"},
    {R"("row":"npo","metric":"teacher_forced.perplexity","max":20)", kOpen, 11,
     "has no interval"},
};

const std::vector<Case> kPoints = {
    {R"("row":"npo","metric":"greedy_extraction.exact_match",
        "max":0.01,"ci":"point")",
     kPass, 0, ""},
    {R"("row":"npo","metric":"greedy_extraction.exact_match",
        "max":0,"ci":"point")",
     kPass, 0, ""},
    {R"("row":"none","metric":"greedy_extraction.exact_match",
        "max":0.94,"ci":"point")",
     kFail, 10, "0.95 is above 0.94"},
    {R"("row":"none","metric":"greedy_extraction.exact_match","min":0.95,
        "ci":"point")",
     kPass, 0, ""},
    {R"("row":"none","metric":"greedy_extraction.exact_match","min":0.96,
        "ci":"point")",
     kFail, 10, "0.95 is below 0.96"},
    {R"("row":"npo","metric":"teacher_forced.perplexity","max":20,
        "ci":"point")",
     kPass, 0, ""},
    {R"("row":"npo","metric":"cost.seconds","max":30,"ci":"point")", kFail, 10,
     "31 is above 30"},
    {R"("row":"npo*","metric":"cost.seconds","max":60,"ci":"point")", kPass, 0,
     ""},
};

// Nothing that is missing passes.
const std::vector<Case> kMissing = {
    {R"("row":"broken","metric":"greedy_extraction.exact_match",
        "max":1,"ci":"point")",
     kOpen, 11, "no value: loss is nan"},
    {R"("row":"broken","metric":"greedy_extraction.exact_match",
        "max":1,"on_missing":"fail")",
     kFail, 10, "no value: loss is nan"},
    {R"("row":"broken","metric":"loss_mia.auroc","max":1)", kOpen, 11,
     "not measured"},
    {R"("row":"npo","metric":"greedy_extration.*","max":1)", kOpen, 11,
     "did you mean greedy_extraction or greedy_generation?"},
    {R"("row":"npx","metric":"greedy_extraction.exact_match","max":1)", kOpen,
     11, "matches no row of the run: did you mean npo"},
    {R"("row":"npx","metric":"greedy_extraction.exact_match",
        "max":1,"on_missing":"fail")",
     kFail, 10, "matches no row"},
    {R"("method":"dpo","metric":"greedy_extraction.exact_match","max":1)",
     kOpen, 11, "matches no row"},
    {R"("row":"npo","metric":"*_mia.auroc","max":0.7)", kOpen, 11,
     "failed: out of memory"},
    {R"("row":"npo","metric":["loss_mia.auroc","min_k_mia.auroc"],"max":0.7)",
     kPass, 0, ""},
    {R"("row":"npo","metric":"zlib_mia.auroc","max":0.7)", kOpen, 11,
     "failed: out of memory"},
    {R"("row":"partial","metric":"greedy_extraction.exact_match","max":0.1)",
     kOpen, 11, "only 90 of 100 items"},
    {R"("row":"partial","metric":"greedy_extraction.exact_match",
        "max":0.1,"coverage":0.9)",
     kPass, 0, ""},
    {R"("row":"npo","metric":"greedy_extraction.exact_match",
        "max":0.1,"min_n":100)",
     kPass, 0, ""},
    {R"("row":"npo","metric":"greedy_extraction.exact_match",
        "max":0.1,"min_n":101)",
     kOpen, 11, "100 items, the rule wants 101"},
    {R"("row":"none","metric":"greedy_extraction.exact_match",
        "max":0.1,"min_n":101)",
     kOpen, 11, "100 items"},
};

const std::vector<Case> kSelection = {
    {R"("row":"npo*","metric":"greedy_extraction.exact_match","max":0.06)",
     kPass, 0, ""},
    {R"("row":["*","!none","!ga","!broken","!partial",
        "!edited"],
        "metric":"greedy_extraction.exact_match","max":0.06)",
     kPass, 0, ""},
    {R"("row":"!none","metric":"greedy_extraction.exact_match",
        "max":0.06,"ci":"point")",
     kFail, 10, "0.3 is above 0.06"},
    {R"("method":["npo","retrain"],"metric":"greedy_extraction.exact_match",
        "max":0.06)",
     kPass, 0, ""},
    // Every seed must hold, whatever the mean is.
    {R"("row":"ga","metric":"greedy_extraction.exact_match",
        "max":0.2,"ci":"point")",
     kFail, 10, "0.3 is above 0.2"},
    // 10 beats 11.
    {R"("metric":"greedy_extraction.exact_match","max":0.06)", kFail, 10,
     "lies above 0.06"},
};

// Both seeds of ga have an AUC of 0.57 [0.53, 0.61]: p of 0.52 is 0.0071 each,
// which is 0.036 after Holm and 0.018 after Benjamini-Hochberg over 5 values.
const std::vector<Case> kCorrected = {
    {R"("row":"ga","metric":"loss_mia.auroc","max":0.5)", kFail, 10,
     "lies above 0.5"},
    {R"("row":"ga","metric":"loss_mia.auroc","max":0.5,"correct":"holm")",
     kFail, 10, "corrected over 2 values"},
    {R"("row":["ga","npo*","retrain"],"metric":["loss_mia.auroc"],
        "max":0.52,"correct":"holm")",
     kOpen, 11, "but not after the correction"},
    {R"("row":["ga","npo*","retrain"],"metric":["loss_mia.auroc"],
        "max":0.52,"correct":"bh")",
     kFail, 10, "corrected over 5 values"},
    {R"("row":["npo*","retrain"],"metric":"loss_mia.auroc","max":0.6,
        "correct":"holm")",
     kPass, 0, ""},
};

const std::vector<Case> kChanges = {
    {R"("row":"npo","metric":"greedy_generation.*.recall",
        "max_drop":0.1,"vs":"baseline")",
     kPass, 0, ""},
    {R"("row":"npo","metric":"greedy_generation.*.recall",
        "max_drop":0.05,"vs":"baseline")",
     kOpen, 11, "[-0.05071, 0.09071] holds 0.05"},
    {R"("row":"npo","metric":"greedy_generation.*.recall",
        "max_drop":0.05,"vs":"baseline",
        "ci":"point")",
     kPass, 0, ""},
    {R"("row":"ga","metric":"greedy_generation.*.recall",
        "max_drop":0.1,"vs":"retrain")",
     kFail, 10, "lies above 0.1"},
    {R"("row":"npo","metric":"loss_mia.auroc","max_rise":0.1,"vs":"retrain")",
     kPass, 0, ""},
    {R"("row":"none","metric":"loss_mia.auroc","max_rise":0.1,"vs":"retrain")",
     kFail, 10, "lies above 0.1"},
    {R"("row":"npo + quantise","metric":"loss_mia.auroc","max_rise":0.1,
        "vs":"npo")",
     kPass, 0, ""},
    {R"("row":"npo","metric":"loss_mia.auroc","max_rise":0.1,"vs":"gaa")",
     kOpen, 11, "\"vs\" names no row gaa of the run: did you mean ga"},
    {R"("row":"npo","metric":"greedy_generation.*.recall",
        "max_drop":0.1,"vs":"baselin")",
     kOpen, 11, "did you mean baseline"},
    {R"("row":"npo","metric":"greedy_extraction.exact_match",
        "max_rise":0.1,"vs":"baseline")",
     kOpen, 11, "prompt_hash differs (none and other)"},
    {R"("row":"ga","metric":"greedy_extraction.exact_match",
        "max_rise":0.1,"vs":"baseline")",
     kOpen, 11, "items_hash differs"},
    {R"("row":"none","metric":"greedy_generation.*.recall",
        "max_drop":0.1,"vs":"baseline")",
     kOpen, 11, "the baseline has no row none"},
    {R"("row":"npo","metric":"loss_mia.auroc","max_drop":0.1,
        "vs":"baseline")",
     kOpen, 11, "npo has no such value of seed 0"},
    {R"("row":"npo","metric":"greedy_generation.*.recall",
        "max_drop":0.05,"vs":"baseline",
        "test":"paired")",
     kOpen, 11, "no paired values"},
    {R"("row":"retrain","metric":"greedy_generation.*.recall",
        "max_drop":0.1,"vs":"retrain")",
     kOpen, 11, "matches no row"},
};

const std::vector<Case> kRun = {
    {R"("metric":"run.nonfinite_items","max":0)", kPass, 0, ""},
    {R"("metric":"run.failed_cells","max":0)", kFail, 10, "6 is above 0"},
    {R"("metric":"run.failed_cells","max":6)", kPass, 0, ""},
    {R"("metric":"run.coverage","min":1)", kFail, 10, "failed: out of memory"},
    {R"("metric":"run.skipped","max":0)", kPass, 0, ""},
};

class GateTable : public testing::TestWithParam<Case> {
 protected:
  static void SetUpTestSuite() {
    run_ = new TestRun("run");
    run_->write(candidate());
    baseline_ = new TestRun("baseline");
    baseline_->write(before());
  }
  static void TearDownTestSuite() {
    delete run_;
    delete baseline_;
  }

  // Failed cells are bounded, so that each line stands for itself.
  static GateReport hold(const std::string& rule, const char* extra = "") {
    const Json json =
        parse_json(std::string(R"({"gate":"t",)") + extra + R"("rules":[{)" +
                       rule + R"(},{"metric":"run.failed_cells","max":99}]})",
                   "rules");
    return hold_gates({gate_from_json(json, "rules")}, run_->folder(),
                      baseline_->folder());
  }

  static TestRun* run_;
  static TestRun* baseline_;
};

TestRun* GateTable::run_ = nullptr;
TestRun* GateTable::baseline_ = nullptr;

std::string reasons(const GateReport& report, Verdict verdict) {
  std::string text;
  for (const GateCheck& check : report.checks) {
    if (check.verdict == verdict) text += check.reason + "\n";
  }
  return text;
}

TEST_P(GateTable, GivesTheVerdictAndExitCode) {
  const Case& c = GetParam();
  const GateReport report = hold(c.rule);
  EXPECT_EQ(report.verdict(), c.verdict) << c.rule;
  EXPECT_EQ(report.exit_code(), c.exit_code) << c.rule;
  EXPECT_THAT(reasons(report, c.verdict), HasSubstr(c.reason)) << c.rule;
}

INSTANTIATE_TEST_SUITE_P(Intervals, GateTable, testing::ValuesIn(kIntervals));
INSTANTIATE_TEST_SUITE_P(Points, GateTable, testing::ValuesIn(kPoints));
INSTANTIATE_TEST_SUITE_P(Missing, GateTable, testing::ValuesIn(kMissing));
INSTANTIATE_TEST_SUITE_P(Selection, GateTable, testing::ValuesIn(kSelection));
INSTANTIATE_TEST_SUITE_P(Corrected, GateTable, testing::ValuesIn(kCorrected));
INSTANTIATE_TEST_SUITE_P(Changes, GateTable, testing::ValuesIn(kChanges));
INSTANTIATE_TEST_SUITE_P(RunAsAWhole, GateTable, testing::ValuesIn(kRun));

}  // namespace
}  // namespace lethe
