// Results of open-unlearning and tofu, against numpy's and scipy's arithmetic
// on the same files (harness/oracle/results.py).
#include "harness/data/peer_results.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "harness/base/files.h"
#include "harness/base/registry.h"
#include "harness/data/stored_outputs.h"
#include "harness/plugin/metric.h"

namespace lethe {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string kFolder =
    std::string(LETHE_SOURCE_DIR) + "/harness/data/testdata/peer_results/";

PeerResults results_of(const std::string& file) {
  const auto results = read_peer_results(kFolder + file);
  EXPECT_TRUE(results.has_value()) << file;
  return results.value_or(PeerResults{});
}

Observations part(const PeerResults& results, const std::string& name) {
  for (const ResultPart& one : results.parts) {
    if (one.name == name) return stored_outputs(one.rows);
  }
  ADD_FAILURE() << "no part " << name;
  return {};
}

double value(const std::string& name, const std::string& field,
             const Observations& own, const Observations* reference = nullptr,
             const Json& options = Json::object()) {
  const auto metric = Registry<Metric>::make(name, options);
  for (const auto& [key, estimate] :
       measure(*metric, items(*metric, own), own, reference)) {
    if (key == field) return estimate.value;
  }
  ADD_FAILURE() << "no field " << field;
  return 0;
}

double expected(const std::string& format, const std::string& name) {
  return read_json(kFolder + "expected.json")[format][name];
}

std::vector<std::string> names(const PeerResults& results) {
  std::vector<std::string> all;
  for (const ResultPart& one : results.parts) all.push_back(one.name);
  return all;
}

TEST(PeerResults, OpenUnlearningsNumbersComeOutAsItHasThem) {
  const PeerResults own = results_of("TOFU_EVAL.json");
  const PeerResults theirs = results_of("RETAIN_EVAL.json");
  EXPECT_EQ(own.format, "open-unlearning");
  EXPECT_THAT(names(own), ElementsAre("forget", "retain", "real_authors",
                                      "world_facts", "utility", "mia_min_k",
                                      "mia_loss", "extraction_strength"));
  const auto want = [](const std::string& name) {
    return expected("open_unlearning", name);
  };
  const Observations forget = part(own, "forget");
  const Observations retrained = part(theirs, "forget");
  EXPECT_NEAR(value("forget_quality", "p", forget, &retrained),
              want("forget_quality"), 1e-12);
  // There 1 / (ratio + 1e-10), here 1 / ratio.
  EXPECT_NEAR(value("truth_ratio", "closer_to_1_better", forget),
              want("forget_truth_ratio"), 1e-9);
  EXPECT_NEAR(value("truth_ratio", "true_better", part(own, "retain")),
              want("retain_truth_ratio"), 1e-12);
  EXPECT_NEAR(value("model_utility", "model_utility", part(own, "utility")),
              want("model_utility"), 1e-12);
  EXPECT_NEAR(value("auroc", "auroc", part(own, "mia_loss")), want("mia_loss"),
              1e-12);
  const Observations reference = part(theirs, "mia_min_k");
  EXPECT_NEAR(value("privleak", "privleak", part(own, "mia_min_k"), &reference),
              want("privleak"), 1e-9);
}

TEST(PeerResults, TofusNumbersComeOutAsItsAggregationHasThem) {
  const PeerResults own = results_of("eval_log_aggregated.json");
  const PeerResults theirs = results_of("retain_eval_log_aggregated.json");
  EXPECT_EQ(own.format, "tofu");
  EXPECT_THAT(names(own), ElementsAre("forget", "retain", "real_authors",
                                      "world_facts", "utility"));
  const Json legacy = {{"epsilon", 0}};
  const Observations forget = part(own, "forget");
  const Observations retrained = part(theirs, "forget");
  EXPECT_NEAR(value("forget_quality", "p", forget, &retrained, legacy),
              expected("tofu", "forget_quality"), 1e-12);
  EXPECT_NEAR(
      value("truth_ratio", "closer_to_1_better", forget, nullptr, legacy),
      expected("tofu", "forget_truth_ratio"), 1e-12);
  EXPECT_NEAR(value("model_utility", "model_utility", part(own, "utility")),
              expected("tofu", "model_utility"), 1e-12);
}

TEST(PeerResults, LmEvalsTableIsARowAMetric) {
  const auto results = parse_peer_results(
      R"({"results": {"arc_easy": {"alias": "arc_easy", "acc,none": 0.5,
            "acc_stderr,none": 0.1, "acc_norm,none": NaN,
            "acc_norm_stderr,none": "N/A", "exact_match,strict-match": 0.25},
          "mmlu": {"acc,none": 0.75, " ": " "}},
          "group_subtasks": {"mmlu": ["mmlu_anatomy"], "arc_easy": []},
          "versions": {"arc_easy": 1.0}, "n-shot": {"arc_easy": 5},
          "higher_is_better": {"arc_easy": {"acc": true}},
          "n-samples": {"arc_easy": {"original": 60, "effective": 20}}})",
      "results.json");
  ASSERT_TRUE(results.has_value());
  EXPECT_EQ(results->format, "lm-eval");
  const auto& rows = results->parts.at(0).rows;
  ASSERT_EQ(rows.size(), 4u);
  const Json& acc = rows[0].fields;
  EXPECT_EQ(acc["metric"], "acc");
  EXPECT_EQ(acc["value"], 0.5);
  EXPECT_EQ(acc["stderr"], 0.1);
  EXPECT_EQ(acc["n"], 20);
  EXPECT_EQ(acc["higher_is_better"], true);
  EXPECT_TRUE(rows[1].fields["value"].is_null()) << "NaN is no value";
  EXPECT_TRUE(rows[1].fields["stderr"].is_null());
  EXPECT_EQ(rows[2].fields["metric"], "exact_match_strict-match");
  EXPECT_EQ(rows[3].fields["tasks"], Json{"mmlu_anatomy"});
}

