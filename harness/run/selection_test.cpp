// Which rows a rule chooses, on records made by hand and from end to end, with
// what the run keeps of every row.
#include "harness/run/selection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/run/run_testing.h"
#include "results/leaderboard.h"

namespace lethe {
namespace {

using testing::ElementsAre;

// Three rows of gradient_ascent and one of none; forgetting and utility are
// measured on validation splits of their own.
Json choosing_json() {
  return Json::parse(R"({
    "suite": "choosing",
    "model": {"path": "model"},
    "data": {
      "forget": {"file": "forget.jsonl", "role": "forget"},
      "retain": {"file": "holdout.jsonl", "role": "retain"},
      "forget_check": {"file": "check.jsonl", "role": "forget",
                       "validation": true, "limit": 2},
      "retain_check": {"file": "check.jsonl", "role": "retain",
                       "validation": true, "skip": 2}},
    "methods": [{"name": "none"},
                {"name": "gradient_ascent",
                 "set": {"steps": 2, "batch": 2, "eval_every": 1,
                         "lr": [0.001, 0.01, 0.05]}}],
    "attacks": [
      {"name": "teacher_forced",
       "on": "forget"},
      {"name": "teacher_forced", "on": "forget_check"},
      {"name": "teacher_forced", "on": "retain_check"}],
    "metrics": [{"name": "perplexity", "field": "loss",
                 "from": "teacher_forced"}],
    "selection": {
      "maximise": {"metric": "perplexity", "field": "loss",
                   "on": "forget_check"},
      "subject_to": [{"metric": "perplexity", "field": "loss",
                      "on": "retain_check", "max": 5}]}})");
}

void expect_refused(const std::string& path, const Json& value,
                    const std::vector<std::string>& words) {
  Json json = choosing_json();
  json[Json::json_pointer(path)] = value;
  SCOPED_TRACE(path + " = " + value.dump());
  expect_error(2, words, [&] { settled_selection(lay_out(suite_of(json))); });
}

TEST(Selection, MistakesAreRefusedByName) {
  const Json loss = {{"metric", "perplexity"}, {"field", "loss"}};
  Json term = loss;
  expect_refused("/selection/minimise", term, {"maximise", "minimise"});
  expect_refused("/selection/by", "seed", {"by", "seed", "method"});
  expect_refused("/selection/subject_to/0/on", "forget",
                 {"forget", "validation"});
  expect_refused("/selection/subject_to/0/on", "retain_chek",
                 {"retain_chek", "retain_check"});
  expect_refused("/selection/subject_to/0/max", "much", {"max"});
  expect_refused("/selection/subject_to/0/min", 6, {"min 6", "max 5"});
  expect_refused("/selection/maximise/metric", "rouge_l",
                 {"rouge_l", "forget_check", "not measured"});
  expect_refused("/selection/maximise/field", "los", {"los"});
  term["on"] = "retain_check";
  expect_refused("/selection/subject_to/0", term, {"min", "max"});
  expect_refused("/attacks/0/on", {"forget", "forget_check"},
                 {"forget_check", "validation"});
}

TEST(Selection, ValidationSplitsAreTrainedOnOnlyWhenSaidSo) {
  Json json = choosing_json();
  EXPECT_FALSE(suite_of(json).split("forget_check").train);
  json["data"]["forget_check"]["train"] = true;
  EXPECT_TRUE(suite_of(json).split("forget_check").train);
  EXPECT_EQ(resolved(suite_of(json))["data"]["forget_check"]["validation"],
            true);
  EXPECT_FALSE(resolved(suite_of(json))["data"]["forget"].contains("where"));
}

TEST(Selection, ResolvedFormReadsBack) {
  const Json all = resolved(suite_of(choosing_json()));
  Json again = choosing_json();
  again["selection"] = all["selection"];
  EXPECT_EQ(resolved(suite_of(again)), all);
}

// A loss on a validation split of one row and seed.
Record loss(const std::string& label, int64_t seed, const std::string& split,
            double value) {
  Record r;
  r.label = label;
  r.method = label.substr(0, label.find(':'));
  r.seed = seed;
  r.probe = "teacher_forced";
  r.metric = "perplexity";
  r.field = "loss";
  r.split = split;
  r.validation = true;
  r.value = value;
  r.n = 8;
  return r;
}

// The suite's four rows with these losses on forget_check and retain_check,
// those of the second seed 0.2 above.
std::vector<Record> records_of(
    const std::vector<std::pair<double, double>>& losses) {
  static const std::vector<std::string> kLabels = {
      "none", "gradient_ascent:lr=0.001", "gradient_ascent:lr=0.01",
      "gradient_ascent:lr=0.05"};
  std::vector<Record> records;
  for (size_t i = 0; i < losses.size(); ++i) {
    for (const int64_t seed : {0, 1}) {
      const double more = 0.2 * static_cast<double>(seed);
      records.push_back(
          loss(kLabels[i], seed, "forget_check", losses[i].first + more));
      records.push_back(
          loss(kLabels[i], seed, "retain_check", losses[i].second + more));
    }
  }
  return records;
}

class Choosing : public testing::Test {
 protected:
  OrderedJson choose(std::vector<Record>& records) const {
    Json json = choosing_json();
    json["seeds"] = {0, 1};
    const Suite suite = lay_out(suite_of(json));
    return choose_rows(suite, expand(suite), records);
  }
};

TEST_F(Choosing, TakesTheBestRowThatMeetsTheConditions) {
  std::vector<Record> records = records_of({{3, 3}, {4, 3}, {5, 4.88}, {9, 6}});
  const OrderedJson json = choose(records);
  EXPECT_EQ(json["rule"],
            "of each method the row with the highest perplexity.loss of "
            "teacher_forced on forget_check among those with perplexity.loss "
            "of teacher_forced on retain_check at most 5");
  const auto& ascent = json["choices"][1];
  EXPECT_EQ(ascent["of"], "gradient_ascent");
  EXPECT_EQ(ascent["chosen"], "gradient_ascent:lr=0.01")
      << "one seed alone is above the bound, the mean is not";
  EXPECT_DOUBLE_EQ(ascent["candidates"][1]["value"], 5.1);
  EXPECT_DOUBLE_EQ(ascent["candidates"][2]["conditions"][0]["value"], 6.1);
  EXPECT_EQ(ascent["candidates"][2]["meets"], false);
  EXPECT_EQ(ascent["candidates"][0]["n"], 8);
  for (const Record& r : records) {
    const bool left = r.label == "gradient_ascent:lr=0.001" ||
                      r.label == "gradient_ascent:lr=0.05";
    EXPECT_EQ(r.selection, left ? "left" : "chosen") << r.label;
  }
}

TEST_F(Choosing, NoneOfAGridMayMeetThemButAnOnlyRowAlwaysStands) {
  std::vector<Record> records = records_of({{3, 7}, {4, 7}, {5, 7}, {9, 7}});
  const OrderedJson json = choose(records);
  EXPECT_EQ(json["choices"][0]["chosen"], "none");
  EXPECT_EQ(json["choices"][0]["candidates"][0]["meets"], false);
  EXPECT_TRUE(json["choices"][1]["chosen"].is_null());
  EXPECT_EQ(records.front().selection, "chosen");
  EXPECT_EQ(records.back().selection, "left");
}

TEST_F(Choosing, ARowWithoutAValueOfEverySeedIsNotChosen) {
  std::vector<Record> records = records_of({{3, 3}, {4, 3}, {5, 3}, {9, 3}});
  records.pop_back();
  const OrderedJson json = choose(records);
  EXPECT_EQ(json["choices"][1]["chosen"], "gradient_ascent:lr=0.01");
  EXPECT_THAT(json["choices"][1]["candidates"][2]["reason"].get<std::string>(),
              testing::HasSubstr("seed 1: not measured"));
}

class ChoosingRun : public SuiteRun {
 protected:
  ChoosingRun() { write("check.jsonl", rows("check", 5)); }
};

TEST_F(ChoosingRun, ValidationRowsStandInNoOtherSplit) {
  Json json = choosing_json();
  json["data"]["retain_check"]["skip"] = 0;
  json["data"]["retain_check"].erase("validation");
  json["selection"].erase("subject_to");
  expect_error(2, {"forget_check", "retain_check", "check.jsonl:1"},
               [&] { run(json); });
}

TEST_F(ChoosingRun, KeepsCurvesMarksRowsAndShowsTheChosen) {
  Json json = choosing_json();
  json["selection"].erase("subject_to");
  const RunSummary summary = run(json);
  EXPECT_EQ(summary.failed, 0);
  const Json made = read_json(out() + "/run.json");
  const std::string chosen = made["selection"]["choices"][1]["chosen"];
  double best = 0, best_of_chosen = 0;
  std::string cell;
  for (const Record& r : summary.records) {
    EXPECT_EQ(r.validation, r.split.find("check") != std::string::npos);
    if (r.label == chosen) cell = r.cell;
    if (r.split != "forget_check" || r.method == "none") continue;
    best = std::max(best, r.value);
    if (r.label == chosen) best_of_chosen = r.value;
  }
  EXPECT_EQ(best_of_chosen, best);

  const auto curve = read_lines(out() + "/curves/" + cell + ".jsonl");
  ASSERT_EQ(curve.size(), 2u) << "a row a step";
  const Json last = Json::parse(curve.back());
  EXPECT_EQ(last["step"], 2);
  EXPECT_GT(last["tokens"], Json::parse(curve.front())["tokens"]);
  EXPECT_NEAR(last["eval"]["forget_check"].get<double>(), best, 1e-4);
  EXPECT_TRUE(last["eval"].contains("retain_check"));

  const Json table = Json::parse(leaderboard({out()}, "json"));
  EXPECT_EQ(table["rows"].size(), 2u);
  EXPECT_EQ(table["rows"][1]["label"], chosen);
  for (const Json& column : table["columns"]) {
    EXPECT_EQ(column["split"].get<std::string>().find("check"),
              std::string::npos);
  }
  EXPECT_THAT(table["remarks"][0].get<std::string>(),
              testing::HasSubstr("highest perplexity.loss"));
  EXPECT_EQ(
      Json::parse(leaderboard({out()}, "json", ::lethe::Rows::all))["rows"]
          .size(),
      4u);
  EXPECT_EQ(lines(run(json), true), lines(summary, true)) << "resumed";
}

TEST_F(ChoosingRun, ModelsThatAreNotARowsOwnAreFlagged) {
  Json json = choosing_json();
  json.erase("selection");
  json["methods"] = Json::parse(R"([
      {"name": "gradient_ascent", "set": {"steps": 1, "lr": 0}},
      {"name": "gradient_ascent", "label": "a", "set": {"steps": 1, "lr": 0.1}},
      {"name": "gradient_ascent", "label": "b",
       "set": {"steps": 1, "lr": 0.1}}])");
  const RunSummary summary = run(json);
  const Json cells = read_json(out() + "/run.json")["cells"];
  EXPECT_EQ(cells[0]["flags"], Json::array({"unchanged"}));
  EXPECT_FALSE(cells[1].contains("flags"));
  EXPECT_EQ(cells[2]["flags"], Json::array({"duplicate"}));
  std::vector<std::string> messages;
  for (const Record& r : summary.records) {
    if (r.metric == "cost" && r.field == "seconds")
      messages.push_back(r.message);
  }
  EXPECT_THAT(messages,
              ElementsAre("unchanged: the weights are those that the run "
                          "started from",
                          "", "duplicate: the weights are those of a"));
}

