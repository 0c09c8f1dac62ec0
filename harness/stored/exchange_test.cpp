// Out as other harnesses' files and in again: the same values.
#include <gmock/gmock.h>

#include "harness/data/stored_outputs.h"
#include "harness/stored/export_run.h"
#include "harness/stored/import_run.h"
#include "harness/stored/rescore.h"
#include "harness/stored/stored_testing.h"
#include "harness/stored/verify.h"
#include "results/item_values.h"
#include "results/redact.h"

namespace lethe {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kPeer =
    std::string(LETHE_SOURCE_DIR) + "/harness/data/testdata/peer_results/";

class Exchange : public StoredRunTest {
 protected:
  ExportOptions options() const { return {.out = folder_ + "/out"}; }
  std::string imported() const { return folder_ + "/imported"; }

  const ResultPart& part(const PeerResults& results, const std::string& name) {
    for (const ResultPart& one : results.parts) {
      if (one.name == name) return one;
    }
    throw std::runtime_error("no part " + name);
  }

  static const Record& record(const std::vector<Record>& records,
                              const std::string& label,
                              const std::string& name) {
    for (const Record& r : records) {
      if (r.label == label && r.metric_name() == name) return r;
    }
    throw std::runtime_error("no record " + name);
  }
};

TEST_F(Exchange, OpenUnlearningsFileGivesTheSameItemsWhenItIsRead) {
  const auto rows = export_open_unlearning(read_run(run_), options());
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].folder, "none-seed0");
  const auto file =
      read_peer_results(folder_ + "/out/none-seed0/TOFU_EVAL.json");
  ASSERT_TRUE(file.has_value());
  EXPECT_EQ(file->format, "open-unlearning");
  const auto& forget = part(*file, "forget").rows;
  const std::vector<Json> losses = this->losses("none");
  ASSERT_EQ(forget.size(), losses.size());
  for (size_t i = 0; i < losses.size(); ++i) {
    EXPECT_NEAR(forget[i].fields["answer_nll"],
                losses[i]["answer_nll"].get<double>(), 1e-15);
    EXPECT_EQ(forget[i].fields["perturbed_nll"], losses[i]["perturbed_nll"]);
    const double mean = losses[i]["sum_logprob"].get<double>() /
                        losses[i]["num_tokens"].get<double>();
    EXPECT_NEAR(forget[i].fields["probability"], std::exp(mean), 1e-7);
  }
  EXPECT_EQ(forget[1].fields["output"], "Mira Tolland rings it");
  EXPECT_DOUBLE_EQ(forget[1].fields["rouge"], 0.8);
  const auto& attack = part(*file, "mia_loss").rows;
  ASSERT_EQ(attack.size(), 12u);
  const auto seen = stored_outputs(attack);
  std::vector<double> members, others;
  for (const Observation& o : seen) {
    (*o.member ? members : others).push_back(o.score);
  }
  EXPECT_EQ(auroc(members, others), record(records_, "none", "auroc").value);
}

TEST_F(Exchange, TheSummaryHasEveryRecordAndReadsBackAsValues) {
  export_open_unlearning(read_run(run_), options());
  const Json summary = read_json(folder_ + "/out/none-seed0/TOFU_SUMMARY.json");
  for (const Record& r : records_) {
    if (r.label != "none") continue;
    const std::string key =
        r.probe + "." + r.metric + "." + r.field + "." + r.split;
    ASSERT_TRUE(summary.contains(key)) << key;
    EXPECT_EQ(summary[key], r.value);
  }
  import_run({{folder_ + "/out/none-seed0/TOFU_SUMMARY.json", "", false}},
             imported());
  const Record& rouge =
      record(read_records(imported()), "none-seed0", "rouge_l.recall");
  EXPECT_DOUBLE_EQ(rouge.value, (1 + 0.8 + 0) / 3);
  EXPECT_EQ(rouge.split, "forget");
}

TEST_F(Exchange, RedactedExportsHoldNoText) {
  ExportOptions o = options();
  const Redactor redactor({false, "salt"});
  o.redactor = &redactor;
  export_open_unlearning(read_run(run_), o);
  const std::string text =
      read_file(folder_ + "/out/none-seed0/TOFU_EVAL.json");
  EXPECT_THAT(text, Not(HasSubstr("ferry")));
  EXPECT_THAT(text, HasSubstr("0.8")) << "ROUGE is of the texts";
}

TEST_F(Exchange, ProbabilitiesAreThoseOfAnswersNotOfAttackedTexts) {
  const std::vector<Record> others = records_;
  records_.clear();
  std::vector<Json> rows = scores("none");
  for (Json& row : rows) row.update({{"num_tokens", 2}, {"sum_logprob", -9}});
  ask({"none", "zlib_mia", "forget", rows, {"auroc"}});
  records_.insert(records_.end(), others.begin(), others.end());
  write_records();
  export_open_unlearning(read_run(run_), options());
  const Json file = read_json(folder_ + "/out/none-seed0/TOFU_EVAL.json");
  EXPECT_EQ(file["forget_Q_A_Prob"]["value_by_index"].size(), 5u);
}