TEST(PeerResults, ASummaryIsARowAMetric) {
  const auto results = parse_peer_results(
      R"({"forget_quality": 0.5, "privleak": NaN})", "TOFU_SUMMARY.json");
  ASSERT_TRUE(results.has_value());
  const auto& rows = results->parts.at(0).rows;
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].fields["metric"], "forget_quality");
  EXPECT_TRUE(rows[1].fields["value"].is_null());
  EXPECT_FALSE(parse_peer_results(R"({"a": 1, "b": "x"})", "t").has_value());
  EXPECT_FALSE(parse_peer_results(R"({"a": null})", "t").has_value());
}

TEST(PeerResults, OneLogByItselfIsOneSet) {
  const Json all = read_json(kFolder + "eval_log_aggregated.json");
  const std::string log = all["eval_log_forget.json"].dump();
  EXPECT_THAT(names(*parse_peer_results(log, "x/eval_log_forget.json")),
              ElementsAre("forget"));
  EXPECT_THAT(names(*parse_peer_results(log, "mine.json")),
              ElementsAre("items"));
}

TEST(PeerResults, ALogOfChoicesIsNormalisedUnderAnyName) {
  Json log = read_json(kFolder + "eval_log_aggregated.json");
  log = log["eval_real_author_wo_options.json"];
  log["normalized_gt_loss"] = log["avg_gt_loss"];  // the peer writes it there
  const auto rows = [&](const std::string& file) {
    return parse_peer_results(log.dump(), file)->parts.at(0).rows;
  };
  const auto named = rows("x/eval_real_author_wo_options.json");
  const auto other = rows("x/eval_real_author_wo_options_0.json");
  ASSERT_EQ(named.size(), other.size());
  for (size_t i = 0; i < named.size(); ++i) {
    EXPECT_EQ(named[i].fields["probability"], other[i].fields["probability"]);
  }
}

TEST(PeerResults, WhatIsNoNumberMakesTheValueNullAndNothingIsDropped) {
  const auto results = parse_peer_results(
      R"({"forget_Q_A_PARA_Prob": {"agg_value": NaN, "value_by_index": {
            "2": {"prob": 0.5, "avg_loss": 1}, "10": null,
            "1": {"prob": 0, "avg_loss": Infinity}}},
          "forget_Q_A_PERT_Prob": {"value_by_index": {
            "1": {"avg_loss": [1, 3]}, "2": {"avg_loss": [1, -Infinity]},
            "10": {"avg_loss": 2}}}, "note": "NaN, \"NaN\""})",
      "t.json");
  const Observations forget = part(*results, "forget");
  ASSERT_EQ(forget.size(), 3u);
  EXPECT_EQ(forget[2].id, "10");  // by number, not by text
  EXPECT_TRUE(std::isnan(forget[0].numbers.at("answer_nll")[0]));
  EXPECT_TRUE(std::isnan(forget[2].numbers.at("answer_nll")[0]));
  EXPECT_TRUE(std::isnan(value("truth_ratio", "truth_ratio", forget)));
}