TEST_F(ChoosingRun, SplitsTakeRowsByTheirFieldsAndPlaces) {
  write("mixed.jsonl", R"({"id": "a", "ids": [11, 12], "member": true}
{"id": "b", "ids": [12, 13], "member": 0}
{"id": "c", "ids": [13, 14], "member": 1}
{"id": "d", "ids": [14, 15]}
)");
  Json json = choosing_json();
  json["data"]["members"] = {
      {"file", "mixed.jsonl"}, {"role", "forget"}, {"where", {{"member", 1}}}};
  json["data"]["second"] = json["data"]["members"];
  json["data"]["second"]["skip"] = 1;
  json["data"]["none"] = json["data"]["members"];
  json["data"]["none"]["skip"] = 2;
  const Suite suite = suite_of(json, folder_);
  const SuiteData data(suite, 0);
  const auto ids = [&](const std::string& split) {
    std::vector<std::string> all;
    for (const DataRow& row : data.rows(split)) {
      all.push_back(row.fields["id"]);
    }
    return all;
  };
  EXPECT_THAT(ids("members"), ElementsAre("a", "c"));
  EXPECT_THAT(ids("second"), ElementsAre("c"));
  expect_error(2, {"data.none", "mixed.jsonl"}, [&] { ids("none"); });
  EXPECT_EQ(SuiteData(suite, 1).rows("members").size(), 1u) << "--limit wins";
}

}  // namespace
}  // namespace lethe