TEST_F(Exchange, AThirdMetricOfANameIsSaidToBeLeftOut) {
  for (const char* split : {"retain", "holdout"}) {
    ask({"none", "teacher_forced", split, losses("none"), {"perplexity"}});
  }
  write_records();
  ExportOptions o = options();
  o.splits = {{"retain", "forget"}, {"holdout", "forget"}};
  const auto rows = export_open_unlearning(read_run(run_), o);
  EXPECT_THAT(rows[0].left_out,
              testing::Contains(HasSubstr("forget_Q_A_Prob_again")));
}

TEST_F(Exchange, EmptyListsAndFilesHaveNoValues) {
  std::vector<Json> rows = losses("none");
  for (Json& row : rows) row["answer_nll"] = Json::array();
  ask({"none", "teacher_forced", "retain", rows, {"perplexity"}});
  ask({"none", "greedy_generation", "retain", answers("none"), {"rouge_1"}});
  write_records();
  write_file_atomically(
      run_ + "/samples/cell_none/greedy_generation@retain.jsonl", "");
  const auto exported = export_open_unlearning(read_run(run_), options());
  const Json file = read_json(folder_ + "/out/none-seed0/TOFU_EVAL.json");
  EXPECT_TRUE(file.contains("retain_Q_A_Prob"));
  EXPECT_FALSE(file.contains("retain_Q_A_PARA_Prob"));
  EXPECT_FALSE(file.contains("retain_Q_A_ROUGE"));
  EXPECT_THAT(exported[0].left_out,
              testing::Contains(
                  HasSubstr("greedy_generation on retain: it has no items")));
}

TEST_F(Exchange, SplitsThatAreNoNamesAreRedactedInKeys) {
  const std::string split = "the ferry's quay";
  std::vector<Json> rows = losses("none");
  for (Json& row : rows) row["extraction_strength"] = 0.5;
  ask({"none", "teacher_forced", split, rows, {"perplexity"}});
  ask({"none", "greedy_generation", split, answers("none"), {"rouge_1"}});
  write_records();
  std::filesystem::remove(run_ + "/samples/cell_none/greedy_generation@" +
                          split + ".jsonl");
  ExportOptions o = options();
  const Redactor redactor({false, "salt"});
  o.redactor = &redactor;
  const auto exported = export_open_unlearning(read_run(run_), o);
  for (const char* name : {"EVAL", "SUMMARY"}) {
    const std::string text = read_file(folder_ + "/out/none-seed0/TOFU_" +
                                       std::string(name) + ".json");
    EXPECT_THAT(text, Not(HasSubstr("ferry")));
  }
  EXPECT_THAT(exported[0].left_out,
              testing::Contains(HasSubstr("keeps no samples")));
  for (const std::string& one : exported[0].left_out) {
    EXPECT_THAT(one, Not(HasSubstr("ferry")));
  }
}

TEST_F(Exchange, SplitsTakeTheNamesThatOpenUnlearningKnows) {
  ExportOptions o = options();
  o.splits = {{"forget", "retain"}};
  export_open_unlearning(read_run(run_), o);
  const Json file = read_json(folder_ + "/out/none-seed0/TOFU_EVAL.json");
  EXPECT_TRUE(file.contains("retain_Q_A_ROUGE"));
  EXPECT_TRUE(file.contains("retain_Truth_Ratio"));
  EXPECT_FALSE(file.contains("forget_Q_A_ROUGE"));
}

TEST_F(Exchange, AnImportedRunHasThePeersValuesAndSaysWhereTheyAreFrom) {
  import_run({{kPeer + "TOFU_EVAL.json", "ours", false},
              {kPeer + "RETAIN_EVAL.json", "retrain", true}},
             imported());
  const std::vector<Record> records = read_records(imported());
  const Json file = read_json(kPeer + "TOFU_EVAL.json");
  const Record& p = record(records, "ours", "probability");
  EXPECT_EQ(p.value, file["forget_Q_A_Prob"]["agg_value"]);
  EXPECT_EQ(p.message, "imported from TOFU_EVAL.json (open-unlearning)");
  EXPECT_EQ(p.versions["imported"], "open-unlearning");
  EXPECT_GT(p.n, 0);
  EXPECT_TRUE(std::isfinite(p.ci_low)) << "its items give the value";
  const Record& area = record(records, "ours", "auroc");
  EXPECT_EQ(area.value,
            file[area.probe == "loss_mia" ? "mia_loss" : "mia_min_k"]["auc"]);
  EXPECT_EQ(record(records, "retrain", "auroc").method, "retrain");
  const Verified verified = verify(imported(), {.sample = -1});
  EXPECT_TRUE(verified.intact()) << to_text(verified);
}