TEST(PeerResults, TofusRatioIsFiniteWhereBothProbabilitiesAreZero) {
  Json file = read_json(kFolder + "eval_log_aggregated.json");
  for (const auto& [name, log] : file.items()) {
    for (auto& loss : log["avg_paraphrased_loss"]) loss = 800;
    for (auto& losses : log["average_perturb_loss"]) losses = {801, 801};
  }
  const auto results = parse_peer_results(file.dump(), "t.json");
  for (const ResultPart& one : results->parts) {
    if (one.name == "utility") {
      EXPECT_NEAR(one.rows[0].fields["truth_ratio"], 1 - std::exp(-1.0), 1e-9);
    }
  }
  const Observations forget = part(*results, "forget");
  EXPECT_EQ(forget[0].numbers.at("epsilon")[0], 0);
  EXPECT_NEAR(
      value("truth_ratio", "truth_ratio", forget, nullptr, {{"epsilon", 0}}),
      std::exp(-1.0), 1e-9);
}

TEST(PeerResults, SeveralAnswersAreAveragedAndTheirTextsAreRows) {
  const auto results = parse_peer_results(
      R"({"forget_knowmem_ROUGE": {"agg_value": 0.5, "value_by_index": {"7": {
            "rouge1_recall": [0, 1], "rougeL_f1": [0, 1],
            "rougeL_recall": [0, 1], "input": ["q", "q"],
            "ground_truth": ["\u7d05", "b"], "generation": ["", "b"]}}}})",
      "m.json");
  const Observations rows = part(*results, "forget_knowmem_ROUGE");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].id, "7/0");
  EXPECT_EQ(rows[1].output, "b");
  EXPECT_EQ(rows[0].numbers.at("rougeL_f1")[0], 0.5);
}

TEST(PeerResults, UtilityIsThereOnlyWhenAllOfItIs) {
  Json file = read_json(kFolder + "TOFU_EVAL.json");
  file.erase("wf_Q_A_ROUGE");
  const auto results = parse_peer_results(file.dump(), "t.json");
  EXPECT_THAT(names(*results), testing::Not(testing::Contains("utility")));
}

TEST(PeerResults, NamesThatDifferInCaseAreEachAPart) {
  const auto results = parse_peer_results(
      R"({"Other": {"value_by_index": {}},
          "OTHER": {"value_by_index": {"0": {"score": 1}}},
          "other": {"value_by_index": {"0": {"score": 2}}},
          "forget_q_a_prob": {"value_by_index": {"0": {"prob": 0.5}}}})",
      "t.json");
  EXPECT_THAT(names(*results), ElementsAre("forget", "OTHER", "other"));
  EXPECT_EQ(part(*results, "OTHER")[0].score, 1);
  EXPECT_EQ(part(*results, "other")[0].score, 2);
  EXPECT_EQ(part(*results, "forget")[0].numbers.at("probability")[0], 0.5);
}

TEST(PeerResults, WhatIsSomethingElseIsLeftToOthersOrRefusedByPlace) {
  for (const char* text : {"", "[]", "{\"id\": 1}\n{\"id\": 2}", "{\"a\": {}}",
                           "{\"data\": [{\"id\": 1}]}", "{"}) {
    EXPECT_FALSE(parse_peer_results(text, "t.json").has_value()) << text;
  }
  EXPECT_FALSE(read_peer_results(std::string(LETHE_SOURCE_DIR) +
                                 "/suites/data/quiz.jsonl")
                   .has_value());
  for (const char* item :
       {R"({"avg_loss": "x"})", R"({"avg_loss": {}})", R"({"prob": 1})", "3"}) {
    const std::string text =
        R"({"forget_Q_A_PARA_Prob": {"value_by_index": {"4": )" +
        std::string(item) + "}}}";
    try {
      parse_peer_results(text, "t.json");
      ADD_FAILURE() << item;
    } catch (const Error& error) {
      EXPECT_EQ(error.fault(), Fault::input);
      EXPECT_THAT(error.what(), HasSubstr("t.json forget_Q_A_PARA_Prob \"4\""));
    }
  }
}

}  // namespace
}  // namespace lethe