TEST_F(Exchange, AnEditedValueOfAnImportedRunIsFound) {
  import_run({{kPeer + "TOFU_EVAL.json", "ours", false}}, imported());
  records_ = read_records(imported());
  run_ = imported();
  for (const char* name :
       {"probability", "rouge_l.recall", "truth_ratio.closer_to_1_better"}) {
    const auto found =
        std::find_if(records_.begin(), records_.end(),
                     [&](const Record& r) { return r.metric_name() == name; });
    ASSERT_NE(found, records_.end()) << name;
    EXPECT_NE(found->ci_method, "none") << name;
    found->value += 0.01;
    write_records();
    EXPECT_FALSE(verify(imported(), {.sample = -1}).intact()) << name;
    found->value -= 0.01;
  }
}

TEST_F(Exchange, MetricsWithoutANameOfOursHaveTheirItems) {
  ask({"none", "greedy_extraction", "forget", answers("none"), {"rouge_l"}});
  write_records();
  export_open_unlearning(read_run(run_), options());
  import_run({{folder_ + "/out/none-seed0/TOFU_EVAL.json", "back", false}},
             imported());
  const std::string name = "forget_greedy_extraction_ROUGE";
  const Record r = record(read_records(imported()), "back", name);
  EXPECT_NE(r.ci_method, "none");
  EXPECT_DOUBLE_EQ(item_values(imported(), r).values.at(1), 0.8);
  EXPECT_TRUE(verify(imported(), {.sample = -1}).intact());
}

TEST_F(Exchange, AnImportedRunIsRescoredAgainstTheRetrainLog) {
  import_run({{kPeer + "TOFU_EVAL.json", "ours", false},
              {kPeer + "RETAIN_EVAL.json", "retrain", true}},
             imported());
  const Rescored rescored =
      rescore(imported(), {{"forget_quality", "privleak"}, Json::object(), ""});
  const Json expected = read_json(kPeer + "expected.json")["open_unlearning"];
  double p = -1, privleak = -1;
  for (const Record& r : rescored.added) {
    if (r.label != "ours") continue;
    if (r.field == "p" && r.probe == "teacher_forced" && r.split == "forget") {
      p = r.value;
    }
    if (r.field == "privleak" && r.probe == "min_k_mia") privleak = r.value;
  }
  EXPECT_NEAR(p, expected["forget_quality"].get<double>(), 1e-12);
  EXPECT_NEAR(privleak, expected["privleak"].get<double>(), 1e-9);
}

TEST_F(Exchange, TwoImportsOfOneBenchmarkShareTheirItems) {
  import_run({{kPeer + "TOFU_EVAL.json", "a", false},
              {kPeer + "RETAIN_EVAL.json", "b", false}},
             imported());
  const std::vector<Record> records = read_records(imported());
  const Record& a = record(records, "a", "probability");
  const Record& b = record(records, "b", "probability");
  EXPECT_EQ(a.items_hash, b.items_hash);
  EXPECT_EQ(item_values(imported(), a).missing, "");
}

TEST_F(Exchange, TofusLogsAreRowsToo) {
  import_run({{kPeer + "eval_log_aggregated.json", "legacy", false}},
             imported());
  const double utility =
      record(read_records(imported()), "legacy", "model_utility").value;
  EXPECT_NEAR(
      utility,
      read_json(kPeer + "expected.json")["tofu"]["model_utility"].get<double>(),
      1e-12);
}

TEST_F(Exchange, WhatIsNotThereIsNoFile) {
  expect_refused(5, "tasks",
                 [&] { export_lm_eval(read_run(run_), options()); });
  std::filesystem::remove_all(options().out);
  write_file_atomically(folder_ + "/x.json", "{\"a\": [1]}");
  expect_refused(3, "x.json", [&] {
    import_run({{folder_ + "/x.json", "x", false}}, imported());
  });
  EXPECT_FALSE(exists(imported())) << "nothing is left of a refused import";
  expect_refused(2, "two rows", [&] {
    import_run({{kPeer + "TOFU_EVAL.json", "a", false},
                {kPeer + "RETAIN_EVAL.json", "a", false}},
               imported());
  });
  expect_refused(2, "no/such", [&] {
    import_run({{"no/such.json", "a", false}}, imported());
  });
  write_file_atomically(folder_ + "/cut.json",
                        read_file(kPeer + "TOFU_EVAL.json").substr(0, 5000));
  expect_refused(3, "cut.json", [&] {
    import_run({{folder_ + "/cut.json", "x", false}}, imported());
  });
}

TEST_F(Exchange, LabelsWithPathsStayInsideTheFolder) {
  for (Record& r : records_) {
    if (r.label == "none") r.label = "../../none\n";
  }
  write_records();
  const auto rows = export_open_unlearning(read_run(run_), options());
  EXPECT_EQ(rows[0].folder, "_.._.._none_-seed0");
  import_run({{kPeer + "TOFU_EVAL.json", "../../up", false}}, imported());
  EXPECT_FALSE(exists(folder_ + "/../up"));
  expect_refused(3, "names the file", [&] {
    ExportOptions o{.out = folder_ + "/other"};
    o.name = "../x";
    export_open_unlearning(read_run(run_), o);
  });
}

}  // namespace
}  // namespace lethe
